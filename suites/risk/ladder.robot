*** Settings ***
Documentation    The emergency ladder (R22) and its override (R35). 40 BTC bought at 100.50 are 39.96 BTC for 4,020 USDT; of the 5,000 USDT
...              with which the day began 5, 10, 12, 14 and 15 % are 250, 500, 600, 700 and 750 USDT.
...              What is closed on the way trades so far below the last trade that R23 blocks entries too.

Resource         ../../resources/day.resource

Suite Setup      Open The Venue    BTCUSDT
Test Timeout     60 seconds

Test Tags        AC4    R22    risk


*** Test Cases ***
The Path Through Every Rung
    [Documentation]    A quarter more of what was held leaves at each step; the last one halts the engine.
    Given An Engine That May Lose
    And The Engine Holds    BTCUSDT    BUY    40
    When The Bid Goes To    87.50    88.50
    Then Get Position    BTCUSDT    ==    29.97
    When The Bid Goes To    84.00    85.00
    Then Get Position    BTCUSDT    ==    19.98
    When The Bid Goes To    79.00    80.00
    Then Get Position    BTCUSDT    ==    9.99
    When The Bid Goes To    73.50    74.50
    Then Get Position    BTCUSDT    ==    0

Five Per Cent Halve The Largest Order
    [Documentation]    At a middle of 94.20 the loss is 255.77 USDT; R1 allows some 4,270 USDT, half of them are some 2,135.
    Given An Engine That May Lose
    And The Engine Holds    BTCUSDT    BUY    40
    When The Bid Goes To    93.70    94.70
    Then Get Health    day.reached    *=    REDUCE
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=R3
    When Override The Halt
    Then The Engine Refuses    BUY    BTCUSDT    qty=23    rule=R22
    And The Engine Holds    BTCUSDT    BUY    0.2

Ten Per Cent Block New Positions
    Given An Engine That May Lose
    And The Engine Holds    BTCUSDT    BUY    40
    When The Bid Goes To    87.50    88.50
    Then Get Position    BTCUSDT    ==    29.97
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    code=GENESIS-5901
    And Get Halts    *=    LADDER

Ten Per Cent Cancel At The Venue What Rests To Open A Position
    [Documentation]    R3 is reached long before and overridden, so that something rests; the rung cancels it and leaves the exit.
    Given An Engine That May Lose
    And The Engine Holds    BTCUSDT    BUY    40
    And The Bid Goes To    93.70    94.70
    And Get Halts    ==    DAILY_LOSS
    And Override The Halt
    ${entry}    ${exit} =    An Entry And An Exit Rest    entry_at=60.00    exit_at=130.00
    When The Bid Goes To    87.50    88.50
    Then Get Health    day.reached    *=    NO_ENTRIES
    And Only The Exit Still Rests    ${entry}    ${exit}

Fifteen Per Cent Close Everything And Halt
    Given The Engine Has Lost All It May
    Then Get Venue Order Count    ==    0    status=NEW
    And Get Halts    *=    EMERGENCY_HALT

The Halt Outlives A Crash And A Resume
    [Tags]    AC5
    Given The Engine Has Lost All It May
    When Kill The Engine
    And Restart The Engine    until=HALTED
    Then Get Halts    *=    EMERGENCY_HALT
    And Get Engine State    ==    HALTED

The Phrase Lifts The Halt For Five Minutes
    [Tags]    R35
    Given The Engine Has Lost All It May
    And Both Clocks Pass    6 minutes
    When Override The Halt
    Then Get Engine State    ==    RUNNING
    And The Engine Holds    BTCUSDT    BUY    0.2
    When Both Clocks Pass    5 minutes
    Then Get Position    BTCUSDT    ==    0
    And Get Engine State    ==    HALTED

Another Phrase Lifts Nothing
    [Tags]    R35
    Given The Engine Has Lost All It May
    When Override The Halt    override emergency halt    status=422
    Then Get Engine State    ==    HALTED

Twice A Day And No More
    [Tags]    R35
    Given The Engine Has Lost All It May
    When Override The Halt
    And Let The Engines Clock Pass    5 minutes
    And Override The Halt
    And Let The Engines Clock Pass    5 minutes
    Then Override The Halt    status=409
    And Get Engine State    ==    HALTED
    And Get Fact Count    OverrideBegan    ==    2
