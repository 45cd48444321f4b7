*** Settings ***
Documentation    A whole trading day, midnight inside: a generated market, a real engine, every clock moved ahead together. At its end
...              the venue's ledger is the start plus the P&L of every fill less every fee, exactly.

Resource         ../../resources/trading.resource

Test Timeout     5 minutes

Test Tags        AC2    S1    IP2    trading-day


*** Variables ***
${DATA: str}    ${CURDIR}/data


*** Test Cases ***
The Ledger After A Day Is The Start Plus What Trading Brought
    [Documentation]    Twenty-four hours of three symbols that drift apart by some per cent: the arbitrage finds what that leaves.
    [Tags]    AC1.4    AC9.3    R15    R31
    Given Open The Venue With Market File    ${DATA}/day.toml    BTCUSDT    ETHUSDT    ETHBTC    seed=11
    And Let The Market Run    2 minutes
    And Start A Fresh Engine    tier=HUNTER    movable_clock=True    arbitrage.enabled=on    timing.recv_window_ms=60000
    ...    timing.book_stale_ms=300000    timing.answer_timeout_ms=120000
    When Let Time Pass    24 hours
    Then Get Multi Leg Trade Count    >=    1
    And The Ledger Is The Start Plus What Trading Brought
    And Engine And Venue Agree    USDT
    And Engine And Venue Agree    BTC
    And Engine And Venue Agree    ETH
