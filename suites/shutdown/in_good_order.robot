*** Settings ***
Documentation    Told to stop, the engine stops in good order (R29): whatever it is doing, orders are cancelled and confirmed, positions
...              keep their stops, everything is saved, and the next start knows that nothing is missing.

Resource         ../../resources/shutdown.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Engine That Will Be Stopped
Test Timeout     60 seconds

Test Tags        AC10    AC10.3    P5    R29    I32    shutdown


*** Test Cases ***
Each Stop Signal Ends It In Good Order
    [Documentation]    SIGTERM, SIGINT, and SIGHUP (a terminal that is gone): exit code 0, only its files, the same state afterwards.
    [Tags]    AC10.2    AC10.4    I33    S6
    [Template]    The Signal Ends It And Nothing Changes
    SIGTERM
    SIGINT
    SIGHUP

A Reader Of Its Output That Is Gone Changes Nothing
    When Signal The Engine    SIGPIPE
    Then The Engine Holds    BTCUSDT    BUY    0.5
    And Get Engine State    ==    RUNNING

The First Start Knows That There Was None Before
    Then Get Previous Ending    ==    first
    And Get Fact Field    EngineStarted    previous    ==    first

While Orders Rest They Are Cancelled And Confirmed
    [Tags]    AC10.4
    ${first} =    The Engine Rests    BTCUSDT    BUY    0.2    95.00
    ${second} =    The Engine Rests    BTCUSDT    BUY    0.2    94.00
    When Stop The Engine
    Then The Venue Has No Open Order
    And The Engine Left Only Its Files
    And The Next Start Says    clean
    And Get Order Status    ==    CANCELLED    order=${first}
    And Get Order Status    ==    CANCELLED    order=${second}

By Policy Orders Stay And Are Known
    [Tags]    AC10.4    S6
    [Setup]    An Engine That Will Be Stopped    engine.cancel_orders_on_shutdown=off
    ${order} =    The Engine Rests    BTCUSDT    BUY    0.2    95.00
    When Stop The Engine
    Then Get Venue Order Status    ==    NEW    order=${order}
    And The Next Start Says    clean
    And Get Order Status    ==    OPEN    order=${order}
    And Nothing Was Lost

While A Position Is Open It Stays With Its Stop
    [Tags]    AC10.1    R6    S6
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And The Position Stays With Its Stop
    And Nothing Was Lost
    ${before} =    Get State Digest
    When Stop The Engine
    Then The Position Stays With Its Stop
    And The Next Start Says    clean
    And Get State Digest    ==    ${before}
    And Get Position    BTCUSDT    ==    0.4995
    And Nothing Was Lost

Under Load Nothing New Arrives After The Signal
    [Tags]    I24    AC10.4    S2
    Given Orders Flow To The Engine    BTCUSDT    qty=0.2    price=95.00    every=20ms
    And Get Venue Order Count    >=    5
    When Signal The Engine    SIGTERM
    Then It Ends
    And No New Order Reaches The Venue
    And The Venue Has No Open Order
    And The Next Start Says    clean
    And Nothing Was Lost

After An Acknowledged Halt Nothing New Arrives
    [Tags]    I24
    Given Orders Flow To The Engine    BTCUSDT    qty=0.2    price=95.00    every=20ms
    And Get Venue Order Count    >=    5
    When Halt The Engine
    Then No New Order Reaches The Venue
    And Get Engine State    ==    HALTED

After An Acknowledged Kill Switch Nothing New Arrives
    [Tags]    I24
    Given Orders Flow To The Engine    BTCUSDT    qty=0.2    price=95.00    every=20ms
    And Get Venue Order Count    >=    5
    When Press The Kill Switch
    Then No New Order Reaches The Venue
    And The Venue Has No Open Order

While An Answer Is Lost It Waits For The Truth
    [Documentation]    The entry arrived and its answer did not: the shutdown asks for it, cancels it, and is clean.
    [Tags]    AC10.4    X14
    [Setup]    An Engine That Will Be Stopped    timing.shutdown_ms=5000    timing.answer_timeout_ms=400
    Given Lose The Answer    of=order placement
    And Lose The User Event    execution=NEW
    And The Engine Places    BUY    BTCUSDT    qty=0.5    price=95.00
    And Get Venue Order Status    ==    NEW
    When Stop The Engine
    Then The Venue Has No Open Order
    And The Next Start Says    clean
    And Get Order Status    ==    CANCELLED
    And Nothing Was Lost

While A Kill Switch Is Under Way It Is Finished
    [Tags]    IP6
    Given The Engine Rests    BTCUSDT    BUY    0.2    95.00
    And Delay The Answer    300ms    of=cancellation
    When Press The Kill Switch
    And Stop The Engine
    Then The Venue Has No Open Order
    And The Next Start Says    clean
    And Get Halts    ==    KILL_SWITCH
    And Get Fact Count    CancelAllEnded    ==    1

While An Emergency Close Is Under Way It Waits For The Next Process
    [Documentation]    Positions are kept by policy: what an operator has begun goes on when the engine is there again.
    [Tags]    IP6    R34    AC10.1
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And An Exit Of An Emergency Close Is Under Way
    When Stop The Engine
    And The Book Is Deep Again
    And The Next Start Says    clean
    Then The Emergency Close Ends    left=0
    And Get Position    BTCUSDT    ==    0
    And Get Fact Count    EmergencyCloseBegan    ==    1

While An Iceberg Is Under Way It Sends No Other Slice
    [Tags]    R12
    Given The Engine Answers The Raw Signal
    ...    {"symbol":"BTCUSDT","side":"BUY","quantity":"2.4","confidence":"1","execution":"ICEBERG","order_type":"LIMIT","price":"99"}
    ...    201
    And Get Venue Order Count    ==    1    status=NEW
    When Stop The Engine
    Then The Venue Has No Open Order
    And Get Venue Order Count    ==    1
    And Get Fact Field    ParentChanged    parent.state    ==    ABORTED
    And The Next Start Says    clean


*** Keywords ***
The Signal Ends It And Nothing Changes
    [Documentation]    One round: the engine stops at the signal with exit code 0, leaves only its files, and comes back as it was.
    [Arguments]    ${signal: str}
    ${before} =    Get State Digest
    Signal The Engine    ${signal}
    It Ends
    The Engine Left Only Its Files
    The Next Start Says    clean
    Get State Digest    ==    ${before}
