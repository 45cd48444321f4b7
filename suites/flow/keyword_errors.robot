*** Settings ***
Documentation    What a QA engineer can get wrong with the keywords, and what they answer: what was
...              expected, what came, what to do. Each row is one mistake. Mistakes that need a running engine
...              stand in keyword_errors_running.robot.

Resource         ../../resources/trading.resource

Suite Setup      Open The Venue    BTCUSDT
Test Timeout     30 seconds
Test Template    Run Keyword And Expect Error

Test Tags        keyword-errors    flow


*** Test Cases ***    MESSAGE    KEYWORD AND ITS ARGUMENTS
A Float Price
    *price must be text such as 100.25, got float 0.1; write 0.1 not \${0.1}    The Engine Places    BUY
    ...    BTCUSDT    qty=1    price=${0.1}
A Float Quantity
    *quantity must be text such as 0.5, got float 0.3; write 0.3 not \${0.3}    Someone Sells    BTCUSDT
    ...    qty=${0.3}
A Float Where Money Is Expected
    *amount must be text such as 12.50, got float 5.5*    Get Realised Pnl    ==    ${5.5}
A Float Limit In A Refusal
    *a figure must be text such as 0.05, got float 2.5*    The Engine Refuses    BUY    BTCUSDT    qty=1
    ...    limit=${2.5}
A Float In A Phrase Of A Resource
    [Template]    NONE
    Run Keyword And Expect Error    *quantity must be text such as 0.5, got float 0.5*
    ...    The Engine Holds    BTCUSDT    BUY    ${0.5}
A Raw Answer Before A Raw Request
    no raw request was answered in this test; send one first (keyword: Send A Signed Request)
    ...    The Venue Answered    200
A Comma In A Number
    *got '1,000.50'; write '1000.50': a point before the decimals, no thousands separators
    ...    The Engine Places    BUY    BTCUSDT    qty=1
    ...    price=1,000.50
Scientific Notation
    *got '1e-3'; write '0.001': no scientific notation    Someone Buys    BTCUSDT    qty=1e-3
An Empty Quantity
    *quantity must be text such as 0.5, got an empty text    Someone Buys    BTCUSDT    qty=${EMPTY}
No Quantity At All
    *quantity must be text such as 0.5, got \${None}*    Someone Buys    BTCUSDT    qty=${NONE}
A Word For A Quantity
    *got 'many'; a plain decimal number is needed    Someone Buys    BTCUSDT    qty=many
Not A Number
    *got 'NaN'; a plain decimal number is needed    Deposit    USDT    NaN
More Places Than The Venue Knows
    *at most 8 decimal places, got 0.123456789 with 9    Someone Buys    BTCUSDT    qty=0.123456789
A Quantity Of Zero
    qty must be above 0, got 0    Someone Buys    BTCUSDT    qty=0.00
A Negative Quantity
    qty must be above 0, got -1    Someone Buys    BTCUSDT    qty=-1
A Negative Price
    price must be above 0, got -100    The Engine Places    BUY    BTCUSDT    qty=1    price=-100
A Confidence Above One
    confidence must be 0 to 1, got 1.1    The Engine Places    BUY    BTCUSDT    qty=1    confidence=1.1
A Symbol In Lower Case
    *symbol must be written as the venue does, such as BTCUSDT, got 'btcusdt'; did you mean BTCUSDT[?]
    ...    Get Position    btcusdt
A Symbol With A Slash
    *got 'BTC/USDT'; did you mean BTCUSDT[?]    Someone Buys    BTC/USDT    qty=1
No Symbol
    *such as BTCUSDT, got ''    Get Position    ${EMPTY}
An Asset In Lower Case
    *asset must be written as the venue does, such as USDT, got 'usdt'    Get Balance    usdt
An Unknown Side
    *Side does not have member 'LONG'. Available: 'BUY' and 'SELL'    The Engine Places    LONG    BTCUSDT
    ...    qty=1
An Unknown Order Type
    *OrderType does not have member 'STOP'. Available: 'LIMIT', 'LIMIT_MAKER' and 'MARKET'
    ...    The Engine Places    BUY    BTCUSDT    qty=1
    ...    type=STOP
An Unknown Time In Force
    *TimeInForce does not have member 'GTX'. Available: 'FOK', 'GTC' and 'IOC'    Someone Buys    BTCUSDT
    ...    qty=1    price=1    tif=GTX
An Unknown Status
    *OrderStatus does not have member 'DONE'. Available: 'CANCELLED', 'EXPIRED', *    Get Order Status    ==
    ...    DONE
The Venue's Word Where The Engine's Is Meant
    *OrderStatus does not have member 'CANCELED'*    Get Order Status    ==    CANCELED
An Unknown Tier
    *Tier does not have member 'WHALE'. Available: 'ARCHITECT', 'HUNTER', 'SNIPER' and 'STRATEGIST'
    ...    Start A Fresh Engine    tier=WHALE
An Operator That Does Not Exist
    *AssertionOperator does not have member '='*    Get Position    BTCUSDT    \=    1
A Timeout Of Zero
    *timeout must be a time such as 5s or 500ms and above 0, got 0    Get Position    BTCUSDT    ==    1
    ...    timeout=0
A Negative Timeout
    *timeout must be a time such as 5s or 500ms and above 0, got -1s    Get Position    BTCUSDT    ==    1
    ...    timeout=-1s
A Timeout Without End
    *got 'forever'; every wait has an end, the longest is 10 minutes    Get Position    BTCUSDT    ==    1
    ...    timeout=forever
A Timeout That Is Too Long
    *at most 10 minutes, got 1 hour    Get Position    BTCUSDT    ==    1    timeout=1 hour
A Venue Without A Symbol
    Open The Venue needs at least one symbol, such as BTCUSDT    Open The Venue    venue=other
A Venue With An Unknown Symbol
    unknown symbol 'BTCUSD'; did you mean 'BTCUSDT'? known: BNBUSDT, BTCUSDT, ETHBTC, ETHUSDT
    ...    Open The Venue    BTCUSD    venue=other
A Venue With A Symbol Twice
    symbol given twice: BTCUSDT    Open The Venue    BTCUSDT    BTCUSDT    venue=other
A Venue Alias Used Twice
    *exchange 'binance' is open already; use another alias, or the open one    Open The Venue    BTCUSDT
An Unknown Venue Alias
    unknown exchange 'kraken'; there are: binance    Someone Buys    BTCUSDT    qty=1    venue=kraken
A Fee In Percent
    maker_fee must be a fraction from 0 to below 1 (0.001 = 0.1 %), got 10    Open The Venue    BTCUSDT
    ...    venue=other    maker_fee=10
A Market File That Is Not There
    market file *nowhere.toml does not exist; expected a TOML file*    Open The Venue With Market File
    ...    ${CURDIR}/nowhere.toml    BTCUSDT
A Crossed Book
    bid must be below ask, got bid=101 ask=100    Set The Book    BTCUSDT    bid=101    ask=100
A Book Without Depth
    depth must be 1 to 1000 levels, got 0    Set The Book    BTCUSDT    bid=99    ask=100    depth=0
A Level Of Another Form
    *level must be text such as 'bid 99.00 x 1.0' (bid or ask, price, x, quantity), got '99.00:1'
    ...    Set The Book Levels    BTCUSDT    99.00:1
A Market Order With A Time In Force
    tif=IOC needs a price; a MARKET order has no time in force    Someone Buys    BTCUSDT    qty=1    tif=IOC
An Unknown Setting
    unknown setting 'risk.min_confidnce'; did you mean 'risk.min_confidence'? known: risk.min_confidence, *
    ...    Start A Fresh Engine
    ...    risk.min_confidnce=0.7
A Setting That Must Be Text
    risk.min_confidence must be text such as 0.05, got float 0.7; write 0.7 not \${0.7}
    ...    Start A Fresh Engine    risk.min_confidence=${0.7}
A Setting That Must Be A Whole Number
    timing.book_stale_ms must be a whole number such as 500, got '2s'    Start A Fresh Engine
    ...    timing.book_stale_ms=2s
A Setting That Must Be On Or Off
    arbitrage.enabled must be on or off, got 'maybe'    Start A Fresh Engine    arbitrage.enabled=maybe
Tier Beside Balance
    tier and balance both say how to fund the account; give one of them    Start A Fresh Engine    tier=HUNTER
    ...    balance=USDT:5000
A Balance Of Another Form
    *asset amount must be text such as USDT:5000 (asset, colon, amount), got '5000 USDT'
    ...    Start A Fresh Engine    balance=5000 USDT
A Balance Below Zero
    *amount of USDT must be above 0, got -5    Start A Fresh Engine    balance=USDT:-5
A Symbol That The Venue Does Not List
    venue binance does not list ETHUSDT; it lists BTCUSDT    Start A Fresh Engine    ETHUSDT
A Question Before The Start
    there is no engine in this test; start one first (keyword: Start A Fresh Engine)    Get Engine State    ==
    ...    RUNNING
A Signal Before The Start
    there is no engine in this test; start one first (keyword: Start A Fresh Engine)    The Engine Places
    ...    BUY    BTCUSDT    qty=1
A Kill Before The Start
    there is no engine in this test; start one first (keyword: Start A Fresh Engine)    Kill The Engine
A Row Before The Start
    there is no engine in this test; start one first (keyword: Start A Fresh Engine)    Get Row Count
    ...    orders    ==    0
A Cancel Before An Order
    no order was placed in this test; place one first (keyword: The Engine Places) or name it with order=ID
    ...    Cancel The Order
An Empty Order Id
    order must be a client order id such as \${id} from The Engine Places, got ''    Get Order Status    ==
    ...    FILLED    order=${EMPTY}
A Deposit Before The Account
    this test has no account at venue 'binance' yet; start an engine or fund one first*    Deposit    USDT
    ...    100
An Unknown Order Field
    unknown field of an order 'prise'; did you mean 'price'? known: *    Get Order Field    prise    ==    1
An Unknown Fact
    unknown kind of fact 'RiskDenial'; did you mean 'RiskDenied'? known: *    Get Fact Count    RiskDenial
    ...    ==    1
An Unknown Ledger Line
    unknown type of ledger line 'fill'; known: account, activated, amended, *, transfer, triggered, venue
    ...    Get Venue Ledger Count    fill
A Condition Of Another Form
    where must be text such as state=FILLED (column, equals sign, value), got 'FILLED'    Get Row Count
    ...    orders    ==    1    where=FILLED
A Lock That Nobody Holds
    no database lock is held; take it first (keyword: Hold The Database Lock)    Release The Database Lock
A Stream Name In Upper Case
    a stream is named such as btcusdt@trade or btcusdt@depth@100ms (lower case), got 'BTCUSDT@trade'
    ...    Watch The Stream    BTCUSDT@trade
A Frame Before Watching
    nothing is watched in this test; begin with Watch The Stream or Watch The Book    The Stream Shows
    ...    e=trade
A Frame Without A Wish
    say what the frame must have, such as e=trade*    The Stream Shows
A Recording Played By Nothing
    steps must be at least 1, got 0    Play The Recording By    0
A Table That Was Not Begun
    no table was begun in this test; begin with Use The Recorded Table    Expect The Recorded Fill    1    BUY
    ...    qty=1
A Venue That Is Not Frozen
    venue binance is not frozen; freeze it first (keyword: Freeze The Venue)    Thaw The Venue
A Literal Secret
    *Argument 'api_key' must have type 'Secret', got string.    Use The Raw Account    my-api-key
    ...    my-api-secret
