*** Settings ***
Documentation    The tilt detector: unusual actions of the operator, told, answered by half the size, by a lockout,
...              and by a return in steps.

Resource         ../../resources/risk.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Operator Has A Baseline
Test Timeout     120 seconds

Test Tags        IP6    R20    risk


*** Test Cases ***
Two Unusual Entries Are Told And Bind Nothing
    When The Operator Enters    1    0.24
    Then Get Health    tilt.level    ==    0
    When The Operator Enters    1    0.24
    Then Get Health    tilt.level    ==    1
    And Get Health    tilt.anomalies    ==    2
    And Get Metric    genesis_tilt_score    ==    33
    And The Engine Holds    BTCUSDT    BUY    2

Four Unusual Entries Halve The Largest Order
    [Documentation]    R1 allows 5 % of some 5,000 USDT, a half of it is some 125 USDT.
    When The Operator Enters    4    0.24
    Then Get Health    tilt.level    ==    2
    And Get Health    tilt.size_factor    ==    0.5
    And The Engine Refuses    BUY    BTCUSDT    qty=1.5    rule=R20    code=GENESIS-5903
    And The Engine Holds    BTCUSDT    BUY    0.12

Six Unusual Entries Pause Entries And Nothing Else
    [Tags]    R21
    When The Operator Enters    5    0.24
    And The Engine Refuses    BUY    BTCUSDT    qty=0.24    rule=R21    code=GENESIS-5903
    Then Get Health    tilt.level    ==    3
    And Get Metric    genesis_tilt_score    ==    100
    And The Engine Closes    BTCUSDT    SELL    1

A Lockout Outlives A Crash
    [Tags]    R21    AC5
    Given The Operator Enters    5    0.24
    And The Engine Refuses    BUY    BTCUSDT    qty=0.24    rule=R21
    ${until} =    Get Health    tilt.locked_until_ms
    When The Engine Crashes And Comes Back
    Then Get Health    tilt.locked_until_ms    ==    ${until}
    And The Engine Refuses    BUY    BTCUSDT    qty=0.12    rule=R21    code=GENESIS-5903

After A Lockout The Size Comes Back In Steps
    [Tags]    R21
    Given The Operator Enters    5    0.24
    And The Engine Refuses    BUY    BTCUSDT    qty=0.24    rule=R21
    When Let The Engines Clock Pass    5 minutes
    Then Get Health    tilt.level    ==    0
    And Get Health    tilt.size_factor    ==    0.25
    And The Engine Refuses    BUY    BTCUSDT    qty=0.9    rule=R21    code=GENESIS-5903
    When Let The Engines Clock Pass    30 minutes
    Then Get Health    tilt.size_factor    ==    0.5

Far From The Next Tier A Little More Than Usual Is Usual
    [Documentation]    An entry of 0.13 BTC where 0.12 are usual is 1 USDT more; 1.8 USDT are allowed (R20).
    [Tags]    R33
    When The Operator Enters    2    0.13
    Then Get Health    tilt.anomalies    ==    0
    And Get Health    tilt.level    ==    0

Near The Next Tier The Same Is Unusual
    [Documentation]    From 98 % of the next tier's capital on it is looked three times as closely: 0.6 USDT are allowed (R33).
    [Tags]    R33
    [Setup]    An Operator Near The Next Tier Has A Baseline
    When The Operator Enters    2    0.13
    Then Get Health    tilt.anomalies    ==    2
    And Get Health    tilt.level    ==    1
    And Get Fact Field    TiltAnomaly    sensitivity    ==    3
