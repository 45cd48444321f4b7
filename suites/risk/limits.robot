*** Settings ***
Documentation    Limits that need the whole account: just below, exactly at and just above their numbers, with parallel strategies and over
...              a crash; the venue never hears of what is denied. HUNTER with 5,000 USDT in cash, both symbols at 100; where one order
...              may be the whole account, R1 is configured out of the way. R1, R2, R7, R8 are in `suites/flow/risk_rules.robot`.

Resource         ../../resources/strategies.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT    BNBUSDT    ETHBTC
Test Setup       Four Markets At A Hundred
Test Timeout     90 seconds

Test Tags        AC4    AC4.1    risk


*** Test Cases ***
R4 The Third Position Of A Hunter Is Accepted
    [Tags]    R4
    Given A Hunter Holds Two
    When The Engine Holds    BNBUSDT    BUY    0.3
    Then Get Venue Order Count    ==    3    without=STOP_LOSS_LIMIT

R4 The Fourth Position Of A Hunter Is Denied Also After A Crash
    [Documentation]    An order that rests is a position on its way.
    [Tags]    R4    AC5.3    I23
    Given A Hunter Holds Two
    And The Engine Rests    BNBUSDT    BUY    0.3    99.00
    When The Engine Crashes And Comes Back
    Then The Engine Refuses    BUY    ETHBTC    qty=0.3    rule=R4    code=GENESIS-5701    limit=3    value=4
    And Get Venue Order Count    ==    3    without=STOP_LOSS_LIMIT

R5 Just Below Ninety Percent
    [Documentation]    4,000 rest; 4.9999 x 100 make it 4,499.99 of 4,500.
    [Tags]    R5    AC4.3    I23
    Given Four Thousand Rest
    When The Engine Rests    ETHUSDT    BUY    4.9999    100.00
    Then Get Venue Order Count    ==    2

R5 At Ninety Percent
    [Tags]    R5    AC4.3    I23
    Given Four Thousand Rest
    When The Engine Rests    ETHUSDT    BUY    5    100.00
    Then Get Venue Order Count    ==    2

R5 Just Above Ninety Percent
    [Tags]    R5    AC4.3    I23
    Given Four Thousand Rest
    When The Engine Refuses    BUY    ETHUSDT    qty=5.0001    price=100.00    rule=R5    code=GENESIS-5701
    ...    limit=4500    value=4500.01
    Then Get Venue Order Count    ==    1
    And Get Fact Field    RiskDenied    rule    ==    R5

R5 Open Orders Count After A Crash
    [Tags]    R5    AC4.3    AC5.3    I23
    Given Four Thousand Rest
    When The Engine Crashes And Comes Back
    Then The Engine Refuses    BUY    ETHUSDT    qty=5.0001    price=100.00    rule=R5    limit=4500    value=4500.01
    And The Engine Rests    ETHUSDT    BUY    5    100.00
    And Get Venue Order Count    ==    2

R5 One Symbol At Forty Percent Is Not Told
    [Documentation]    20 x 100 are 2,000 of 5,000; the second order is another symbol's.
    [Tags]    R5    AC4.3
    Given Start A Fresh Engine    tier=HUNTER    risk.max_order_fraction=1
    When The Engine Rests    BTCUSDT    BUY    20    100.00
    And The Engine Rests    ETHUSDT    BUY    19.9999    100.00
    Then Get Fact Count    ConcentrationChanged    ==    0

R5 One Symbol Above Forty Percent Is Told And Not Denied
    [Tags]    R5    AC4.3
    Given Start A Fresh Engine    tier=HUNTER    risk.max_order_fraction=1
    When The Engine Rests    BTCUSDT    BUY    20.00001    100.00
    Then Get Fact Field    ConcentrationChanged    exposure    ==    2000.001
    And Get Fact Field    ConcentrationChanged    limit    ==    2000
    And Get Venue Order Count    ==    1

R9 The Last Trade Of The Day Is Accepted And The Next Denied Also After A Crash
    [Documentation]    Three a day here; exits are none of them.
    [Tags]    R9    AC5.3    I23
    Given Start A Fresh Engine    tier=HUNTER    risk.trades_a_day=3
    And The Engine Holds    BTCUSDT    BUY    0.3
    And The Engine Holds    BTCUSDT    BUY    0.3
    And Get Venue Order Count    ==    4    # the stop over both rests: nothing is on its way
    When The Engine Crashes And Comes Back
    Then The Engine Holds    BTCUSDT    BUY    0.3
    And The Engine Refuses    BUY    BTCUSDT    qty=0.3    rule=R9    code=GENESIS-5701    limit=3    value=4
    And The Engine Closes    BTCUSDT    SELL    0.3
    And Get Venue Order Count    ==    4    without=STOP_LOSS_LIMIT

R9 The Trades Of A Day Are Those Of All Strategies
    [Documentation]    Two strategies that enter at every bar, and two trades a day: the third entry is denied, whoever wishes for it.
    [Tags]    R9    AC2.4    I23
    Given Plan The Strategy    one    probe    BTCUSDT    plan=*:BUY    quantity=0.2
    And Plan The Strategy    two    probe    ETHUSDT    plan=*:BUY    quantity=0.2
    And The Planned Strategies Run    HUNTER    one    two    risk.trades_a_day=3
    When Close A Bar    BTCUSDT=100.00    ETHUSDT=100.00
    And Close A Bar    BTCUSDT=100.00    ETHUSDT=100.00
    Then The Denial Says    R9    at most 3 trades a day
    And Get Venue Order Count    ==    3    without=STOP_LOSS_LIMIT

R10 Two Markets That Go Together Hold One Position
    [Documentation]    Both rise and fall by the same part of their price: their returns go together by 1.
    [Tags]    R10
    Given Two Markets Go Together    0.99999999
    And The Engine Holds    BTCUSDT    BUY    0.3
    When The Engine Refuses    BUY    ETHUSDT    qty=0.3    rule=R10    code=GENESIS-5701    limit=0.99999999    value=1
    Then Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT

R10 At The Limit A Position Is Accepted
    [Tags]    R10
    Given Two Markets Go Together    1
    And The Engine Holds    BTCUSDT    BUY    0.3
    When The Engine Holds    ETHUSDT    BUY    0.3
    Then Get Venue Order Count    ==    2    without=STOP_LOSS_LIMIT

R11 Half A Percent Of Slippage Is Not Told
    [Documentation]    0.1 at 100.00 and 0.1 at 101.00 are 100.50 on average.
    [Tags]    R11
    Given Set The Book Levels    BTCUSDT    bid 99.00 x 100    ask 100.00 x 0.1    ask 101.00 x 0.1
    And Start A Fresh Engine    tier=HUNTER
    When The Engine Holds    BTCUSDT    BUY    0.2
    Then Get Fact Count    SlippageExceeded    ==    0

R11 Just Below Half A Percent Of Slippage Is Not Told
    [Tags]    R11
    Given Set The Book Levels    BTCUSDT    bid 99.00 x 100    ask 100.00 x 0.1    ask 100.99 x 0.1
    And Start A Fresh Engine    tier=HUNTER
    When The Engine Holds    BTCUSDT    BUY    0.2
    Then Get Fact Count    SlippageExceeded    ==    0

R11 Just Above Half A Percent Of Slippage Is Told
    [Tags]    R11
    Given Set The Book Levels    BTCUSDT    bid 99.00 x 100    ask 100.00 x 0.1    ask 101.01 x 0.1
    And Start A Fresh Engine    tier=HUNTER
    When The Engine Holds    BTCUSDT    BUY    0.2
    Then Get Fact Field    SlippageExceeded    slippage    ==    0.00505
    And Get Fact Field    SlippageExceeded    average    ==    100.505

A Changed Limit Is A Fact
    [Documentation]    The engine starts again with another configuration: the limit by its key, before and after.
    [Tags]    IP3    R27
    Given Start A Fresh Engine    tier=HUNTER
    And Stop The Engine
    When Restart The Engine    risk.max_order_fraction=0.04
    Then Get Fact Field    LimitsChanged    changes.0.key    ==    risk.max_order_fraction
    And Get Fact Field    LimitsChanged    changes.0.before    ==    0.05
    And Get Fact Field    LimitsChanged    changes.0.after    ==    0.04
    And The Engine Refuses    BUY    BTCUSDT    qty=2.1    price=100.00    rule=R1    limit=200


*** Keywords ***
Four Markets At A Hundred
    [Documentation]    No market has more depth than it needs; nobody has planned a strategy.
    Set The Book    BTCUSDT    bid=99.99    ask=100.01    size=100
    Set The Book    ETHUSDT    bid=99.99    ask=100.01    size=100
    Set The Book    BNBUSDT    bid=99.99    ask=100.01    size=100
    Set The Book    ETHBTC    bid=0.9999    ask=1.0001    size=100

A Hunter Holds Two
    [Documentation]    Two of three positions.
    Start A Fresh Engine    tier=HUNTER
    The Engine Holds    BTCUSDT    BUY    0.3
    The Engine Holds    ETHUSDT    BUY    0.3

Four Thousand Rest
    [Documentation]    Of 5,000 USDT 4,000 wait at the venue to be bought with.
    Start A Fresh Engine    tier=HUNTER    risk.max_order_fraction=1
    The Engine Rests    BTCUSDT    BUY    40    100.00

Two Markets Go Together
    [Documentation]    Seven bars of a second in which both move alike, and an engine that compares four returns.
    [Arguments]    ${most: str}
    Plan The Strategy    watcher    probe    BTCUSDT    plan=1.00:BUY
    Plan The Strategy    other    probe    ETHUSDT    plan=1.00:BUY
    The Planned Strategies Run    HUNTER    watcher    other    risk.max_correlation=${most}    risk.correlation_interval_ms=1000
    ...    market_states.correlation_bars=4
    FOR    ${price: str}    IN    100.00    101.00    100.00    102.00    101.00    100.00
        Close A Bar    BTCUSDT=${price}    ETHUSDT=${price}
    END
