*** Settings ***
Documentation    A symbol halts, or its filters change, while the engine runs: it reads the rules again and obeys them.

Resource         ../../resources/limits.resource

Suite Setup      Open The Venue    BTCUSDT    documented_limits=True
Test Setup       A Quiet Engine On A Movable Clock
Test Teardown    The Rules Are As Before
Test Timeout     120 seconds

Test Tags        AC4    X36    risk


*** Test Cases ***
X36 A Halt That An Order Meets Blocks The Next One
    ${resting} =    An Order Passes
    Given Set The Symbol Status    BTCUSDT    HALT
    And An Order Is Rejected    98.00    reason=-2010 Market is closed.
    When Mark The Venues Requests
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=STATUS    code=GENESIS-5701    limit=TRADING    value=HALT
    And Cancel The Order    order=${resting}
    Then Get Order Status    ==    CANCELLED    order=${resting}
    And Get Request Count Since The Mark    ==    0    path=order.place

X36 A Symbol That Only Cancels Is Noticed Before Any Order
    ${resting} =    An Order Passes
    Given Set The Symbol Status    BTCUSDT    CANCEL_ONLY
    When The Rules Are Read Again
    And Mark The Venues Requests
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=STATUS    code=GENESIS-5701    limit=TRADING    value=CANCEL_ONLY
    And Cancel The Order    order=${resting}
    Then Get Order Status    ==    CANCELLED    order=${resting}
    And Get Request Count Since The Mark    ==    0    path=order.place

X36 Trading Goes On When The Symbol Does
    Given Set The Symbol Status    BTCUSDT    HALT
    And The Rules Are Read Again
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=STATUS
    When Set The Symbol Status    BTCUSDT    TRADING
    And The Rules Are Read Again
    Then An Order Passes

X36 A New Tick Is Obeyed Before The Wire
    [Tags]    X12
    Given Change The Rules Of    BTCUSDT    tick_size=0.50
    When The Rules Are Read Again
    And Mark The Venues Requests
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    price=99.25    status=400    rule=PRICE_FILTER    code=GENESIS-4501
    Then Get Request Count Since The Mark    ==    0    path=order.place
    And An Order Passes

X36 A Tick That Refused One Order Refuses No Second
    [Tags]    X12
    Given Change The Rules Of    BTCUSDT    tick_size=0.50
    And Expect Violation    I13
    And An Order Is Rejected    99.25    reason=-1013 Filter failure: PRICE_FILTER
    When Mark The Venues Requests
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    price=99.25    status=400    rule=PRICE_FILTER    code=GENESIS-4501
    Then Get Request Count Since The Mark    ==    0    path=order.place

X36 A New Step And A New Least Notional Are Obeyed
    [Tags]    X12
    Given Change The Rules Of    BTCUSDT    step_size=0.10    min_notional=15
    When The Rules Are Read Again
    And Mark The Venues Requests
    And The Engine Refuses    BUY    BTCUSDT    qty=0.25    price=99.00    status=400    rule=LOT_SIZE    code=GENESIS-4501
    And The Engine Refuses    BUY    BTCUSDT    qty=0.1    price=101.00    status=400    rule=NOTIONAL    code=GENESIS-4501
    Then Get Request Count Since The Mark    ==    0    path=order.place
    And An Order Passes


*** Keywords ***
The Rules Are Read Again
    [Documentation]    A minute passes, and the venue has answered.
    ${before} =    Get Fact Count    RulesLoaded
    Time Passes    60 seconds
    Get Fact Count    RulesLoaded    >    ${before}

The Rules Are As Before
    [Documentation]    For the teardown: the tests of this file share the venue.
    Set The Symbol Status    BTCUSDT    TRADING
    Change The Rules Of    BTCUSDT    tick_size=0.01    step_size=0.00001    min_notional=5
    The Limits Are Forgotten
