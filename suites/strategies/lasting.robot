*** Settings ***
Documentation    What strategies are and hold outlives the process: states, positions, parents of slices, and the next signal.

Resource         ../../resources/strategies.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     120 seconds

Test Tags        AC2    AC5    AC5.4    S6    strategies


*** Test Cases ***
The Next Signal After A Crash Is That Of The Uninterrupted Run
    [Tags]    AC5.2
    Given Plan The Strategy    keeper    probe    BTCUSDT    plan=101.00:BUY 103.00:EXIT
    And The Planned Strategies Run    HUNTER    keeper
    And Close A Bar    BTCUSDT=101.00
    ${held} =    Get Strategy Holding    keeper    BTCUSDT
    When The Engine Crashes And Comes Back
    Then Get Strategy State    keeper    ==    RUNNING    timeout=15s
    And Get Strategy Holding    keeper    BTCUSDT    ==    ${held}
    When Close Bars    BTCUSDT    102.00    103.00
    Then The Strategy Signalled    keeper    BUY BTCUSDT 101    SELL BTCUSDT 103

A Stopped Strategy Stays Stopped
    Given Plan The Strategy    stopped    probe    BTCUSDT    plan=101.00:BUY
    And Plan The Strategy    paused    probe    ETHUSDT    plan=101.00:BUY
    And The Planned Strategies Run    HUNTER    stopped    paused
    When Operate The Strategy    stopped    STOP
    And Operate The Strategy    paused    PAUSE
    And The Engine Stops And Comes Back
    And Close A Bar    BTCUSDT=101.00    ETHUSDT=101.00
    Then Get Strategy State    stopped    ==    STOPPED
    And Get Strategy State    paused    ==    PAUSED
    And The Strategy Signalled    paused

Closed Bars That Were Missed Are Read From The Venue
    [Documentation]    The warm-up of thirty bars is not waited for: the venue has them.
    Given Set The Book    BTCUSDT    bid=99.99    ask=100.01
    And The Market Has Traded    BTCUSDT    100.00    100.10    100.20    100.30    100.40    100.50
    And Plan The Strategy    patient    probe    BTCUSDT    warm_up=5    plan=101.00:BUY
    When Start A Fresh Engine    BTCUSDT    tier=HUNTER    runtime.bar_grace_ms=0
    Then Get Strategy State    patient    ==    RUNNING    timeout=15s
    When Close A Bar    BTCUSDT=101.00
    Then The Strategy Signalled    patient    BUY BTCUSDT 101

A Market That Falls Asleep Stops The Strategy And A Trade Starts It Again
    [Documentation]    DEAD = no trade for 60 s (R32): the strategy does not trade in such a market.
    [Tags]    R32
    Given Plan The Strategy    awake    probe    BTCUSDT    plan=101.00:BUY    trades_in=PANIC VOLATILE TRENDING RANGING
    And Plan The Strategy    always    probe    BTCUSDT    plan=150.00:BUY
    And Set The Book    BTCUSDT    bid=99.99    ask=100.01
    And A Ranging Market Is There
    When Let Seconds Pass    61s
    Then Get Strategy State    awake    ==    IDLE    timeout=15s
    And Get Strategy Reason    awake    contains    DEAD
    And Get Strategy State    always    ==    RUNNING
    When Close A Bar    BTCUSDT=100.00    timeout=40s
    Then Get Strategy State    awake    ==    RUNNING    timeout=15s

An Entry In A Market That The Strategy Does Not Trade In Is Denied
    [Documentation]    One of its markets is a range, so it runs; the other one has a trend (R32), and there it may not enter.
    [Tags]    R32
    Given Plan The Strategy    ranger    probe    BTCUSDT    ETHUSDT    plan=104.00:BUY 100.05:BUY    trades_in=RANGING    quantity=0.2
    And A Trend In BTCUSDT And A Range In ETHUSDT Are There
    When Close A Bar    BTCUSDT=104.00    ETHUSDT=100.05
    Then Get Fact Count    RiskDenied    ==    1    timeout=15s
    And The Denial Says    R32    does not enter BTCUSDT while its market is TRENDING
    And Get Strategy Holding    ranger    ETHUSDT    >    0    timeout=15s
    And Get Strategy Holding    ranger    BTCUSDT    ==    0


*** Keywords ***
A Trend In BTCUSDT And A Range In ETHUSDT Are There
    [Documentation]    Enough bars of both to tell the market's state (R32), then an engine whose strategy runs in one of them.
    Set The Book    BTCUSDT    bid=99.99    ask=100.01
    Set The Book    ETHUSDT    bid=99.99    ask=100.01
    The Market Has Traded    ETHUSDT
    ...    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10
    ...    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10
    ...    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10
    The Market Has Traded    BTCUSDT
    ...    100.10    100.20    100.30    100.40    100.50    100.60    100.70    100.80    100.90    101.00
    ...    101.10    101.20    101.30    101.40    101.50    101.60    101.70    101.80    101.90    102.00
    ...    102.10    102.20    102.30    102.40    102.50    102.60    102.70    102.80    102.90    103.00
    Start A Fresh Engine    BTCUSDT    ETHUSDT    tier=HUNTER    runtime.bar_grace_ms=0    market.tick_age_ms=600000
    Get Strategy State    ranger    ==    RUNNING    timeout=15s

A Ranging Market Is There
    [Documentation]    Enough bars to tell the market's state (R32), then an engine whose strategies run in it.
    The Market Has Traded    BTCUSDT
    ...    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10
    ...    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10
    ...    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10
    Start A Fresh Engine    BTCUSDT    tier=HUNTER    runtime.bar_grace_ms=0    market.tick_age_ms=600000    timing.book_stale_ms=900000
    Get Strategy State    awake    ==    RUNNING    timeout=15s
