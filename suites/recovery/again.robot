*** Settings ***
Documentation    Recovery is idempotent (I31): killed in the middle of it, five times in a row, it ends where an undisturbed
...              one ends, sends nothing twice and writes no more than a start writes. And how long it takes (L11).

Resource         ../../resources/recovery.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     120 seconds

Test Tags        AC5    AC5.3    P4    S6    I31    recovery


*** Test Cases ***
A Recovery That Is Killed Five Times Ends Where An Undisturbed One Ends
    [Documentation]    There is something to recover: a fill and a cancellation that nobody here has seen, an order without an answer.
    [Tags]    X37    I08    I09    CP-R1    CP-R2    CP-R3    CP-R5
    Given Much Has Happened That The Dead Engine Does Not Know
    When The Engine Dies While It Recovers    CP-S4a    CP-R1    CP-R3    CP-R2    CP-R1
    And Restart The Engine    books=False
    Then Everything Is Known Once
    ${digest} =    Get State Digest
    When Kill The Engine
    And Restart The Engine    books=False
    Then Get State Digest    ==    ${digest}
    And Nothing Is In Doubt    USDT    BTC    ETH

Restarts Without Anything New Ask The Venue For Nothing But Readings
    [Documentation]    Five times: no order, no cancel; the journal grows by what a start writes, each time the same.
    [Tags]    I08    L10
    Given An Engine That Will End
    And The Engine Holds    BTCUSDT    BUY    0.5
    And The Engine Rests    ETHUSDT    BUY    0.5    95.00
    And Nothing Is In Doubt    USDT    BTC
    When The Engine Crashes And Comes Back
    Then Five Crashes Change Nothing

A Recovery Is Fast
    [Documentation]    From kill -9 to RUNNING with books in step: 5 minutes are required (L11), 5 seconds are the target; a loaded machine
    ...    has three times as long.
    [Tags]    L11    I30
    Given An Engine That Will End
    And The Engine Holds    BTCUSDT    BUY    0.5
    And Nothing Is In Doubt    USDT    BTC
    When The Engine Crashes And Comes Back
    Then The Recovery Took At Most    15s
    And The Engine Holds    BTCUSDT    BUY    0.2

Whatever Was Traded When It Died
    [Documentation]    A random session with three crashes, a signal in flight at each of them; the venue trades on meanwhile.
    [Tags]    I07    I08    I09    I10    I12    AC10.4
    Given An Engine That Will End    timing.recv_window_ms=3000
    When Trade And Crash At Random    BTCUSDT    steps=60    crashes=3    seed=7
    Then Get Engine State    ==    RUNNING
    And Nothing Is In Doubt    USDT    BTC

Whatever Was Traded When It Died, At Length
    [Documentation]    More of the same, by other seeds.
    [Tags]    I07    I08    I09    I10    I12    AC10.4    campaign
    [Timeout]    10 minutes
    FOR    ${seed}    IN RANGE    100    110
        An Engine That Will End    engine=seed${seed}    timing.recv_window_ms=3000
        Trade And Crash At Random    BTCUSDT    steps=150    crashes=8    seed=${seed}    engine=seed${seed}
        Get Engine State    ==    RUNNING    engine=seed${seed}
        Get Health    in_flight    ==    0    timeout=20s    engine=seed${seed}
        Stop The Engine    engine=seed${seed}
    END


*** Keywords ***
Everything Is Known Once
    [Documentation]    Both orders as the venue has them, two fills, and nothing was sent again.
    Get Order Count    ==    1    status=CANCELLED
    Get Order Count    ==    1    status=FILLED
    Get Fill Count    ==    2
    Get Venue Request Count    ==    2    path=order.place
    Get Venue Request Count    ==    0    path=order.cancel

Five Crashes Change Nothing
    [Documentation]    The digest and the orders at the venue stay; every start writes as many facts as the one before it.
    ${digest} =    Get State Digest
    ${written} =    Facts Of The Last Start
    Mark The Venues Requests
    FOR    ${_}    IN RANGE    5
        The Engine Crashes And Comes Back
        Get State Digest    ==    ${digest}
        ${again} =    Facts Of The Last Start
        Should Be Equal    ${again}    ${written}
    END
    Get Request Count Since The Mark    ==    0    path=order.place
    Get Request Count Since The Mark    ==    0    path=order.cancel

Facts Of The Last Start
    [Documentation]    How many facts the process that runs has written so far, while nothing happens.
    Get Health    in_flight    ==    0
    ${epoch} =    Get Health    epoch
    ${count} =    Get Row Count    events    where=epoch = ${epoch}
    RETURN    ${count}
