*** Settings ***
Documentation    Order lists of every kind, cancel-replace with its table of results, and amendments, with requests
...              that the suite writes itself.

Resource         ../../resources/raw_orders.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       A Quiet Market At 100
Test Teardown    Nothing Is Left Open
Test Timeout     60 seconds

Test Tags        venue


*** Variables ***
&{OCO}        side=SELL    quantity=1    aboveType=LIMIT_MAKER    abovePrice=110    belowType=STOP_LOSS
...           belowStopPrice=90
&{WORKING}    workingType=LIMIT    workingSide=BUY    workingPrice=101    workingQuantity=1
...           workingTimeInForce=GTC
&{PAIR}       pendingSide=SELL    pendingAboveType=LIMIT_MAKER    pendingAbovePrice=110
...           pendingBelowType=STOP_LOSS    pendingBelowStopPrice=90


*** Test Cases ***
The Limit Of An OCO Wins
    [Tags]    X9
    ${ids} =    Place A List    oco    &{OCO}
    When Someone Buys    BTCUSDT    qty=11    price=110
    Then The Order Holds    ${ids}[1]    status=FILLED
    And The Order Holds    ${ids}[0]    status=EXPIRED    expiryReason=OCO_TRIGGER

The Stop Of An OCO Wins
    [Tags]    X9
    ${ids} =    Place A List    oco    &{OCO}
    When The Price Trades At    90    bid=89    ask=91
    Then The Order Holds    ${ids}[0]    status=FILLED
    And The Order Holds    ${ids}[1]    status=EXPIRED    expiryReason=OCO_TRIGGER

X9 One Leg Of An OCO Wins And The List Is Done
    [Tags]    X9
    Given Connect To The Websocket Api    events=True
    ${ids} =    And Place A List    oco    &{OCO}
    When Someone Buys    BTCUSDT    qty=11    price=110
    And The Price Trades At    90    bid=89    ask=91
    Then The Order Holds    ${ids}[1]    status=FILLED    executedQty=1.00000000
    And The Order Holds    ${ids}[0]    status=EXPIRED    executedQty=0.00000000
    And The List Is Done    ${ids}[0]
    And Get Venue Trade Count    ==    1
    And Get Websocket Event Count    ==    1    execution=TRADE

The Older Form Of An OCO Is Taken
    [Tags]    X9
    When Send A Signed Request    POST    /api/v3/order/oco    symbol=BTCUSDT    side=SELL    quantity=1    price=110
    ...    stopPrice=90    stopLimitPrice=89    stopLimitTimeInForce=GTC
    Then The Answer Holds    contingencyType=OCO    listOrderStatus=EXECUTING    orderReports.0.type=STOP_LOSS_LIMIT
    ...    orderReports.1.type=LIMIT_MAKER

An OTO Places Its Pending Order When The Working One Is Filled
    [Tags]    X9
    ${ids} =    Place A List    oto    &{WORKING}    pendingType=LIMIT    pendingSide=SELL    pendingPrice=120
    ...    pendingQuantity=2    pendingTimeInForce=GTC
    Then The Order Holds    ${ids}[0]    status=FILLED
    And The Order Holds    ${ids}[1]    status=NEW    origQty=2.00000000    isWorking=True

An OTOCO Is Cancelled As A Whole
    [Tags]    X9
    ${ids} =    Place A List    otoco    &{WORKING}    &{PAIR}    pendingQuantity=1    workingPrice=90
    When Send A Signed Request    DELETE    /api/v3/order    symbol=BTCUSDT    orderId=${ids}[0]
    Then The Answer Holds    listOrderStatus=ALL_DONE    orderReports.length=3    orderReports.2.status=CANCELED

An OPO Sells What It Bought
    [Tags]    X9
    ${ids} =    Place A List    opo    &{WORKING}    pendingType=LIMIT    pendingSide=SELL    pendingPrice=120
    ...    pendingTimeInForce=GTC
    Then The Order Holds    ${ids}[1]    status=NEW    side=SELL    isWorking=True

Wrong Lists Are Refused By Name
    [Tags]    X9
    [Template]    The OCO Is Refused
    -1158    Order type not supported in OCO.    aboveType=MARKET
    -1168    At least one OCO order must be contingent.    belowType=LIMIT_MAKER
    -1197    A stop loss order in a sell OCO must be below.    aboveType=STOP_LOSS
    -1199    A take profit order in a sell OCO must be above.    belowType=TAKE_PROFIT
    -2010    The relationship of the prices for the orders is not correct.    abovePrice=95

Cancel Replace Answers With Both Halves
    [Tags]    X20
    ${order} =    Placed    BUY    LIMIT    quantity=1    price=90    timeInForce=GTC
    When Replace An Order    ${order}    STOP_ON_FAILURE    price=91
    Then The Answer Holds    cancelResult=SUCCESS    newOrderResult=SUCCESS    newOrderResponse.price=91.00000000

Cancel Replace Stops When There Is Nothing To Cancel
    [Tags]    X20
    When Replace An Order    999999    STOP_ON_FAILURE    price=91
    ${answer} =    The Venue Answered    400    code=-2022    message=Order cancel-replace failed.
    Then Should Be Equal    ${answer}[data][newOrderResult]    NOT_ATTEMPTED

Cancel Replace Is Half Done
    [Documentation]    The old order is gone, the new one is refused: the account has no order any more.
    [Tags]    X20
    ${order} =    Placed    BUY    LIMIT    quantity=1    price=90    timeInForce=GTC
    When Replace An Order    ${order}    STOP_ON_FAILURE    quantity=5000
    ${answer} =    The Venue Answered    409    code=-2021    message=Order cancel-replace partially failed.
    Then Should Be Equal    ${answer}[data][newOrderResponse][msg]
    ...    Account has insufficient balance for requested action.
    And The Order Holds    ${order}    status=CANCELED

An Amended Order Keeps Its Place
    [Tags]    X7
    ${order} =    Placed    BUY    LIMIT    quantity=1    price=99.5    timeInForce=GTC
    And Someone Buys    BTCUSDT    qty=1    price=99.5
    When Amend An Order    ${order}    0.4
    And Someone Sells    BTCUSDT    qty=0.4    price=99.5
    Then The Order Holds    ${order}    status=FILLED    origQty=0.40000000

An Amendment That Would Make It Bigger Is Refused
    [Tags]    X12
    ${order} =    Placed    BUY    LIMIT    quantity=1    price=90    timeInForce=GTC
    When Amend An Order    ${order}    2
    Then The Venue Answered    400    code=-2038    message=Order amend (quantity increase) is not supported.


*** Keywords ***
The OCO Is Refused
    [Documentation]    The good one of this suite with one parameter changed.
    [Arguments]    ${code: int}    ${message: str}    &{changes: str}
    Send A Signed Request    POST    /api/v3/orderList/oco    symbol=BTCUSDT    &{OCO}    &{changes}
    The Venue Answered    400    code=${code}    message=${message}

Replace An Order
    [Documentation]    A limit order to buy 1 at 91 takes its place unless the parameters say otherwise.
    [Arguments]    ${order_id: str}    ${mode: str}    ${quantity: str}=1    ${price: str}=91
    Send A Signed Request    POST    /api/v3/order/cancelReplace    symbol=BTCUSDT    side=BUY    type=LIMIT
    ...    timeInForce=GTC    quantity=${quantity}    price=${price}    cancelReplaceMode=${mode}    cancelOrderId=${order_id}

Amend An Order
    [Documentation]    Makes it smaller, and keeps its place in the queue.
    [Arguments]    ${order_id: str}    ${quantity: str}
    Send A Signed Request    PUT    /api/v3/order/amend/keepPriority    symbol=BTCUSDT    orderId=${order_id}
    ...    newQty=${quantity}

The List Is Done
    [Documentation]    By the list itself, which is asked for by one of its orders: nothing of it is left to happen.
    [Arguments]    ${order_id: str}
    Send A Signed Request    GET    /api/v3/order    symbol=BTCUSDT    orderId=${order_id}
    ${order} =    The Venue Answered    200
    Send A Signed Request    GET    /api/v3/orderList    orderListId=${order}[orderListId]
    The Answer Holds    listStatusType=ALL_DONE    listOrderStatus=ALL_DONE    contingencyType=OCO
