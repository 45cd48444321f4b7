*** Settings ***
Documentation    The user data of the engine's account, lost, late, twice, in another order, or cut off while fills go on: each execution is
...              booked once. Witnesses are an observer of the same account and the venue's ledger.

Resource         ../../resources/market_data.resource

Suite Setup      Open The Venue    BTCUSDT
Test Timeout     60 seconds

Test Tags        AC3    AC3.4    IP1    user-stream


*** Test Cases ***
The Fill Comes Before The Answer
    [Tags]    X23
    Given An Engine And An Observer Of Its Account
    And Delay The Answer    by=500ms    via=ws_api
    When The Engine Holds    BTCUSDT    BUY    0.5
    Then Everything Is Booked Once    1
    And Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT

A Fill Is Told Twice
    [Tags]    X24
    Given An Engine And An Observer Of Its Account
    And Duplicate The User Event    execution=TRADE    times=2
    When The Engine Holds    BTCUSDT    BUY    0.5
    Then Everything Is Booked Once    1
    And The Order    status=FILLED    filled=0.5

A Part Is Told Twice
    [Documentation]    Of a whole fill the second one would be more than was ordered; of a part it would not.
    [Tags]    I05    I09    X24
    Given An Engine And An Observer Of Its Account
    And The Engine Rests    BTCUSDT    BUY    0.6    99.80
    And Duplicate The User Event    execution=TRADE
    When Someone Sells    BTCUSDT    qty=0.2    price=99.80
    Then Everything Is Booked Once    1
    And The Order    status=PARTIALLY_FILLED    filled=0.2    reserved=39.92

The Fill Comes Before The Order
    [Documentation]    That it was accepted is told when it is filled already: a filled order stays filled.
    [Tags]    I11    X24
    Given An Engine And An Observer Of Its Account
    And Reorder The User Events    execution=NEW    times=2
    When The Engine Holds    BTCUSDT    BUY    0.5
    Then Everything Is Booked Once    1
    And The Order    status=FILLED    filled=0.5

Partial Fills Come In Another Order
    [Tags]    X24
    Given An Engine And An Observer Of Its Account
    And The Engine Rests    BTCUSDT    BUY    0.6    99.80
    And Reorder The User Events    execution=TRADE    times=2
    When Someone Sells    BTCUSDT    qty=0.2    price=99.80
    And Someone Sells    BTCUSDT    qty=0.4    price=99.80
    Then Everything Is Booked Once    2
    And The Order    status=FILLED    filled=0.6

A Fill Comes Late
    [Tags]    X24
    Given An Engine And An Observer Of Its Account
    And The Engine Rests    BTCUSDT    BUY    0.5    99.80
    And Delay The User Event    by=500ms    execution=TRADE    times=2
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then Everything Is Booked Once    1
    And The Order    status=FILLED    filled=0.5

A Fill Is Never Told
    [Documentation]    Balances tell that something is missing; within two seconds the venue is read again and the fill is booked.
    [Tags]    X25
    Given An Engine And An Observer Of Its Account
    And The Engine Rests    BTCUSDT    BUY    0.5    99.80
    And Lose The User Event    execution=TRADE
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then Everything Is Booked Once    1
    And The Order    status=FILLED    filled=0.5

Three Fills While The Stream Is Down
    [Documentation]    All three are booked by the reconciliation, before anything new leaves.
    [Tags]    X26
    Given An Engine And An Observer Of Its Account
    And The Engine Rests    BTCUSDT    BUY    0.6    99.80
    When Venue Goes Down For    1s    cut=True
    And Someone Sells    BTCUSDT    qty=0.1    price=99.80
    And Someone Sells    BTCUSDT    qty=0.2    price=99.80
    And Someone Sells    BTCUSDT    qty=0.3    price=99.80
    Then Get Fill Count    ==    3    timeout=20s
    And Get Health    venues.binance.reconciled    ==    true    timeout=20s
    And Engine And Venue Agree    BTC

A Connection That Is Up And Dead
    [Documentation]    Asked for a sign of life after five quiet seconds, given up when no answer comes; then the fill is booked.
    [Tags]    X27
    Given An Engine And An Observer Of Its Account    movable_clock=True    timing.book_stale_ms=10000
    And The Engine Rests    BTCUSDT    BUY    0.5    99.80
    And Arm The Fault    {match: {api: ws-api, event: executionReport}, point: event, action: half_open, times: 1}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    And Get Fault Hits    ==    1
    And Let The Engines Clock Pass    6s
    And The Unanswered Question Grows Old
    Then Everything Is Booked Once    1

A Shutdown Is Announced While An Order Rests
    [Tags]    X28
    Given An Engine And An Observer Of Its Account
    And The Engine Rests    BTCUSDT    BUY    0.5    99.80
    When Announce The Shutdown    after=200ms
    And Get Fault Hits    ==    1
    And Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then Get Fill Count    ==    1    timeout=20s
    And Get Health    venues.binance.reconciled    ==    true    timeout=20s
    And Engine And Venue Agree    BTC

A Broken Event Costs The Connection And No Fill
    [Tags]    X26
    Given An Engine And An Observer Of Its Account
    And The Engine Rests    BTCUSDT    BUY    0.5    99.80
    And Arm The Fault    {match: {api: ws-api, event: executionReport}, point: event, action: {type: truncate}, times: 1}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then Everything Is Booked Once    1
    And The Order    status=FILLED    filled=0.5

A Fill With An Impossible Amount Is Not Believed
    [Documentation]    The event is refused, the venue is asked, and the true amount is booked.
    [Tags]    X25    I06
    Given An Engine And An Observer Of Its Account
    And The Engine Rests    BTCUSDT    BUY    0.5    99.80
    And Arm The Fault
    ...    {match: {event: executionReport, execution: TRADE}, point: event, action: {type: edit, set: {event.l: "NaN"}}, times: 1}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then Everything Is Booked Once    1
    And The Order    status=FILLED    filled=0.5

An Event Comes In A Binary Frame
    [Documentation]    The venue sends text: the connection is given up, and the fill is read from the venue.
    [Tags]    X26
    Given A Resting Order And A Spoiled Fill    {type: frame, form: binary}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then The Connection Was Given Up And The Fill Is Booked

An Event That Is No UTF-8
    [Tags]    X26
    Given A Resting Order And A Spoiled Fill    {type: frame, form: invalid_utf8}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then The Connection Was Given Up And The Fill Is Booked

An Event Larger Than Any Allowed
    [Tags]    X26
    Given A Resting Order And A Spoiled Fill    {type: replace, body: x, size: 17000000}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then The Connection Was Given Up And The Fill Is Booked

A Reset In Place Of An Event
    [Tags]    X26
    Given A Resting Order And A Spoiled Fill    {type: reset}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then The Connection Was Given Up And The Fill Is Booked

A Goodbye In Place Of An Event
    [Tags]    X26
    Given A Resting Order And A Spoiled Fill    {type: close, code: 1001}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then The Connection Was Given Up And The Fill Is Booked

The Venue Ends The User Stream
    [Documentation]    eventStreamTerminated in place of the fill: the engine subscribes anew, and reads what it missed.
    [Tags]    X28
    Given A Resting Order And A Spoiled Fill    {type: edit, set: {event.e: eventStreamTerminated}}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then The Connection Was Given Up And The Fill Is Booked

An Event Comes In Fragments
    [Documentation]    As the protocol allows: it is put together, and nothing is lost.
    [Tags]    X26
    Given A Resting Order And A Spoiled Fill    {type: frame, form: fragments}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then Everything Is Booked Once    1
    And The Orders Channel Was Lost    0

An Event Of Another Account
    [Documentation]    It comes under a subscription that is not the engine's: not believed, on record, and nothing of it is booked. It was
    ...    the engine's own under a wrong number, so the fill is missing; the venue is read again.
    [Tags]    X38
    Given A Resting Order And A Spoiled Fill    {type: edit, set: {subscriptionId: 7}}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then Get Fact Field    ErrorRecorded    detail    ==    ExecutionReport of subscription 7; ours is 0: not believed
    And Everything Is Booked Once    1
    And The Orders Channel Was Lost    0

An Event Of An Order That Nobody Here Made
    [Documentation]    It is on record and nothing of it is booked under that name.
    [Tags]    X38
    Given A Resting Order And A Spoiled Fill    {type: edit, set: {event.c: web_1}}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then Get Fact Field    ErrorRecorded    detail    contains    order 'web_1' on BTCUSDT
    And Everything Is Booked Once    1
    And Get Order Count    ==    1    without=STOP_LOSS_LIMIT

An Event Of An Order That The Engine Never Minted
    [Documentation]    The id looks like the engine's own.
    [Tags]    X38
    Given A Resting Order And A Spoiled Fill    {type: edit, set: {event.c: gnobody-99}}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then Get Fact Field    ErrorRecorded    detail    contains    of order 'gnobody-99', which this engine never made
    And Everything Is Booked Once    1
    And Get Order Count    ==    1    without=STOP_LOSS_LIMIT

An Event Of A Kind That There Is Not
    [Documentation]    A venue may have new events: one of them costs neither the connection nor the fill that it took the place of.
    [Tags]    X25
    Given A Resting Order And A Spoiled Fill    {type: edit, set: {event.e: somethingNew}}
    When Someone Sells    BTCUSDT    qty=0.5    price=99.80
    Then Everything Is Booked Once    1
    And The Orders Channel Was Lost    0

A Balance Moves Without A Trade
    [Tags]    X38
    Given An Engine And An Observer Of Its Account
    When Move The Balance    USDT    250.5
    Then Everything Is Booked Once    0
    When Move The Balance    USDT    -100
    Then Everything Is Booked Once    0

Events Of Both Observers Are The Same Through A Day's Work
    [Documentation]    Entries, exits, partial fills and a cancellation: what the engine booked is what the observer saw.
    [Tags]    AC1.3
    Given An Engine And An Observer Of Its Account
    When The Engine Holds    BTCUSDT    BUY    0.5
    And The Engine Closes    BTCUSDT    SELL    0.2
    And The Engine Rests    BTCUSDT    BUY    0.4    99.80
    And Someone Sells    BTCUSDT    qty=0.1    price=99.80
    And Get Fill Count    ==    3
    And Cancel The Order
    And Get Order Status    ==    CANCELLED
    Then The Engine Fills Equal The Observed Fills
    And Engine And Venue Agree    USDT


*** Keywords ***
A Resting Order And A Spoiled Fill
    [Documentation]    The event of the fill to come is not what it should be: `action` of a fault rule (docs/mock-exchange.md).
    [Arguments]    ${action: str}
    An Engine And An Observer Of Its Account
    The Engine Rests    BTCUSDT    BUY    0.5    99.80
    Arm The Fault    {match: {event: executionReport, execution: TRADE}, point: event, action: ${action}, times: 1}

The Connection Was Given Up And The Fill Is Booked
    [Documentation]    Once; the order is what the venue says it is.
    Everything Is Booked Once    1
    The Order    status=FILLED    filled=0.5
    The Orders Channel Was Lost    1

The Orders Channel Was Lost
    [Documentation]    So many times in the life of this engine.
    [Arguments]    ${times: int}
    ${changes: int} =    Evaluate    1 + 2 * ${times}
    Get Fact Count    ConditionChanged    ==    ${changes}    correlation_id=binance/orders

The Unanswered Question Grows Old
    [Documentation]    The engine's question for a sign of life stays without an answer for as long as it waits for one.
    Get Health    venues.binance.orders    ==    true
    Wait Until Keyword Succeeds    20 seconds    100 ms    The Orders Channel Is Given Up

The Orders Channel Is Given Up
    [Documentation]    Ten more seconds of the engine's clock; the channel was lost once.
    Let The Engines Clock Pass    10s
    Get Fact Count    ConditionChanged    >=    2    correlation_id=binance/orders    timeout=500ms
