*** Settings ***
Documentation    Markets that move: generated from a seed, played from a script, replayed from public dumps. On the venue's virtual clock
...              every run is the same to the last byte.

Resource         ../../resources/markets.resource

Test Timeout     120 seconds

Test Tags        AC3    AC3.4    IP1    venue


*** Variables ***
${DATA: str}    ${CURDIR}/data


*** Test Cases ***
The Same Seed Gives The Same Bytes
    Given Two Generated Venues    7    7
    When Let The Market Run    20s    venue=first
    And Let The Market Run    20s    venue=second
    Then The Ledgers Are Equal    first    second

Another Seed Gives Another Market
    Given Two Generated Venues    7    8
    When Let The Market Run    5s    venue=first
    And Let The Market Run    5s    venue=second
    Then The Ledgers Differ    first    second

In Parts Or At Once A Market Is The Same
    Given Two Generated Venues    3    3
    When Let The Market Run    10s    venue=first
    And Let The Market Run    4s    venue=second
    And Let The Market Run    6s    venue=second
    Then The Ledgers Are Equal    first    second

A Correlated Pair Trades As Correlated As It Was Asked For
    Given Open The Generated Venue    BTCUSDT    ETHUSDT    pair=BTCUSDT/ETHUSDT:0.8    volatility=0.1%
    ...    trades_per_second=6    tick_ms=500    seed=5
    When Let The Market Run    200s
    Then The Correlation Of Trades Is    BTCUSDT    ETHUSDT    least=0.6    most=0.95

Symbols Without A Pair Are Not Correlated
    Given Open The Generated Venue    BTCUSDT    ETHUSDT    volatility=0.1%    trades_per_second=6    tick_ms=500    seed=5
    When Let The Market Run    200s
    Then The Correlation Of Trades Is    BTCUSDT    ETHUSDT    least=-0.35    most=0.35

A Crash Of A Generated Market Reaches Its Depth In Time
    Given Open The Generated Venue    BTCUSDT    start=50000.00    trades_per_second=10    seed=2
    And Let The Market Run    10s
    When Crash The Market    BTCUSDT    by=20%    within=30s
    Then Get Lowest Trade Price    BTCUSDT    <=    40400.00
    And Get Lowest Trade Price    BTCUSDT    >=    39500.00

A Crash Of A Scripted Book Ends At The Price Stated
    Given A Book Around One Hundred
    When Crash The Market    BTCUSDT    by=10%    within=60s
    Then Get Last Trade Price    BTCUSDT    ==    89.99
    And Get Best Venue Price    BTCUSDT    ASK    ==    90.01

The Price Moves In The Steps Stated
    Given A Book Around One Hundred
    When Let The Price Move    BTCUSDT    100.00    110.00    steps=10
    Then Get Trade Count    BTCUSDT    ==    10
    And Get Last Trade Price    BTCUSDT    ==    110.01
    And Get Best Venue Price    BTCUSDT    BID    ==    109.99

A Trade Is Printed And The Book Stands As Before
    Given Open The Venue    BTCUSDT
    And Set The Book    BTCUSDT    bid=99.00    ask=101.00
    When Print A Trade At    BTCUSDT    100.50    qty=0.1
    Then Get Last Trade Price    BTCUSDT    ==    100.50
    And Get Best Venue Price    BTCUSDT    BID    ==    99.00
    And Get Best Venue Price    BTCUSDT    ASK    ==    101.00

A Script Plays To Its Pause And Then To Its End
    Given Open The Venue    BTCUSDT
    When Play The Script    ${DATA}/flash.jsonl
    Then Get Last Trade Price    BTCUSDT    ==    100.40
    And Get Best Venue Price    BTCUSDT    BID    ==    99.00
    When Let The Market Run    2s
    Then Get Last Trade Price    BTCUSDT    ==    100.60

A Kline Dump Gives Exactly Those Candles Back
    Given Open The Replayed Venue    BTCUSDT    KLINES    ${DATA}/minutes.csv
    When The Whole Recording Is Played
    Then The Venue Serves These Candles    BTCUSDT    1m    ${DATA}/minutes.csv

A Dump In Microseconds With A Header Gives The Same Candles
    Given Open The Replayed Venue    BTCUSDT    KLINES    ${DATA}/minutes-microseconds.csv
    When The Whole Recording Is Played
    Then The Venue Serves These Candles    BTCUSDT    1m    ${DATA}/minutes.csv

A Minute Of Trades Takes A Minute
    Given Open The Replayed Venue    BTCUSDT    TRADES    ${DATA}/minute-of-trades.csv
    When Play The Recording To The End
    Then Get Trade Count    BTCUSDT    ==    61
    And Get Time Between Trades    BTCUSDT    ==    60s

At Ten Times The Speed It Takes Six Seconds Of The Venue's Time
    Given Open The Replayed Venue    BTCUSDT    TRADES    ${DATA}/minute-of-trades.csv    speed=10
    When Play The Recording To The End
    Then Get Trade Count    BTCUSDT    ==    61
    And Get Time Between Trades    BTCUSDT    ==    6s

Half Of A Recording Can Be Skipped
    Given Open The Replayed Venue    BTCUSDT    TRADES    ${DATA}/minute-of-trades.csv
    When Skip The Market To    29.5s
    And Play The Recording To The End
    Then Get Trade Count    BTCUSDT    ==    31
    And Get Time Between Trades    BTCUSDT    ==    30s

A Wrong Cell Of A Dump Is Named
    Run Keyword And Expect Error    *bad-high.csv, line 3, column high: expected a high that is the highest*came '1.00000000'*
    ...    Open The Replayed Venue    BTCUSDT    KLINES    ${DATA}/bad-high.csv    venue=high
    Run Keyword And Expect Error    *bad-close.csv, line 2, column close: expected a positive decimal number, came 'cheap'*
    ...    Open The Replayed Venue    BTCUSDT    KLINES    ${DATA}/bad-close.csv    venue=close

A Wrong Row Of A Script Is Named
    Given Open The Venue    BTCUSDT
    Run Keyword And Expect Error
    ...    *script, line 2: key price: expected an amount that PRICE_FILTER of BTCUSDT lets through, came '100.005'*
    ...    Play The Script
    ...    ${DATA}/bad-price.jsonl
