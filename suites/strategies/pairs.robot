*** Settings ***
Documentation    Pairs trading (R19) at a real engine: both legs are entered, held and left as one multi-leg trade.
...              The hedge ratio of what has traded is 1.5. The spread is 2.016 deviations wide at 50.65, 2.53 at 50.67; a bar later
...              it is 0.57 at 50.62, 0.20 at 50.61 and 3.07 at 50.74.

Resource         ../../resources/strategies.resource

Suite Setup      Open The Venue    ETHUSDT    BTCUSDT
Test Timeout     120 seconds

Test Tags        AC2    AC2.2    IP2    R19    S7    strategies


*** Variables ***
${ETH: str}    50.02 50.58 51.18 50.62 49.98 50.62 51.22 50.58 50.02 50.58 51.18 50.62 49.98 50.62 51.22 50.58
...            50.02 50.58 51.18 50.62 49.98 50.62 51.22 50.58 50.02 50.58 51.18 50.62 49.98 50.62 51.22
${BTC: str}    100.00 100.40 100.80 100.40 100.00 100.40 100.80 100.40 100.00 100.40 100.80 100.40 100.00 100.40 100.80 100.40
...            100.00 100.40 100.80 100.40 100.00 100.40 100.80 100.40 100.00 100.40 100.80 100.40 100.00 100.40 100.80


*** Test Cases ***
A Spread Of Two Deviations Is Entered As One Trade
    [Documentation]    The first leg is sold, all that is there; one and a half times as much of the second is bought, and held.
    Given The Pair Goes Together    inventory=ETH:1
    When Both Close At    50.65    100.40
    Then The Strategy Signalled    pair    SELL ETHUSDT    BUY BTCUSDT
    And Get Multi Leg Trade State    ==    COMPLETE
    And Get Multi Leg Trade Count    ==    1    kind=PAIR
    And Get Metric    genesis_position_count    ==    1
    And The Venue Was Asked For    1    1.5
    And Get Strategy Holding    pair    ETHUSDT    ==    -1
    And Get Strategy Holding    pair    BTCUSDT    ==    1.4985

A Spread Of Minus Two Deviations Is Entered The Other Way Round
    [Documentation]    At 50.55 it is -2.09 wide: the first leg is bought and the second sold, one and a half times as much.
    Given The Pair Goes Together    inventory=BTC:1.5
    When Both Close At    50.55    100.40
    Then The Strategy Signalled    pair    BUY ETHUSDT    SELL BTCUSDT
    And Get Multi Leg Trade State    ==    COMPLETE
    And The Venue Was Asked For    1    1.5

A Spread A Cent Short Is Left Alone
    Given The Pair Goes Together
    When Both Close At    50.64    100.40
    Then The Strategy Signalled    pair
    And Get Multi Leg Trade Count    ==    0

A Spread Of Three Deviations Is Left Alone
    Given The Pair Goes Together
    When Both Close At    50.70    100.40
    Then The Strategy Signalled    pair
    And Get Multi Leg Trade Count    ==    0

It Is Left Where The Spread Came Back
    [Tags]    R31
    Given The Pair Goes Together
    And Both Close At    50.67    100.40
    When Both Close At    50.61    100.40
    Then The Strategy Signalled    pair    SELL ETHUSDT    BUY BTCUSDT    BUY ETHUSDT    SELL BTCUSDT
    And The Pair Is Closed
    And Get Multi Leg Trade Pnl    <    0
    And Get Fact Field    MultiLegChanged    reason    ==    unwound

It Is Held Where The Spread Is A Cent Too Wide
    Given The Pair Goes Together
    And Both Close At    50.67    100.40
    When Both Close At    50.62    100.40
    Then Get Multi Leg Trade State    ==    COMPLETE
    And Get Venue Order Count    ==    2

It Is Left Where The Spread Breaks
    [Documentation]    Three deviations are its stop.
    Given The Pair Goes Together
    And Both Close At    50.67    100.40
    When Both Close At    50.74    100.40
    Then The Pair Is Closed
    And The Strategy Signalled    pair    SELL ETHUSDT    BUY BTCUSDT    BUY ETHUSDT    SELL BTCUSDT

A Stop On One Leg Unwinds Both
    [Documentation]    Bought at 100.41, less a fee of 0.1 %: the stop is 2 % below 100.51. The other leg has not moved.
    [Tags]    R6
    Given The Pair Goes Together
    And Both Close At    50.67    100.40
    When Set The Book    BTCUSDT    bid=98.50    ask=98.52
    Then The Pair Is Closed
    And Get Venue Order Count    ==    4

A Stop On The Short Leg Unwinds Both
    [Documentation]    Sold at 50.66, less a fee of 0.1 %: the stop is 2 % above 50.61.
    [Tags]    R6
    Given The Pair Goes Together
    And Both Close At    50.67    100.40
    When Set The Book    ETHUSDT    bid=51.62    ask=51.64
    Then The Pair Is Closed
    And Get Venue Order Count    ==    4

A Second Leg That The Venue Refuses Unwinds The First
    Given The Pair Goes Together
    And Answer With    400    code=-2010    symbol=BTCUSDT    point=after_validate
    When Both Close At    50.67    100.40
    Then The Pair Is Closed
    And Get Venue Order Count    ==    2
    And Engine And Venue Agree On    USDT    ETH    BTC

A Pair That Is Held Outlives A Crash
    [Tags]    AC5.4    R30    S6
    Given The Pair Goes Together
    And Both Close At    50.67    100.40
    When The Engine Crashes And Comes Back
    Then Get Multi Leg Trade State    ==    COMPLETE
    And Get Strategy State    pair    ==    RUNNING    timeout=15s
    When Both Close At    50.61    100.40
    Then The Pair Is Closed

A Shutdown Does Not Wait For A Pair That Is Held
    [Tags]    R29
    Given The Pair Goes Together
    And Both Close At    50.67    100.40
    When The Engine Stops And Comes Back
    Then Get Multi Leg Trade State    ==    COMPLETE
    And Get Strategy Holding    pair    ETHUSDT    <    0
    And Get Strategy Holding    pair    BTCUSDT    >    0

The Larger Leg Is Cut To The Largest Order
    [Documentation]    5 % of 5,506.50 USDT are 275.32: 2.742 BTC at 100.41, and one ETH for each one and a half (R1).
    [Tags]    R1
    Given The Pair Goes Together
    When Both Close At    50.65    100.40
    Then Get Multi Leg Trade State    ==    COMPLETE
    And The Venue Was Asked For    1.828    2.742

A Leg Too Small For The Venue Refuses Both
    [Documentation]    A tenth of an ETH would be sold for 5 USDT, less than R2 allows: nothing is sent.
    [Tags]    R2
    Given The Pair Goes Together    inventory=ETH:0.1
    When Both Close At    50.65    100.40
    Then The Denial Says    R2    a notional of at least 10 USDT
    And Get Fact Count    RiskDenied    ==    2
    And Get Multi Leg Trade Count    ==    0


*** Keywords ***
The Pair Goes Together
    [Documentation]    A HUNTER whose strategy has seen thirty-one minutes of both.
    [Arguments]    ${inventory: str}=ETH:10
    Plan The Strategy    pair    pairs_trading    ETHUSDT    BTCUSDT    interval=1m    window_bars=16
    Set The Book    ETHUSDT    bid=50.01    ask=50.03
    Set The Book    BTCUSDT    bid=99.99    ask=100.01
    The Markets Have Traded    ETHUSDT=${ETH}    BTCUSDT=${BTC}
    Start A Fresh Engine    tier=HUNTER    inventory=${inventory}    runtime.bar_grace_ms=0    market_states.atr_period=5
    ...    market_states.adx_period=5    market_states.smoothing_bars=20
    Get Strategy State    pair    ==    RUNNING    timeout=15s

Both Close At
    [Documentation]    One bar of both legs.
    [Arguments]    ${eth: str}    ${btc: str}
    Close A Bar    ETHUSDT=${eth}    BTCUSDT=${btc}

The Venue Was Asked For
    [Documentation]    So much of the first leg and of the second.
    [Arguments]    ${first: str}    ${second: str}
    ${sold} =    Get Fact Field    OrderIntended    order.client_order_id    number=1
    ${bought} =    Get Fact Field    OrderIntended    order.client_order_id    number=2
    Get Venue Order Field    quantity    ==    ${first}    order=${sold}
    Get Venue Order Field    quantity    ==    ${second}    order=${bought}

The Pair Is Closed
    [Documentation]    Nothing of either leg is held any more.
    Get Multi Leg Trade State    ==    CLOSED
    Get Strategy Holding    pair    ETHUSDT    ==    0
    Get Strategy Holding    pair    BTCUSDT    ==    0
