*** Settings ***
Documentation    A second venue as last resort, with an account of its own: it takes entries only while the first cannot be reached, and
...              none in a symbol in which an order at the first may still be executed. The limits of the account count both.

Resource         ../../resources/failover_exchange.resource

Suite Setup      Two Venues That Quote The Same
Test Setup       An Engine With A Reserve
Test Teardown    Bring Back The Addresses
Test Timeout     90 seconds

Test Tags        AC8    AC8.1    failover


*** Test Cases ***
The Reserve Takes No Entry While The First Venue Is There
    Given Get Condition    second/reserve    ==    STANDBY for binance
    When The Engine Refuses    BUY    BTCUSDT    qty=0.12    venue=second    rule=I29    limit=ACTIVE    value=STANDBY
    And The Engine Holds    BTCUSDT    BUY    0.12
    Then Get Venue Order Count    ==    0    venue=second

Entries Go To The Reserve While The First Venue Is Out
    [Documentation]    They are asked for at the first venue, and executed by the second, on its own balance, as a position of its own.
    When Start The Stopwatch
    And The First Venue Cannot Be Reached
    And The Reserve Is Active
    Then The Engine Holds    BTCUSDT    BUY    0.12
    And Stop The Stopwatch    time to first acknowledged order    most=30 seconds
    And Get Position    BTCUSDT    ==    0.11988    venue=second
    And Get Position    BTCUSDT    ==    0    venue=binance
    When The First Venue Is Back
    Then Nothing Is In Doubt At Both

The Reserve Enters No Symbol In Which An Order At The First May Still Be Executed
    [Documentation]    What rests at the venue that is out may be filled while nobody sees it: its symbol opens nothing elsewhere (I29).
    [Tags]    I29
    ${resting} =    Given The Engine Rests    BTCUSDT    BUY    0.12    98.00
    When The First Venue Cannot Be Reached
    And The Reserve Is Active
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.12    rule=I29    value=${resting}
    And The Engine Holds    ETHUSDT    BUY    0.12
    When Someone Sells    BTCUSDT    qty=0.12    price=98.00    venue=binance
    And The First Venue Is Back
    Then Nothing Is In Doubt At Both

An Order Of Unknown Outcome At The First Is Not Made Again At The Reserve
    [Tags]    I08    I29    X14    R26    CP-V1
    ${lost} =    Given An Order Is Kept By The Frozen Address
    When The Reserve Is Active
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=I29    value=${lost}
    And Get Venue Order Count    ==    0    venue=second
    When The First Venue Is Back
    And Get Order Field    knowledge    ==    KNOWN    order=${lost}    timeout=30s
    Then Nothing Is In Doubt At Both

The Reserves Open Entries Are Cancelled When The First Venue Is Back
    [Documentation]    Until then their symbol opens nothing at the first; afterwards it does.
    [Tags]    I29    campaign
    Given The First Venue Cannot Be Reached
    And The Reserve Is Active
    ${resting} =    And The Engine Rests At    second    0.12    98.00
    When The First Venue Is Back
    Then Get Order Status    ==    CANCELLED    order=${resting}
    And The Engine Holds    BTCUSDT    BUY    0.12
    And Get Venue Order Count    ==    1    venue=binance
    And Nothing Is In Doubt At Both

A Position At The Reserve Keeps Its Stop When The First Venue Is Back
    [Documentation]    On standby it takes no entries; what it holds is protected and can be closed.
    [Tags]    R6
    Given The First Venue Cannot Be Reached
    And The Reserve Is Active
    And The Engine Holds    BTCUSDT    BUY    0.12
    And The First Venue Is Back
    When Set The Book    BTCUSDT    bid=97.00    ask=98.00    size=1000    venue=second
    Then Get Position    BTCUSDT    <    0.001    venue=second
    And Get Fact Count    StopFired    ==    1
    And Nothing Is In Doubt At Both

The Limits Of The Account Count Both Venues
    [Documentation]    A HUNTER holds three positions: with three at the venue that is out, the reserve opens no fourth (R4).
    [Tags]    R4    R5    AC4.3
    Given The Engine Holds    BTCUSDT    BUY    0.12
    And The First Venue Cannot Be Reached
    And The Reserve Is Active
    And The Engine Holds    BTCUSDT    BUY    0.12
    And The Engine Holds    ETHUSDT    BUY    0.12
    When The First Venue Is Back
    Then The Engine Refuses    BUY    ETHUSDT    qty=0.12    venue=binance    rule=R4
    And Nothing Is In Doubt At Both

An Engine That Starts While The First Venue Is Out Goes By The Reserve
    [Tags]    AC5    campaign
    Given The Engine Holds    ETHUSDT    BUY    0.12
    And Kill The Engine
    And Kill The Address    1
    When Restart The Engine    books=False    timeout=30s
    And The Reserve Is Active
    Then The Engine Holds    BTCUSDT    BUY    0.12
    When The First Venue Is Back
    Then Nothing Is In Doubt At Both

When Neither Venue Is There Nothing Is Entered
    Given The First Venue Cannot Be Reached
    And The Reserve Is Active
    When The Reserve Cannot Be Reached Either
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.12    status=503    code=GENESIS-2905
    When The First Venue Is Back
    And The Engine Holds    BTCUSDT    BUY    0.12
    Then Nothing Is In Doubt At Both

An Engine That Starts Without Its Reserve Trades At The First
    [Documentation]    It waits for the reserve as long as it would wait for the first, and reads it when it is there.
    [Tags]    AC5    campaign
    Given The Engine Holds    BTCUSDT    BUY    0.12
    And Kill The Engine
    And Venue Goes Down For    15s    venue=second
    When Restart The Engine    books=False    timeout=30s
    Then Get Health    venues.second.orders    ==    false
    And The Engine Holds    ETHUSDT    BUY    0.12
    When Get Health    venues.second.reconciled    ==    true    timeout=40s
    Then Nothing Is In Doubt At Both
