*** Settings ***
Documentation    After busy, mixed sessions with crashes: transactions are whole, the trail tells of everything, balances reconcile to the
...              last digit, and the history of orders is the venue's.

Resource         ../../resources/integrity.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     90 seconds

Test Tags        AC9    L10    integrity


*** Test Cases ***
Transactions Are Whole Whenever The Engine Dies
    [Documentation]    The tables that are found are what the journal folds to, row by row: no half transaction is there.
    [Tags]    AC9.1    I17    I21
    Given A Busy Mixed Session    seed=11    crashes=3
    ${digest} =    Get State Digest
    When Kill The Engine
    Then Rebuild The Database    verdict=equal    digest=${digest}
    And The Journal Is Intact

The Trail Is Complete
    [Documentation]    Every order and every fill has its fact, and the last order is explained from its signal on.
    [Tags]    AC9.2    I19    I20    I22
    Given A Busy Mixed Session    seed=12
    When The Engine Holds    BTCUSDT    BUY    0.2
    Then The Order Is Fully Explained
    And The Trail Tells Of Every Row

Balances Reconcile To The Last Digit
    [Documentation]    Fees in both assets, deposits and withdrawals, crashes: free and locked are the venue's.
    [Tags]    AC9.3    I02    I03    I05
    Given A Busy Mixed Session    seed=13
    Then Engine And Venue Agree    USDT
    And Engine And Venue Agree    BTC
    When The Engine Stops And Comes Back
    Then Engine And Venue Agree    USDT
    And Engine And Venue Agree    BTC

The Order History Is Right
    [Tags]    AC9.4    I07    I09    I10
    Given A Busy Mixed Session    seed=14
    Then The Order History Is The Venues
    When The Engine Crashes And Comes Back
    Then The Order History Is The Venues
