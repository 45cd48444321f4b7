*** Settings ***
Documentation    The venue trades on while no engine is there: what was filled, cancelled, expired or stopped out meanwhile is taken over
...              as it happened, once each.

Resource         ../../resources/recovery.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     60 seconds

Test Tags        AC5    AC5.3    P4    S6    recovery


*** Test Cases ***
Whole, Part And Nothing Were Filled
    [Tags]    AC5.2    I09    I10
    Given An Engine That Will End    protection.rest_at_venue=false
    ${whole} =    The Engine Rests    BTCUSDT    BUY    1    99.00
    ${part} =    The Engine Rests    BTCUSDT    BUY    1    98.00
    ${nothing} =    The Engine Rests    BTCUSDT    BUY    1    97.00
    When The Engine Crashes While Someone Sells    1.4    98.00
    Then The Order    status=FILLED    filled=1    reserved=0    order=${whole}
    And The Order    status=PARTIALLY_FILLED    filled=0.4    reserved=58.8    order=${part}
    And The Order    status=OPEN    filled=0    reserved=97    order=${nothing}
    And The Position    BTCUSDT    quantity=1.3986    cost=138.2    realised=0
    And Nothing Is In Doubt    USDT    BTC

A Fill Before The Crash Is Not Booked Again
    [Documentation]    One part was filled and booked before the crash, another one meanwhile.
    [Tags]    I09
    Given An Engine That Will End    protection.rest_at_venue=false
    And The Engine Rests    BTCUSDT    BUY    1    99.00
    And Only The Engines Bids Are Left
    And Someone Sells    BTCUSDT    qty=0.3    price=99.00
    And The Order    status=PARTIALLY_FILLED    filled=0.3
    When The Engine Crashes While Someone Sells    0.2    99.00
    Then The Order    status=PARTIALLY_FILLED    filled=0.5
    And Get Fill Count    ==    2
    And Nothing Is In Doubt    USDT    BTC

What Was Cancelled Meanwhile Is Cancelled
    [Documentation]    A person at the venue's own page cancels everything, after a part of one order was filled.
    [Tags]    I10
    Given An Engine That Will End    protection.rest_at_venue=false
    And The Engine Rests    BTCUSDT    BUY    1    99.00
    When Kill The Engine
    And Only The Engines Bids Are Left
    And Someone Sells    BTCUSDT    qty=0.4    price=99.00
    And The Accounts Owner Cancels Everything
    And Restart The Engine    books=False
    Then The Order    status=CANCELLED    filled=0.4    reserved=0
    And Get Balance    USDT    ==    0    field=locked
    And Nothing Is In Doubt    USDT    BTC

The Rest Of An Order That Waits For Nobody Has Expired
    [Documentation]    An IOC order is executed in part, its answer is lost, and the engine with it.
    [Tags]    X14    I08    I12
    Given An Engine That Will End    protection.rest_at_venue=false
    And Set The Book Levels    BTCUSDT    bid 99.50 x 1000    ask 100.50 x 0.3    ask 101.00 x 1000
    And Get Top Of Book    BTCUSDT    ask    ==    100.50
    And Every Word About Orders Is Lost
    When The Engine Places    BUY    BTCUSDT    qty=1    price=100.50    tif=IOC
    And Get Venue Order Status    ==    EXPIRED
    And The Engine Crashes And Comes Back
    Then The Order    status=EXPIRED    filled=0.3    reserved=0
    And Get Venue Order Count    ==    1
    And Nothing Is In Doubt    USDT    BTC

A Stop At The Venue Has Fired
    [Documentation]    It protected while nobody was there (R6): the position is gone, once, and no second exit is sent.
    [Tags]    R6    AC4.2    AC5.2
    Given An Engine That Will End
    And The Engine Holds    BTCUSDT    BUY    1
    And Its Stop Rests At The Venue
    When Kill The Engine
    And The Price Has Fallen Below The Stop
    And Restart The Engine
    Then The Order    status=FILLED    filled=0.999    reserved=0
    And The Position    BTCUSDT    quantity=0    state=CLOSED
    And Get Venue Order Count    ==    2
    And Nothing Is In Doubt    USDT    BTC

A Stop In The Engine Fires As Soon As It Is Back
    [Documentation]    The price fell below it meanwhile: its exit is the first thing that leaves, once.
    [Tags]    R6    AC4.2
    Given An Engine That Will End    protection.rest_at_venue=false
    And The Engine Holds    BTCUSDT    BUY    1
    When Kill The Engine
    And The Price Has Fallen Below The Stop
    And Restart The Engine
    Then The Position    BTCUSDT    quantity=0    state=CLOSED
    And Get Fact Count    StopFired    ==    1
    And Get Venue Order Count    ==    2
    And Nothing Is In Doubt    USDT    BTC


*** Keywords ***
The Engine Crashes While Someone Sells
    [Documentation]    Kill -9; somebody sells so much into the engine's bids, the only ones there; the engine comes back.
    [Arguments]    ${qty: str}    ${price: str}
    The Venue Trades On Alone    ${qty}    ${price}
    Restart The Engine    books=False

The Price Has Fallen Below The Stop
    [Documentation]    BTCUSDT is quoted and traded at 98: 1.5 % below an entry at 100.50 is 98.99.
    Set The Book    BTCUSDT    bid=97.90    ask=98.90    size=1000
    Print A Trade At    BTCUSDT    98.00

Its Stop Rests At The Venue
    [Documentation]    The stop of BTCUSDT is *the order* from here on, and it is open.
    Use The Order    symbol=BTCUSDT    purpose=STOP
    Get Order Status    ==    OPEN
