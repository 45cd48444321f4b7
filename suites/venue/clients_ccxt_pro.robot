*** Settings ***
Documentation    ccxt.pro, as it comes from its package index, watches the venue and trades over its WebSocket API: only addresses
...              and keys are set, and ccxt's own table of spot errors is merged in (it picks it by host name).

Resource         ../../resources/clients.resource

Suite Setup      A Client And Its Venue    ccxt.pro
Test Setup       A Fresh Client On A Quoted Market
Test Timeout     60 seconds

Test Tags        IP1    venue


*** Test Cases ***
The Book Is Watched
    Given The Client Watches    watch_order_book    BTC/USDT
    And The Client Has Seen    watch_order_book    bids.0.0=99    bids.0.1=1    asks.0.0=101    asks.0.1=1
    When Set The Book Levels    BTCUSDT    bid 99.50 x 3    bid 99.00 x 1    ask 100.50 x 2
    Then The Client Has Seen    watch_order_book    bids.length=2    bids.0.0=99.5    bids.0.1=3    bids.1.0=99
    ...    asks.length=1    asks.0.0=100.5    asks.0.1=2

Trades Are Watched
    Given The Client Watches    watch_trades    BTC/USDT
    And The Client Is Subscribed    btcusdt@trade
    When Someone Sells    BTCUSDT    qty=0.4    price=99.00
    Then The Client Has Seen    watch_trades    price=99    amount=0.4    cost=39.6    side=sell

The Ticker Is Watched
    Given The Client Watches    watch_ticker    BTC/USDT
    And The Client Is Subscribed    btcusdt@miniTicker
    When Someone Buys    BTCUSDT    qty=0.25    price=101.00
    Then The Client Has Seen    watch_ticker    symbol=BTC/USDT    last=101

The Whole Ticker Is Watched
    Given The Client Watches    watch_ticker    BTC/USDT    name=ticker
    And The Client Is Subscribed    btcusdt@ticker
    When Someone Buys    BTCUSDT    qty=0.25    price=101.00
    Then The Client Has Seen    watch_ticker    symbol=BTC/USDT    last=101    bid=99    ask=101    askVolume=0.75

Best Bids And Asks Are Watched
    Given The Client Watches    watch_bids_asks    ${{["BTC/USDT"]}}
    And The Client Is Subscribed    btcusdt@bookTicker
    When Set The Book Levels    BTCUSDT    bid 99.50 x 3    ask 100.50 x 2
    Then The Client Has Seen    watch_bids_asks    BTC/USDT.bid=99.5    BTC/USDT.bidVolume=3    BTC/USDT.ask=100.5

Candles Are Watched
    Given The Client Watches    watch_ohlcv    BTC/USDT    1m
    And The Client Is Subscribed    btcusdt@kline_1m
    When Someone Buys    BTCUSDT    qty=0.25    price=101.00
    Then The Client Has Seen    watch_ohlcv    4=101

Own Orders Are Watched From New To Filled
    [Tags]    X1
    Given The Client Watches    watch_orders    BTC/USDT
    And The Client Hears Of Its Account
    ${order} =    When The Client Calls    create_order    BTC/USDT    limit    buy    0.5    100
    Then The Client Has Seen    watch_orders    id=${order}[id]    status=open    filled=0    amount=0.5    price=100
    When Someone Sells    BTCUSDT    qty=0.2    price=100.00
    Then The Client Has Seen    watch_orders    id=${order}[id]    status=open    filled=0.2    remaining=0.3
    When Someone Sells    BTCUSDT    qty=0.3    price=100.00
    Then The Client Has Seen    watch_orders    id=${order}[id]    status=closed    filled=0.5    average=100

Own Trades Are Watched
    Given The Client Watches    watch_my_trades    BTC/USDT
    And The Client Hears Of Its Account
    When The Client Calls    create_order    BTC/USDT    market    buy    0.5
    Then The Client Has Seen    watch_my_trades    price=101    amount=0.5    side=buy    takerOrMaker=taker
    ...    fee.cost=0.0005    fee.currency=BTC

The Balance Is Watched
    Given The Client Watches    watch_balance
    And The Client Hears Of Its Account
    When The Client Calls    create_order    BTC/USDT    market    sell    0.5
    Then The Client Has Seen    watch_balance    BTC.free=9.5    USDT.free=100049.4505
    And Get Venue Balance    USDT    ==    100049.4505

A Transfer Is Watched
    Given The Client Watches    watch_balance
    And The Client Hears Of Its Account
    When Deposit    USDT    250.5
    Then The Client Has Seen    watch_balance    USDT.free=100250.5

An Order Over The WebSocket API
    [Tags]    X1
    ${order} =    When The Client Calls    create_order_ws    BTC/USDT    limit    buy    0.5    90
    Then The Client Answered    status=open    price=90    amount=0.5
    And Get Venue Order Status    ==    NEW    order=${order}[clientOrderId]
    And Get Venue Request Count    ==    1    path=order.place    via=ws-api
    When The Client Calls    fetch_order_ws    ${order}[id]    BTC/USDT
    Then The Client Answered    id=${order}[id]    status=open
    When The Client Calls    cancel_order_ws    ${order}[id]    BTC/USDT
    Then The Client Answered    status=canceled    info.origClientOrderId=${order}[clientOrderId]

A Market Order Over The WebSocket API
    [Tags]    X2
    When The Client Calls    create_order_ws    BTC/USDT    market    buy    1.5
    Then The Client Answered    status=closed    filled=1.5    cost=152    average=101.33333333333333
    And Get Venue Balance    BTC    ==    11.4985

All Orders Are Cancelled Over The WebSocket API
    Given The Client Calls    create_order_ws    BTC/USDT    limit    buy    0.5    90
    And The Client Calls    create_order_ws    BTC/USDT    limit    sell    0.5    110
    When The Client Calls    cancel_all_orders_ws    BTC/USDT
    Then The Client Answered    length=2
    And Get Venue Order Count    ==    0    status=NEW

An Order Is Edited Over The WebSocket API
    ${order} =    Given The Client Calls    create_order_ws    BTC/USDT    limit    buy    0.5    90
    When The Client Calls    edit_order_ws    ${order}[id]    BTC/USDT    limit    buy    0.6    91
    Then The Client Answered    status=open    price=91    amount=0.6
    And Get Venue Order Status    ==    CANCELED    order=${order}[clientOrderId]

Questions Over The WebSocket API
    Given The Client Calls    create_order_ws    BTC/USDT    market    sell    0.5
    When The Client Calls    fetch_balance_ws
    Then The Client Answered    info.canTrade=True
    When The Client Calls    fetch_my_trades_ws    BTC/USDT
    Then The Client Answered    length=1    0.price=99    0.amount=0.5    0.fee.cost=0.0495

Market Data Over The WebSocket API
    Given Someone Buys    BTCUSDT    qty=0.25    price=101.00
    When The Client Calls    fetch_trades_ws    BTC/USDT
    Then The Client Answered    -1.price=101    -1.amount=0.25    -1.side=buy
    When The Client Calls    fetch_ohlcv_ws    BTC/USDT    1m
    Then The Client Answered    -1.4=101

Open And Closed Orders Over The WebSocket API
    Given The Client Calls    create_order_ws    BTC/USDT    limit    buy    0.5    90
    And The Client Calls    create_order_ws    BTC/USDT    market    sell    0.5
    When The Client Calls    fetch_open_orders_ws    BTC/USDT
    Then The Client Answered    length=1    0.price=90
    When The Client Calls    fetch_closed_orders_ws    BTC/USDT
    Then The Client Answered    length=1    0.filled=0.5

More Than The Account Holds
    [Tags]    AC6.3
    When The Client Tries    create_order_ws    BTC/USDT    limit    sell    11    100
    Then The Client Was Refused    InsufficientFunds    Account has insufficient balance for requested action.

An Order That Does Not Exist
    When The Client Tries    fetch_order_ws    4711    BTC/USDT
    Then The Client Was Refused    OrderNotFound    Order does not exist.
    When The Client Tries    cancel_order_ws    4711    BTC/USDT
    Then The Client Was Refused    OrderNotFound    Unknown order sent.

A Wrong Secret
    Given Open The Client With A Wrong Secret
    When The Client Tries    create_order_ws    BTC/USDT    limit    buy    0.5    90
    Then The Client Was Refused    AuthenticationError    Signature for this request is not valid.

The Same Calls Over REST
    ${order} =    Given The Client Calls    create_order    BTC/USDT    limit    buy    0.5    90
    When The Client Calls    fetch_order    ${order}[id]    BTC/USDT
    Then The Client Answered    status=open    amount=0.5
    When The Client Calls    cancel_order    ${order}[id]    BTC/USDT
    Then The Client Answered    status=canceled
