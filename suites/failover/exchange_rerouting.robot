*** Settings ***
Documentation    A strategy whose venue is out trades at the reserve: by that market's bars, with the money that is there, and what it
...              opened there is closed there.

Resource         ../../resources/failover_rerouting.resource

Suite Setup      Two Venues That Quote The Same
Test Teardown    Bring Back The Addresses
Test Timeout     90 seconds

Test Tags        AC8    AC8.1    failover


*** Test Cases ***
A Strategy Trades On At The Reserve While Its Venue Is Out
    [Documentation]    On standby the reserve's bars enter nothing; at most 5 % of what is there are bought (R1).
    [Tags]    AC2.3    R1
    Given A Strategy With A Reserve
    And Close A Bar    BTCUSDT=101.00    venue=second
    And Get Venue Order Count    ==    0    venue=second
    When The Strategy Is Served By The Reserve
    Then The Strategy Buys At    second
    And Get Position    BTCUSDT    <    0.99    venue=second
    And Get Position    BTCUSDT    ==    0    venue=binance
    When The First Venue Is Back
    Then Nothing Is In Doubt At Both

After The Return The Strategy Enters At Its Own Venue Again
    [Tags]    campaign
    Given A Strategy With A Reserve
    And The Strategy Is Served By The Reserve
    When The First Venue Is Back
    And Get Health    serving.buyer    ==    binance
    Then The Strategy Buys At    binance
    And Get Venue Order Count    ==    0    venue=second
    And Nothing Is In Doubt At Both

What Was Opened At The Reserve Is Closed At The Reserve
    [Documentation]    After the return, by a bar of the reserve's market; until then its symbol is not entered at the first (I29).
    [Tags]    I29    AC1.3
    Given A Strategy With A Reserve
    And The Strategy Is Served By The Reserve
    And The Strategy Buys At    second
    And The First Venue Is Back
    When Close A Bar    BTCUSDT=101.00
    Then The Denial Says    I29    it enters BTCUSDT at binance once that is closed there
    When Close A Bar    BTCUSDT=103.00    venue=second
    Then Get Position    BTCUSDT    <    0.001    venue=second
    And Get Venue Order Count    ==    0    venue=binance
    And Nothing Is In Doubt At Both

What Is Held At The Venue That Is Out Is Not Bought Again At The Reserve
    [Tags]    I29
    Given A Strategy With A Reserve
    And The Strategy Buys At    binance
    When The Strategy Is Served By The Reserve
    Then The Strategy Is Refused At The Reserve    I29    it enters BTCUSDT at second once that is closed there
    When The First Venue Is Back
    And Close A Bar    BTCUSDT=103.00
    Then Get Position    BTCUSDT    <    0.001    venue=binance
    And Nothing Is In Doubt At Both

A Reserve With Too Little Money Refuses By Name
    [Tags]    AC6.3    R7
    Given A Strategy With A Reserve
    And Withdraw    USDT    2000    venue=second
    And Get Balance    USDT    ==    0    venue=second
    When The Strategy Is Served By The Reserve
    Then The Strategy Is Refused At The Reserve    R7    expected free USDT at second for a BUY; 0 are free
    When The First Venue Is Back
    Then Nothing Is In Doubt At Both

An Order Of Unknown Outcome At The First Keeps Its Symbol From The Reserve
    [Documentation]    The strategy trades on once the venue has said what became of it.
    [Tags]    I08    I29    X14    R26
    Given A Strategy With A Reserve
    ${lost} =    And An Order Is Kept By The Frozen Address
    When The Reserve Is Active
    And Close A Bar    wait=False    BTCUSDT=101.00    venue=second
    Then The Denial Says    I29    ${lost} at binance may still be executed
    And Get Venue Order Count    ==    0    venue=second
    When The First Venue Is Back
    And Get Order Field    knowledge    ==    KNOWN    order=${lost}    timeout=30s
    Then Nothing Is In Doubt At Both

An Engine That Is Killed While A Strategy Is Rerouted Goes On There
    [Documentation]    What was bought at the reserve is there after the restart, and is closed there.
    [Tags]    AC5.2    AC5.4    R30
    Given A Strategy With A Reserve
    And The Strategy Is Served By The Reserve
    And The Strategy Buys At    second
    When Kill The Engine
    And Restart The Engine    books=False    timeout=30s
    And The Reserve Is Active
    And Get Strategy State    buyer    ==    RUNNING    timeout=20s
    And Close A Bar    BTCUSDT=103.00    venue=second
    Then Get Position    BTCUSDT    <    0.001    venue=second
    And The First Venue Is Back

A Strategy That Is Not Rerouted Waits For Its Venue
    Given A Strategy With A Reserve    reroute=False
    When The First Venue Cannot Be Reached
    And The Reserve Is Active
    And Get Health    serving.buyer    ==    binance
    And Close A Bar    wait=False    BTCUSDT=101.00    venue=second
    And The Engine Holds    ETHUSDT    BUY    0.12
    Then Get Venue Order Count    ==    1    venue=second
    When The First Venue Is Back
    Then The Strategy Buys At    binance
    And Nothing Is In Doubt At Both

When Neither Venue Is There The Strategy Enters Nothing And What It Holds Is Protected
    [Documentation]    The stop that rests at the reserve is executed there while nobody can be reached, and booked once.
    [Tags]    R6    I03    campaign
    Given A Strategy With A Reserve    protection.rest_at_venue=true
    And The Strategy Is Served By The Reserve
    And The Strategy Buys Under A Stop At The Reserve
    When The Reserve Cannot Be Reached Either
    And Someone Takes The Stop At The Reserve
    And The First Venue Is Back
    Then Get Position    BTCUSDT    <    0.001    venue=second    timeout=30s
    And Get Venue Order Count    ==    0    venue=binance
    And Nothing Is In Doubt At Both
