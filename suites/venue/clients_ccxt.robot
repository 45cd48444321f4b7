*** Settings ***
Documentation    ccxt, as it comes from its package index, trades on the venue: only addresses and keys are set, and ccxt's own
...              table of spot errors is merged in (it picks it by host name).

Resource         ../../resources/clients.resource

Suite Setup      A Client And Its Venue    ccxt
Test Setup       A Fresh Client On A Quoted Market
Test Timeout     60 seconds

Test Tags        IP1    venue


*** Test Cases ***
The Markets Have Their Rules
    When The Client Calls    load_markets
    Then The Client Answered    BTC/USDT.id=BTCUSDT    BTC/USDT.active=True    BTC/USDT.spot=True
    ...    BTC/USDT.precision.price=0.01    BTC/USDT.precision.amount=0.00001    BTC/USDT.limits.cost.min=5
    ...    ETH/USDT.base=ETH    ETH/USDT.quote=USDT

The Markets Load With Every Option As It Comes
    Given Open The Client    USDT:1000    spot_only=False
    When The Client Calls    load_markets
    Then The Client Answered    BTC/USDT.id=BTCUSDT    ETH/USDT.active=True

The Time Is The Venue's
    ${time} =    When The Client Calls    fetch_time
    Then Should Be True    ${time} > 1600000000000

The Book Arrives Level By Level
    When The Client Calls    fetch_order_book    BTC/USDT    5
    Then The Client Answered    bids.length=2    bids.0.0=99    bids.0.1=1    bids.1.0=98    bids.1.1=2
    ...    asks.length=2    asks.0.0=101    asks.0.1=1    asks.1.0=102    asks.1.1=2

A Ticker Tells The Day
    Given Someone Buys    BTCUSDT    qty=0.25    price=101.00
    When The Client Calls    fetch_ticker    BTC/USDT
    Then The Client Answered    symbol=BTC/USDT    last=101    bid=99    bidVolume=1    ask=101    askVolume=0.75

Tickers Of All Symbols
    When The Client Calls    fetch_tickers
    Then The Client Answered    BTC/USDT.symbol=BTC/USDT    ETH/USDT.symbol=ETH/USDT

Best Bids And Asks
    When The Client Calls    fetch_bids_asks
    Then The Client Answered    BTC/USDT.bid=99    BTC/USDT.bidVolume=1    BTC/USDT.ask=101    BTC/USDT.askVolume=1

Last Prices
    Given Someone Buys    BTCUSDT    qty=0.25    price=101.00
    When The Client Calls    fetch_last_prices
    Then The Client Answered    BTC/USDT.price=101

Public Trades
    Given Someone Buys    BTCUSDT    qty=0.25    price=101.00
    When The Client Calls    fetch_trades    BTC/USDT
    Then The Client Answered    -1.price=101    -1.amount=0.25    -1.side=buy    -1.cost=25.25

Candles
    Given Someone Buys    BTCUSDT    qty=0.25    price=101.00
    When The Client Calls    fetch_ohlcv    BTC/USDT    1m
    Then The Client Answered    -1.4=101

The Balance Is The Ledger's
    Given The Client Calls    create_order    BTC/USDT    limit    buy    0.5    90
    When The Client Calls    fetch_balance
    Then The Client Answered    USDT.free=99955    USDT.used=45    USDT.total=100000    BTC.free=10
    And Get Venue Balance    USDT    ==    99955    field=free

A Market Order Walks Through Levels
    [Tags]    X2
    When The Client Calls    create_order    BTC/USDT    market    buy    1.5
    Then The Client Answered    status=closed    filled=1.5    cost=152    average=101.33333333333333    trades.length=2
    ...    trades.0.price=101    trades.0.amount=1    trades.0.fee.cost=0.001    trades.0.fee.currency=BTC
    ...    trades.1.price=102    trades.1.amount=0.5    trades.1.fee.cost=0.0005
    And Get Venue Balance    USDT    ==    99848
    And Get Venue Balance    BTC    ==    11.4985

A Market Order By What It May Cost
    When The Client Calls    create_market_buy_order_with_cost    BTC/USDT    50.5
    Then The Client Answered    status=closed    filled=0.5    cost=50.5    average=101
    And Get Venue Balance    USDT    ==    99949.5

A Limit Order Rests And Fills As Maker
    [Tags]    X1
    ${order} =    Given The Client Calls    create_order    BTC/USDT    limit    buy    0.5    100
    And The Client Answered    status=open    type=limit    side=buy    price=100    amount=0.5    filled=0
    ...    remaining=0.5    timeInForce=GTC    info.origQty=0.50000000
    And Get Venue Balance    USDT    ==    50    field=locked
    When Someone Sells    BTCUSDT    qty=0.2    price=100.00
    And The Client Calls    fetch_order    ${order}[id]    BTC/USDT
    Then The Client Answered    status=open    filled=0.2    remaining=0.3    average=100    cost=20
    And Get Venue Order Status    ==    PARTIALLY_FILLED    order=${order}[clientOrderId]
    And Get Venue Balance    BTC    ==    10.1998

Immediate Or Cancel
    [Tags]    X4
    When The Client Calls    create_order    BTC/USDT    limit    buy    1.5    101    timeInForce=IOC
    Then The Client Answered    status=expired    timeInForce=IOC    filled=1    remaining=0.5

Fill Or Kill
    [Tags]    X4
    When The Client Calls    create_order    BTC/USDT    limit    buy    1.5    101    timeInForce=FOK
    Then The Client Answered    status=expired    timeInForce=FOK    filled=0    remaining=1.5

Post Only
    [Tags]    X5
    When The Client Calls    create_order    BTC/USDT    limit    buy    0.5    100    postOnly=True
    Then The Client Answered    status=open    info.type=LIMIT_MAKER    postOnly=True
    When The Client Tries    create_order    BTC/USDT    limit    buy    0.5    101    postOnly=True
    Then The Client Was Refused    OrderImmediatelyFillable    Order would immediately match and take.

A Stop Loss Waits For Its Price
    [Tags]    X8
    ${order} =    Given The Client Calls    create_order    BTC/USDT    market    sell    0.5    stopLossPrice=95
    When The Client Calls    fetch_order    ${order}[id]    BTC/USDT
    Then The Client Answered    status=open    info.type=STOP_LOSS    triggerPrice=95
    When Set The Book Levels    BTCUSDT    bid 95.00 x 1    ask 101.00 x 1
    And Someone Sells    BTCUSDT    qty=0.1    price=95.00
    And The Client Calls    fetch_order    ${order}[id]    BTC/USDT
    Then The Client Answered    status=closed    filled=0.5    average=95

A Stop Loss Limit Order Rests Once Triggered
    [Tags]    X8
    ${order} =    Given The Client Calls    create_order    BTC/USDT    limit    sell    0.5    96    stopLossPrice=95
    When Set The Book Levels    BTCUSDT    bid 95.00 x 1    ask 101.00 x 1
    And Someone Sells    BTCUSDT    qty=0.1    price=95.00
    And The Client Calls    fetch_order    ${order}[id]    BTC/USDT
    Then The Client Answered    status=open    info.type=STOP_LOSS_LIMIT    info.isWorking=True    price=96

Take Profit Orders Wait Above The Market
    [Tags]    X8
    When The Client Calls    create_order    BTC/USDT    market    sell    0.5    takeProfitPrice=110
    Then Get Client Answer    id    !=    None
    When The Client Calls    create_order    BTC/USDT    limit    sell    0.5    111    takeProfitPrice=110
    And The Client Calls    fetch_open_orders    BTC/USDT
    Then The Client Answered    length=2    0.info.type=TAKE_PROFIT    1.info.type=TAKE_PROFIT_LIMIT    1.price=111

A Trailing Stop Takes Its Distance In Percent
    [Tags]    X8
    ${order} =    When The Client Calls    create_order    BTC/USDT    market    sell    0.5    trailingPercent=1
    ...    stopLossOrTakeProfit=stopLoss
    And The Client Calls    fetch_order    ${order}[id]    BTC/USDT
    Then The Client Answered    status=open    info.type=STOP_LOSS    info.trailingDelta=100

A Stop On The Wrong Side Is Refused
    [Tags]    X8
    When The Client Tries    create_order    BTC/USDT    market    sell    0.5    stopLossPrice=120
    Then The Client Was Refused    OrderImmediatelyFillable    Order would trigger immediately.

An Iceberg Shows A Part
    When The Client Calls    create_order    BTC/USDT    limit    buy    1    100    icebergQty=0.2
    And The Client Calls    fetch_order_book    BTC/USDT    1
    Then The Client Answered    bids.0.0=100    bids.0.1=0.2

One Cancels The Other
    [Tags]    X9
    When The Client Calls    private_post_orderlist_oco    symbol=BTCUSDT    side=SELL    quantity=0.5
    ...    aboveType=LIMIT_MAKER    abovePrice=110    aboveClientOrderId=above-1
    ...    belowType=STOP_LOSS    belowStopPrice=90    belowClientOrderId=below-1
    Then The Client Answered    contingencyType=OCO    listOrderStatus=EXECUTING    orders.length=2
    When Someone Buys    BTCUSDT    qty=3.5    price=110.00
    And The Client Calls    fetch_order    ${NONE}    BTC/USDT    clientOrderId=above-1
    Then The Client Answered    status=closed    filled=0.5    average=110
    When The Client Calls    fetch_order    ${NONE}    BTC/USDT    clientOrderId=below-1
    Then The Client Answered    status=expired    filled=0

An Order That Is Only Tested Leaves Nothing
    When The Client Calls    create_order    BTC/USDT    limit    buy    0.5    100    test=True
    Then Get Venue Order Count    ==    0

A Client Order Id Is The Client's Own
    Given The Client Calls    create_order    BTC/USDT    limit    buy    0.5    90    clientOrderId=mine-1
    When The Client Calls    fetch_order    ${NONE}    BTC/USDT    clientOrderId=mine-1
    Then The Client Answered    clientOrderId=mine-1    status=open
    And Get Venue Order Field    quantity    ==    0.5    order=mine-1

Open, Closed And All Orders
    ${order} =    Given The Client Calls    create_order    BTC/USDT    limit    buy    0.5    90
    And The Client Calls    create_order    BTC/USDT    market    sell    0.5
    When The Client Calls    fetch_open_orders    BTC/USDT
    Then The Client Answered    length=1    0.id=${order}[id]
    When The Client Calls    fetch_closed_orders    BTC/USDT
    Then The Client Answered    length=1    0.type=market    0.filled=0.5    0.average=99
    When The Client Calls    fetch_orders    BTC/USDT
    Then The Client Answered    length=2

A Cancelled Order Is Cancelled
    ${order} =    Given The Client Calls    create_order    BTC/USDT    limit    buy    0.5    90
    When The Client Calls    cancel_order    ${order}[id]    BTC/USDT
    Then The Client Answered    status=canceled    id=${order}[id]
    ...    info.origClientOrderId=${order}[clientOrderId]
    And Get Venue Order Status    ==    CANCELED    order=${order}[clientOrderId]
    And Get Venue Balance    USDT    ==    100000    field=free
    When The Client Calls    fetch_canceled_orders    BTC/USDT
    Then The Client Answered    length=1

All Orders Are Cancelled At Once
    Given The Client Calls    create_order    BTC/USDT    limit    buy    0.5    90
    And The Client Calls    create_order    BTC/USDT    limit    sell    0.5    110
    When The Client Calls    cancel_all_orders    BTC/USDT
    Then The Client Answered    length=2    0.status=canceled    1.status=canceled
    And Get Venue Order Count    ==    0    status=NEW

An Edited Order Is Cancelled And Replaced
    ${order} =    Given The Client Calls    create_order    BTC/USDT    limit    buy    0.5    90
    When The Client Calls    edit_order    ${order}[id]    BTC/USDT    limit    buy    0.6    91
    Then The Client Answered    status=open    price=91    amount=0.6
    And Get Venue Order Status    ==    CANCELED    order=${order}[clientOrderId]
    And Get Venue Order Count    ==    1    status=NEW

An Edit Of An Order That Does Not Exist Changes Nothing
    [Tags]    X20
    When The Client Tries    edit_order    4711    BTC/USDT    limit    buy    0.6    91
    Then The Client Was Refused    BadResponse    -2022    Order cancel-replace failed.
    And Get Venue Order Count    ==    0

Own Trades Name Price, Quantity And Fee
    ${order} =    Given The Client Calls    create_order    BTC/USDT    market    sell    1.5
    When The Client Calls    fetch_my_trades    BTC/USDT
    Then The Client Answered    length=2    0.order=${order}[id]    0.price=99    0.amount=1    0.cost=99    0.side=sell
    ...    0.takerOrMaker=taker    0.fee.cost=0.099    0.fee.currency=USDT    1.price=98    1.amount=0.5    1.fee.cost=0.049
    When The Client Calls    fetch_order_trades    ${order}[id]    BTC/USDT
    Then The Client Answered    length=2

The Fees Are The Venue's
    When The Client Calls    fetch_trading_fees
    Then The Client Answered    BTC/USDT.maker=0.001    BTC/USDT.taker=0.001

An Ed25519 Key And An RSA Key
    Given Open The Client    USDT:100000    BTC:10    key=ED25519
    When The Client Calls    create_order    BTC/USDT    market    buy    0.5
    Then The Client Answered    status=closed    filled=0.5
    Given Open The Client    USDT:100000    BTC:10    key=RSA
    When The Client Calls    create_order    BTC/USDT    market    buy    0.5
    Then The Client Answered    status=closed    filled=0.5

More Than The Account Holds
    [Tags]    AC6.3
    When The Client Tries    create_order    BTC/USDT    limit    sell    11    100
    Then The Client Was Refused    InsufficientFunds    Account has insufficient balance for requested action.

Filters Are Named
    [Tags]    X12
    When The Client Tries    private_post_order    symbol=BTCUSDT    side=BUY    type=LIMIT    timeInForce=GTC
    ...    quantity=0.000001    price=100
    Then The Client Was Refused    InvalidOrder    Filter failure: LOT_SIZE
    When The Client Tries    private_post_order    symbol=BTCUSDT    side=BUY    type=LIMIT    timeInForce=GTC
    ...    quantity=1    price=100.001
    Then The Client Was Refused    InvalidOrder    Filter failure: PRICE_FILTER
    When The Client Tries    create_order    BTC/USDT    limit    buy    0.01    90
    Then The Client Was Refused    BadRequest    Filter failure: NOTIONAL

An Order That Does Not Exist
    When The Client Tries    fetch_order    4711    BTC/USDT
    Then The Client Was Refused    OrderNotFound    -2013    Order does not exist.
    When The Client Tries    cancel_order    4711    BTC/USDT
    Then The Client Was Refused    OrderNotFound    -2011    Unknown order sent.

A Client Order Id That Is Open Already
    Given The Client Calls    create_order    BTC/USDT    limit    buy    0.5    90    clientOrderId=mine-1
    When The Client Tries    create_order    BTC/USDT    limit    buy    0.5    90    clientOrderId=mine-1
    Then The Client Was Refused    InvalidOrder    -2010    Duplicate order sent.

A Symbol That Does Not Exist
    When The Client Tries    public_get_depth    symbol=NOPEUSDT
    Then The Client Was Refused    BadSymbol    -1121    Invalid symbol.

A Wrong Secret
    Given Open The Client With A Wrong Secret
    When The Client Tries    fetch_balance
    Then The Client Was Refused    AuthenticationError    -1022    Signature for this request is not valid.

An Unknown Key
    [Tags]    X35
    Given Open The Client With An Unknown Key
    When The Client Tries    fetch_balance
    Then The Client Was Refused    AuthenticationError    -2015    Invalid API-key, IP, or permissions for action.

A Stale Time Stamp
    [Tags]    X34
    When The Client Tries    private_get_account    recvWindow=1    timestamp=1000000000000
    Then The Client Was Refused    InvalidNonce    -1021

A Missing Parameter
    When The Client Tries    private_post_order    symbol=BTCUSDT    side=BUY    type=LIMIT    timeInForce=GTC    quantity=1
    Then The Client Was Refused    BadRequest    -1102    Mandatory parameter 'price' was not sent

A Limit That Is Used Up, And A Ban
    [Tags]    X31    X32
    Given Answer With    429    code=-1003    retry_after=3s    of=any request    point=before_parse
    When The Client Tries    fetch_time
    Then The Client Was Refused    DDoSProtection    429    -1003
    Given Answer With    418    code=-1003    retry_after=120s    of=any request    point=before_parse
    When The Client Tries    fetch_time
    Then The Client Was Refused    DDoSProtection    418

Too Many Orders
    [Tags]    X33
    Given Answer With    429    code=-1015    retry_after=3s    point=before_parse
    When The Client Tries    create_order    BTC/USDT    limit    buy    0.5    90
    Then The Client Was Refused    DDoSProtection    429    -1015
    And Get Venue Order Count    ==    0

An Outcome That Is Not Known
    [Tags]    X14
    Given Answer With    503    code=-1007
    When The Client Tries    create_order    BTC/USDT    limit    buy    0.5    90    clientOrderId=mine-1
    Then The Client Was Refused    RequestTimeout    -1007
    And Get Venue Order Status    ==    NEW    order=mine-1

A Gateway Before The Venue
    Given Answer With    503    of=any request    point=before_parse
    When The Client Tries    fetch_time
    Then The Client Was Refused    ExchangeNotAvailable    503
    Given Answer With    403    of=any request    point=before_parse
    When The Client Tries    fetch_time
    Then The Client Was Refused    ExchangeNotAvailable    403
