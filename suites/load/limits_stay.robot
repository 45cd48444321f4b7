*** Settings ***
Documentation    Load runs on numbers that are raised, and on nothing that is switched off: what was raised is a limit still.

Resource         ../../resources/load.resource

Test Timeout     3 minutes

Test Tags        S8    load    exclusive


*** Test Cases ***
The Profile Of Load Raises Numbers And Switches Nothing Off
    The Load Profile Only Raises Numbers

A Raised Limit Is Still A Limit
    [Documentation]    R9 allows 20 signals a minute; raised to 30, the 31st is denied.
    [Tags]    AC4    AC7    R9
    Given An Engine Under Load    symbols=1    strategies=1    runtime.signals_a_minute=30    runtime.burst_signals=30
    When Offer A Steady Load    20    2s
    Then The Load Reconciles
    And Get Load Count    filled    ==    30
    And Get Load Count    denied    ==    10
    And Get Fact Field    RiskDenied    rule    ==    R9
