*** Settings ***
Documentation    The limits of the day's loss (R3, R22) to the cent: just above them in price, exactly at them, and beyond. Nothing is paid
...              in fees here: 10 BTC bought at 100.50 lose 100 USDT at a middle of 90.50, and 40 BTC lose 5, 10, 12, 14 and 15 % of the
...              5,000 USDT with which the day began at 94.25, 88.00, 85.50, 83.00 and 81.75. What leaves on the way costs half a cent
...              each, so from twelve per cent on "exactly" is a few cents beyond.

Resource         ../../resources/day.resource

Suite Setup      Open The Venue    BTCUSDT    maker_fee=0    taker_fee=0
Test Timeout     60 seconds

Test Tags        AC4    risk


*** Test Cases ***
R3 A Cent Before The Limit Entries Go On
    [Tags]    R3
    Given An Engine Bought Without Fees    10
    When The Book Stands At    90.50    90.51
    Then The Engine Holds    BTCUSDT    BUY    0.2
    And Get Halts    ==    none

R3 Exactly At The Limit There Are None
    [Tags]    R3
    Given An Engine Bought Without Fees    10
    When The Book Stands At    90.49    90.51
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=R3    code=GENESIS-5701    limit=100    value=100
    And Get Halts    ==    DAILY_LOSS

R3 A Cent Beyond The Limit There Are None
    [Tags]    R3
    Given An Engine Bought Without Fees    10
    When The Book Stands At    90.49    90.50
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=R3    code=GENESIS-5701    limit=100    value=100.05
    And Get Halts    ==    DAILY_LOSS

R22 A Cent Before Five Per Cent Nothing Is Reduced
    [Tags]    R22
    Given An Engine Bought Without Fees    40
    When The Book Stands At    94.25    94.26
    Then Get Halts    ==    DAILY_LOSS
    And Get Health    day.reached    not contains    REDUCE

R22 Exactly At Five Per Cent The Rung Is Reached
    [Tags]    R22
    Given An Engine Bought Without Fees    40
    When The Book Stands At    94.24    94.26
    Then Get Health    day.reached    *=    REDUCE

R22 A Cent Before Ten Per Cent Everything Is Kept
    [Tags]    R22
    Given An Engine Bought Without Fees    40
    When The Book Stands At    88.00    88.01
    Then Get Health    day.reached    not contains    NO_ENTRIES
    And Get Position    BTCUSDT    ==    40

R22 Exactly At Ten Per Cent A Quarter Leaves
    [Tags]    R22
    Given An Engine Bought Without Fees    40
    When The Book Stands At    87.99    88.01
    Then Get Health    day.reached    *=    NO_ENTRIES
    And Get Position    BTCUSDT    ==    30

R22 A Cent Before Twelve Per Cent It Stays At A Quarter
    [Tags]    R22
    Given An Engine Bought Without Fees    40
    When The Book Stands At    85.50    85.51
    Then Get Position    BTCUSDT    ==    30
    And Get Health    day.reached    not contains    PREPARE

R22 Exactly At Twelve Per Cent Half Leaves
    [Tags]    R22
    Given An Engine Bought Without Fees    40
    When The Book Stands At    85.49    85.51
    Then Get Position    BTCUSDT    ==    20

R22 A Cent Before Fourteen Per Cent It Stays At Half
    [Tags]    R22
    Given An Engine Bought Without Fees    40
    When The Book Stands At    83.00    83.01
    Then Get Position    BTCUSDT    ==    20
    And Get Health    day.reached    not contains    DELEVERAGE_3

R22 Exactly At Fourteen Per Cent Three Quarters Leave
    [Tags]    R22
    Given An Engine Bought Without Fees    40
    When The Book Stands At    82.99    83.01
    Then Get Position    BTCUSDT    ==    10

R22 A Cent Before Fifteen Per Cent The Engine Runs
    [Tags]    R22
    Given An Engine Bought Without Fees    40
    When The Book Stands At    81.75    81.76
    Then Get Position    BTCUSDT    ==    10
    And Get Engine State    ==    RUNNING

R22 Exactly At Fifteen Per Cent Everything Leaves And It Halts
    [Tags]    R22
    Given An Engine Bought Without Fees    40
    When The Book Stands At    81.74    81.76
    Then Get Position    BTCUSDT    ==    0
    And Get Engine State    ==    HALTED
    And Get Halts    *=    EMERGENCY_HALT
