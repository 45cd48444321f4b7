*** Settings ***
Documentation    Every order type and time in force of the venue, self-trade prevention, and what a symbol's rules
...              refuse, with requests that the suite writes itself.

Resource         ../../resources/raw_orders.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       A Quiet Market At 100
Test Teardown    Nothing Is Left Open
Test Timeout     60 seconds

Test Tags        venue


*** Test Cases ***
A Limit Order Rests
    [Tags]    X1
    When Place An Order    BUY    LIMIT    quantity=1    price=90    timeInForce=GTC
    Then The Answer Holds    status=NEW    executedQty=0.00000000    fills.length=0    selfTradePreventionMode=NONE

A Market Order Walks The Book
    [Tags]    X2
    Given Set The Book Levels    BTCUSDT    ask 101 x 1    ask 102 x 1
    When Place An Order    BUY    MARKET    quantity=2
    Then The Answer Holds    status=FILLED    cummulativeQuoteQty=203.00000000    fills.0.price=101.00000000    fills.1.price=102.00000000

A Market Order Spends A Quote Quantity
    [Tags]    X2
    When Place An Order    BUY    MARKET    quoteOrderQty=202
    Then The Answer Holds    status=FILLED    executedQty=2.00000000    origQuoteOrderQty=202.00000000

A Market Order Beyond The Book Expires
    [Tags]    X3
    Given Set The Book Levels    BTCUSDT    ask 101 x 0.5
    When Place An Order    BUY    MARKET    quantity=1
    Then The Answer Holds    status=EXPIRED    executedQty=0.50000000    expiryReason=INSUFFICIENT_LIQUIDITY

An Immediate Order Takes What There Is
    [Tags]    X4
    Given Set The Book Levels    BTCUSDT    ask 101 x 0.5
    When Place An Order    BUY    LIMIT    quantity=1    price=101    timeInForce=IOC
    Then The Answer Holds    status=EXPIRED    executedQty=0.50000000    expiryReason=UNFILLED_IOC_QUANTITY_EXPIRED

A Fill Or Kill Order Takes All Or Nothing
    [Tags]    X4
    Given Set The Book Levels    BTCUSDT    ask 101 x 0.5
    When Place An Order    BUY    LIMIT    quantity=1    price=101    timeInForce=FOK
    Then The Answer Holds    status=EXPIRED    executedQty=0.00000000    expiryReason=UNFILLED_FOK_ORDER_EXPIRED

A Post Only Order That Would Cross Is Refused
    [Tags]    X5
    When Place An Order    BUY    LIMIT_MAKER    quantity=1    price=101
    Then The Venue Answered    400    code=-2010    message=Order would immediately match and take.

A Stop Loss Waits For Its Price
    [Tags]    X8
    ${order} =    Placed    SELL    STOP_LOSS    quantity=1    stopPrice=95
    Then The Order Holds    ${order}    status=NEW    isWorking=False    workingTime=-1
    When The Price Trades At    95    bid=94    ask=96
    Then The Order Holds    ${order}    status=FILLED    isWorking=True    cummulativeQuoteQty=95.00000000

X8 A Stop Loss With A Limit Triggers When Its Price Trades And Fills
    [Tags]    X8
    ${order} =    Placed    SELL    STOP_LOSS_LIMIT    quantity=1    stopPrice=95    price=94    timeInForce=GTC
    When Set The Book    BTCUSDT    bid=93.00    ask=94.00    depth=1
    Then The Order Holds    ${order}    status=NEW    isWorking=False
    When The Price Trades At    95.01    bid=95    ask=96
    Then The Order Holds    ${order}    status=NEW    isWorking=False
    When The Price Trades At    95    bid=94    ask=96
    Then The Order Holds    ${order}    status=FILLED    executedQty=1.00000000    cummulativeQuoteQty=95.00000000

X8 A Stop On The Wrong Side Is Refused
    [Documentation]    A stop loss sells below and buys above the last price, a take profit the other way round.
    [Tags]    X8
    [Template]    The Stop Is Refused
    SELL    STOP_LOSS_LIMIT    stopPrice=101    price=100    timeInForce=GTC
    BUY    STOP_LOSS    stopPrice=99
    SELL    TAKE_PROFIT    stopPrice=99
    BUY    TAKE_PROFIT_LIMIT    stopPrice=101    price=102    timeInForce=GTC
    SELL    STOP_LOSS    stopPrice=101

A Take Profit With A Limit Waits For Its Price
    [Tags]    X8
    ${order} =    Placed    SELL    TAKE_PROFIT_LIMIT    quantity=1    stopPrice=105    price=108    timeInForce=GTC
    When The Price Trades At    105    bid=104    ask=106
    Then The Order Holds    ${order}    status=NEW    isWorking=True    price=108.00000000

A Trailing Stop Follows The Price
    [Tags]    X8
    ${order} =    Placed    SELL    STOP_LOSS    quantity=1    trailingDelta=1000
    When The Price Trades At    120    bid=119    ask=121
    And The Price Trades At    110    bid=109    ask=111
    Then The Order Holds    ${order}    status=NEW    trailingDelta=1000
    When The Price Trades At    108    bid=107    ask=109
    Then The Order Holds    ${order}    status=FILLED

An Iceberg Shows A Part Of Itself
    [Tags]    X7
    Given Place An Order    BUY    LIMIT    quantity=1    price=98    timeInForce=GTC    icebergQty=0.2
    When Send A Public Request    GET    /api/v3/depth    symbol=BTCUSDT
    Then The Answer Holds    bids.1.0=98.00000000    bids.1.1=0.20000000

A Trade With Oneself Is Prevented
    [Tags]    X10
    ${maker} =    Placed    SELL    LIMIT    quantity=1    price=100    timeInForce=GTC
    When Place An Order    BUY    LIMIT    quantity=1    price=100    timeInForce=GTC    selfTradePreventionMode=EXPIRE_MAKER
    Then The Answer Holds    status=NEW    executedQty=0.00000000
    And The Order Holds    ${maker}    status=EXPIRED_IN_MATCH    executedQty=0.00000000    preventedQuantity=1.00000000

A Test Order Leaves Nothing Behind
    [Tags]    X12
    When Send A Signed Request    POST    /api/v3/order/test    symbol=BTCUSDT    side=BUY    type=MARKET    quantity=1
    ...    expected_status=200
    Then Get Venue Order Count    ==    0

A Wrong Order Is Refused By Name
    [Documentation]    A parameter too many, one too few, one that is not valid.
    [Tags]    X12
    [Template]    The Market Order Is Refused
    -1106    Parameter 'price' sent when not required.    quantity=1    price=1
    -1102    Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!
    -1111    Parameter 'quantity' has too much precision.    quantity=1.000000001
    -1013    Filter failure: LOT_SIZE    quantity=0.000001
    -1130    Data sent for parameter 'selfTradePreventionMode' is not valid.    quantity=1    selfTradePreventionMode=X

The Rules Of A Symbol Refuse By Name
    [Documentation]    A venue whose market file forbids much.
    [Tags]    X12
    [Setup]    Open A Narrow Venue
    [Template]    The Narrow Venue Refuses
    -2010    Stop loss orders are not supported for this symbol.    ETHUSDT    type=STOP_LOSS    stopPrice=110
    -2010    Market orders are not supported for this symbol.    ETHUSDT    type=MARKET
    -1013    This symbol does not allow the specified self-trade prevention mode.    ETHUSDT    type=LIMIT
    ...    price=100    timeInForce=GTC    selfTradePreventionMode=EXPIRE_BOTH
    -1013    Filter failure: PERCENT_PRICE    BTCUSDT    type=LIMIT    price=130.01    timeInForce=GTC
    -1013    Filter failure: MARKET_LOT_SIZE    BTCUSDT    type=MARKET    quantity=0.5
    [Teardown]    Nothing Is Left Open


*** Keywords ***
The Stop Is Refused
    [Documentation]    It would trigger at once, and leaves nothing behind.
    [Arguments]    ${side: Literal["BUY", "SELL"]}    ${type: str}    &{parameters: str}
    Place An Order    ${side}    ${type}    quantity=1    &{parameters}
    The Venue Answered    400    code=-2010    message=Order would trigger immediately.
    Get Venue Order Count    ==    0

The Market Order Is Refused
    [Documentation]    A market order to buy, with these parameters only.
    [Arguments]    ${code: int}    ${message: str}    &{parameters: str}
    Send A Signed Request    POST    /api/v3/order    symbol=BTCUSDT    side=BUY    type=MARKET    &{parameters}
    The Venue Answered    400    code=${code}    message=${message}

Open A Narrow Venue
    [Documentation]    One of the test, on data/rules.toml; the raw session talks to it.
    Open The Venue With Market File    ${CURDIR}/data/rules.toml    BTCUSDT    venue=narrow
    ${address} =    Get Venue Address    venue=narrow
    Create Session    narrow    ${address}    disable_warnings=1    max_retries=0
    Open A Raw Account    USDT:100000    ETH:10    venue=narrow
    Open The Raw Session

The Narrow Venue Refuses
    [Documentation]    An order to buy 1 unless the parameters say otherwise.
    [Arguments]    ${code: int}    ${message: str}    ${symbol: str}    ${quantity: str}=1    &{parameters: str}
    ${query} =    Get Signed Query    venue=narrow    symbol=${symbol}    side=BUY    quantity=${quantity}    &{parameters}
    ${headers} =    Get Raw Headers    venue=narrow
    ${answer} =    POST On Session    narrow    /api/v3/order?${query}    headers=${headers}    expected_status=400
    Keep The Raw Answer    ${answer}
    The Venue Answered    400    code=${code}    message=${message}
