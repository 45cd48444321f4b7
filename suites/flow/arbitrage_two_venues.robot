*** Settings ***
Documentation    P2 across two venues: buy where it is cheap, sell from inventory where it is dear, both legs at once (R15).

Resource         ../../resources/trading.resource

Suite Setup      Two Venues
Test Setup       Both Venues Stand At A Hundred
Test Timeout     60 seconds

Test Tags        AC1    AC1.1    P2    IP2    flow    R15


*** Test Cases ***
A Difference Between Two Venues Is Traded On Both
    Given Start A Fresh Engine    balance=USDT:5000    inventory=BTC:1    arbitrage.enabled=on
    When The Market Stands At    BTCUSDT    101.00    side=SELL    venue=second
    Then Get Multi Leg Trade State    ==    CLOSED
    And Get Multi Leg Trade Pnl    >    0
    And Get Opportunity Count    >=    1    kind=DIRECT    traded=True
    And Get Venue Trade Count    >=    1    venue=first
    And Get Venue Trade Count    >=    1    venue=second
    And Engine And Venue Agree    USDT
    And Engine And Venue Agree    BTC

A Difference That The Fees Eat Is Left Alone
    Given Start A Fresh Engine    balance=USDT:5000    inventory=BTC:1    arbitrage.enabled=on
    When The Market Stands At    BTCUSDT    100.40    side=SELL    venue=second
    Then Get Top Of Book    BTCUSDT    BID    ==    100.40    venue=second
    And Get Opportunity Count    ==    0
    And Get Multi Leg Trade Count    ==    0


*** Keywords ***
Two Venues
    [Documentation]    Two exchange processes with the same symbol.
    Open The Venue    BTCUSDT    venue=first
    Open The Venue    BTCUSDT    venue=second

Both Venues Stand At A Hundred
    [Documentation]    The same price on both, with depth.
    The Market Stands At    BTCUSDT    100.00    venue=first
    The Market Stands At    BTCUSDT    100.00    venue=second
