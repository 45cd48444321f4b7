*** Settings ***
Documentation    The critical paths of the mission from end to end: a signal becomes a fill (P1), a position is protected and closed (P3), a
...              crash is recovered from (P4), a shutdown gives everything back (P5). P2 stands in arbitrage.robot.

Resource         ../../resources/trading.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       A Market And An Engine
Test Timeout     60 seconds

Test Tags        AC1    flow


*** Test Cases ***
P1 An External Signal Becomes A Durable Fill
    [Tags]    P1    AC1.1    IP1    R27
    When The Engine Places    BUY    BTCUSDT    qty=0.5    signal_id=morning-1
    Then The Order    status=FILLED    filled=0.5    quote=50
    And The Fill    price=100.00    qty=0.5    fee=0.0005    fee_asset=BTC    maker=False
    And Get Signal Status    morning-1    ==    ACCEPTED
    And Get Venue Trade Count    ==    1
    And The Order Is Fully Explained

P1 The Same Signal Twice Trades Once
    [Tags]    P1    AC1.1    I15    R26
    Given The Engine Places    BUY    BTCUSDT    qty=0.5    signal_id=morning-1
    When The Engine Refuses    BUY    BTCUSDT    qty=0.5    signal_id=morning-1    status=409
    Then Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT

P3 A Position Opens, Its Stop Fires, It Is Closed
    [Documentation]    Nobody trades, so the stop at the venue rests on: the engine cancels it and closes by the book.
    [Tags]    P3    R6    AC4.2
    Given The Engine Holds    BTCUSDT    BUY    1
    And The Position    BTCUSDT    quantity=0.999    stop=98.10    state=OPEN
    When The Market Stands At    BTCUSDT    98.10    side=SELL
    Then The Position    BTCUSDT    quantity=0    state=CLOSED
    And Get Order Count    ==    2    without=STOP_LOSS_LIMIT
    And Use The Order    purpose=STOP
    And The Order    status=CANCELLED    filled=0
    And Use The Order    purpose=STOP    number=2
    And The Order    status=FILLED    filled=0.999

P3 A Tick Above The Stop Changes Nothing
    [Tags]    P3    R6    AC4.2
    Given The Engine Holds    BTCUSDT    BUY    1
    When The Market Stands At    BTCUSDT    98.11    side=SELL
    Then Get Top Of Book    BTCUSDT    BID    ==    98.11
    And Get Order Count    ==    1    without=STOP_LOSS_LIMIT
    And The Position    BTCUSDT    quantity=0.999    state=OPEN

P3 Three Ticks Through The Stop Sell Once
    [Tags]    P3    R6    AC4.2
    Given The Engine Holds    BTCUSDT    BUY    1
    When The Market Stands At    BTCUSDT    98.00    side=SELL
    And The Market Stands At    BTCUSDT    97.50    side=SELL
    And The Market Stands At    BTCUSDT    97.00    side=SELL
    Then The Position    BTCUSDT    quantity=0    state=CLOSED
    And Get Venue Order Count    ==    2    without=STOP_LOSS_LIMIT

P3 A Short Is Bought Back By Its Stop
    [Tags]    P3    R6    AC4.2
    Given The Market Stands At    BTCUSDT    100.00    side=SELL
    And The Engine Holds    BTCUSDT    SELL    1
    And The Position    BTCUSDT    quantity=-1    stop=101.89
    When The Market Stands At    BTCUSDT    101.89
    Then The Position    BTCUSDT    quantity=0    state=CLOSED
    And Get Order Count    ==    2    without=STOP_LOSS_LIMIT

P4 Kill Minus Nine, Restart, Reconcile, And The Next Order Fills
    [Tags]    P4    R30    AC5.3
    Given The Engine Holds    BTCUSDT    BUY    0.5
    When The Engine Crashes And Comes Back
    Then Get Position    BTCUSDT    ==    0.4995
    And The Engine Holds    BTCUSDT    BUY    0.5
    And Get Position    BTCUSDT    ==    0.999
    And Get Venue Order Count    ==    2    without=STOP_LOSS_LIMIT

P4 What Filled While The Engine Was Dead Is Booked Once
    [Tags]    P4    R30    X37    AC5.3
    Given The Engine Rests    BTCUSDT    BUY    1    99.50
    And Kill The Engine
    And Set The Book Levels    BTCUSDT    ask 101.00 x 5
    And Someone Sells    BTCUSDT    qty=0.4    price=99.50
    When Restart The Engine    books=False
    Then The Order    status=PARTIALLY_FILLED    filled=0.4
    And Get Position    BTCUSDT    ==    0.3996
    And Get Fill Count    ==    1

P4 The Engine Recovers From A Cut Of Its Order Channel
    [Tags]    P4    AC6.1    X26
    Given The Engine Rests    BTCUSDT    BUY    1    99.50
    When Disconnect The Engine    ORDERS
    And Set The Book Levels    BTCUSDT    bid 98.00 x 5    ask 101.00 x 5
    And Someone Sells    BTCUSDT    qty=1    price=99.50
    Then The Order    status=FILLED    filled=1
    And Get Engine State    ==    RUNNING
    And Get Fill Count    ==    1

P5 A Stop And A Restart Give Back Equal State
    [Tags]    P5    R28    R29    AC10.2    AC10.3
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And Stop The Engine
    And The Journal Is Intact
    And Restart The Engine
    ${before: str} =    Get State Digest
    When The Engine Stops And Comes Back
    Then Get State Digest    ==    ${before}
    And Get Position    BTCUSDT    ==    0.4995

P5 A Graceful Stop Leaves Nothing Open At The Venue
    [Tags]    P5    R29    X40
    Given The Engine Rests    BTCUSDT    BUY    1    99.50
    When Stop The Engine
    Then Get Venue Order Status    ==    CANCELED
    And Get Venue Balance    USDT    ==    0    field=locked


*** Keywords ***
A Market And An Engine
    [Documentation]    BTCUSDT at 99.99 to 100.00 with depth; a HUNTER with 5,000 USDT and 1 BTC of inventory.
    The Market Stands At    BTCUSDT    100.00
    Start A Fresh Engine    tier=HUNTER    inventory=BTC:1
