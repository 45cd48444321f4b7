*** Settings ***
Documentation    Limits are not reset by an end of the engine, and their time runs on without it: the day's loss and its ladder, an
...              override, tilt and its lockout, the tier and its grace.

Resource         ../../resources/recovery.resource
Resource         ../../resources/day.resource
Resource         ../../resources/risk.resource

Suite Setup      Open The Venue    BTCUSDT
Test Timeout     60 seconds

Test Tags        AC5    P4    S6    S8    I23    recovery


*** Test Cases ***
The Day's Loss And Its Ladder Last Until Midnight
    [Documentation]    Some 5 % of the 5,000 USDT are lost; a reset counter would allow entries again.
    [Tags]    R3    R22    AC5.1    P5
    Given An Engine That May Lose
    And The Engine Holds    BTCUSDT    BUY    40
    And The Bid Goes To    93.00    94.00
    And Get Health    day.reached    *=    REDUCE
    ${loss} =    Get Health    day.loss
    When The Engine Ends Twice And Comes Back
    Then Get Health    day.loss    ==    ${loss}
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=R3    code=GENESIS-5701
    When So Much Time Has Passed When It Comes Back    24 hours
    Then A New Day Has Begun

An Override Ends When It Would Have Ended
    [Tags]    R35    R22    campaign
    Given The Engine Has Lost All It May
    And Both Clocks Pass    6 minutes
    And Override The Halt
    ${until} =    Get Health    day.override_until_ms
    When The Engine Crashes And Comes Back
    Then Get Health    day.override_until_ms    ==    ${until}
    When Kill The Engine
    And Both Clocks Pass    5 minutes
    And Restart The Engine    until=HALTED
    Then Get Health    day.overrides    ==    1

A Lockout Has The Time That Is Left Of It
    [Documentation]    Five minutes: three of them pass while nobody is there, then the rest; afterwards a quarter of the size is allowed.
    [Tags]    R20    R21    IP6    campaign
    Given An Operator Is Locked Out
    ${until} =    Get Health    tilt.locked_until_ms
    When So Much Time Has Passed When It Comes Back    3 minutes
    Then Get Health    tilt.locked_until_ms    ==    ${until}
    And The Engine Refuses    BUY    BTCUSDT    qty=0.12    rule=R21    code=GENESIS-5903
    When So Much Time Has Passed When It Comes Back    2 minutes
    Then Get Health    tilt.level    ==    0
    And Get Health    tilt.size_factor    ==    0.25
    And The Engine Holds    BTCUSDT    BUY    0.12

Unusual Actions Are Still Counted
    [Documentation]    Three before the crash and one after it are four: half the size.
    [Tags]    R20    IP6    AC5.1    P5
    Given An Operator Has A Baseline
    And The Operator Enters    3    0.24
    And Nothing Is In Doubt    USDT    BTC
    When The Engine Ends Twice And Comes Back
    Then Get Health    tilt.anomalies    ==    3
    When The Operator Enters    1    0.24
    Then Get Health    tilt.level    ==    2
    And Get Health    tilt.size_factor    ==    0.5

A Tier And Its Grace Are Kept
    [Documentation]    48 hours after a change the tier stays; most of them pass without an engine.
    [Tags]    AC4.4
    Given Start A Fresh Engine    tier=HUNTER    movable_clock=True    books=False
    And Move The Balance    USDT    -3500
    And Get Tier    ==    SNIPER
    And Move The Balance    USDT    3500
    And Get Equity    ==    5000
    When The Tier Is Looked At After    47 hours
    Then Get Tier    ==    SNIPER
    And Get Health    tier_grace    ==    IN_GRACE_PERIOD
    When The Tier Is Looked At After    1 hour
    Then Get Tier    ==    HUNTER


*** Keywords ***
A New Day Has Begun
    [Documentation]    Nothing is lost yet, no rung is reached, and an entry is accepted.
    Get Health    day.reached    not contains    REDUCE
    Get Health    day.loss    ==    0
    Get Halts    ==    none
    The Engine Holds    BTCUSDT    BUY    0.2

An Operator Is Locked Out
    [Documentation]    Five unusual entries, and a sixth that is refused for five minutes.
    An Operator Has A Baseline
    The Operator Enters    5    0.24
    The Engine Refuses    BUY    BTCUSDT    qty=0.24    rule=R21

The Tier Is Looked At After
    [Documentation]    Kill -9; the clocks go on; the engine comes back, whatever book it has.
    [Arguments]    ${duration: str}
    Kill The Engine
    Both Clocks Pass    ${duration}
    Restart The Engine    books=False
