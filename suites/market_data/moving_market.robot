*** Settings ***
Documentation    Four markets that move by themselves (the demo market of the venue): the engine's books and an independent observer's
...              follow level by level, and trading on them keeps all books of account equal. Needs no recorded data.

Resource         ../../resources/trading.resource

Suite Setup      Open The Demo Venue    seed=7
Test Setup       Start A Fresh Engine    balance=USDT:5000
Test Timeout     60 seconds

Test Tags        AC3    AC3.4    IP1    market-data


*** Test Cases ***
Every Book Follows The Market
    Given Watch The Stream    btcusdt@trade    ethusdt@trade
    And Watch The Book    BTCUSDT
    When Get Frame Count    >=    10    timeout=20s
    And Quiesce The Venue
    Then The Engine Book Equals The Venue Book    BTCUSDT
    And The Engine Book Equals The Venue Book    ETHUSDT
    And The Engine Book Equals The Venue Book    ETHBTC
    And The Engine Book Equals The Venue Book    BNBUSDT
    And The Watched Book Equals The Venue Book    BTCUSDT

A Cut Market Channel Comes Back With Whole Books
    [Tags]    AC3.3    R25    X28
    Given Watch The Stream    btcusdt@trade
    When Disconnect The Engine    MARKET
    Then Get Health    venues.binance.market    ==    true    timeout=20s
    And Get Health    books.binance/ETHBTC    ==    true    timeout=20s
    And Get Frame Count    >=    1    timeout=20s
    And Quiesce The Venue
    And The Engine Book Equals The Venue Book    BTCUSDT
    And The Engine Book Equals The Venue Book    ETHBTC

What Is Traded On A Moving Market Is Booked To The Last Digit
    [Tags]    AC1.3    AC9.3
    When The Engine Holds    ETHUSDT    BUY    0.05
    And The Engine Holds    BNBUSDT    BUY    0.1
    Then Engine And Venue Agree    ETH
    And Engine And Venue Agree    BNB
    And Engine And Venue Agree    USDT
