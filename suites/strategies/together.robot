*** Settings ***
Documentation    Strategies beside each other at one engine: each trades its own, one cash pool, one scarce slot, one direction per symbol.
...              Bars are made of real trades at the venue; clocks move, nothing waits.

Resource         ../../resources/strategies.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     120 seconds

Test Tags        AC2    IP2    S7    strategies


*** Test Cases ***
Three Strategies Of A Sniper Trade One After Another
    [Documentation]    A SNIPER holds one position at a time (R4): each strategy gets the slot once the one before has left it.
    [Tags]    AC2.1    R4    S1
    Given Plan The Strategy    first    probe    BTCUSDT    plan=101.00:BUY 102.00:EXIT
    And Plan The Strategy    second    probe    ETHUSDT    plan=103.00:BUY 104.00:EXIT
    And Plan The Strategy    third    probe    BTCUSDT    plan=105.00:BUY 106.00:EXIT
    And The Planned Strategies Run    SNIPER    first    second    third
    When Close Bars    BTCUSDT    101.00    102.00
    And Close Bars    ETHUSDT    103.00    104.00
    And Close Bars    BTCUSDT    105.00    106.00
    Then The Strategy Signalled    first    BUY BTCUSDT 101    SELL BTCUSDT 102
    And The Strategy Signalled    second    BUY ETHUSDT 103    SELL ETHUSDT 104
    And The Strategy Signalled    third    BUY BTCUSDT 105    SELL BTCUSDT 106

A Concurrent Run Equals A Serial Run On The Same Tape
    [Tags]    AC2.1    AC2.4
    Given Plan The Strategy    first    probe    BTCUSDT    plan=101.00:BUY 102.00:EXIT    priority=2
    And Plan The Strategy    second    probe    BTCUSDT    plan=102.00:BUY 104.00:EXIT    priority=1
    And The Planned Strategies Run    HUNTER    first    second
    And Another Engine Has Only    second    plan=102.00:BUY 104.00:EXIT
    When Close Bars    BTCUSDT    101.00    102.00    103.00    104.00
    And Close A Bar    BTCUSDT=100.00    engine=alone
    Then The Strategy Signalled Alike    second    main    alone
    And The Strategy Signalled    first    BUY BTCUSDT 101    SELL BTCUSDT 102

The Scarce Slot Goes To The Higher Priority
    [Tags]    AC2.4    R4
    Given Plan The Strategy    low    probe    BTCUSDT    plan=101.00:BUY    priority=1
    And Plan The Strategy    high    probe    ETHUSDT    plan=101.00:BUY    priority=2
    And The Planned Strategies Run    SNIPER    low    high
    When Close A Bar    BTCUSDT=101.00    ETHUSDT=101.00
    Then Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT
    And Get Strategy Holding    high    ETHUSDT    >    0
    And Get Strategy Holding    low    BTCUSDT    ==    0
    And The Denial Says    R4    1 open positions

One Pool Of Cash Is Never Promised Twice
    [Documentation]    1,000 USDT: both want 600 of it in the same second, the first takes it, the second is denied for what is left.
    [Tags]    AC2.4    R7    I05
    Given Plan The Strategy    one    probe    BTCUSDT    plan=101.00:BUY    priority=2    quantity=6    share=0.5
    And Plan The Strategy    two    probe    ETHUSDT    plan=101.00:BUY    priority=1    quantity=6    share=0.5
    And Fund The Account    BTC    50
    And Start A Fresh Engine    balance=USDT:1000    runtime.bar_grace_ms=0    risk.max_order_fraction=1
    And Close A Bar    BTCUSDT=100.00    ETHUSDT=100.00
    When Close A Bar    BTCUSDT=101.00    ETHUSDT=101.00
    Then Get Strategy Holding    one    BTCUSDT    >    0
    And The Denial Says    R7    of free cash
    And Engine And Venue Agree    USDT

A Strategy Binds No More Than Its Share
    [Tags]    AC2.4    R1
    Given Plan The Strategy    greedy    probe    BTCUSDT    plan=101.00:BUY    share=0.03    quantity=2
    And The Planned Strategies Run    HUNTER    greedy
    When Close A Bar    BTCUSDT=101.00
    Then The Denial Says    SHARE    may bind 0.03 of the balance
    And Get Venue Order Count    ==    0

The Lower Priority Loses A Conflict And Is Told Why
    [Tags]    AC2.4    R36
    Given Plan The Strategy    long    probe    BTCUSDT    plan=101.00:BUY    priority=2
    And Plan The Strategy    short    probe    BTCUSDT    plan=102.00:SELL    priority=1
    And The Planned Strategies Run    HUNTER    long    short    inventory=BTC:1.0
    When Close Bars    BTCUSDT    101.00    102.00
    Then The Denial Says    R36    long (priority 2) went BUY on BTCUSDT
    And Get Strategy Holding    long    BTCUSDT    >    0
    And Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT

The Higher Priority Overrules What Is There
    [Tags]    AC2.4    R36
    Given Plan The Strategy    long    probe    BTCUSDT    plan=101.00:BUY    priority=1
    And Plan The Strategy    short    probe    BTCUSDT    plan=102.00:SELL    priority=2
    And The Planned Strategies Run    HUNTER    long    short    inventory=BTC:10
    When Close Bars    BTCUSDT    101.00    102.00
    Then Get Fact Field    ConflictLost    strategy    ==    long
    And Get Fact Field    ConflictLost    message    contains    short (priority 2) goes SELL
    And Get Strategy Holding    short    BTCUSDT    <    0
    And Get Venue Order Count    ==    3    without=STOP_LOSS_LIMIT

After Ten Seconds There Is No Conflict
    [Documentation]    What the other holds is safe all the same: nobody trades away another strategy's position.
    [Tags]    AC2.4    R36
    Given Plan The Strategy    long    probe    BTCUSDT    plan=101.00:BUY    priority=1
    And Plan The Strategy    short    probe    BTCUSDT    plan=102.00:SELL    priority=2
    And The Planned Strategies Run    HUNTER    long    short    inventory=BTC:10
    When Close A Bar    BTCUSDT=101.00
    And Let Seconds Pass    11s
    And Close A Bar    BTCUSDT=102.00
    Then The Denial Says    HOLDING    may not go SELL against it
    And Get Fact Count    ConflictLost    ==    0

A Sixth Signal Within Ten Seconds Is Denied
    [Tags]    R9
    Given Plan The Strategy    chatty    probe    BTCUSDT    plan=*:BUY    quantity=0.2
    And The Planned Strategies Run    HUNTER    chatty
    When Close Bars    BTCUSDT    100.00    100.00    100.00    100.00    100.00    100.00
    Then The Denial Says    R9    at most 5 signals of chatty in 10 s
