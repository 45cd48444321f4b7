*** Settings ***
Documentation    What each kind of strategy enters and leaves on, seen at the venue: the numbers of R17 and R18 just met and just missed.
...              The lengths of averages are shortened, so that fewer bars are needed; the limits are those of the rules.

Resource         ../../resources/strategies.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT    ETHBTC
Test Timeout     120 seconds

Test Tags        AC2    IP2    S7    strategies


*** Variables ***
&{SHORT AVERAGES}
...                  market_states.atr_period=5
...                  market_states.adx_period=5
...                  market_states.smoothing_bars=20


*** Test Cases ***
A Confirmed Breakout On Volume Is Bought
    [Documentation]    The highest of twenty bars is 100.00: three closes at 102.00, 2 % beyond it, on one and a half times the volume.
    [Tags]    AC2.1    R17
    Given Momentum Sees A Rise To    100.00
    When Close Bars    BTCUSDT    1.5@102.00    1.5@102.00    1.5@102.00
    Then The Strategy Signalled    breakout    BUY BTCUSDT 102
    And Get Strategy Holding    breakout    BTCUSDT    >    0

A Candle A Cent Short Does Not Confirm
    [Tags]    AC2.1    R17
    Given Momentum Sees A Rise To    100.00
    When Close Bars    BTCUSDT    1.5@102.00    1.5@101.99    1.5@102.00
    Then The Strategy Signalled    breakout

Two Candles Do Not Confirm
    [Tags]    AC2.1    R17
    Given Momentum Sees A Rise To    100.00
    When Close Bars    BTCUSDT    1.5@102.00    1.5@102.00
    Then The Strategy Signalled    breakout

A Breakout On Too Little Volume Is Left Alone
    [Tags]    AC2.1    R17
    Given Momentum Sees A Rise To    100.00
    When Close Bars    BTCUSDT    1.5@102.00    1.5@102.00    1.49@102.00
    Then The Strategy Signalled    breakout

A Breakout Is Left Where The Market Turns
    [Documentation]    At the lowest of the two bars before it stays, a cent below it goes.
    [Tags]    AC2.1    R17
    Given Momentum Sees A Rise To    100.00
    And Close Bars    BTCUSDT    1.5@102.00    1.5@102.00    1.5@102.00
    When Close Bars    BTCUSDT    102.50    102.00
    Then The Strategy Signalled    breakout    BUY BTCUSDT 102
    When Close A Bar    BTCUSDT=101.99
    Then The Strategy Signalled    breakout    BUY BTCUSDT 102    SELL BTCUSDT 101.99
    And Get Strategy Holding    breakout    BTCUSDT    ==    0

What Fell Out Of Its Band Is Bought And Sold At The Middle
    [Documentation]    The middle band is 100, the lower one 99.53, the RSI 28. Bought at 99.01, less a fee of 0.1 %, is an average of
    ...    99.1091; twice the average true range of 0.1714 is a stop of 0.346 %: 98.766, rounded to the tick that is nearer.
    [Tags]    AC2.2    R6    R18
    Given Mean Reversion Sees A Range Around A Hundred
    When Close A Bar    BTCUSDT=99.00
    Then The Strategy Signalled    reversion    BUY BTCUSDT 99
    And The Position    BTCUSDT    stop=98.77
    When Close A Bar    BTCUSDT=100.00
    Then The Strategy Signalled    reversion    BUY BTCUSDT 99    SELL BTCUSDT 100
    And Get Strategy Holding    reversion    BTCUSDT    ==    0

What Fell Out Of Its Band Without Being Oversold Is Left Alone
    [Documentation]    99.40 is below the lower band, but the RSI is 33.
    [Tags]    AC2.2    R18
    Given Mean Reversion Sees A Range Around A Hundred
    When Close A Bar    BTCUSDT=99.40
    Then The Strategy Signalled    reversion

A Strategy Without An Edge Gets No Money
    [Documentation]    Two round trips, both lost: Kelly says 0 (R14). Two are enough here; the rule's number is 20.
    [Tags]    AC2.2    R14
    Given A Gambler Whose Trades Count From The Second On
    When Close Bars    BTCUSDT    101.00    100.00    101.00    100.00    101.00
    Then The Denial Says    R14    has no edge
    And Get Venue Order Count    ==    4    without=STOP_LOSS_LIMIT

What A Strategy Has Won Decides How Much It Gets
    [Documentation]    Won 4.391 and lost 3.022: b = 1.4531, a quarter of (0.5 b - 0.5) / b is 0.038975 of a share of 1,500.41 (30 % of
    ...    5,001.37), 58.478 USDT, 0.57893 at 101.01; R1 would have let 250 USDT through.
    [Tags]    AC2.2    R14
    Given A Gambler Whose Trades Count From The Second On
    When Close Bars    BTCUSDT    101.00    103.00    101.00    100.00    101.00
    Then Use The Order    strategy=gambler    purpose=ENTRY    number=3
    And Get Order Field    quantity    ==    0.57893
    And Get Fact Count    RiskDenied    ==    0

A Change Of The Market Stops One Strategy And Starts The Other
    [Documentation]    In a range (R32) mean reversion runs and momentum waits; where a trend begins (ADX above 25) it is the other way
    ...    round.
    [Tags]    AC2.4    R32
    Given Plan Momentum    breakout    BTCUSDT
    And Mean Reversion Sees A Range Around A Hundred    &{SHORT AVERAGES}
    And Get Strategy State    breakout    ==    IDLE
    And Get Strategy Reason    breakout    contains    BTCUSDT RANGING
    When Close Bars    BTCUSDT    100.20    100.30    100.40    100.50    100.60    100.70
    Then Get Strategy State    breakout    ==    RUNNING
    And Get Strategy Reason    breakout    contains    BTCUSDT TRENDING
    And Get Strategy State    reversion    ==    IDLE
    And Get Strategy Reason    reversion    contains    BTCUSDT TRENDING

Three Strategies Of A Sniper At Once
    [Documentation]    Arbitrage and two of momentum, one position at a time (R4): the triangle is traded to its end, then the first
    ...    breakout has the slot, the second is denied until the first is left.
    [Tags]    AC2.1    AC2.4    R4    R15    R17
    Given Plan Momentum    second    ETHUSDT
    And The Market Has Traded    ETHUSDT    4.98    4.99    5.00
    And Momentum Sees A Rise To    100.00    arbitrage.enabled=on    timing.book_stale_ms=900000
    When The Triangle Opens And Closes
    And Close Bars    BTCUSDT    1.5@102.00    1.5@102.00    1.5@102.00
    And Both Trade At    102.50    5.15    times=3
    Then The Denial Says    R4    1 open positions
    When Both Trade At    102.00    5.30    times=3
    Then The Strategy Signalled    breakout    BUY BTCUSDT 102    SELL BTCUSDT 102
    And Get Strategy Holding    second    ETHUSDT    >    0


*** Keywords ***
A Gambler Whose Trades Count From The Second On
    [Documentation]    A HUNTER's probe that buys at 101 and sells at 103 or 100, sized by the engine.
    Plan The Strategy    gambler    probe    BTCUSDT    plan=101.00:BUY 103.00:EXIT 100.00:EXIT
    Set The Book    ETHBTC    bid=0.04000    ask=0.06000    depth=1
    The Planned Strategies Run    HUNTER    gambler    kelly.least_trades=2

Plan Momentum
    [Documentation]    R17 with short averages, on bars of a minute.
    [Arguments]    ${name: str}    ${symbol: str}
    Plan The Strategy    ${name}    momentum    ${symbol}    interval=1m    adx_period=5    smoothing_bars=20    exit_bars=2

Both Trade At
    [Documentation]    So many bars of both, with volume in ETHUSDT.
    [Arguments]    ${btc: str}    ${eth: str}    ${times: int}
    FOR    ${_}    IN RANGE    ${times}
        Close A Bar    BTCUSDT=${btc}    ETHUSDT=1.5@${eth}
    END

The Triangle Opens And Closes
    [Documentation]    For a moment 1 ETH, bought for 5.01 USDT, is worth 0.052 BTC of 99.99 USDT.
    Set The Book    ETHBTC    bid=0.05200    ask=0.06000    size=100    depth=1
    Get Multi Leg Trade State    ==    CLOSED
    Set The Book    ETHBTC    bid=0.04000    ask=0.06000    size=100    depth=1
    Get Top Of Book    ETHBTC    BID    ==    0.04

Momentum Sees A Rise To
    [Documentation]    A SNIPER whose strategy has seen two dozen bars, five cents higher each, the last one at this price.
    [Arguments]    ${last: str}    &{settings: str}
    Plan Momentum    breakout    BTCUSDT
    Set The Book    ETHUSDT    bid=4.99    ask=5.01    depth=1
    Set The Book    ETHBTC    bid=0.04000    ask=0.06000    depth=1
    Set The Book    BTCUSDT    bid=98.84    ask=98.86
    The Market Has Traded    BTCUSDT
    ...    98.85    98.90    98.95    99.00    99.05    99.10    99.15    99.20    99.25    99.30    99.35    99.40
    ...    99.45    99.50    99.55    99.60    99.65    99.70    99.75    99.80    99.85    99.90    99.95    ${last}
    Start A Fresh Engine    tier=SNIPER    runtime.bar_grace_ms=0    &{SHORT AVERAGES}    &{settings}
    Get Strategy State    breakout    ==    RUNNING    timeout=15s

Mean Reversion Sees A Range Around A Hundred
    [Documentation]    A HUNTER whose strategy has seen forty bars, at 100.00 and 100.10 in turn.
    [Arguments]    &{settings: str}
    Plan The Strategy    reversion    mean_reversion    BTCUSDT    interval=1m    smoothing_bars=40
    Set The Book    BTCUSDT    bid=99.99    ask=100.01
    The Market Has Traded    BTCUSDT
    ...    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10
    ...    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10
    ...    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10
    ...    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10    100.00    100.10
    Start A Fresh Engine    BTCUSDT    tier=HUNTER    runtime.bar_grace_ms=0    &{settings}
    Get Strategy State    reversion    ==    RUNNING    timeout=15s
