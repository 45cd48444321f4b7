*** Settings ***
Documentation    Market data of many symbols with ten strategies: nothing is missed, and it leaves the processor to others.

Resource         ../../resources/load.resource

Test Timeout     8 minutes

Test Tags        AC7    S2    load    exclusive


*** Test Cases ***
Ten Strategies On Ten Live Pairs Use Less Than Half A Core
    [Documentation]    900 trades and 100 changes of books a second; processor time over time, 100 is one core.
    [Tags]    AC7.4    L7
    Given Ten Strategies On A Live Market    symbols=10
    When Offer A Steady Load    900    8s
    Then Get Load Count    ticks    ==    7200
    And Get Load Count    missed    ==    0
    And Get Load Count    dropped    ==    0
    And Get Processor Use    engine    <=    50

A Hundred Symbols With Ten Strategies Miss Nothing
    [Tags]    AC3.4    AC2
    Given Ten Strategies On A Live Market    symbols=100
    When Offer A Steady Load    1000    5s
    Then Get Load Count    ticks    ==    5000
    And Get Load Count    missed    ==    0
    And Get Load Count    dropped    ==    0
