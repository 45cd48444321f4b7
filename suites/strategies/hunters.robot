*** Settings ***
Documentation    Two strategies of a HUNTER with five pairs each: ten watched, at most three positions open (R4).

Resource         ../../resources/strategies.resource

Suite Setup      Ten Pairs
Test Timeout     120 seconds

Test Tags        AC2    AC2.2    IP2    S7    strategies


*** Variables ***
@{FIRST: str}     BTCUSDT    ETHUSDT    BNBUSDT    SOLUSDT    XRPUSDT
@{SECOND: str}    ADAUSDT    DOTUSDT    LTCUSDT    LINKUSDT    AVAXUSDT


*** Test Cases ***
Ten Pairs Are Watched And Three Positions Opened
    [Documentation]    All ten signal in the same second; the higher priority takes the three slots.
    [Tags]    AC2.4    R4
    Given Plan The Strategy    high    probe    @{FIRST}    priority=2    plan=101.00:BUY    quantity=0.5
    And Plan The Strategy    low    probe    @{SECOND}    priority=1    plan=101.00:BUY    quantity=0.5
    And Start A Fresh Engine    tier=HUNTER    runtime.bar_grace_ms=0    books=False
    And All Ten Trade At    100.00
    And Get Strategy State    low    ==    RUNNING    timeout=15s
    When All Ten Trade At    101.00
    Then Get Venue Order Count    ==    3
    And Get Fact Count    SignalReceived    ==    10
    And Get Fact Count    RiskDenied    ==    7
    And The Denial Says    R4    3 open positions


*** Keywords ***
Ten Pairs
    [Documentation]    A venue that lists ten symbols; their market stands still between the bars that a test makes.
    Open The Venue With Market File    ${CURDIR}/data/ten-pairs.toml    @{FIRST}    @{SECOND}

All Ten Trade At
    [Documentation]    One bar of each symbol, all in the same second.
    [Arguments]    ${price: str}
    Close A Bar    BTCUSDT=${price}    ETHUSDT=${price}    BNBUSDT=${price}    SOLUSDT=${price}    XRPUSDT=${price}
    ...    ADAUSDT=${price}    DOTUSDT=${price}    LTCUSDT=${price}    LINKUSDT=${price}    AVAXUSDT=${price}
