*** Settings ***
Documentation    Time in which the engine can trade, over time, with one fault of each kind (L9): a killed engine, a killed venue, cut
...              connections. Afterwards it trades as before.

Resource         ../../resources/load.resource

Test Timeout     5 minutes

Test Tags        L9    P4    load    exclusive


*** Test Cases ***
A Day With One Fault Of Each Kind Leaves Three Nines
    [Tags]    AC6.1    AC8.1    L11
    Given An Engine Under Load    symbols=1    strategies=1
    And Watch Whether The Engine Can Trade
    When Every Kind Of Fault Comes Once
    Then Get Outage Count    >=    3
    And Get Availability    >=    99.9
