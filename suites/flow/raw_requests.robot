*** Settings ***
Documentation     The venue seen with requests that a suite writes itself: what public clients rely on, and what they get wrong.
Resource          ../../resources/raw_rest.resource
Suite Setup       Open The Venue    BTCUSDT
Test Setup        Open The Raw Session
Test Timeout      30 seconds
Test Tags         IP1    flow


*** Test Cases ***
The Venue Answers A Ping
    Public Request Is Answered    GET    /api/v3/ping

An Unknown Symbol Is Refused
    Public Request Is Answered    GET    /api/v3/depth    status=400    code=-1121    message=Invalid symbol.    symbol=NOPE

A Signed Order Is Accepted
    Signed Request Is Answered    POST    /api/v3/order    symbol=BTCUSDT    side=BUY    type=LIMIT    timeInForce=GTC
    ...    quantity=1    price=90.00
    Get Venue Order Count    ==    1    status=NEW

A Changed Signature Is Refused
    [Tags]    AC6.2
    ${query} =    Get Signed Query    symbol=BTCUSDT
    Query Is Answered    GET    /api/v3/openOrders    ${query}0    status=400    code=-1022
    ...    message=Signature for this request is not valid.

A Stale Time Stamp Is Refused
    [Tags]    AC6.2
    ${query} =    Get Signed Query    symbol=BTCUSDT    clock_skew=-10s
    Query Is Answered    GET    /api/v3/openOrders    ${query}    status=400    code=-1021
    ...    message=Timestamp for this request is outside of the recvWindow.

An Order Below The Smallest Notional Is Refused
    [Tags]    AC6.2
    Signed Request Is Answered    POST    /api/v3/order    status=400    code=-1013
    ...    message=Filter failure: NOTIONAL    symbol=BTCUSDT    side=BUY    type=LIMIT    timeInForce=GTC
    ...    quantity=0.01    price=90.00

More Than The Account Holds Is Refused
    [Tags]    AC6.3
    Signed Request Is Answered    POST    /api/v3/order    status=400    code=-2010
    ...    message=Account has insufficient balance for requested action.    symbol=BTCUSDT    side=SELL
    ...    type=LIMIT    timeInForce=GTC    quantity=11    price=90.00
