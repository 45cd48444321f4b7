*** Settings ***
Documentation    Who may ask the venue, and how often: keys, signatures, time stamps, limits, bans, sessions,
...              user data and time units, seen from outside.

Resource         ../../resources/raw_rest.resource

Suite Setup      Open The Venue    BTCUSDT    documented_limits=True
Test Setup       Open The Raw Session
Test Teardown    Let The Client Start Afresh
Test Timeout     60 seconds

Test Tags        venue


*** Test Cases ***
A Request Without A Key Is Refused
    [Tags]    X35
    When Send A Public Request    GET    /api/v3/account
    Then The Venue Answered    401    code=-2014    message=API-key format invalid.

A Revoked Key Is Refused Until It Is Restored
    [Tags]    X35
    Given Place A Raw Order
    And The Venue Answered    200
    When Revoke The Api Key
    And Place A Raw Order
    Then The Venue Answered    401    code=-2015    message=Invalid API-key, IP, or permissions for action.
    When Restore The Api Key
    And Place A Raw Order
    Then The Venue Answered    200

A Key That May Only Read Places No Order
    [Tags]    X35
    Given Limit The Api Key    USER_DATA
    When Place A Raw Order
    Then The Venue Answered    401    code=-2015
    When Send A Signed Request    GET    /api/v3/account
    Then The Venue Answered    200

A Key Bound To Another Address Is Refused
    [Tags]    X35
    Given Bind The Api Key To    127.0.0.9
    When Send A Signed Request    GET    /api/v3/account
    Then The Venue Answered    401    code=-2015

An Account Barred From Trading Places No Order
    [Tags]    X35
    Given Bar The Account From Trading
    When Place A Raw Order
    Then The Venue Answered    400    code=-2010    message=This account may not place or cancel orders.
    When Let The Account Trade Again
    And Place A Raw Order
    Then The Venue Answered    200

A Time Stamp Ahead Of The Venues Clock Is Refused
    [Tags]    X34
    ${query} =    Get Signed Query    clock_skew=5s
    When Send A Query    GET    /api/v3/account    ${query}
    Then The Venue Answered    400    code=-1021
    ...    message=Timestamp for this request was 1000ms ahead of the server's time.

A Request Older Than Its Window Is Refused
    [Tags]    X34
    ${query} =    Get Signed Query    clock_skew=-3s    window=2s
    When Send A Query    GET    /api/v3/account    ${query}
    Then The Venue Answered    400    code=-1021
    ...    message=Timestamp for this request is outside of the recvWindow.

Orders Signed With An Ed25519 Key Are Accepted
    [Tags]    X35
    Given Open A Raw Account    USDT:1000    key=ED25519
    When Place A Raw Order
    Then The Venue Answered    200

Orders Signed With An RSA Key Are Accepted
    [Tags]    X35
    Given Open A Raw Account    USDT:1000    key=RSA
    When Place A Raw Order
    Then The Venue Answered    200

An Exhausted Weight Is Answered With 429 Until The Minute Is Over
    [Tags]    X31
    Given Exhaust The Request Weight
    When Send A Public Request    GET    /api/v3/ping
    Then The Venue Answered    429    code=-1003
    And The Raw Answer Has The Header    Retry-After
    When Let The Venues Clock Pass    2 minutes
    And Send A Public Request    GET    /api/v3/ping
    Then The Venue Answered    200

Ignoring 429 Ends In A Ban
    [Tags]    X31    X32
    Given Exhaust The Request Weight
    When Ten Refusals Are Ignored
    And Send A Public Request    GET    /api/v3/ping
    Then The Venue Answered    418    code=-1003
    And The Raw Answer Has The Header    Retry-After

A Banned Address Is Refused Until The Ban Is Over
    [Tags]    X32
    Given Ban The Clients Address    2 minutes
    When Send A Public Request    GET    /api/v3/ping
    Then The Venue Answered    418    code=-1003
    When Let The Venues Clock Pass    2 minutes
    And Send A Public Request    GET    /api/v3/ping
    Then The Venue Answered    200

Cancels Pass While The Order Count Is Used Up
    [Tags]    X33
    Given Place A Raw Order    newClientOrderId=resting
    And Exhaust The Order Count
    When Place A Raw Order
    Then The Venue Answered    429    code=-1015
    ...    message=Too many new orders; current limit is 100 orders per 10 SECOND.
    When Send A Signed Request    DELETE    /api/v3/order    symbol=BTCUSDT    origClientOrderId=resting
    Then The Venue Answered    200

A Session Needs Neither Key Nor Signature
    [Tags]    X35
    Given Open A Raw Account    USDT:1000    key=ED25519
    And Connect To The Websocket Api
    When Ask The Websocket Api    session.logon    signed=True
    And Ask The Websocket Api    userDataStream.subscribe
    And Place A Raw Order On The Session
    Then The Websocket Was Answered    200
    And The Websocket Shows    executionReport:NEW    outboundAccountPosition

Only Ed25519 Keys Log On
    [Tags]    X35
    Given Connect To The Websocket Api
    When Ask The Websocket Api    session.logon    signed=True
    Then The Websocket Was Answered    400    code=-4056    message=HMAC_SHA256 API key is not supported.

A Session Ends With Its Key
    [Tags]    X35
    Given Open A Raw Account    USDT:1000    key=ED25519
    And Connect To The Websocket Api
    And Ask The Websocket Api    session.logon    signed=True
    When Revoke The Api Key
    And Place A Raw Order On The Session
    Then The Websocket Was Answered    401    code=-2015
    When Place A Raw Order On The Session
    Then The Websocket Was Answered    400    code=-1102

A Connection Is Told Before It Ends And A New One Is Welcome
    [Tags]    X28
    Given Connect To The Websocket Api
    When Announce The Shutdown    1 second
    Then The Websocket Shows    serverShutdown
    When Connect To The Websocket Api    socket=new
    Then The Venue Ends The Websocket
    When Ask The Websocket Api    ping    socket=new
    Then The Websocket Was Answered    200    socket=new

Times Are In Microseconds Where They Are Asked For
    [Tags]    X34
    Given Connect To The Websocket Api    timeUnit=MICROSECOND
    When Ask The Websocket Api    time
    ${answer} =    The Websocket Was Answered    200
    Then Should Be True    ${answer}[serverTime] > 10**15

An Unknown Time Unit Is Refused
    [Tags]    X34
    Run Keyword And Expect Error    *status 400*-1194*Invalid value for time unit*
    ...    Connect To The Websocket Api    timeUnit=SECOND

A ListenKey Is Gone
    [Tags]    X28
    ${headers} =    Get Raw Headers
    ${answer} =    POST On Session    venue    /api/v3/userDataStream    headers=${headers}    expected_status=410
    When Keep The Raw Answer    ${answer}
    Then The Venue Answered    410    code=-1016    message=This service is no longer available.

A ListenKey Where It Is Still On Carries The Accounts Events
    [Tags]    X28
    Given Open The Venue    BTCUSDT    venue=older    lenient=listen_key_on
    And Open A Raw Account    USDT:1000    venue=older
    ${key} =    Get A Listen Key    venue=older
    When Connect To A Stream    /ws/${key}    venue=older
    And Connect To The Websocket Api    socket=orders    venue=older
    And Ask The Websocket Api    order.place    signed=True    socket=orders    venue=older    symbol=BTCUSDT
    ...    side=BUY    type=LIMIT    timeInForce=GTC    quantity=1    price=50
    Then The Websocket Shows    executionReport:NEW    outboundAccountPosition


*** Keywords ***
Place A Raw Order
    [Documentation]    A limit order of the raw account that rests.
    [Arguments]    &{more: str}
    Send A Signed Request    POST    /api/v3/order    symbol=BTCUSDT    side=BUY    type=LIMIT    timeInForce=GTC
    ...    quantity=1    price=50    &{more}

Place A Raw Order On The Session
    [Documentation]    As Place A Raw Order, over the connection that is logged on.
    Ask The Websocket Api    order.place    stamped=True    symbol=BTCUSDT    side=BUY    type=LIMIT
    ...    timeInForce=GTC    quantity=1    price=50

Ten Refusals Are Ignored
    [Documentation]    As many requests as an address may send after the first 429.
    FOR    ${_}    IN RANGE    10
        Send A Public Request    GET    /api/v3/ping
        The Venue Answered    429    code=-1003
    END

Get A Listen Key
    [Documentation]    A listenKey of the raw account, over the WebSocket API.
    [Arguments]    ${venue: str}
    Connect To The Websocket Api    socket=keys    venue=${venue}
    ${headers} =    Get Raw Headers    venue=${venue}
    Ask The Websocket Api    userDataStream.start    socket=keys    venue=${venue}    apiKey=${headers}[X-MBX-APIKEY]
    ${result} =    The Websocket Was Answered    200    socket=keys
    RETURN    ${result}[listenKey]
