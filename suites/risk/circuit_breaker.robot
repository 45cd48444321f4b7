*** Settings ***
Documentation    The circuit breaker: a venue that does not answer is left alone, as the venue itself counts, and then asked
...              one request at a time. Time is moved, not waited for.

Resource         ../../resources/circuit_breaker.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Engine On A Quoted Market
Test Timeout     120 seconds

Test Tags        S9    R24    risk


*** Test Cases ***
Four Failures Open Nothing
    When The Venue Fails On Entries    4
    Then Order Entry Is    CLOSED

Nothing Reaches The Venue From The Fifth Failure On
    ${resting} =    Given The Engine Rests    BTCUSDT    BUY    0.12    90.00
    ${fault} =    When The Venue Fails On Entries    5
    ${exit} =    Then Neither Entry Exit Nor Cancel Reaches The Venue    ${resting}
    And Get Fault Hits    ==    5    fault=${fault}
    And Order Entry Is    OPEN
    When Heal The Venue
    And Time Passes    60s
    Then Get Order Status    ==    FILLED    order=${exit}
    And Get Order Status    ==    CANCELLED    order=${resting}

It Stays Open For A Minute
    Given The Venue Fails On Entries    5
    When Let The Engines Clock Pass    50 seconds
    Then The Circuit Breaker Refuses An Entry
    And Order Entry Is    OPEN
    When Let The Engines Clock Pass    10 seconds
    Then Order Entry Is    HALF_OPEN

A Failed Probe Opens It For Another Minute
    ${fault} =    Given The Venue Fails On Entries    5
    And Time Passes    60s
    And Order Entry Is    HALF_OPEN
    When The Engine Holds    BTCUSDT    BUY    0.12
    Then Order Entry Is    OPEN
    When Time Passes    59s
    Then The Circuit Breaker Refuses An Entry
    And Get Fault Hits    ==    6    fault=${fault}
    When Time Passes    1s
    Then Order Entry Is    HALF_OPEN

An Exit Of The Open Minute Leaves With The Probe And Is Executed Once
    Given The Venue Fails On Entries    5
    And Heal The Venue
    And Mark The Venues Requests
    ${exit} =    When An Exit Is Kept
    And Time Passes    60s
    Then The Order    status=FILLED    filled=0.11    order=${exit}
    And Get Request Count Since The Mark    ==    1    path=order.place
    And Get Venue Trade Count    ==    6
    And Get Venue Order Count    ==    6
    And Order Entry Is    HALF_OPEN

Two Answered Probes Close It
    Given The Venue Fails On Entries    5
    And Heal The Venue
    When Time Passes    60s
    And The Engine Holds    BTCUSDT    BUY    0.12
    Then Order Entry Is    HALF_OPEN
    When The Engine Holds    BTCUSDT    BUY    0.12
    Then Order Entry Is    CLOSED
    And Get Venue Order Count    ==    7

Refusals Of Single Orders Are No Failures
    When The Venue Refuses Entries    6
    Then Order Entry Is    CLOSED

A New Process Begins With A Closed Breaker And Says So
    [Tags]    AC5
    Given The Venue Fails On Entries    5
    And Heal The Venue
    When The Engine Crashes And Comes Back
    Then Order Entry Is    CLOSED
    And The Engine Holds    BTCUSDT    BUY    0.12
