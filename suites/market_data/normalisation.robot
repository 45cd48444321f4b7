*** Settings ***
Documentation    One canonical tick whatever the dialect of the stream; what is not to be believed is counted, on record, and seen by no
...              strategy. The witness is an observer of the raw stream (`Watch The Stream`), which reads text and makes nothing of it.

Resource         ../../resources/market_data.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     60 seconds

Test Tags        AC3    AC3.2    IP1    market-data


*** Variables ***
${TRADE_STREAM: str}    btcusdt@trade


*** Test Cases ***
Combined Streams In Milliseconds
    When An Engine Listens    combined    ms    trade
    Then Ticks And Books Are Those Of The Observer

Combined Streams In Microseconds
    When An Engine Listens    combined    us    trade
    Then Ticks And Books Are Those Of The Observer

Raw Streams In Milliseconds
    When An Engine Listens    raw    ms    trade
    Then Ticks And Books Are Those Of The Observer

Raw Streams In Microseconds
    When An Engine Listens    raw    us    trade
    Then Ticks And Books Are Those Of The Observer

Aggregated Trades In Milliseconds
    When An Engine Listens    combined    ms    aggTrade
    Then Ticks And Books Are Those Of The Observer

Aggregated Trades In Microseconds On Raw Streams
    When An Engine Listens    raw    us    aggTrade
    Then Ticks And Books Are Those Of The Observer

Amounts Are Exact To The Last Digit
    [Tags]    I06
    Given An Engine Listens    combined    ms    trade
    When Set The Book    BTCUSDT    bid=99.00    ask=934567.89    depth=1    size=9
    And Someone Buys    BTCUSDT    qty=0.00001    price=934567.89
    Then Get Last Tick    BTCUSDT    price    ==    934567.89
    And Get Last Tick    BTCUSDT    quantity    ==    0.00001
    And The Engine Tick Equals The Watched Trade    BTCUSDT

A Message Larger Than Any Allowed
    [Documentation]    More than 16 MiB: the connection is given up before the message is whole, and comes back.
    [Tags]    AC3.4    AC3.3
    Given An Engine Has Seen A Tick
    And A Change Is Replaced    x    size=17000000
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then Get Fact Count    ConditionChanged    ==    3    correlation_id=binance/market    timeout=20s
    And The Engine Book Equals The Venue Book    BTCUSDT    timeout=20s
    And The Engine Tick Equals The Watched Trade    BTCUSDT

A Trade Comes Twice
    [Tags]    AC3.4    X24
    Given An Engine Has Seen A Tick
    And Duplicate The Stream Message    ${TRADE_STREAM}    only_engine=True
    When Someone Buys    BTCUSDT    qty=0.2    price=101.00
    Then The Message Was Rejected    duplicate
    And The Engine Tick Equals The Watched Trade    BTCUSDT

Trades Come In The Wrong Order
    [Documentation]    The later one is seen, the earlier one is not: a strategy sees time go forward only.
    [Tags]    AC3.4    X24
    Given An Engine Has Seen A Tick
    And Reorder The Stream Messages    ${TRADE_STREAM}    only_engine=True
    When Someone Buys    BTCUSDT    qty=0.2    price=101.00
    And Someone Buys    BTCUSDT    qty=0.3    price=101.00
    Then The Message Was Rejected    out_of_order
    And Get Last Tick    BTCUSDT    quantity    ==    0.3
    And Get Market Counter    trades_missed    ==    1

A Trade Is Missed
    [Tags]    AC3.4
    Given An Engine Has Seen A Tick
    And Drop The Stream Message    ${TRADE_STREAM}    only_engine=True
    When Someone Buys    BTCUSDT    qty=0.2    price=101.00
    And Someone Buys    BTCUSDT    qty=0.3    price=101.00
    Then The Engine Tick Equals The Watched Trade    BTCUSDT
    And Get Market Counter    trades_missed    ==    1

A Broken Message That Could Be Anything Costs Every Book Of Its Connection
    [Tags]    AC3.4    I25
    Given An Engine Has Seen A Tick
    And Truncate The Stream Message    ${TRADE_STREAM}    only_engine=True
    When Someone Buys    BTCUSDT    qty=0.2    price=101.00
    Then The Message Was Rejected    unreadable
    And Get Market Counter    books_lost    ==    2
    And Get Health    books.binance/BTCUSDT    ==    true
    And Get Health    books.binance/ETHUSDT    ==    true

Many Bad Messages Leave Few Rows
    [Documentation]    Every one is counted; the journal holds one row and, when the time has come, one more with their number.
    [Tags]    I20
    Given An Engine Has Seen A Tick    movable_clock=True    timing.book_stale_ms=3600000
    And Falsify The Stream Message    ${TRADE_STREAM}    times=40    p="NaN"
    When Let The Price Move    BTCUSDT    100.00    110.00    steps=20
    Then Get Rejected Count    not_a_number    ==    20    timeout=20s
    And Get Fact Count    MarketDataRejected    ==    1
    When Let The Engines Clock Pass    10s
    Then Get Fact Count    MarketDataRejected    ==    2
    And Get Fact Field    MarketDataRejected    count    ==    19
    And Get Metric    genesis_market_data_rejected_total    ==    20    labels=reason="not_a_number"


*** Keywords ***
An Engine Listens
    [Documentation]    An engine in this dialect, an observer of the trades and one of the book.
    [Arguments]    ${format: str}    ${unit: str}    ${trades: str}
    Set The Book    BTCUSDT    bid=99.00    ask=101.00
    Set The Book    ETHUSDT    bid=9.00    ask=11.00
    Start A Fresh Engine    venue.stream_format=${format}    venue.time_unit=${unit}    venue.trade_stream=${trades}
    Watch The Stream    ${TRADE_STREAM}
    Watch The Book    BTCUSDT

Ticks And Books Are Those Of The Observer
    [Documentation]    Two trades and two moves of the book, each the same for the engine and for the observers.
    A Tick Is Seen
    The Book Moves Twice
    All Books Are The Same
    Someone Sells    BTCUSDT    qty=0.25    price=98.50
    The Engine Tick Equals The Watched Trade    BTCUSDT
    Get Market Counter    books_lost    ==    0
    Get Market Counter    trades_missed    ==    0

An Engine Has Seen A Tick
    [Documentation]    An engine (with these settings) and an observer have seen the same trade of 0.1 BTC at 101.00.
    [Arguments]    &{settings: str}
    Set The Book    BTCUSDT    bid=99.00    ask=101.00
    Set The Book    ETHUSDT    bid=9.00    ask=11.00
    Start A Fresh Engine    &{settings}
    Watch The Stream    ${TRADE_STREAM}
    A Tick Is Seen

A Change Is Replaced
    [Documentation]    The next message of BTCUSDT's book is this text, repeated up to that size, instead of itself.
    [Arguments]    ${body: str}    ${size: str}=null
    Arm The Fault
    ...    {match: {stream: btcusdt@depth*}, point: event, action: {type: replace, body: "${body}", size: ${size}}, times: 1}
