*** Settings ***
Documentation    Trading correctness between engine and venue, scenarios X1 to X7, X11 and X12: what the engine believes is what the
...              venue's ledger says, to the last digit.

Resource         ../../resources/trading.resource

Suite Setup      Open The Venue    BTCUSDT
Test Timeout     60 seconds

Test Tags        AC1    AC1.2    IP1    venue


*** Test Cases ***
X1 A Limit Order Rests And Fills As Maker
    [Tags]    X1    AC1.3
    Given A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.00    ask=101.00
    And The Engine Rests    BTCUSDT    BUY    1    100.00
    When Someone Sells    BTCUSDT    qty=1    price=100.00
    Then The Order    status=FILLED    filled=1    quote=100    reserved=0
    And The Fill    price=100.00    qty=1    fee=0.001    fee_asset=BTC    maker=True
    And Get Position    BTCUSDT    ==    0.999
    And Engine And Venue Agree    BTC

X2 A Market Order Walks Two Levels
    [Tags]    X2    AC1.3
    Given Set The Book Levels    BTCUSDT    bid 99.00 x 5    ask 100.00 x 1    ask 101.00 x 1
    And Start A Fresh Engine    tier=HUNTER
    When The Engine Places    BUY    BTCUSDT    qty=2
    Then The Order    status=FILLED    filled=2    quote=201
    And The Fill    1    price=100.00    qty=1    fee=0.001    maker=False
    And The Fill    2    price=101.00    qty=1    fee=0.001    maker=False
    And Get Venue Order Field    cum_quote    ==    201
    And The Position    BTCUSDT    quantity=1.998    cost=201

X3 A Market Order Takes What A Thin Book Offers And Expires
    [Tags]    X3
    Given Set The Book Levels    BTCUSDT    bid 99.00 x 5    ask 100.00 x 0.5
    And Start A Fresh Engine    tier=HUNTER
    When The Engine Places    BUY    BTCUSDT    qty=1
    Then The Order    status=EXPIRED    filled=0.5    reserved=0
    And Get Venue Order Status    ==    EXPIRED
    And Get Position    BTCUSDT    ==    0.4995
    And Engine And Venue Agree    USDT

X4 An Immediate Order Fills In Part And A Fill Or Kill Order Not At All
    [Tags]    X4
    Given Set The Book Levels    BTCUSDT    bid 99.00 x 5    ask 100.00 x 0.5
    And Start A Fresh Engine    tier=HUNTER
    When The Engine Places    BUY    BTCUSDT    qty=1    price=100.00    tif=FOK
    Then The Order    status=EXPIRED    filled=0    reserved=0
    When The Engine Places    BUY    BTCUSDT    qty=1    price=100.00    tif=IOC
    Then The Order    status=EXPIRED    filled=0.5    reserved=0
    And Get Venue Trade Count    ==    1

X5 A Post Only Order That Would Cross Is Refused Once
    [Tags]    X5
    Given A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.00    ask=101.00
    When The Engine Places    BUY    BTCUSDT    qty=1    price=101.00    type=LIMIT_MAKER
    Then The Order    status=REJECTED    filled=0    reserved=0
    And The Venue Receives No Order For    500 milliseconds
    And Get Venue Request Count    ==    1    path=order.place
    And Get Venue Order Count    ==    0

X6 A Partial Fill Keeps Its Fill Through The Cancel
    [Tags]    X6
    Given A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.00    ask=101.00
    And The Engine Rests    BTCUSDT    BUY    1    100.00
    And Someone Sells    BTCUSDT    qty=0.4    price=100.00
    And The Order    status=PARTIALLY_FILLED    filled=0.4    reserved=60
    When Cancel The Order
    Then The Order    status=CANCELLED    filled=0.4    reserved=0
    And Get Venue Balance    USDT    ==    0    field=locked
    And Engine And Venue Agree    USDT

X7 A Better Price Comes First And Then Who Came First
    [Tags]    X7
    Given A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.00    ask=101.00
    And Someone Buys    BTCUSDT    qty=1    price=100.00
    ${second} =    The Engine Rests    BTCUSDT    BUY    1    100.00
    ${better} =    The Engine Rests    BTCUSDT    BUY    1    100.50
    When Someone Sells    BTCUSDT    qty=1    price=100.00
    Then The Order    status=FILLED    filled=1    order=${better}
    When Someone Sells    BTCUSDT    qty=1.5    price=100.00
    Then The Order    status=PARTIALLY_FILLED    filled=0.5    order=${second}

X11 The Base Fee Leaves Less To Sell Than Was Bought
    [Tags]    X11    AC1.3
    Given A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.00    ask=100.00
    And The Engine Holds    BTCUSDT    BUY    1.23456
    And Get Balance    BTC    ==    1.23332544
    When The Engine Closes    BTCUSDT    SELL    1.23332
    Then The Position    BTCUSDT    quantity=0    state=CLOSED
    And Get Venue Balance    BTC    ==    0.00000544
    And Get Venue Order Count    ==    2    status=FILLED

X12 An Order Off The Tick Never Reaches The Venue
    [Tags]    X12    AC6.2
    Given A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.00    ask=101.00
    When The Engine Refuses    BUY    BTCUSDT    qty=1    price=99.001    status=400    rule=PRICE_FILTER
    Then Get Venue Request Count    ==    0    path=order.place

X12 An Order Off The Step Never Reaches The Venue
    [Tags]    X12    AC6.2
    Given A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.00    ask=101.00
    When The Engine Refuses    BUY    BTCUSDT    qty=1.000001    price=99.00    status=400    rule=LOT_SIZE
    Then Get Venue Request Count    ==    0    path=order.place

X12 An Order Below The Smallest Notional Never Reaches The Venue
    [Documentation]    R2 would refuse it first: its bound is lowered here.
    [Tags]    X12    AC6.2
    Given Set The Book    BTCUSDT    bid=99.00    ask=101.00
    And Start A Fresh Engine    tier=HUNTER    risk.min_order_notional=1
    When The Engine Refuses    BUY    BTCUSDT    qty=0.04    price=99.00    status=400    rule=NOTIONAL
    Then Get Venue Request Count    ==    0    path=order.place

X12 A Tick That Changed Meanwhile Refuses With The Venues Own Code
    [Tags]    X12    X36    AC6.2    I13
    Given An Engine Whose Rules Are Old    tick_size=0.50
    When The Engine Places    BUY    BTCUSDT    qty=1    price=99.25
    Then The Order    status=REJECTED    filled=0    reserved=0    reason=-1013 Filter failure: PRICE_FILTER
    And Get Venue Request Count    ==    1    path=order.place
    And Get Venue Order Count    ==    0
    [Teardown]    Change The Rules Of    BTCUSDT    tick_size=0.01

X12 A Step That Changed Meanwhile Refuses With The Venues Own Code
    [Tags]    X12    X36    AC6.2    I13
    Given An Engine Whose Rules Are Old    step_size=0.10
    When The Engine Places    BUY    BTCUSDT    qty=0.25    price=99.00
    Then The Order    status=REJECTED    filled=0    reserved=0    reason=-1013 Filter failure: LOT_SIZE
    And Get Venue Request Count    ==    1    path=order.place
    And Get Venue Order Count    ==    0
    [Teardown]    Change The Rules Of    BTCUSDT    step_size=0.00001

X12 A Smallest Notional That Changed Meanwhile Refuses With The Venues Own Code
    [Tags]    X12    X36    AC6.2    I13
    Given An Engine Whose Rules Are Old    min_notional=200
    When The Engine Places    BUY    BTCUSDT    qty=1    price=99.00
    Then The Order    status=REJECTED    filled=0    reserved=0    reason=-1013 Filter failure: NOTIONAL
    And Get Venue Request Count    ==    1    path=order.place
    And Get Venue Order Count    ==    0
    [Teardown]    Change The Rules Of    BTCUSDT    min_notional=5


*** Keywords ***
An Engine Whose Rules Are Old
    [Documentation]    It knows those of its start: its gate lets pass what the venue refuses now. The audit must find that (I13).
    [Arguments]    &{rule: str}
    Expect Violation    I13
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.00    ask=101.00
    Change The Rules Of    BTCUSDT    &{rule}
