*** Settings ***
Documentation    The tier follows the balance, one step at a time, and stays for 48 hours after a change.

Resource         ../../resources/emergencies.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       Start A Fresh Engine    BTCUSDT    tier=HUNTER    movable_clock=True    books=False
Test Timeout     60 seconds

Test Tags        AC4.4    risk


*** Test Cases ***
A Smaller Balance Is A Lower Tier
    When Move The Balance    USDT    -3000.01
    Then Get Tier    ==    SNIPER
    And Get Health    tier_grace    ==    IN_GRACE_PERIOD
    And Get Fact Count    TierAssigned    ==    2

The Bound Is Inclusive
    When Move The Balance    USDT    -3000
    Then Get Equity    ==    2000
    And Get Tier    ==    HUNTER

One Step At A Time And Grace After Each
    Given Move The Balance    USDT    95000
    And Get Tier    ==    STRATEGIST
    When Both Clocks Pass    47 hours
    Then Get Tier    ==    STRATEGIST
    When Both Clocks Pass    1 hour
    Then Get Tier    ==    ARCHITECT

Within The Grace Period Nothing Changes
    [Documentation]    An entry is judged by the tier of its moment: a HUNTER could rest this order.
    [Setup]    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.99    ask=100.01
    Given Move The Balance    USDT    -3500
    And Get Tier    ==    SNIPER
    When Move The Balance    USDT    3500
    And Get Equity    ==    5000
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.3    price=99.50    code=GENESIS-5702
    And Get Tier    ==    SNIPER

The Grace Period Outlives A Crash
    [Tags]    AC5
    Given Move The Balance    USDT    -3500
    And Get Tier    ==    SNIPER
    When Kill The Engine
    And Restart The Engine    books=False
    And Move The Balance    USDT    3500
    Then Get Equity    ==    5000
    And Get Tier    ==    SNIPER
