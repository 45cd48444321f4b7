*** Settings ***
Documentation    P2: an opportunity in the market becomes fills with no human in between. Triangular on one venue, direct across two (R15).
...              Net of all taker fees, at least 0.3 %.

Resource         ../../resources/trading.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT    ETHBTC
Test Setup       A Triangle Without A Profit
Test Timeout     60 seconds

Test Tags        AC1    AC1.1    P2    IP2    flow    R15


*** Test Cases ***
A Triangle With A Profit Is Traded To Its End
    [Documentation]    0.5 BTC for 50 USDT bring 0.4995; 9.99 ETH at 0.05 bring 9.98001; 9.98 sold at 5.10 bring 50.847102; the rest of
    ...    0.00001 ETH is worth 0.000051.
    Given Start A Fresh Engine    tier=HUNTER    arbitrage.enabled=on
    When The Triangle Opens
    Then Get Multi Leg Trade State    ==    CLOSED
    And Get Multi Leg Trade Pnl    ==    0.847153
    And Get Opportunity Count    >=    1    kind=TRIANGULAR    traded=True
    And Get Venue Trade Count    ==    3
    And Engine And Venue Agree    USDT
    And Engine And Venue Agree    BTC
    And Engine And Venue Agree    ETH

A Triangle Below Three In A Thousand Is Left Alone
    Given Start A Fresh Engine    tier=HUNTER    arbitrage.enabled=on
    When Set The Book    ETHUSDT    bid=5.02    ask=5.03    size=100
    Then Get Top Of Book    ETHUSDT    BID    ==    5.02
    And Get Opportunity Count    ==    0
    And Get Venue Order Count    ==    0

A Triangle Is Reported And Not Traded While Arbitrage Is Off
    Given Start A Fresh Engine    tier=HUNTER
    When The Triangle Opens
    Then Get Top Of Book    ETHUSDT    BID    ==    5.10
    And Get Multi Leg Trade Count    ==    0
    And Get Venue Order Count    ==    0

A Trade Of Arbitrage Is One Of The Day's Trades
    [Tags]    R9
    Given Start A Fresh Engine    tier=HUNTER    arbitrage.enabled=on    risk.trades_a_day=1
    And The Triangle Opens
    And Get Multi Leg Trade State    ==    CLOSED
    When The Triangle Closes
    And The Triangle Opens
    Then Get Fact Field    RiskDenied    rule    ==    R9
    And Get Multi Leg Trade Count    ==    1
    And Get Venue Trade Count    ==    3

What Is Held Between Two Legs Is Left At A Loss Of One Per Cent
    [Documentation]    The BTC of the first leg was paid 100.00; its next leg cannot leave, for its book is lost. At a middle of 98.95 the
    ...    trade is given up (R16), and the BTC are sold.
    [Tags]    R16
    Given Start A Fresh Engine    tier=HUNTER    arbitrage.enabled=on    arbitrage.legging_limit_ms=600000
    And The First Leg Is Told Of Late And The Second One Has No Book
    When Set The Book    BTCUSDT    bid=98.94    ask=98.96    size=100    depth=1
    Then Get Multi Leg Trade State    ==    CLOSED
    And The Trade Was Given Up    a loss of 0.01
    And Get Multi Leg Trade Pnl    <    0
    And Engine And Venue Agree    USDT
    And Engine And Venue Agree    BTC


*** Keywords ***
A Triangle Without A Profit
    [Documentation]    BTC at 100, ETH at 5 in USDT and at 0.05 in BTC.
    Set The Book Levels    BTCUSDT    bid 99.99 x 100    ask 100.00 x 0.5
    Set The Book Levels    ETHBTC    bid 0.04999 x 100    ask 0.05000 x 100
    Set The Book Levels    ETHUSDT    bid 4.99 x 100    ask 5.01 x 100

The Triangle Opens
    [Documentation]    ETH is worth 5.10 USDT where it is bought for 0.05 BTC of 100 USDT.
    Set The Book    ETHUSDT    bid=5.10    ask=5.11    size=100    depth=1

The Triangle Closes
    [Documentation]    All is as before, and the engine has seen it.
    A Triangle Without A Profit
    Get Top Of Book    BTCUSDT    ASK    ==    100
    Get Top Of Book    ETHUSDT    BID    ==    4.99

The First Leg Is Told Of Late And The Second One Has No Book
    [Documentation]    The first leg is traded at once and told of four seconds later; meanwhile the engine loses the book of ETHBTC.
    Delay The Answer    4s    of=order.place    point=after_match
    Delay The User Event    by=4s    execution=TRADE
    Serve A Stale Snapshot    symbol=ETHBTC    times=always
    The Triangle Opens
    Get Venue Trade Count    ==    1
    ${lost} =    Drop The Stream Message    ethbtc@depth@100ms    only_engine=True
    Set The Book    ETHBTC    bid=0.04998    ask=0.05000    size=100    depth=1
    Get Fault Hits    ==    1    fault=${lost}
    Set The Book    ETHBTC    bid=0.04997    ask=0.05000    size=100    depth=1
    Get Fill Count    ==    1    timeout=15s

The Trade Was Given Up
    [Documentation]    The change to UNWINDING says why; its orders and the end follow.
    [Arguments]    ${why: str}
    Get Fact Field    MultiLegChanged    reason    contains    ${why}    number=-3
