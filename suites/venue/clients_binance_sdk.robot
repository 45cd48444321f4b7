*** Settings ***
Documentation    binance-sdk-spot, Binance's own SDK as it comes from its package index, trades on the venue over REST, streams and
...              the WebSocket API: only addresses and keys are set.

Resource         ../../resources/clients.resource

Suite Setup      A Client And Its Venue    binance-sdk-spot
Test Setup       A Fresh Client On A Quoted Market
Test Timeout     60 seconds

Test Tags        IP1    venue


*** Test Cases ***
Ping And Time
    When The Client Calls    rest_api.ping
    ${time} =    And The Client Calls    rest_api.time
    Then Should Be True    ${time}[serverTime] > 1600000000000

The Symbols Have Their Rules
    When The Client Calls    rest_api.exchange_info    symbol=BTCUSDT
    Then The Client Answered    timezone=UTC    symbols.length=1    symbols.0.symbol=BTCUSDT    symbols.0.status=TRADING
    ...    symbols.0.baseAsset=BTC    symbols.0.filters.0.filterType=PRICE_FILTER    symbols.0.filters.0.tickSize=0.01000000

The Book Arrives Level By Level
    When The Client Calls    rest_api.depth    symbol=BTCUSDT    limit=5
    Then The Client Answered    bids.0.0=99.00000000    bids.0.1=1.00000000    bids.1.0=98.00000000
    ...    asks.0.0=101.00000000    asks.0.1=1.00000000    asks.1.1=2.00000000

Tickers
    Given Someone Buys    BTCUSDT    qty=0.25    price=101.00
    When The Client Calls    rest_api.ticker24hr    symbol=BTCUSDT
    Then The Client Answered    symbol=BTCUSDT    lastPrice=101.00000000    bidPrice=99.00000000    askPrice=101.00000000
    When The Client Calls    rest_api.ticker_price    symbol=BTCUSDT
    Then The Client Answered    symbol=BTCUSDT    price=101.00000000
    When The Client Calls    rest_api.ticker_book_ticker    symbol=BTCUSDT
    Then The Client Answered    bidPrice=99.00000000    bidQty=1.00000000    askPrice=101.00000000    askQty=0.75000000

More Tickers
    Given Someone Buys    BTCUSDT    qty=0.25    price=101.00
    When The Client Calls    rest_api.avg_price    symbol=BTCUSDT
    Then The Client Answered    mins=5
    When The Client Calls    rest_api.ticker_trading_day    symbol=BTCUSDT
    Then The Client Answered    symbol=BTCUSDT    lastPrice=101.00000000
    When The Client Calls    rest_api.ticker    symbol=BTCUSDT
    Then The Client Answered    symbol=BTCUSDT    lastPrice=101.00000000

Public Trades And Candles
    Given Someone Buys    BTCUSDT    qty=0.25    price=101.00
    When The Client Calls    rest_api.get_trades    symbol=BTCUSDT    limit=1
    Then The Client Answered    length=1    0.price=101.00000000    0.qty=0.25000000    0.quoteQty=25.25000000    0.isBuyerMaker=False
    When The Client Calls    rest_api.agg_trades    symbol=BTCUSDT    limit=1
    Then The Client Answered    length=1    0.p=101.00000000    0.q=0.25000000    0.m=False
    When The Client Calls    rest_api.klines    symbol=BTCUSDT    interval=1m    limit=1
    Then The Client Answered    length=1    0.4=101.00000000

The Balance Is The Ledger's
    Given The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=90
    When The Client Calls    rest_api.get_account    omit_zero_balances=True
    Then The Client Answered    canTrade=True    accountType=SPOT    balances.length=2    makerCommission=10
    And Get Venue Balance    USDT    ==    45    field=locked

A Limit Order Rests And Fills As Maker
    [Tags]    X1
    ${order} =    Given The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=100    new_client_order_id=sdk-1
    And The Client Answered    status=NEW    price=100.00000000    origQty=0.50000000    clientOrderId=sdk-1    fills.length=0
    When Someone Sells    BTCUSDT    qty=0.2    price=100.00
    And The Client Calls    rest_api.get_order    symbol=BTCUSDT    order_id=${order}[orderId]
    Then The Client Answered    status=PARTIALLY_FILLED    executedQty=0.20000000    cummulativeQuoteQty=20.00000000
    And Get Venue Balance    BTC    ==    10.1998

A Market Order Walks Through Levels
    [Tags]    X2
    When The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=MARKET    quantity=1.5
    Then The Client Answered    status=FILLED    executedQty=1.50000000    cummulativeQuoteQty=152.00000000    fills.length=2
    ...    fills.0.price=101.00000000    fills.0.commission=0.00100000    fills.0.commissionAsset=BTC    fills.1.qty=0.50000000
    And Get Venue Balance    BTC    ==    11.4985

A Market Order By What It May Cost
    When The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=MARKET    quote_order_qty=50.5
    Then The Client Answered    status=FILLED    executedQty=0.50000000    origQuoteOrderQty=50.50000000

Immediate Or Cancel, Fill Or Kill, Post Only
    [Tags]    X4    X5
    When The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=IOC
    ...    quantity=1.5    price=101
    Then The Client Answered    status=EXPIRED    executedQty=1.00000000
    When The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=FOK
    ...    quantity=5    price=101
    Then The Client Answered    status=EXPIRED    executedQty=0.00000000
    When The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=LIMIT_MAKER    quantity=0.5    price=90
    ...    new_order_resp_type=RESULT
    Then The Client Answered    status=NEW    type=LIMIT_MAKER

The Answer Is As Long As Asked For
    When The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=90    new_order_resp_type=ACK
    Then The Client Answered    symbol=BTCUSDT    orderListId=-1
    When The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=90    new_order_resp_type=RESULT
    Then The Client Answered    status=NEW    origQty=0.50000000

Conditional Orders Wait
    [Tags]    X8
    When The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=SELL    type=STOP_LOSS    quantity=0.5    stop_price=95
    And The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=SELL    type=STOP_LOSS_LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=94    stop_price=95
    And The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=SELL    type=TAKE_PROFIT    quantity=0.5    stop_price=110
    And The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=SELL    type=TAKE_PROFIT_LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=111    stop_price=110
    And The Client Calls    rest_api.get_open_orders    symbol=BTCUSDT
    Then The Client Answered    length=4    0.type=STOP_LOSS    0.isWorking=False    1.stopPrice=95.00000000
    ...    2.type=TAKE_PROFIT    3.price=111.00000000

A Trailing Stop Takes Its Distance In Basis Points
    [Tags]    X8
    ${order} =    When The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=SELL    type=STOP_LOSS    quantity=0.5
    ...    trailing_delta=100
    And The Client Calls    rest_api.get_order    symbol=BTCUSDT    order_id=${order}[orderId]
    Then The Client Answered    status=NEW    trailingDelta=100

One Cancels The Other
    [Tags]    X9
    ${list} =    When The Client Calls    rest_api.order_list_oco    symbol=BTCUSDT    side=SELL    quantity=0.5
    ...    above_type=LIMIT_MAKER    above_price=110    below_type=STOP_LOSS    below_stop_price=90
    Then The Client Answered    contingencyType=OCO    listStatusType=EXEC_STARTED    listOrderStatus=EXECUTING    orders.length=2
    When Someone Buys    BTCUSDT    qty=3.5    price=110.00
    And The Client Calls    rest_api.get_order_list    order_list_id=${list}[orderListId]
    Then The Client Answered    listOrderStatus=ALL_DONE

One Triggers The Other
    [Tags]    X9
    When The Client Calls    rest_api.order_list_oto    symbol=BTCUSDT    working_type=LIMIT    working_side=BUY    working_price=101
    ...    working_quantity=0.5    working_time_in_force=GTC    pending_type=LIMIT    pending_side=SELL    pending_price=110
    ...    pending_quantity=0.4    pending_time_in_force=GTC
    Then The Client Answered    contingencyType=OTO    orders.length=2
    And Get Venue Order Count    ==    1    status=FILLED

An Order That Is Only Tested Leaves Nothing
    When The Client Calls    rest_api.order_test    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=90
    Then Get Venue Order Count    ==    0

Cancel One, Cancel All
    ${order} =    Given The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=90    new_client_order_id=sdk-1
    When The Client Calls    rest_api.delete_order    symbol=BTCUSDT    order_id=${order}[orderId]
    Then The Client Answered    status=CANCELED    origClientOrderId=sdk-1
    When The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=SELL    type=LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=110
    And The Client Calls    rest_api.delete_open_orders    symbol=BTCUSDT
    Then The Client Answered    length=1    0.status=CANCELED
    And Get Venue Order Count    ==    2    status=CANCELED

Cancel And Replace
    ${order} =    Given The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=90
    When The Client Calls    rest_api.order_cancel_replace    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    cancel_replace_mode=STOP_ON_FAILURE    quantity=0.6    price=91    cancel_order_id=${order}[orderId]
    Then The Client Answered    cancelResult=SUCCESS    newOrderResult=SUCCESS    newOrderResponse.price=91.00000000

An Amended Order Keeps Its Place
    ${order} =    Given The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=90
    When The Client Calls    rest_api.order_amend_keep_priority    symbol=BTCUSDT    order_id=${order}[orderId]    new_qty=0.3
    Then The Client Answered    amendedOrder.qty=0.30000000    amendedOrder.status=NEW
    And Get Venue Balance    USDT    ==    27    field=locked

Own Trades And Orders
    ${order} =    Given The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=SELL    type=MARKET    quantity=1.5
    When The Client Calls    rest_api.my_trades    symbol=BTCUSDT
    Then The Client Answered    length=2    0.price=99.00000000    0.qty=1.00000000    0.commission=0.09900000
    ...    0.commissionAsset=USDT    0.isBuyer=False    0.isMaker=False    1.price=98.00000000
    When The Client Calls    rest_api.all_orders    symbol=BTCUSDT
    Then The Client Answered    length=1    0.orderId=${order}[orderId]    0.status=FILLED
    When The Client Calls    rest_api.rate_limit_order
    Then The Client Answered    0.rateLimitType=ORDERS

Commission And Filters Of The Account
    When The Client Calls    rest_api.account_commission    symbol=BTCUSDT
    Then The Client Answered    symbol=BTCUSDT    standardCommission.maker=0.00100000    standardCommission.taker=0.00100000
    When The Client Calls    rest_api.my_filters    symbol=BTCUSDT
    Then The Client Answered    symbolFilters.0.filterType=PRICE_FILTER

An Order Over The WebSocket API
    [Tags]    X1
    When The Client Calls    websocket_api.order_place    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=90    new_client_order_id=sdk-1
    Then The Client Answered    status=200    result.status=NEW    result.price=90.00000000    result.clientOrderId=sdk-1
    When The Client Calls    websocket_api.order_status    symbol=BTCUSDT    orig_client_order_id=sdk-1
    Then The Client Answered    result.status=NEW    result.origQty=0.50000000
    When The Client Calls    websocket_api.order_cancel    symbol=BTCUSDT    orig_client_order_id=sdk-1
    Then The Client Answered    result.status=CANCELED    result.origClientOrderId=sdk-1
    And Get Venue Request Count    ==    3    path=order    via=ws-api

Questions Over The WebSocket API
    When The Client Calls    websocket_api.depth    symbol=BTCUSDT    limit=5
    Then The Client Answered    result.bids.0.0=99.00000000    result.asks.0.0=101.00000000
    When The Client Calls    websocket_api.exchange_info    symbol=BTCUSDT
    Then The Client Answered    result.symbols.0.symbol=BTCUSDT
    When The Client Calls    websocket_api.account_status
    Then The Client Answered    result.canTrade=True
    When The Client Calls    websocket_api.open_orders_status    symbol=BTCUSDT
    Then The Client Answered    result.length=0

The User Data Follows An Order
    [Tags]    X1
    Given The Client Watches    websocket_api.user_data_stream_subscribe_signature    watch=account
    And The Client Hears Of Its Account
    When The Client Calls    websocket_api.order_place    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=100    new_client_order_id=sdk-1
    And Someone Sells    BTCUSDT    qty=0.5    price=100.00
    Then The Client Has Seen    account    class=ExecutionReport    c=sdk-1    x=NEW    X=NEW
    And The Client Has Seen    account    class=ExecutionReport    c=sdk-1    x=TRADE    X=FILLED    l=0.50000000    L=100.00000000
    And The Client Has Seen    account    class=OutboundAccountPosition
    When Deposit    USDT    250.5
    Then The Client Has Seen    account    class=BalanceUpdate    a=USDT    d=250.50000000

A Session With An Ed25519 Key
    Given Open The Client    USDT:100000    BTC:10    key=ED25519
    When The Client Calls    websocket_api.session_logon
    And The Client Watches    websocket_api.user_data_stream_subscribe    watch=account
    And The Client Hears Of Its Account
    And The Client Calls    websocket_api.order_place    symbol=BTCUSDT    side=BUY    type=MARKET    quantity=0.5
    ...    new_client_order_id=sdk-1
    Then The Client Has Seen    account    class=ExecutionReport    c=sdk-1    X=FILLED

An RSA Key
    Given Open The Client    USDT:100000    BTC:10    key=RSA
    When The Client Calls    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=MARKET    quantity=0.5
    Then The Client Answered    status=FILLED    executedQty=0.50000000

Trades And Book Tickers Are Streamed
    Given The Client Watches    websocket_streams.trade    symbol=btcusdt
    And The Client Watches    websocket_streams.agg_trade    symbol=btcusdt
    And The Client Watches    websocket_streams.book_ticker    symbol=btcusdt
    And The Client Is Subscribed    btcusdt@bookTicker
    When Someone Sells    BTCUSDT    qty=0.4    price=99.00
    Then The Client Has Seen    websocket_streams.trade    s=BTCUSDT    p=99.00000000    q=0.40000000    m=True
    And The Client Has Seen    websocket_streams.agg_trade    s=BTCUSDT    p=99.00000000    q=0.40000000
    And The Client Has Seen    websocket_streams.book_ticker    s=BTCUSDT    b=99.00000000    B=0.60000000    a=101.00000000

Depth And Candles Are Streamed
    Given The Client Watches    websocket_streams.diff_book_depth    symbol=btcusdt    update_speed=100ms
    And The Client Watches    websocket_streams.partial_book_depth    symbol=btcusdt    levels=5    update_speed=100ms
    And The Client Watches    websocket_streams.kline    symbol=btcusdt    interval=1m
    And The Client Is Subscribed    btcusdt@kline_1m
    When Someone Sells    BTCUSDT    qty=0.4    price=99.00
    Then The Client Has Seen    websocket_streams.diff_book_depth    s=BTCUSDT    b.0.0=99.00000000    b.0.1=0.60000000
    And The Client Has Seen    websocket_streams.partial_book_depth    bids.0.0=99.00000000    bids.0.1=0.60000000
    And The Client Has Seen    websocket_streams.kline    s=BTCUSDT    k.c=99.00000000

Tickers Are Streamed
    Given The Client Watches    websocket_streams.ticker    symbol=btcusdt
    And The Client Watches    websocket_streams.mini_ticker    symbol=btcusdt
    And The Client Is Subscribed    btcusdt@miniTicker
    When Someone Sells    BTCUSDT    qty=0.4    price=99.00
    Then The Client Has Seen    websocket_streams.ticker    s=BTCUSDT    c=99.00000000
    And The Client Has Seen    websocket_streams.mini_ticker    s=BTCUSDT    c=99.00000000

Refusals Carry Code And Text
    [Tags]    AC6.2    X12
    When The Client Tries    rest_api.depth    symbol=NOPEUSDT
    Then The Client Was Refused    BadRequestError    -1121    Invalid symbol.
    When The Client Tries    rest_api.new_order    symbol=BTCUSDT    side=SELL    type=LIMIT    time_in_force=GTC
    ...    quantity=11    price=100
    Then The Client Was Refused    BadRequestError    -2010    Account has insufficient balance for requested action.
    When The Client Tries    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    quantity=1    price=100.001
    Then The Client Was Refused    BadRequestError    -1013    Filter failure: PRICE_FILTER
    When The Client Tries    rest_api.get_order    symbol=BTCUSDT    order_id=4711
    Then The Client Was Refused    BadRequestError    -2013    Order does not exist.

A Refusal Over The WebSocket API
    [Tags]    AC6.3
    When The Client Tries    websocket_api.order_place    symbol=BTCUSDT    side=SELL    type=LIMIT    time_in_force=GTC
    ...    quantity=11    price=100
    Then The Client Was Refused    RefusedByTheVenue    -2010    Account has insufficient balance for requested action.

An Unknown Key
    [Tags]    X35
    Given Open The Client With An Unknown Key
    When The Client Tries    rest_api.get_account
    Then The Client Was Refused    UnauthorizedError    -2015    Invalid API-key, IP, or permissions for action.

A Wrong Secret
    Given Open The Client With A Wrong Secret
    When The Client Tries    rest_api.get_account
    Then The Client Was Refused    BadRequestError    -1022    Signature for this request is not valid.

A Limit That Is Used Up, And A Ban
    [Tags]    X31    X32
    Given Answer With    429    code=-1003    retry_after=3s    of=any request    point=before_parse
    When The Client Tries    rest_api.time
    Then The Client Was Refused    TooManyRequestsError    -1003
    Given Answer With    418    code=-1003    retry_after=120s    of=any request    point=before_parse
    When The Client Tries    rest_api.time
    Then The Client Was Refused    RateLimitBanError    -1003

An Outcome That Is Not Known
    [Tags]    X14
    Given Answer With    503    code=-1007
    When The Client Tries    rest_api.new_order    symbol=BTCUSDT    side=BUY    type=LIMIT    time_in_force=GTC
    ...    quantity=0.5    price=90    new_client_order_id=sdk-1
    Then The Client Was Refused    ServerError
    And Get Venue Order Status    ==    NEW    order=sdk-1

A Firewall Before The Venue
    Given Answer With    403    of=any request    point=before_parse
    When The Client Tries    rest_api.time
    Then The Client Was Refused    ForbiddenError
