*** Settings ***
Documentation    What strategies were about when the engine ended: their states and results, the bars they have missed, slices, and
...              trades of several legs.

Resource         ../../resources/recovery.resource
Resource         ../../resources/strategies.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT    ETHBTC
Test Timeout     120 seconds

Test Tags        AC5    AC5.4    P4    S6    recovery


*** Test Cases ***
What A Strategy Has Won And Lost Still Decides How Much It Gets
    [Documentation]    As in the uninterrupted run (suites/strategies/kinds.robot): one trade won and one lost, so the third is 0.57893 BTC.
    [Tags]    R14    AC5.1
    Given Plan The Strategy    gambler    probe    BTCUSDT    plan=101.00:BUY 103.00:EXIT 100.00:EXIT
    And Set The Book    ETHBTC    bid=0.04000    ask=0.06000    depth=1
    And The Planned Strategies Run    HUNTER    gambler    kelly.least_trades=2
    And Close Bars    BTCUSDT    101.00    103.00
    And The Engine Crashes And Comes Back With    gambler
    And Close Bars    BTCUSDT    101.00    100.00
    When The Engine Stops And Comes Back
    And Get Strategy State    gambler    ==    RUNNING    timeout=15s
    And Close A Bar    BTCUSDT=101.00
    Then The Third Entry Is    0.57893

A Stopped And A Paused Strategy Are Not Started By A Crash
    [Tags]    AC2.3
    Given Plan The Strategy    stopped    probe    BTCUSDT    plan=101.00:BUY
    And Plan The Strategy    paused    probe    ETHUSDT    plan=101.00:BUY
    And Set The Book    ETHBTC    bid=0.04000    ask=0.06000    depth=1
    And The Planned Strategies Run    HUNTER    stopped    paused
    And Operate The Strategy    stopped    STOP
    And Operate The Strategy    paused    PAUSE
    When The Engine Crashes And Comes Back
    And Close A Bar    BTCUSDT=101.00    ETHUSDT=101.00
    Then The Strategy Stayed Silent    stopped    STOPPED
    And The Strategy Stayed Silent    paused    PAUSED

A Bar That Closed While Nobody Was There Is Known And Not Traded
    [Documentation]    It would have been bought at 101; its price is gone. The next bar is traded as ever.
    [Tags]    AC3.4
    Given Plan The Strategy    late    probe    BTCUSDT    plan=101.00:BUY 102.00:BUY    warm_up=2
    And The Planned Strategies Run    HUNTER
    And Close A Bar    BTCUSDT=100.00
    When Kill The Engine
    And A Bar Closes While Nobody Is There    101.00
    And Restart The Engine
    And Get Strategy State    late    ==    RUNNING    timeout=15s
    And Close A Bar    BTCUSDT=102.00
    Then The Strategy Signalled    late    BUY BTCUSDT 102

A TWAP Goes On With What Is Left Of Its Time
    [Documentation]    Slices leave every 30 s for five minutes, each a tenth of what was traded since the last one at most; three minutes
    ...    pass without an engine. Another slice leaves (and perhaps a tenth of that slice's own trade, where one is still overdue), and it
    ...    ends when its time is over.
    [Tags]    R13    AC5.3
    Given A TWAP Of Five Minutes Has Begun
    When So Much Time Has Passed When It Comes Back    3 minutes
    And Someone Buys    BTCUSDT    qty=5
    Then Get Position    BTCUSDT    >=    0.999    timeout=15s
    And Nothing Is In Doubt    USDT    BTC
    When Both Clocks Pass    2 minutes
    Then Get Fact Field    ParentChanged    parent.state    !=    WORKING    timeout=15s
    And Get Position    BTCUSDT    <    1.1

A Triangle Between Its Legs Is Unwound
    [Documentation]    The second leg is executed, nobody hears of it, and the engine dies: its prices are gone, and what it brought is
    ...    sold at a loss.
    [Tags]    R15    R16    AC5.3    X14
    Given A Triangle Whose Second Leg Is Not Told Of
    When Kill The Engine
    And Set The Book    ETHUSDT    bid=4.99    ask=5.01    size=100    depth=1
    And Restart The Engine
    Then Get Multi Leg Trade State    ==    CLOSED    timeout=15s
    And Get Multi Leg Trade Pnl    <    0
    And Get Fact Field    MultiLegChanged    reason    ==    restart    number=-3
    And Nothing Is In Doubt    USDT    BTC    ETH
    And Get Balance    ETH    <    0.001
    And Get Balance    BTC    <    0.0001


*** Keywords ***
The Engine Crashes And Comes Back With
    [Documentation]    Kill -9, a start, and that strategy runs again.
    [Arguments]    ${strategy: str}
    The Engine Crashes And Comes Back
    Get Strategy State    ${strategy}    ==    RUNNING    timeout=15s

The Third Entry Is
    [Documentation]    The gambler's third order that enters has this quantity.
    [Arguments]    ${quantity: str}
    Use The Order    strategy=gambler    purpose=ENTRY    number=3
    Get Order Field    quantity    ==    ${quantity}

A Bar Closes While Nobody Is There
    [Documentation]    One trade at this price, and the bar's time ends.
    [Arguments]    ${price: str}
    Close A Bar    wait=False    BTCUSDT=${price}
    Both Clocks Pass    1 second

A TWAP Of Five Minutes Has Begun
    [Documentation]    5 BTC in slices of a tenth of what is traded; its first slice has left.
    Set The Book    BTCUSDT    bid=99.99    ask=100.01    size=1000
    Start A Fresh Engine    BTCUSDT    tier=STRATEGIST    movable_clock=True    timing.book_stale_ms=3600000
    The Engine Answers The Raw Signal
    ...    {"symbol": "BTCUSDT", "side": "BUY", "quantity": "5", "confidence": "1", "execution": "TWAP", "duration_ms": 300000}    201
    Someone Buys    BTCUSDT    qty=5
    Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT    timeout=15s

A Triangle Whose Second Leg Is Not Told Of
    [Documentation]    BTC at 100, ETH at 5 in USDT and at 0.05 in BTC; then ETH is worth 5.10.
    Set The Book Levels    BTCUSDT    bid 99.99 x 100    ask 100.00 x 0.5    ask 101.00 x 100
    Set The Book Levels    ETHBTC    bid 0.04999 x 100    ask 0.05000 x 100
    Set The Book Levels    ETHUSDT    bid 4.99 x 100    ask 5.01 x 100
    Start A Fresh Engine    tier=HUNTER    arbitrage.enabled=on
    Lose The Answer    of=order placement    symbol=ETHBTC
    Lose The User Event    symbol=ETHBTC    times=always
    Set The Book    ETHUSDT    bid=5.10    ask=5.11    size=100    depth=1
    Get Venue Trade Count    ==    2

The Strategy Stayed Silent
    [Documentation]    It is in this state, and has signalled nothing.
    [Arguments]    ${name: str}    ${state: str}
    Get Strategy State    ${name}    ==    ${state}
    The Strategy Signalled    ${name}
