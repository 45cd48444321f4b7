*** Settings ***
Documentation    A whole trading day, midnight inside: a generated market, a real engine, every clock moved ahead together. At its end
...              the venue's ledger is the start plus the P&L of every fill less every fee, exactly.

Resource         ../../resources/strategies.resource

Test Timeout     5 minutes

Test Tags        AC2    S1    IP2    trading-day


*** Variables ***
${DATA: str}    ${CURDIR}/data


*** Test Cases ***
The Ledger After A Day Is The Start Plus What Trading Brought
    [Documentation]    Twenty-four hours of three symbols that drift apart by some per cent: the arbitrage takes what that leaves, mean
    ...    reversion watches the minutes of one of them, a third strategy is in and out of another every quarter of an hour.
    [Tags]    AC1.4    AC9.3    R15    R31
    Given Open The Venue With Market File    ${DATA}/day.toml    BTCUSDT    ETHUSDT    ETHBTC    seed=11
    And Let The Market Run    5 minutes
    And Plan The Strategy    reversion    mean_reversion    BTCUSDT    interval=1m
    And Plan The Strategy    pendulum    probe    ETHUSDT    interval=15m    quantity=0.05    plan=*:EXIT *:BUY
    And An Engine Whose Time Is Moved    arbitrage.enabled=on    timing.snapshot_every_ms=3600000
    When Let Time Pass    24 hours
    Then Get Multi Leg Trade Count    >=    5
    And Get Venue Trade Count    >=    100
    And The Ledger Is The Start Plus What Trading Brought
    And Engine And Venue Agree On    USDT    BTC    ETH
