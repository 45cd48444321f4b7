*** Settings ***
Documentation    Time in which the engine can trade, over time, with one fault of each kind (L9): a killed cache and a killed receiver
...              of heartbeats, which cost nothing, then cut connections, a killed venue, a held database, a killed engine. Afterwards it
...              trades as before.

Resource         ../../resources/load.resource

Test Timeout     5 minutes

Test Tags        L9    P4    load    exclusive


*** Test Cases ***
A Day With One Fault Of Each Kind Leaves Three Nines
    [Tags]    AC6.1    AC8.1    AC8.2    AC8.3    AC8.4    L11
    Given An Engine Whose Every Part Can Fail
    And Watch Whether The Engine Can Trade
    When What Trading Does Not Need Fails Once
    Then Get Outage Count    ==    0
    When Every Other Kind Of Fault Comes Once
    Then Get Outage Count    >=    4
    And Get Availability    >=    99.9
