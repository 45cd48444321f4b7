*** Settings ***
Documentation    Realised profit and loss against tables computed by hand (R31): average cost, a fee of 0.1 % in base when buying and in
...              quote when selling, everything exact, shown to 0.01 rounded down. The account holds 1 BTC of declared inventory:
...              below it a position is short.

Resource         ../../resources/trading.resource

Suite Setup      Open The Venue    BTCUSDT
Test Timeout     60 seconds
Test Template    A Round Trip Makes

Test Tags        AC1    AC1.4    R31    flow


*** Test Cases ***
# What arrives of a buy is quantity x 0.999, what a sale brings is quantity x price x 0.999.
A Long That Wins
    BUY    1    100.00    SELL    0.999    110.00    9.78011    9.78
A Long That Loses
    BUY    1    100.00    SELL    0.999    99.00    -1.197901    -1.20
A Long In A Small Lot
    BUY    0.5    100.00    SELL    0.4995    104.00    1.896052    1.89
A Long That Is Closed In Part
    # The cost that leaves is 200 x 1 / 1.998, cut to 8 places: 100.1001001. The sale brings 103 - 0.103.
    BUY    2    100.00    SELL    1    103.00    2.7968999    2.79
A Short That Wins
    # It brought 99.9. The buy-back brings 0.999, for a cost share of 99.8001; the other 0.001 is dust and leaves at cost.
    SELL    1    100.00    BUY    1    95.00    4.8001    4.80
A Short That Loses
    SELL    1    100.00    BUY    1    101.00    -1.1999    -1.20
Prices With Eight Decimals Of Value
    # Cost 12.3437655 for 0.36997965; sold 0.36997 for 12.7010701 less 0.01270107; cost that leaves 12.34344354; the rest is dust.
    BUY    0.37035    33.33    SELL    0.36997    34.33    0.34492549    0.34


*** Keywords ***
A Round Trip Makes
    [Documentation]    Opens with a MARKET order at one price and leaves at another; the realised profit is exactly the table's.
    # robocop: off=LEN07 - the columns of a table
    [Arguments]    ${side: str}
    ...    ${qty: str | float}
    ...    ${price: str | float}
    ...    ${exit_side: str}
    ...    ${exit_qty: str | float}
    ...    ${exit_price: str | float}
    ...    ${realised: str | float}
    ...    ${shown: str | float}
    Given The Market Stands At    BTCUSDT    ${price}    side=${side}
    And Start A Fresh Engine    tier=HUNTER    inventory=BTC:1
    When The Engine Holds    BTCUSDT    ${side}    ${qty}
    And The Market Stands At    BTCUSDT    ${exit_price}    side=${exit_side}
    And The Engine Closes    BTCUSDT    ${exit_side}    ${exit_qty}
    Then Get Realised Pnl    ==    ${realised}    symbol=BTCUSDT
    And Get Shown Pnl    ==    ${shown}
    And Engine And Venue Agree    BTC
    And Engine And Venue Agree    USDT
