*** Settings ***
Documentation    X13: whatever several accounts do to each other, nothing is made and nothing is lost, and the same commands give the same
...              ledger.

Resource         ../../resources/evidence.resource
Library          ../../libraries/ExchangeLibrary.py

Test Timeout     5 minutes

Test Tags        X13    AC9    AC9.3    venue


*** Test Cases ***
X13 Ten Thousand Random Commands Conserve Every Asset
    [Tags]    I01
    [Setup]    Open The Venue    BTCUSDT
    When Trade At Random    BTCUSDT    commands_count=10000    accounts=3    seed=13
    Then The Ledger Balances

X13 The Same Commands Give The Same Ledger
    [Setup]    Two Venues
    When Trade At Random    BTCUSDT    commands_count=2000    seed=5    venue=binance
    And Trade At Random    BTCUSDT    commands_count=2000    seed=5    venue=second
    Then The Ledgers Are The Same    binance    second

X13 Other Commands Give Another Ledger
    [Setup]    Two Venues
    When Trade At Random    BTCUSDT    commands_count=200    seed=5    venue=binance
    And Trade At Random    BTCUSDT    commands_count=200    seed=6    venue=second
    Then Run Keyword And Expect Error    line * differs:*    The Ledgers Are The Same    binance    second


*** Keywords ***
Two Venues
    [Documentation]    Two independent venues that list the same symbol.
    Open The Venue    BTCUSDT
    Open The Venue    BTCUSDT    venue=second
