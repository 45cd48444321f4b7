*** Settings ***
Documentation    The ways to a venue and its life: addresses that die one by one, a venue that is killed and goes on from its ledger
...              with accounts, keys, open orders, trades and ids, on the ports that its clients know.

Resource         ../../resources/trading.resource
Resource         ../../resources/raw_rest.resource

Suite Setup      Open The Venue    BTCUSDT    addresses=3
Test Setup       Set The Book    BTCUSDT    bid=99.50    ask=100.50
Test Timeout     120 seconds

Test Tags        IP1    venue


*** Variables ***
&{LIMIT_ORDER}    symbol=BTCUSDT    side=BUY    type=LIMIT    timeInForce=GTC    quantity=1    price=90.00


*** Test Cases ***
Every Address Leads To The Same Account
    Given Open The Raw Session
    And A Raw Session By Address    1
    And Send A Signed Request    POST    /api/v3/order    &{LIMIT_ORDER}
    When A Raw Session By Address    3
    And Send A Signed Request    GET    /api/v3/openOrders    symbol=BTCUSDT
    ${orders} =    Then The Venue Answered    200
    And Length Should Be    ${orders}    1

The Venue Knows By Which Address A Client Comes
    When Start A Fresh Engine    tier=HUNTER    address=2
    Then Get Connection Addresses    ==    api2

The Engine Trades By An Address
    [Tags]    P1    AC1.1
    Given Start A Fresh Engine    tier=HUNTER    address=3
    When The Engine Holds    BTCUSDT    BUY    0.5
    Then Get Venue Trade Count    ==    1
    And Engine And Venue Agree    BTC
    And Engine And Venue Agree    USDT

An Address Dies Alone
    [Tags]    AC8.1    S3
    When Kill The Address    2
    Then Get Venue Addresses    ==    api1, api3
    And Open The Raw Session
    And Send A Public Request    GET    /api/v3/ping
    And The Venue Answered    200
    [Teardown]    Restart The Address    2

The Engine Trades On When Another Address Dies
    [Tags]    AC8.1    S3
    Given Start A Fresh Engine    tier=HUNTER    address=1
    When Kill The Address    2
    And The Engine Holds    BTCUSDT    BUY    0.5
    Then Get Connection Addresses    ==    api1
    And Engine And Venue Agree    BTC
    [Teardown]    Restart The Address    2

The Engine Comes Back When Its Address Does
    [Tags]    AC3.3    AC6.1    R25    S4
    Given Start A Fresh Engine    tier=HUNTER    address=2
    And The Engine Rests    BTCUSDT    BUY    0.5    90.00
    And Kill The Address    2
    When Restart The Address    2
    Then Get Connection Addresses    ==    api2    timeout=60 seconds
    And Get Engine State    ==    RUNNING    timeout=60 seconds
    And Get Order Status    ==    OPEN

What Fills While Its Address Is Down Is Not Missed
    [Tags]    AC6.1    X26    L10
    Given Start A Fresh Engine    tier=HUNTER    address=2
    And The Engine Rests    BTCUSDT    BUY    0.5    100.00
    And Kill The Address    2
    And Someone Sells    BTCUSDT    qty=0.5    price=100.00
    When Restart The Address    2
    Then Get Order Status    ==    FILLED    timeout=60 seconds
    And Engine And Venue Agree    BTC

The Addresses Come Back With The Venue
    [Tags]    AC6.1
    Given Kill The Venue
    And Get Venue Addresses    ==    none
    When Restart The Venue
    Then Get Venue Addresses    ==    api1, api2, api3

A Venue That Was Killed Knows The Open Order Of Its Engine
    [Tags]    AC6.1    AC8.1    L10
    Given Start A Fresh Engine    tier=HUNTER
    And The Engine Rests    BTCUSDT    BUY    0.5    90.00
    And The Venue Is Killed And Comes Back
    When Cancel The Order
    Then Get Order Status    ==    CANCELLED    timeout=30 seconds
    And Get Venue Order Status    ==    CANCELED
    And Engine And Venue Agree    USDT

An Order Fills After The Venue Came Back
    [Tags]    AC6.1    AC8.1    L10
    Given Start A Fresh Engine    tier=HUNTER
    And The Engine Rests    BTCUSDT    BUY    0.5    100.00
    And The Venue Is Killed And Comes Back
    When Someone Sells    BTCUSDT    qty=0.5    price=100.00
    Then Get Order Status    ==    FILLED    timeout=30 seconds
    And Engine And Venue Agree    BTC
    And Engine And Venue Agree    USDT

A Venue That Was Stopped In Good Order Goes On As Well
    [Tags]    AC6.1
    Given Start A Fresh Engine    tier=HUNTER
    And The Engine Rests    BTCUSDT    BUY    0.5    90.00
    When Stop The Venue
    And Restart The Venue
    Then Get Engine State    ==    RUNNING    timeout=60 seconds
    And Get Order Status    ==    OPEN

Keys And Open Orders Of A Client Survive
    [Tags]    L10
    Given Open The Raw Session
    And Send A Signed Request    POST    /api/v3/order    &{LIMIT_ORDER}    newClientOrderId=before
    And Kill The Venue
    When Restart The Venue
    And Send A Signed Request    DELETE    /api/v3/order    symbol=BTCUSDT    origClientOrderId=before
    ${cancelled} =    Then The Venue Answered    200
    And Should Be Equal    ${cancelled}[status]    CANCELED

A Client Id Stays Taken
    Given Open The Raw Session
    And Send A Signed Request    POST    /api/v3/order    &{LIMIT_ORDER}    newClientOrderId=once
    And Kill The Venue
    When Restart The Venue
    And Send A Signed Request    POST    /api/v3/order    &{LIMIT_ORDER}    newClientOrderId=once
    Then The Venue Answered    400    code=-2010    message=Duplicate order sent.

Trades Keep Their Numbers
    Given Open The Raw Session
    And Send A Signed Request    POST    /api/v3/order    symbol=BTCUSDT    side=BUY    type=MARKET    quantity=0.5
    And Send A Signed Request    GET    /api/v3/myTrades    symbol=BTCUSDT
    ${before} =    And The Venue Answered    200
    When Kill The Venue
    And Restart The Venue
    And Send A Signed Request    GET    /api/v3/myTrades    symbol=BTCUSDT
    ${after} =    Then The Venue Answered    200
    And Should Be Equal    ${after}    ${before}

A Stop Order Waits Through A Restart And Triggers
    [Tags]    X8
    Given Open The Raw Session
    And Send A Signed Request    POST    /api/v3/order    symbol=BTCUSDT    side=SELL    type=STOP_LOSS    quantity=0.5
    ...    stopPrice=98.00    newClientOrderId=stop
    And The Venue Answered    200
    And Kill The Venue
    When Restart The Venue
    And The Market Falls To    97.00
    Then Send A Signed Request    GET    /api/v3/order    symbol=BTCUSDT    origClientOrderId=stop
    ${order} =    And The Venue Answered    200
    And Should Be Equal    ${order}[status]    FILLED

A Venue Can Come Back Elsewhere
    Given Open The Raw Session
    And Kill The Venue
    When Restart The Venue    same_ports=False
    And Open The Raw Session
    And Send A Public Request    GET    /api/v3/ping
    Then The Venue Answered    200


*** Keywords ***
A Raw Session By Address
    [Documentation]    The raw account goes on by another address of the venue.
    [Arguments]    ${number: int}
    ${address} =    Get Venue Address    address=${number}
    Create Session    venue    ${address}    disable_warnings=1

The Venue Is Killed And Comes Back
    [Documentation]    Kill -9 of the venue, a start on its ledger and ports, until the engine has reconciled.
    Kill The Venue
    Restart The Venue
    Get Engine State    ==    RUNNING    timeout=60 seconds

The Market Falls To
    [Documentation]    Somebody sells at this price, to somebody who bids it.
    [Arguments]    ${price: str | float}
    Set The Book    BTCUSDT    bid=${price}    ask=100.50
    Someone Sells    BTCUSDT    qty=0.1    price=${price}
