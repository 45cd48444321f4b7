*** Settings ***
Documentation    Two strategies of a HUNTER with five pairs each: ten watched, at most three positions open (R4).

Resource         ../../resources/strategies.resource

Suite Setup      Ten Pairs
Test Timeout     180 seconds

Test Tags        AC2    AC2.2    AC2.4    IP2    R4    S7    strategies


*** Variables ***
@{FIRST: str}      BTCUSDT    ETHUSDT    BNBUSDT    SOLUSDT    XRPUSDT
@{SECOND: str}     ADAUSDT    DOTUSDT    LTCUSDT    LINKUSDT    AVAXUSDT
@{COUPLES: str}    BTCUSDT    ADAUSDT    ETHUSDT    DOTUSDT    BNBUSDT    LTCUSDT    SOLUSDT    LINKUSDT    XRPUSDT    AVAXUSDT
${LEADS: str}      50.02 50.58 51.18 50.62 49.98 50.62 51.22 50.58 50.02 50.58 51.18 50.62 49.98 50.62 51.22 50.58
...                50.02 50.58 51.18 50.62 49.98 50.62 51.22 50.58 50.02 50.58 51.18 50.62 49.98 50.62 51.22
${FOLLOWS: str}    100.00 100.40 100.80 100.40 100.00 100.40 100.80 100.40 100.00 100.40 100.80 100.40 100.00 100.40 100.80 100.40
...                100.00 100.40 100.80 100.40 100.00 100.40 100.80 100.40 100.00 100.40 100.80 100.40 100.00 100.40 100.80


*** Test Cases ***
Mean Reversion And Pairs Trading Share Three Positions
    [Documentation]    At 51.29 a first symbol is above its band, and the spread of its couple is 2.66 deviations wide. Two are in the
    ...    first minute: the higher priority sells both, and the first couple gets the slot that is left. The others come a minute later.
    [Tags]    R18    R19
    Given Five Pairs Each Have Been Watched
    When The First Two Of Five Spread
    Then Three Positions Are Open
    And The Denial Says    R4    3 open positions
    When The Others Spread Too
    Then Three Positions Are Open
    And Get Fact Count    RiskDenied    ==    11

The Higher Priority Takes All Three Slots Of The Same Second
    [Documentation]    All ten signal in the same second, before anything is filled: entries on their way count.
    Given Plan The Strategy    high    probe    @{FIRST}    priority=2    plan=101.00:BUY    quantity=0.5
    And Plan The Strategy    low    probe    @{SECOND}    priority=1    plan=101.00:BUY    quantity=0.5
    And Start A Fresh Engine    tier=HUNTER    runtime.bar_grace_ms=0    books=False
    And All Ten Trade At    100.00
    And Get Strategy State    low    ==    RUNNING    timeout=15s
    When All Ten Trade At    101.00
    Then Get Venue Order Count    ==    3    without=STOP_LOSS_LIMIT
    And Get Fact Count    SignalReceived    ==    10
    And Get Fact Count    RiskDenied    ==    7
    And The Denial Says    R4    3 open positions


*** Keywords ***
Ten Pairs
    [Documentation]    A venue that lists ten symbols; their market stands still between the bars that a test makes.
    Open The Venue With Market File    ${CURDIR}/data/ten-pairs.toml    @{FIRST}    @{SECOND}

All Ten Trade At
    [Documentation]    One bar of each symbol, all in the same second.
    [Arguments]    ${price: str}
    Close A Bar    BTCUSDT=${price}    ETHUSDT=${price}    BNBUSDT=${price}    SOLUSDT=${price}    XRPUSDT=${price}
    ...    ADAUSDT=${price}    DOTUSDT=${price}    LTCUSDT=${price}    LINKUSDT=${price}    AVAXUSDT=${price}

Five Pairs Each Have Been Watched
    [Documentation]    Mean reversion on the five first symbols, with a short memory; pairs of each of them with a second one. All ten have
    ...    traded for thirty-one minutes. No order is larger than 1 % of the balance, so that what is there lasts for both.
    Plan The Strategy    reversion    mean_reversion    @{FIRST}    priority=2    interval=1m    band_bars=5    band_width=1
    ...    rsi_period=2    atr_period=5    smoothing_bars=30
    Plan The Strategy    pairs    pairs_trading    @{COUPLES}    priority=1    interval=1m    window_bars=16
    The Markets Have Traded    BTCUSDT=${LEADS}    ETHUSDT=${LEADS}    BNBUSDT=${LEADS}    SOLUSDT=${LEADS}    XRPUSDT=${LEADS}
    ...    ADAUSDT=${FOLLOWS}    DOTUSDT=${FOLLOWS}    LTCUSDT=${FOLLOWS}    LINKUSDT=${FOLLOWS}    AVAXUSDT=${FOLLOWS}
    Five Assets Are There    4
    Start A Fresh Engine    balance=USDT:5000    runtime.bar_grace_ms=0    risk.max_order_fraction=0.01    market_states.atr_period=5
    ...    market_states.adx_period=5    market_states.smoothing_bars=20
    Get Strategy State    reversion    ==    RUNNING    timeout=15s
    Get Strategy State    pairs    ==    RUNNING    timeout=15s

Five Assets Are There
    [Documentation]    So much of what the five first symbols trade.
    [Arguments]    ${amount: str}
    FOR    ${asset: str}    IN    BTC    ETH    BNB    SOL    XRP
        Fund The Account    ${asset}    ${amount}
    END

The First Two Of Five Spread
    [Documentation]    The two lead too far, the others go on as before.
    Close A Bar    BTCUSDT=51.29    ETHUSDT=51.29    BNBUSDT=50.58    SOLUSDT=50.58    XRPUSDT=50.58
    ...    ADAUSDT=100.80    DOTUSDT=100.80    LTCUSDT=100.40    LINKUSDT=100.40    AVAXUSDT=100.40

The Others Spread Too
    [Documentation]    A minute later all five lead too far.
    Close A Bar    BTCUSDT=51.29    ETHUSDT=51.29    BNBUSDT=51.29    SOLUSDT=51.29    XRPUSDT=51.29
    ...    ADAUSDT=100.80    DOTUSDT=100.80    LTCUSDT=100.80    LINKUSDT=100.80    AVAXUSDT=100.80

Three Positions Are Open
    [Documentation]    Two of mean reversion, and one couple: four orders.
    Get Strategy Holding    reversion    BTCUSDT    <    0
    Get Strategy Holding    reversion    ETHUSDT    <    0
    Get Multi Leg Trade State    ==    COMPLETE
    Get Multi Leg Trade Count    ==    1    kind=PAIR
    Get Strategy Holding    pairs    BTCUSDT    <    0
    Get Strategy Holding    pairs    ADAUSDT    >    0
    Get Venue Order Count    ==    4    without=STOP_LOSS_LIMIT
