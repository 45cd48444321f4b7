*** Settings ***
Documentation    Three times more than the engine can do: market data gives way by policy (docs/market-data.md, Overload), no order, fill or
...              cancel does, and it recovers within seconds (S10).

Resource         ../../resources/load.resource

Test Timeout     8 minutes

Test Tags        AC7    S10    load    exclusive


*** Test Cases ***
Overload Sheds Market Data And Never A Fill Or A Cancel
    [Tags]    S2    AC9.2
    Given An Engine Under Load    symbols=2    strategies=2    market.tick_shed_ms=250
    ${resting} =    The Engine Rests    L000USDT    BUY    qty=0.2    price=90.00
    When Begin An Overload    3    5s
    And Cancel The Order    order=${resting}
    And Get Order Status    ==    CANCELLED    order=${resting}    timeout=60s
    And Await The End Of The Load
    Then The Load Reconciles
    And Get Load Count    shed    >    0
    And Get Time To Recover    <=    10

After An Overload Ticks Are Answered Again
    [Tags]    P4
    Given An Engine Under Load    symbols=1    strategies=1    market.tick_shed_ms=2000
    When Begin An Overload    3    4s
    And Await The End Of The Load
    And Get Load Count    shed    >    0
    And Offer A Steady Load    10    3s
    Then The Load Reconciles
    And Get Load Count    shed    ==    0
    And Get Load Count    filled    ==    30

A Cancel Does Not Wait For Market Data
    [Documentation]    Nothing is shed, so that ticks pile up for seconds: the cancel has its turn between them (docs/market-data.md).
    [Tags]    campaign
    Given An Engine Under Load    symbols=2    strategies=2    market.tick_shed_ms=600000
    ${resting} =    The Engine Rests    L000USDT    BUY    qty=0.2    price=90.00
    When Begin An Overload    3    5s
    And Get Fact Count    OrderIntended    >=    3000    timeout=60s
    And Cancel The Order    order=${resting}
    Then Get Order Status    ==    CANCELLED    order=${resting}    timeout=4s
    And Await The End Of The Load
    And The Load Reconciles
    And Get Load Count    shed    ==    0
