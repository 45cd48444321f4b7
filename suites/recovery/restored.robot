*** Settings ***
Documentation    What an engine is comes back with it, after a crash (kill -9) and after a stop in good order: its orders, positions,
...              results and stops, what an operator or a rule has forbidden, what of a day is used up, and what it has answered before.

Resource         ../../resources/recovery.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     60 seconds

Test Tags        AC5    AC5.1    P4    P5    S6    recovery


*** Test Cases ***
Orders, Positions, Costs, Results And Stops Are What They Were
    [Documentation]    A part of a long position was sold, another position is whole, an order rests: equal to the last digit, twice.
    [Tags]    AC5.2    AC5.3    I31    R31
    Given An Engine That Will End    engine.cancel_orders_on_shutdown=off
    ${resting} =    Positions, A Result And A Resting Order Are There
    ${before} =    Get State Digest
    When The Engine Ends Twice And Comes Back
    Then Get State Digest    ==    ${before}
    And The Position    BTCUSDT    quantity=0.499    cost=50.1996997    realised=-0.6000503    stop=98.59
    And The Order    status=OPEN    reserved=95    order=${resting}
    And Get Request Count Since The Mark    ==    0    path=order.place
    And Nothing Is In Doubt    USDT    BTC    ETH

What Was Answered Before Is Not Done Again
    [Documentation]    The same signal, the same cancel, the same kill switch, sent again after both ends: no second order, no second halt.
    [Tags]    R26    I08
    Given An Engine That Will End    protection.rest_at_venue=false
    And The Engine Places    BUY    BTCUSDT    qty=0.5    signal_id=once
    And The Order    status=FILLED    filled=0.5
    And An Order Was Cancelled And The Kill Switch Pressed
    When The Engine Ends Twice And Comes Back
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.5    signal_id=once    status=409
    And Cancel The Order    status=409
    And Press The Kill Switch
    And Get Fact Count    HaltBegan    ==    1
    And Get Venue Order Count    ==    2

A Pause And A Halt By An Operator Hold Until They Are Resumed
    [Tags]    IP4
    Given An Engine That Will End    protection.rest_at_venue=false
    And Pause The Engine
    When Kill The Engine
    And Restart The Engine    until=PAUSED
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.2    status=503
    When Halt The Engine
    And Stop The Engine
    And Restart The Engine    until=HALTED
    Then Resume The Engine
    And Nothing Is In Doubt    USDT

Kill Switch And Flash Crash Block On
    [Documentation]    The block of a flash crash has its five minutes, wherever the engine was meanwhile; the kill switch has none.
    [Tags]    R23
    Given An Engine In Two Symbols
    And The Price Falls    BTCUSDT    90    30s
    And Press The Kill Switch
    And Get Halts    ==    FLASH_CRASH,KILL_SWITCH
    When The Engine Ends Twice And Comes Back
    Then Get Halts    ==    FLASH_CRASH,KILL_SWITCH
    When So Much Time Has Passed When It Comes Back    5 minutes
    Then Get Halts    ==    KILL_SWITCH
    When Release The Kill Switch
    Then The Engine Holds    ETHUSDT    BUY    0.2

The Day's Trades Are Counted On Until Midnight
    [Tags]    R9
    Given An Engine That Will End    movable_clock=True    timing.book_stale_ms=3600000    risk.trades_a_day=2
    ...    protection.rest_at_venue=false
    And The Engine Holds    BTCUSDT    BUY    0.2
    And The Engine Holds    BTCUSDT    BUY    0.2
    When The Engine Ends Twice And Comes Back
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=R9    limit=2    value=3
    When So Much Time Has Passed When It Comes Back    24 hours
    Then The Engine Holds    BTCUSDT    BUY    0.2


*** Keywords ***
Positions, A Result And A Resting Order Are There
    [Documentation]    1 BTC was bought and half of it sold, 0.5 ETH are held; 1 BTC is bid for at 95.00. Returns that order.
    ...    From here on requests are counted.
    The Engine Holds    BTCUSDT    BUY    1
    The Engine Closes    BTCUSDT    SELL    0.5
    The Engine Holds    ETHUSDT    BUY    0.5
    ${order} =    The Engine Rests    BTCUSDT    BUY    1    95.00
    Nothing Is In Doubt    USDT    BTC    ETH
    Mark The Venues Requests
    RETURN    ${order}

An Order Was Cancelled And The Kill Switch Pressed
    [Documentation]    A resting bid is cancelled by hand; then entries are blocked.
    The Engine Rests    BTCUSDT    BUY    0.5    95.00
    Cancel The Order
    Get Order Status    ==    CANCELLED
    Press The Kill Switch
