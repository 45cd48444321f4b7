*** Settings ***
Documentation    What an operator does with a running engine, and what it refuses: configurations, a second
...              engine, pause and halt, money that comes and goes.

Resource         ../../resources/trading.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
Test Timeout     60 seconds

Test Tags        AC1    flow


*** Test Cases ***
A Wrong Configuration Is Refused By Name
    Given The Config Is Accepted
    Then The Config Is Refused    risk.min_confidence    0.6
    And The Config Is Refused    risk.min_confidnce    "0.6"
    And The Config Is Refused    venue.symbols    []
    And The Config Is Refused    venue.rest_url    "http://api.binance.com"    command=RUN
    And The Config File Is Refused    [database

A Second Engine On The Same Database Is Refused
    [Tags]    I27
    When A Second Engine Is Refused
    Then Get Engine State    ==    RUNNING
    And Stop The Engine
    And The Journal Is Intact

Two Engines On Their Own Accounts Do Not Disturb Each Other
    [Tags]    AC1.3    I07
    Given Start A Fresh Engine    tier=HUNTER    engine=other
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    And The Engine Places    BUY    BTCUSDT    qty=0.3    engine=other
    Then Get Position    BTCUSDT    ==    0.4995
    And Get Position    BTCUSDT    ==    0.2997    engine=other

A Paused Engine Sends No Orders
    [Tags]    IP4
    When Pause The Engine
    Then Get Engine State    ==    PAUSED
    And The Engine Refuses    BUY    BTCUSDT    qty=0.5    status=503
    When Resume The Engine
    Then The Engine Holds    BTCUSDT    BUY    0.5
    And Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT

A Halted Engine Only Lets Positions Go
    [Tags]    IP4    I24
    Given The Engine Holds    BTCUSDT    BUY    0.5
    When Halt The Engine
    Then Get Engine State    ==    HALTED
    And The Engine Refuses    BUY    BTCUSDT    qty=0.5    status=503
    And The Engine Closes    BTCUSDT    SELL    0.4995
    And Get Position    BTCUSDT    ==    0

The Control Interface Needs Its Token
    Then The Control Api Answers    GET    /state    401    token=NONE
    And The Control Api Answers    GET    /state    401    token=WRONG
    And The Control Api Answers    POST    /control/halt    401    token=NONE
    And The Control Api Answers    GET    /state    200
    And Get Engine State    ==    RUNNING

A Signal With A Number For An Amount Is Refused
    [Tags]    I06
    Then The Engine Answers The Raw Signal    {"symbol": "BTCUSDT", "side": "BUY", "quantity": 0.1}    400
    ...    code=GENESIS-4501
    And Get Order Count    ==    0

Money That Comes And Goes Is Booked
    [Tags]    AC9.3    I03
    When Deposit    USDT    100.50
    Then Get Balance    USDT    ==    5100.5
    When Withdraw    USDT    0.50
    Then Get Balance    USDT    ==    5100
    And Engine And Venue Agree    USDT

The Metrics Count What Happened
    [Tags]    AC1.1
    When The Engine Holds    BTCUSDT    BUY    0.5
    Then Get Metric    genesis_trades_total    ==    1
    And Get Metric    genesis_orders_total    ==    2
    And Get Metric    genesis_position_count    ==    1
    And Get Health    venues.binance.reconciled    ==    true

An Observer Sees The Same Market
    [Tags]    AC3.4    IP1
    Given Watch The Book    BTCUSDT
    And Watch The Stream    btcusdt@trade
    When Set The Book    BTCUSDT    bid=99.40    ask=100.60    depth=30
    And Someone Buys    BTCUSDT    qty=12    price=100.61
    Then The Stream Shows    e=trade    p=100.60    q=10
    And The Watched Book Equals The Venue Book    BTCUSDT
    And The Engine Book Equals The Watched Book    BTCUSDT
