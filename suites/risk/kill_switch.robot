*** Settings ***
Documentation    The kill switch: everything at the venue is cancelled, entries are blocked until the phrase releases them,
...              positions and exits stay. The venue's own books are the witness.

Resource         ../../resources/emergencies.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Setup       An Engine In Two Symbols
Test Timeout     60 seconds

Test Tags        IP6    R29    risk


*** Test Cases ***
The Venue Has No Open Order After The Kill Switch
    Given The Engine Rests    BTCUSDT    BUY    0.5    95.00
    And The Engine Rests    ETHUSDT    BUY    0.5    94.00
    When Press The Kill Switch    reason=prices look wrong
    Then Everything Is Cancelled
    And The Venue Has No Open Order
    And Get Fact Count    CancelAllEnded    ==    1
    And The Engine Refuses    BUY    ETHUSDT    qty=0.5    rule=KILL_SWITCH    code=GENESIS-5901

Only The Phrase Releases It
    Given Press The Kill Switch
    When Release The Kill Switch    please    status=422
    And Resume The Engine
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.5    rule=KILL_SWITCH
    When Release The Kill Switch
    Then Get Halts    ==    none
    And The Engine Holds    BTCUSDT    BUY    0.5

It Outlives A Crash And A Stop
    [Tags]    AC5
    Given The Engine Rests    BTCUSDT    BUY    0.5    95.00
    When Press The Kill Switch
    And The Engine Crashes And Comes Back
    Then Everything Is Cancelled
    And The Venue Has No Open Order
    When The Engine Stops And Comes Back
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.5    rule=KILL_SWITCH

Positions Are Kept And May Be Left
    Given The Engine Holds    BTCUSDT    BUY    0.5
    When Press The Kill Switch
    Then Get Position    BTCUSDT    ==    0.4995
    And The Engine Closes    BTCUSDT    SELL    0.4995
    And Get Position    BTCUSDT    ==    0
