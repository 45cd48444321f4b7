*** Settings ***
Documentation    A stop while arbitrage is between its legs (R15, R29): what is half done is unwound before the engine leaves, or is on
...              record for the next one.

Resource         ../../resources/shutdown.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT    ETHBTC
Test Setup       A Triangle Whose First Leg Is Told Of Late
Test Timeout     60 seconds

Test Tags        AC10    AC10.1    AC10.4    P2    P5    R15    R29    I32    shutdown


*** Test Cases ***
Between Two Legs What Was Bought Is Sold Again
    [Tags]    AC10.3
    When Stop The Engine
    Then The Venue Has No Open Order
    And Get Venue Trade Count    ==    2
    And The Next Start Says    clean
    And Get Multi Leg Trade State    ==    CLOSED
    And Nothing Was Lost

A Second Signal Leaves It To The Next Process
    [Tags]    S6
    When Signal The Engine    SIGTERM    SIGINT
    Then It Ends    143
    And Get Venue Trade Count    ==    1
    When The Triangle Closes Again
    And The Next Start Says    recovered
    Then Get Multi Leg Trade State    ==    CLOSED
    And Get Venue Trade Count    ==    2
    And Nothing Was Lost


*** Keywords ***
A Triangle Whose First Leg Is Told Of Late
    [Documentation]    BTC at 100, ETH at 5.10 in USDT and at 0.05 in BTC: the first leg is bought at once, and told of four seconds later.
    Set The Book Levels    BTCUSDT    bid 99.99 x 100    ask 100.00 x 0.5    ask 101.00 x 100
    Set The Book Levels    ETHBTC    bid 0.04999 x 100    ask 0.05000 x 100
    Set The Book Levels    ETHUSDT    bid 4.99 x 100    ask 5.01 x 100
    Start A Fresh Engine    tier=HUNTER    arbitrage.enabled=on    arbitrage.legging_limit_ms=60000
    Delay The Answer    4s    of=order.place    point=after_match
    Delay The User Event    by=4s    execution=TRADE
    Set The Book    ETHUSDT    bid=5.10    ask=5.11    size=100    depth=1
    Get Venue Trade Count    ==    1

The Triangle Closes Again
    [Documentation]    ETH is worth as much in USDT as in BTC, so that nothing is traded but what is unwound.
    Set The Book    ETHUSDT    bid=4.99    ask=5.01    size=100    depth=1
