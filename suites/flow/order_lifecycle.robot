*** Settings ***
Documentation    The life of an order: it rests, fills in parts, is cancelled, rejected or expires, and every end is told by engine, venue
...              and database alike.

Resource         ../../resources/trading.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
Test Timeout     60 seconds

Test Tags        AC1    AC1.2    flow


*** Test Cases ***
A Resting Order Fills In Two Parts
    [Tags]    AC1.3    P1
    When The Engine Places    BUY    BTCUSDT    qty=1.0    price=100.00
    And Someone Sells    BTCUSDT    qty=0.4    price=100.00
    Then The Order    status=PARTIALLY_FILLED    filled=0.4
    When Someone Sells    BTCUSDT    qty=0.6    price=100.00
    Then The Order    status=FILLED    filled=1.0    quote=100.00    reserved=0
    And The Position    BTCUSDT    quantity=0.999    cost=100    average=100.1001001
    And Get Venue Order Status    ==    FILLED
    And The Order Is Fully Explained

A Market Order Fills At Once
    [Tags]    P1
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    Then The Order    status=FILLED    filled=0.5    quote=50.25
    And The Fill    price=100.50    qty=0.5    fee=0.0005    fee_asset=BTC    maker=False
    And Get Fill Count    ==    1
    And The Order Is Fully Explained

A Resting Order Is Cancelled
    Given The Engine Rests    BTCUSDT    BUY    0.5    98.00
    And Get Balance    USDT    ==    49    field=locked
    When Cancel The Order
    Then The Order    status=CANCELLED    filled=0    reserved=0
    And Get Venue Order Status    ==    CANCELED
    And Engine And Venue Agree    USDT

A Partly Filled Order Keeps Its Fill When It Is Cancelled
    When The Engine Places    BUY    BTCUSDT    qty=1.0    price=100.00
    And Someone Sells    BTCUSDT    qty=0.3    price=100.00
    And The Order    status=PARTIALLY_FILLED    filled=0.3
    And Cancel The Order
    Then The Order    status=CANCELLED    filled=0.3    reserved=0
    And Get Position    BTCUSDT    ==    0.2997

An Order Off The Tick Never Leaves
    When The Engine Refuses    BUY    BTCUSDT    qty=0.5    price=99.001    status=400    rule=PRICE_FILTER
    ...    code=GENESIS-4501    limit=a multiple of 0.01    value=99.001
    Then Get Venue Request Count    ==    0    path=order.place
    And Get Order Count    ==    0

A Post Only Order That Would Cross Is Rejected
    When The Engine Places    BUY    BTCUSDT    qty=0.5    price=100.50    type=LIMIT_MAKER
    Then The Order    status=REJECTED    filled=0    reserved=0
    And Get Order Field    reason    contains    immediately match

An Immediate Order Expires With What It Could Not Fill
    Given Set The Book Levels    BTCUSDT    bid 99.50 x 1    ask 100.50 x 0.4
    And Get Top Of Book    BTCUSDT    ASK    ==    100.50
    When The Engine Places    BUY    BTCUSDT    qty=1.0    price=100.50    tif=IOC
    Then The Order    status=EXPIRED    filled=0.4    reserved=0
    And Get Position    BTCUSDT    ==    0.3996

A Fill Or Kill Order Expires Whole
    Given Set The Book Levels    BTCUSDT    bid 99.50 x 1    ask 100.50 x 0.4
    When The Engine Places    BUY    BTCUSDT    qty=1.0    price=100.50    tif=FOK
    Then The Order    status=EXPIRED    filled=0    reserved=0
    And Get Venue Trade Count    ==    0
