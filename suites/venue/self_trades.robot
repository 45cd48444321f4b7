*** Settings ***
Documentation    X10: an order that would trade with an order of its own account does not, as the mode says: its own one, or
...              the symbol's where it has none. The engine's orders have one. The ledger has no trade of an account with itself.

Resource         ../../resources/trading.resource
Resource         ../../resources/raw_orders.resource

Suite Setup      Open The Venue With Market File    ${CURDIR}/data/self_trades.toml    BTCUSDT    ETHUSDT    BNBUSDT
Test Setup       Every Symbol Is Quoted
Test Timeout     60 seconds

Test Tags        X10    venue


*** Test Cases ***
X10 An Entry Of The Engine Gives Way Where The Taker Would Expire
    [Documentation]    The engine says so itself, whatever the symbol's default is.
    [Tags]    AC1.2
    ${own} =    Given The Engine Rests An Own Sell    BTCUSDT
    When The Engine Places    BUY    BTCUSDT    qty=0.5    price=100.50
    Then The Entry Expired And The Exit Rests    ${own}

X10 An Entry Of The Engine Gives Way Where The Maker Would Expire
    [Tags]    AC1.2
    ${own} =    Given The Engine Rests An Own Sell    ETHUSDT
    When The Engine Places    BUY    ETHUSDT    qty=0.5    price=100.50
    Then The Entry Expired And The Exit Rests    ${own}

X10 An Entry Of The Engine Gives Way Where Both Would Expire
    [Tags]    AC1.2
    ${own} =    Given The Engine Rests An Own Sell    BNBUSDT
    When The Engine Places    BUY    BNBUSDT    qty=0.5    price=100.50
    Then The Entry Expired And The Exit Rests    ${own}

X10 An Exit Of The Engine Outranks Its Own Entry
    [Documentation]    What reduces risk goes on: the resting entry in its way expires. By the symbol's default the exit itself would have.
    [Tags]    AC1.2
    Given The Engine Has Bought One    BTCUSDT
    ${own} =    And The Engine Rests    BTCUSDT    BUY    0.5    99.50
    When The Engine Places    SELL    BTCUSDT    qty=0.9    price=99.50    purpose=EXIT
    Then The Order    status=OPEN    filled=0
    And The Order    status=EXPIRED    filled=0    reserved=0    order=${own}
    And Get Venue Order Status    ==    EXPIRED_IN_MATCH    order=${own}
    And Nothing But The Opening Was Traded

X10 Each Mode Ends What It Names
    [Documentation]    A buy of 0.4 through an own sell of 1: what becomes of buy and sell, and how much of each is prevented.
    [Template]    An Own Sell Is Bought Through
    EXPIRE_TAKER    EXPIRED_IN_MATCH    NEW    0.takerPreventedQuantity=0.40000000
    EXPIRE_MAKER    NEW    EXPIRED_IN_MATCH    0.makerPreventedQuantity=1.00000000
    EXPIRE_BOTH    EXPIRED_IN_MATCH    EXPIRED_IN_MATCH    0.takerPreventedQuantity=0.40000000
    ...    0.makerPreventedQuantity=1.00000000
    DECREMENT    EXPIRED_IN_MATCH    NEW    0.takerPreventedQuantity=0.40000000    0.makerPreventedQuantity=0.40000000

X10 Others In Front Are Traded With First
    Given Open The Raw Session
    And Someone Sells    BTCUSDT    qty=0.3    price=100.40
    And Place An Order    SELL    LIMIT    quantity=1    price=100.5    timeInForce=GTC
    When Place An Order    BUY    LIMIT    quantity=1    price=100.5    timeInForce=GTC
    Then The Answer Holds    status=EXPIRED_IN_MATCH    executedQty=0.30000000    fills.length=1    fills.0.price=100.40000000
    [Teardown]    Nothing Is Left Open

X10 Without A Mode One Trades With Oneself
    Given Open The Raw Session
    And Place An Order    SELL    LIMIT    quantity=1    price=100.5    timeInForce=GTC
    When Place An Order    BUY    LIMIT    quantity=1    price=100.5    timeInForce=GTC    selfTradePreventionMode=NONE
    Then The Answer Holds    status=FILLED    executedQty=1.00000000    fills.0.price=100.50000000
    [Teardown]    Nothing Is Left Open


*** Keywords ***
Every Symbol Is Quoted
    [Documentation]    99 to 101 on all of them: an engine starts when it has every book.
    Set The Book    BTCUSDT    bid=99.00    ask=101.00
    Set The Book    ETHUSDT    bid=99.00    ask=101.00
    Set The Book    BNBUSDT    bid=99.00    ask=101.00

The Engine Has Bought One
    [Documentation]    A fresh engine whose resting buy of 1 was filled at 100.
    [Arguments]    ${symbol: str}
    Start A Fresh Engine    tier=HUNTER
    The Engine Rests    ${symbol}    BUY    1    100.00
    Someone Sells    ${symbol}    qty=1    price=100.00
    Get Position    ${symbol}    ==    0.999

The Engine Rests An Own Sell
    [Documentation]    0.9 at 100.50: the exit of a position of 0.999. Returns its id.
    [Arguments]    ${symbol: str}
    The Engine Has Bought One    ${symbol}
    ${own} =    The Engine Places    SELL    ${symbol}    qty=0.9    price=100.50    purpose=EXIT
    Get Order Status    ==    OPEN    order=${own}
    RETURN    ${own}

The Entry Expired And The Exit Rests
    [Documentation]    The order placed last is the entry.
    [Arguments]    ${exit: str}
    The Order    status=EXPIRED    filled=0    reserved=0
    Get Venue Order Status    ==    EXPIRED_IN_MATCH
    Get Venue Order Status    ==    NEW    order=${exit}
    Nothing But The Opening Was Traded

Nothing But The Opening Was Traded
    [Documentation]    By the venue's own ledger the account traded once: when its position was opened.
    Get Venue Trade Count    ==    1

An Own Sell Is Bought Through
    [Documentation]    The states of both orders, and what the venue says of the match that it prevented.
    [Arguments]    ${mode: str}    ${buy: str}    ${sell: str}    &{prevented: str}
    Open The Raw Session
    ${maker} =    Placed    SELL    LIMIT    quantity=1    price=100.5    timeInForce=GTC
    Place An Order    BUY    LIMIT    quantity=0.4    price=100.5    timeInForce=GTC    selfTradePreventionMode=${mode}
    The Answer Holds    status=${buy}    executedQty=0.00000000    fills.length=0
    The Order Holds    ${maker}    status=${sell}    executedQty=0.00000000
    Send A Signed Request    GET    /api/v3/myPreventedMatches    symbol=BTCUSDT    orderId=${maker}
    The Answer Holds    length=1    0.selfTradePreventionMode=${mode}    &{prevented}
    [Teardown]    Nothing Is Left Open
