*** Settings ***
Documentation    The venue seen with requests that a suite writes itself: what public clients rely on, and
...              what they get wrong.

Resource         ../../resources/raw_rest.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       Open The Raw Session
Test Timeout     30 seconds

Test Tags        IP1    flow


*** Test Cases ***
The Venue Answers A Ping
    When Send A Public Request    GET    /api/v3/ping
    Then The Venue Answered    200

An Unknown Symbol Is Refused
    When Send A Public Request    GET    /api/v3/depth    symbol=NOPE
    Then The Venue Answered    400    code=-1121    message=Invalid symbol.

A Signed Order Is Accepted
    When Send A Signed Request    POST    /api/v3/order    symbol=BTCUSDT    side=BUY    type=LIMIT
    ...    timeInForce=GTC    quantity=1    price=90.00
    Then The Venue Answered    200
    And Get Venue Order Count    ==    1    status=NEW

A Changed Signature Is Refused
    [Tags]    AC6.2
    ${query} =    Get Signed Query    symbol=BTCUSDT
    When Send A Query    GET    /api/v3/openOrders    ${query}0
    Then The Venue Answered    400    code=-1022    message=Signature for this request is not valid.

A Stale Time Stamp Is Refused
    [Tags]    AC6.2
    ${query} =    Get Signed Query    symbol=BTCUSDT    clock_skew=-10s
    When Send A Query    GET    /api/v3/openOrders    ${query}
    Then The Venue Answered    400    code=-1021
    ...    message=Timestamp for this request is outside of the recvWindow.

An Order Below The Smallest Notional Is Refused
    [Tags]    AC6.2
    When Send A Signed Request    POST    /api/v3/order    symbol=BTCUSDT    side=BUY    type=LIMIT
    ...    timeInForce=GTC    quantity=0.01    price=90.00
    Then The Venue Answered    400    code=-1013    message=Filter failure: NOTIONAL

More Than The Account Holds Is Refused
    [Tags]    AC6.3
    When Send A Signed Request    POST    /api/v3/order    symbol=BTCUSDT    side=SELL    type=LIMIT
    ...    timeInForce=GTC    quantity=11    price=90.00
    Then The Venue Answered    400    code=-2010
    ...    message=Account has insufficient balance for requested action.

A Changed Answer Is Told In Full
    [Tags]    keyword-errors
    When Send A Public Request    GET    /api/v3/depth    symbol=NOPE
    Then Run Keyword And Expect Error
    ...    the venue should answer status 200 without an error code, got status 400: *Invalid symbol.*
    ...    The Venue Answered    200
