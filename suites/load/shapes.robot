*** Settings ***
Documentation    Load in other shapes than an even one: steps, bursts, and a ramp to the knee. Whatever the shape, every tick has its
...              order on disk; the rates are those that every machine sustains, but for the ramp, which rises until something bends.

Resource         ../../resources/load.resource

Test Setup       An Engine Under Load    symbols=2    strategies=2
Test Timeout     8 minutes

Test Tags        AC7    S2    load    exclusive    campaign


*** Test Cases ***
Steps Are Climbed Without Losing One
    When Offer Steps    40 80 120    each=4s
    Then The Load Reconciles
    And Get Load Count    filled    ==    960
    And Get Load Count    shed    ==    0

Bursts Are Worked Off
    [Documentation]    Two hundred ticks at one moment, three times, and a steady rate all the time.
    [Tags]    S10
    When Offer Bursts    rate=40    burst=200    every=5s    times=3
    Then The Load Reconciles
    And Get Load Count    filled    ==    1200
    And Get Load Count    shed    ==    0
    And Get Time To Recover    <=    10

A Ramp Rises To The Knee
    [Documentation]    Until less than 98 % comes through in time, or p99 is beyond 50 ms; one that ends before that is no ramp to the knee.
    [Tags]    AC7.1    L2
    When Offer A Ramp    20    1000    12s
    Then The Load Reconciles
    And Get Knee Of The Ramp    >    0
