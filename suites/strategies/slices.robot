*** Settings ***
Documentation    Large entries in slices: an iceberg (R12) one slice after another, a TWAP (R13) no faster than the market allows. Their
...              slices are ordinary orders, so every rule and every witness of an order counts for them.

Resource         ../../resources/strategies.resource

Suite Setup      A Venue With Two Books
Test Timeout     120 seconds

Test Tags        AC2    IP2    strategies


*** Test Cases ***
An Iceberg Of A Strategy Is Filled In Three Slices Or More
    [Documentation]    20,000 USDT: an order may be 1,000 (R1); 3 BTC at 101 are worth 303, four slices of about 100.
    [Tags]    R12
    Given Plan The Strategy    large    probe    BTCUSDT    plan=101.00:BUY    quantity=3    execution=ICEBERG
    And The Planned Strategies Run    STRATEGIST    large
    When Close A Bar    BTCUSDT=101.00
    Then Get Venue Order Count    ==    4    without=STOP_LOSS_LIMIT    timeout=15s
    And Get Fact Field    ParentChanged    parent.state    ==    DONE    timeout=15s
    And Get Strategy Holding    large    BTCUSDT    ==    2.997

An Iceberg Has Three Slices However Large They May Be
    [Tags]    R12
    Given Plan The Strategy    large    probe    BTCUSDT    plan=101.00:BUY    quantity=3    execution=ICEBERG
    And The Planned Strategies Run    STRATEGIST    large    execution.iceberg_slice=10000
    When Close A Bar    BTCUSDT=101.00
    Then Get Fact Field    ParentChanged    parent.state    ==    DONE    timeout=15s
    And Get Venue Order Count    ==    3    without=STOP_LOSS_LIMIT
    And Get Strategy Holding    large    BTCUSDT    ==    2.997

A Sniper Has No Icebergs
    [Tags]    R12    AC4.4
    Given The Planned Strategies Run    SNIPER    risk.sniper_max_order=1000    risk.max_order_fraction=1
    When The Engine Answers The Raw Signal
    ...    {"symbol": "BTCUSDT", "side": "BUY", "quantity": "3", "confidence": "1", "execution": "ICEBERG"}    422
    ...    code=GENESIS-5702    message=HUNTER
    Then The Denial Says    R12    unlocked by tier HUNTER
    And Get Venue Order Count    ==    0

An Iceberg Stops When It Costs Too Much
    [Documentation]    The book is thin: the first slice eats it up to 0.6 % above the price, which is more than R11 allows.
    [Tags]    R11    R12
    Given Set The Book Levels    BTCUSDT    bid 99.99 x 100    ask 100.01 x 0.1    ask 101.00 x 100
    And Start A Fresh Engine    tier=STRATEGIST
    When The Engine Answers The Raw Signal
    ...    {"symbol": "BTCUSDT", "side": "BUY", "quantity": "3", "confidence": "1", "execution": "ICEBERG"}    201
    Then Get Fact Field    ParentChanged    parent.reason    contains    (R11)    timeout=15s
    And Get Fact Field    ParentChanged    parent.state    ==    ABORTED
    And Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT

An Iceberg Goes On After A Crash
    [Documentation]    The first slice rests at its price; after the crash it is filled, and the next one follows.
    [Tags]    R12    AC5.3    S6
    Given Set The Book    BTCUSDT    bid=99.99    ask=100.01
    And Start A Fresh Engine    tier=STRATEGIST
    And The Engine Answers The Raw Signal
    ...    {"symbol":"BTCUSDT","side":"BUY","quantity":"3","confidence":"1","execution":"ICEBERG","order_type":"LIMIT","price":"100"}
    ...    201
    And Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT
    When The Engine Crashes And Comes Back
    And Someone Sells    BTCUSDT    qty=1.3    price=100.00
    Then Get Venue Order Count    ==    2    without=STOP_LOSS_LIMIT    timeout=15s
    And Get Fact Field    ParentChanged    parent.state    ==    WORKING

A TWAP Of Less Than Five Minutes Is Denied
    [Tags]    R13
    Given Set The Book    BTCUSDT    bid=99.99    ask=100.01
    And Start A Fresh Engine    tier=STRATEGIST
    When The Engine Answers The Raw Signal
    ...    {"symbol": "BTCUSDT", "side": "BUY", "quantity": "3", "confidence": "1", "execution": "TWAP", "duration_ms": 299999}
    ...    422    code=GENESIS-5701    message=300000 to 1800000
    Then Get Venue Order Count    ==    0

A TWAP Takes No More Than A Tenth Of What Is Traded
    [Documentation]    A slice of 0.83 every 100 s; one bar trades 1 BTC, so the first slice may be 0.1 of it at most.
    [Tags]    R13
    Given Plan The Strategy    idle    probe    BTCUSDT
    And The Planned Strategies Run    STRATEGIST    execution.twap_slice_ms=100000
    And The Engine Answers The Raw Signal
    ...    {"symbol": "BTCUSDT", "side": "BUY", "quantity": "5", "confidence": "1", "execution": "TWAP", "duration_ms": 600000}    201
    When Close A Bar    BTCUSDT=100.00
    Then Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT    timeout=15s
    And Get Fact Field    OrderIntended    order.quantity    ==    0.1    number=1


*** Keywords ***
A Venue With Two Books
    [Documentation]    Also the one that no test here trades on is there from the start: an engine waits for every book.
    Open The Venue    BTCUSDT    ETHUSDT
    Set The Book    ETHUSDT    bid=99.99    ask=100.01
