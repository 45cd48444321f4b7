*** Settings ***
Documentation    Positions are signed fills less base fees, at both books of account, through partial fills, dust, two symbols and restarts.

Resource         ../../resources/trading.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Setup       A Quiet Market
Test Timeout     60 seconds

Test Tags        AC1    AC1.3    flow


*** Test Cases ***
A Market Buy Walks The Levels And Pays Its Fee In Base
    [Tags]    X2
    Given Set The Book Levels    BTCUSDT    bid 99.00 x 5    ask 100.00 x 1    ask 101.00 x 1
    And Start A Fresh Engine    tier=HUNTER
    When The Engine Holds    BTCUSDT    BUY    2
    Then The Position    BTCUSDT    quantity=1.998    cost=201
    And Engine And Venue Agree    BTC
    And Engine And Venue Agree    USDT

A Resting Buy Filled In Parts Grows The Position With Each Part
    [Tags]    X1    AC1.2
    Given Start A Fresh Engine    tier=HUNTER
    And The Engine Rests    BTCUSDT    BUY    1    99.99
    And Set The Book Levels    BTCUSDT    ask 101.00 x 5
    When Someone Sells    BTCUSDT    qty=0.4    price=99.99
    Then Get Position    BTCUSDT    ==    0.3996
    When Someone Sells    BTCUSDT    qty=0.6    price=99.99
    Then The Position    BTCUSDT    quantity=0.999    cost=99.99

A Sale Below The Inventory Target Is A Short Position
    Given Start A Fresh Engine    tier=HUNTER    inventory=BTC:1
    When The Engine Holds    BTCUSDT    SELL    0.5
    Then Get Position    BTCUSDT    ==    -0.5
    And Get Balance    BTC    ==    0.5    field=total
    And Get Balance    BTC    ==    1    field=target

What Is Left After The Fee Is Dust And The Position Is Flat
    [Tags]    X11
    Given Start A Fresh Engine    tier=HUNTER
    And The Engine Holds    BTCUSDT    BUY    0.12345
    When The Engine Closes    BTCUSDT    SELL    0.12332
    Then The Position    BTCUSDT    quantity=0    state=CLOSED
    And Get Balance    BTC    ==    0.00000655    field=target

Two Symbols Are Two Positions
    [Tags]    I04
    Given Start A Fresh Engine    tier=HUNTER
    When The Engine Holds    BTCUSDT    BUY    1
    And The Engine Holds    ETHUSDT    BUY    0.5
    Then Get Position    BTCUSDT    ==    0.999
    And Get Position    ETHUSDT    ==    0.4995

An Exit Never Reverses A Position
    [Documentation]    The account holds enough to sell 1.5, but 1 of it is inventory and no position.
    Given Start A Fresh Engine    tier=HUNTER    inventory=BTC:1
    And The Engine Holds    BTCUSDT    BUY    1
    When The Engine Refuses    SELL    BTCUSDT    qty=1.5    purpose=EXIT    rule=EXIT
    Then Get Position    BTCUSDT    ==    0.999

A Position Comes Back After A Crash
    [Tags]    AC5.2    R30
    Given Start A Fresh Engine    tier=HUNTER
    And The Engine Holds    BTCUSDT    BUY    1
    When The Engine Crashes And Comes Back
    Then Get Position    BTCUSDT    ==    0.999
    And Engine And Venue Agree    BTC


*** Keywords ***
A Quiet Market
    [Documentation]    Both symbols at 100, with depth.
    Set The Book    BTCUSDT    bid=99.99    ask=100.00    size=100
    Set The Book    ETHUSDT    bid=99.99    ask=100.00    size=100
