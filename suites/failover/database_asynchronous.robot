*** Settings ***
Documentation    What the tests of lost facts are worth: an engine trades on a pair that waits for nobody, its primary is lost, and the same
...              comparison of what was acknowledged with the journal is red. *database_load.robot* has it green, on a synchronous pair.

Resource         ../../resources/failover_database.resource

Suite Setup      A Venue And An Asynchronous Database Cluster
Test Timeout     5 minutes

Test Tags        AC8    AC8.2    I28    L10    failover    campaign


*** Test Cases ***
Facts Of An Engine That An Asynchronous Pair Lost Turn The Comparison Red
    [Tags]    CP-P1
    Given An Engine Under Load That Asks For No Standby
    When Stall The Standbys
    And Count Orders From Here
    And Orders Are Acknowledged Again    most=10s    orders=5
    And Another Primary Takes Over Without What Was Acknowledged
    Then The Engine Should Have Ended    4    timeout=20s
    And Run Keyword And Expect Error    number of signals that are lost should be 0, last seen: *
    ...    Nothing The Engine Acknowledged Is Lost
    And Get Signals    LOST    >    0
    And Expect Violation    I07    I14    I16
