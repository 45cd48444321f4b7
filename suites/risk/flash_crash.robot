*** Settings ***
Documentation    Flash crashes (R23): a fall of 10 % within 60 s of any symbol cancels all open entries and blocks entries for
...              five minutes. Exits, stops and positions stay.

Resource         ../../resources/emergencies.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Setup       An Engine In Two Symbols
Test Timeout     60 seconds

Test Tags        IP6    R23    risk


*** Test Cases ***
A Fall Just Below Ten Per Cent Is None
    When The Price Falls    BTCUSDT    90.01    30s
    Then The Engine Holds    ETHUSDT    BUY    0.5
    And Get Fact Count    HaltBegan    ==    0

A Fall Of Exactly Ten Per Cent Cancels All And Blocks Every Symbol
    Given The Engine Rests    ETHUSDT    BUY    0.5    95.00
    When The Price Falls    BTCUSDT    90    30s
    Then Get Halts    ==    FLASH_CRASH
    And Everything Is Cancelled
    And The Venue Has No Open Order
    And The Engine Refuses    BUY    ETHUSDT    qty=0.5    rule=R23    code=GENESIS-5901

A Fall That Takes Longer Than A Minute Is None
    When The Price Falls    BTCUSDT    90    61s
    Then The Engine Holds    ETHUSDT    BUY    0.5
    And Get Fact Count    HaltBegan    ==    0

The Block Ends By Itself After Five Minutes
    Given The Price Falls    BTCUSDT    89    30s
    And Get Halts    ==    FLASH_CRASH
    When Both Clocks Pass    4 minutes 50 seconds
    Then The Engine Refuses    BUY    ETHUSDT    qty=0.5    rule=R23
    When Both Clocks Pass    10 seconds
    Then Get Halts    ==    none
    And The Engine Holds    ETHUSDT    BUY    0.5

The Block Outlives A Crash Of The Engine
    [Tags]    AC5
    Given The Price Falls    BTCUSDT    90    30s
    And Get Halts    ==    FLASH_CRASH
    When The Engine Crashes And Comes Back
    Then The Engine Refuses    BUY    ETHUSDT    qty=0.5    rule=R23

An Exit Leaves During The Block
    Given The Engine Holds    ETHUSDT    BUY    0.5
    When The Price Falls    BTCUSDT    90    30s
    And Get Halts    ==    FLASH_CRASH
    Then The Engine Closes    ETHUSDT    SELL    0.4995
