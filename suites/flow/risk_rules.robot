*** Settings ***
Documentation    Each limit of the risk engine just below, exactly at and just above its number; a denial names rule, code, limit and
...              value, and the venue never hears of it. HUNTER with 5,000 USDT: one order may be 250 USDT (5 %), at least 10 USDT.

Resource         ../../resources/trading.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Setup       A Quiet Market
Test Timeout     60 seconds

Test Tags        AC1    AC1.1    IP3    flow


*** Test Cases ***
R1 An Order Just Below Five Percent Is Accepted
    [Tags]    R1    AC4.1
    Given Start A Fresh Engine    tier=HUNTER
    When The Engine Rests    BTCUSDT    BUY    2.49999    100.00
    Then Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT

R1 An Order At Five Percent Is Accepted
    [Tags]    R1    AC4.1
    Given Start A Fresh Engine    tier=HUNTER
    When The Engine Rests    BTCUSDT    BUY    2.5    100.00
    Then Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT

R1 An Order Just Above Five Percent Is Denied
    [Tags]    R1    AC4.1
    Given Start A Fresh Engine    tier=HUNTER
    When The Engine Refuses    BUY    BTCUSDT    qty=2.50001    price=100.00    rule=R1
    ...    code=GENESIS-5701    limit=250    value=250.001
    Then Get Venue Order Count    ==    0

R1 A Sniper Is Held At A Hundred Whatever The Fraction Says
    [Tags]    R1    AC4.1    AC4.4
    Given Start A Fresh Engine    tier=SNIPER    risk.max_order_fraction=0.2
    When The Engine Refuses    BUY    BTCUSDT    qty=1.00001    rule=R1    code=GENESIS-5701    limit=100
    And The Engine Places    BUY    BTCUSDT    qty=0.99
    Then The Order    status=FILLED    filled=0.99

R2 An Order Of Just Under Ten Is Denied
    [Tags]    R2    AC4.1
    Given Start A Fresh Engine    tier=HUNTER
    When The Engine Refuses    BUY    BTCUSDT    qty=0.09999    price=100.00    rule=R2
    ...    code=GENESIS-5701    limit=10    value=9.999
    Then Get Venue Order Count    ==    0

R2 An Order Of Exactly Ten Is Accepted
    [Tags]    R2    AC4.1
    Given Start A Fresh Engine    tier=HUNTER
    When The Engine Rests    BTCUSDT    BUY    0.1    100.00
    Then Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT

R4 A Sniper Holds One Position
    [Tags]    R4    AC4.4
    Given Start A Fresh Engine    tier=SNIPER
    And The Engine Holds    BTCUSDT    BUY    0.3
    When The Engine Refuses    BUY    ETHUSDT    qty=0.3    rule=R4    code=GENESIS-5701    limit=1
    Then Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT

R4 The Second Of Three Positions Is Accepted
    [Tags]    R4    AC4.4
    Given Start A Fresh Engine    tier=HUNTER
    When The Engine Holds    BTCUSDT    BUY    0.3
    And The Engine Holds    ETHUSDT    BUY    0.3
    Then Get Venue Order Count    ==    2    without=STOP_LOSS_LIMIT

R7 A Buy Of All Free Cash Is Accepted
    [Tags]    R7
    Given Start A Fresh Engine    balance=USDT:30    inventory=BTC:50
    When The Engine Rests    BTCUSDT    BUY    0.3    100.00
    Then Get Balance    USDT    ==    0    field=free

R7 A Buy Above Free Cash Is Denied
    [Tags]    R7
    Given Start A Fresh Engine    balance=USDT:30    inventory=BTC:50
    When The Engine Refuses    BUY    BTCUSDT    qty=0.30001    price=100.00    rule=R7
    ...    code=GENESIS-5701    limit=30    value=30.001
    Then Get Venue Order Count    ==    0

R7 Open Orders Count Against Free Cash
    [Tags]    R7
    Given Start A Fresh Engine    balance=USDT:30    inventory=BTC:50
    And The Engine Rests    BTCUSDT    BUY    0.2    100.00
    When The Engine Refuses    BUY    BTCUSDT    qty=0.10001    price=100.00    rule=R7    limit=10
    Then Get Venue Order Count    ==    1

R7 Nothing Is Sold That Is Not Held
    [Tags]    R7
    Given Start A Fresh Engine    tier=HUNTER
    When The Engine Refuses    SELL    BTCUSDT    qty=0.5    rule=R7    code=GENESIS-5701
    Then Get Venue Order Count    ==    0

R8 Confidence Just Below Six Tenths Is Denied
    [Tags]    R8
    Given Start A Fresh Engine    tier=HUNTER
    When The Engine Refuses    BUY    BTCUSDT    qty=0.5    confidence=0.59    rule=R8
    ...    code=GENESIS-5701    limit=0.6    value=0.59
    Then Get Venue Order Count    ==    0

R8 Confidence Of Six Tenths Is Accepted
    [Tags]    R8
    Given Start A Fresh Engine    tier=HUNTER
    When The Engine Places    BUY    BTCUSDT    qty=0.5    confidence=0.6
    Then The Order    status=FILLED    filled=0.5

A Sniper May Not Rest A Limit Order
    [Tags]    AC4.4
    Given Start A Fresh Engine    tier=SNIPER
    When The Engine Refuses    BUY    BTCUSDT    qty=0.3    price=99.50    code=GENESIS-5702
    Then Get Venue Order Count    ==    0


*** Keywords ***
A Quiet Market
    [Documentation]    Both symbols at 100, with depth.
    Set The Book    BTCUSDT    bid=99.99    ask=100.01    size=100
    Set The Book    ETHUSDT    bid=99.99    ask=100.01    size=100
