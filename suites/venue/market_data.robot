*** Settings ***
Documentation    Everything public of the venue, seen from outside: market questions over REST, market streams
...              through an independent observer, control messages and their errors.

Resource         ../../resources/raw_rest.resource
Library          ../../libraries/MarketDataLibrary.py

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Setup       A Quoted Market That Traded
Test Timeout     60 seconds

Test Tags        IP1    venue    market-data


*** Test Cases ***
The Book Is Cut To The Limit
    When Send A Public Request    GET    /api/v3/depth    symbol=BTCUSDT    limit=1
    Then The Answer Holds    bids.length=1    asks.length=1    bids.0.0=99.00000000    bids.0.1=1.00000000
    ...    asks.0.0=101.00000000    asks.0.1=2.00000000

The Newest Trade Is The Last
    When Send A Public Request    GET    /api/v3/trades    symbol=BTCUSDT    limit=1
    Then The Answer Holds    length=1    0.price=101.00000000    0.qty=0.50000000    0.quoteQty=50.50000000
    ...    0.isBuyerMaker=False    0.isBestMatch=True

Fills Of One Order At One Price Are One Aggregate
    Given Set The Book Levels    BTCUSDT    ask 101.00 x 1    ask 102.00 x 1    bid 99.00 x 1
    When Someone Buys    BTCUSDT    qty=1.5
    And Send A Public Request    GET    /api/v3/aggTrades    symbol=BTCUSDT    limit=2
    Then The Answer Holds    0.p=101.00000000    0.q=1.00000000    1.p=102.00000000    1.q=0.50000000    1.m=False

A Candle Has Twelve Elements
    When Send A Public Request    GET    /api/v3/klines    symbol=BTCUSDT    interval=1M    limit=1
    Then The Answer Holds    length=1    0.length=12    0.4=101.00000000    0.11=0

A Day Of Prices
    When Send A Public Request    GET    /api/v3/ticker/24hr    symbol=BTCUSDT
    Then The Answer Holds    symbol=BTCUSDT    lastPrice=101.00000000    lastQty=0.50000000    bidPrice=99.00000000
    ...    askPrice=101.00000000    askQty=2.00000000

One Symbol Is An Object And Several Are A List
    When Send A Public Request    GET    /api/v3/ticker/price    symbol=BTCUSDT
    Then The Answer Holds    price=101.00000000
    When Send A Public Request    GET    /api/v3/ticker/price    symbols=["ETHUSDT","BTCUSDT"]
    Then The Answer Holds    length=2    0.symbol=ETHUSDT    1.symbol=BTCUSDT    1.price=101.00000000

An Interval That There Is Not Is Refused
    When Send A Public Request    GET    /api/v3/klines    symbol=BTCUSDT    interval=7m
    Then The Venue Answered    400    code=-1120    message=Invalid interval.

A Symbol Named Twice Is Refused
    When Send A Public Request    GET    /api/v3/ticker/24hr    symbols=["BTCUSDT","BTCUSDT"]
    Then The Venue Answered    400    code=-1151    message=Symbol is present multiple times in the list.

Symbol And Symbols Exclude Each Other
    When Send A Public Request    GET    /api/v3/exchangeInfo    symbol=BTCUSDT    symbols=["ETHUSDT"]
    Then The Venue Answered    400    code=-1128    message=Combination of optional parameters invalid.

A Trade Is Told On Every Stream That Shows It
    Given Watch The Stream    btcusdt@trade    btcusdt@aggTrade    btcusdt@kline_1s    btcusdt@miniTicker
    When Someone Buys    BTCUSDT    qty=0.25    price=101.00
    Then The Stream Shows    e=trade    s=BTCUSDT    p=101.00    q=0.25    m=False
    And The Stream Shows    e=aggTrade    s=BTCUSDT    p=101.00    q=0.25
    And The Stream Has The Keys    btcusdt@kline_1s    e E s k
    And The Stream Shows    e=24hrMiniTicker    s=BTCUSDT    c=101.00

The Best Prices And The Top Of The Book Follow The Book
    Given Watch The Stream    btcusdt@bookTicker    btcusdt@depth5@100ms
    When Set The Book    BTCUSDT    bid=98.00    ask=102.00
    Then The Stream Shows    s=BTCUSDT    b=98.00    a=102.00
    And The Stream Has The Keys    btcusdt@bookTicker    u s b B a A
    And The Stream Has The Keys    btcusdt@depth5@100ms    lastUpdateId bids asks

A Book Kept By The Documented Rules Is The Venue's
    [Tags]    X29
    Given Watch The Book    BTCUSDT
    When Set The Book    BTCUSDT    bid=98.00    ask=102.00    depth=20
    And Someone Buys    BTCUSDT    qty=1.5
    And Set The Book    BTCUSDT    bid=97.00    ask=103.00    depth=10
    Then The Watched Book Equals The Venue Book    BTCUSDT

Tickers Of All Symbols Come In One Array
    Given Watch The Stream    !miniTicker@arr    !ticker_1h@arr
    When Someone Buys    BTCUSDT    qty=0.25    price=101.00
    Then The Stream Shows    e=24hrMiniTicker    s=BTCUSDT    c=101.00
    And The Stream Has The Keys    !ticker_1h@arr    e E s p P o h l c w v q O C F L n

Times Come In Microseconds To Whoever Asks
    Given Watch The Stream    btcusdt@trade    microseconds=True
    When Someone Buys    BTCUSDT    qty=0.25    price=101.00
    ${trade} =    Then The Stream Shows    e=trade
    And Should Be True    ${trade}[T] > 10**15 and ${trade}[E] > 10**15

Control Messages Are Answered
    Given Watch The Stream    btcusdt@trade
    Then The Stream Answers    {"method":"SUBSCRIBE","params":["ethusdt@trade"],"id":1}    result=None    id=1
    And The Stream Answers    {"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":"a1"}    result=None    id=a1
    And The Stream Answers    {"method":"LIST_SUBSCRIPTIONS","id":2}    result=['ethusdt@trade']    id=2

Wrong Control Messages Are Refused By Name
    Given Watch The Stream    btcusdt@trade
    Then The Stream Answers    {"method":"GET_PROPERTY","params":["speed"],"id":1}    code=0    msg=Unknown property
    And The Stream Answers    {"method":"SET_PROPERTY","params":["combined",1],"id":2}
    ...    code=1    msg=Invalid value type: expected Boolean
    And The Stream Answers    {"method":"LIST_SUBSCRIPTIONS","params":["x"],"id":3}
    ...    code=2    msg=Invalid request: too many parameters
    And The Stream Answers    nonsense    code=3    msg=Invalid JSON: expected value at line 1 column 1

A Connection Is Told Before It Ends
    [Tags]    X28
    Given Watch The Stream    btcusdt@trade
    When Announce The Shutdown    after=100ms
    Then The Stream Shows    e=serverShutdown


*** Keywords ***
A Quoted Market That Traded
    [Documentation]    BTCUSDT at 99 / 101, last trade 0.5 at 101; nothing else rests on the book.
    Open The Raw Session
    Set The Book Levels    BTCUSDT    bid 99.00 x 1    bid 98.00 x 1    ask 101.00 x 2.5    ask 102.00 x 1
    Someone Buys    BTCUSDT    qty=0.5    price=101.00
