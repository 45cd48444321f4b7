*** Settings ***
Documentation    Each fault of the venue, as a client of its own sees it, and what the venue did by its ledger.
...              docs/mock-exchange.md, Faults, is the cookbook to it.

Resource         ../../resources/faults.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       Open A Client
Test Timeout     60 seconds

Test Tags        IP1    venue    faults


*** Test Cases ***
An Answer Is Lost After The Order Was Accepted
    [Tags]    X16
    Given Lose The Answer    of=order placement
    When The Client Gets No Answer    ReadTimeout*
    Then The Order Was Executed

An Order Is Lost On Its Way To The Venue
    [Tags]    X15
    Given Lose The Answer    of=order placement    point=before_parse
    When The Client Gets No Answer    ReadTimeout*
    Then The Order Was Not Executed

An Answer Comes After The Client Has Given Up
    [Tags]    X16
    Given Delay The Answer    by=1500ms
    When The Client Gets No Answer    ReadTimeout*
    Then The Order Was Executed

The Outcome Is Unknown And The Order Was Executed
    [Tags]    X14
    Given Answer With    503    code=-1007    point=after_match
    When The Client Places An Order
    Then The Venue Answered    503    code=-1007
    ...    message=Timeout waiting for response from backend server. Send status unknown; execution status unknown.
    And The Order Was Executed

The Outcome Is Unknown And The Order Was Not Executed
    [Tags]    X15
    Given Answer With    503    code=-1007    point=after_validate
    When The Client Places An Order
    Then The Venue Answered    503    code=-1007
    And The Order Was Not Executed

An Internal Error After Matching
    [Tags]    X14
    Given Answer With    500    code=-1000
    When The Client Places An Order
    Then The Venue Answered    500    code=-1000    message=An unknown error occurred while processing the request.
    And The Order Was Executed

A Bad Gateway Answers For The Venue
    [Tags]    X14
    Given Answer With    502    code=-1001
    When The Client Places An Order
    Then The Venue Answered    502    code=-1001
    And The Order Was Executed

A Gateway Gives Up Waiting
    [Tags]    X14
    Given Answer With    504    code=-1006
    When The Client Places An Order
    Then The Venue Answered    504    code=-1006
    And The Order Was Executed

An Overloaded Venue Takes Nothing
    [Tags]    X15
    Given Answer With    503    code=-1008    point=before_parse
    When The Client Places An Order
    Then The Venue Answered    503    code=-1008
    And The Order Was Not Executed

Too Many Requests
    [Tags]    X31
    Given Answer With    429    code=-1003    retry_after=3s    point=before_parse
    When The Client Places An Order
    Then The Venue Answered    429    code=-1003
    And The Raw Answer Has The Header    Retry-After    3
    And The Order Was Not Executed

A Banned Address
    [Tags]    X32
    Given Answer With    418    code=-1003    retry_after=120s    point=before_parse
    When The Client Places An Order
    Then The Venue Answered    418    code=-1003
    And The Raw Answer Has The Header    Retry-After    120
    And The Order Was Not Executed

A Firewall Answers With HTML
    [Tags]    X14
    Given Answer With    403    point=before_parse
    When The Client Places An Order
    Then The Raw Answer Is    403    <html>*Forbidden*
    And The Raw Answer Has The Header    Content-Type    text/html
    And The Order Was Not Executed

The Connection Is Reset Before The Request Is Read
    [Tags]    X17
    Given Reset New Connections
    When The Client Gets No Answer    ConnectionError*
    Then The Order Was Not Executed

The Connection Is Reset While The Request Is Read
    [Tags]    X15
    Given Cut The Connection Before The Request
    When The Client Gets No Answer    ConnectionError*
    Then The Order Was Not Executed

The Connection Is Reset In The Middle Of The Answer
    [Tags]    X16
    Given Cut The Connection After Bytes    17
    When The Client Gets No Answer    ConnectionError*
    Then The Order Was Executed

A Connection Is Half Open
    [Tags]    X16
    Given Leave The Connection Half Open
    When The Client Gets No Answer    ReadTimeout*
    Then The Order Was Executed

An Answer Arrives Byte By Byte
    [Tags]    X16
    Given Send The Answer Slowly    bytes=40    every=5ms
    When The Client Places An Order
    Then The Venue Answered    200
    And The Order Was Executed

An Answer Breaks Off
    [Tags]    X16
    Given Truncate The Answer    keep=25
    When The Client Places An Order
    Then The Raw Answer Is    200    {"symbol":"BTCUSDT"*
    And The Raw Answer Is No Json
    And The Order Was Executed

An Answer Is Corrupt
    [Tags]    X16
    Given Corrupt The Answer    bytes=2
    When The Client Places An Order
    Then The Raw Answer Is No Json
    And The Order Was Executed

HTML Instead Of JSON
    [Tags]    X16
    Given Replace The Answer    <html>maintenance</html>    content_type=text/html
    When The Client Places An Order
    Then The Raw Answer Is    200    <html>maintenance</html>
    And The Order Was Executed

An Empty Answer Of The Wrong Type
    [Tags]    X16
    Given Replace The Answer    content_type=application/octet-stream
    When The Client Places An Order
    Then The Raw Answer Is    200    ${EMPTY}
    And The Raw Answer Has The Header    Content-Type    application/octet-stream
    And The Order Was Executed

An Answer Of Five Million Bytes
    [Tags]    X16
    Given Replace The Answer    {"padding":    size=5000000    of=order placement
    When The Client Places An Order
    Then The Raw Answer Has The Header    Content-Length    5000000
    And The Order Was Executed

Two Answers Bear Each Other's Id
    [Tags]    X16
    Given Swap Two Answers    of=ping
    ${ping} =    When Send To The Websocket Api    ping
    And Send To The Websocket Api    time
    ${result} =    And The Websocket Was Answered    200    to=${ping}
    Then Should Be True    $result["serverTime"] > 0
    And Every Fault Was Met

The Event Comes Before The Answer
    [Tags]    X23
    Given Delay The Answer    by=400ms    via=ws_api
    ${id} =    When The Client Places An Order Over The Websocket Api    price=101.00
    Then Get Websocket Event Count    ==    1    execution=TRADE
    And The Websocket Was Answered    200    to=${id}
    ${seen} =    And Get Websocket Frames
    And Should Be Equal    ${seen}[-1]    ${id}
    And The Order Was Executed

Queries Do Not See An Accepted Order Yet
    [Tags]    X19
    Given Hide Accepted Orders For    800ms
    And The Client Places An Order
    When The Client Asks For The Order
    Then The Venue Answered    400    code=-2013
    And The Order Was Executed
    And Wait Until Keyword Succeeds    10 seconds    100 ms    The Order Is Found

A Fill Event Is Lost
    [Tags]    X25
    Given Lose The User Event    execution=TRADE
    When The Client Places An Order    price=101.00
    Then The Websocket Shows    executionReport:NEW    outboundAccountPosition
    And Get Venue Ledger Count    trade    ==    1
    And The Order Was Executed

A Fill Event Comes Twice
    [Tags]    X24
    Given Duplicate The User Event    execution=TRADE
    When The Client Places An Order    price=101.00
    Then The Websocket Shows    executionReport:NEW    executionReport:TRADE    executionReport:TRADE
    ...    outboundAccountPosition
    And Get Venue Ledger Count    trade    ==    1
    And Every Fault Was Met

The Fill Comes Before The Order
    [Tags]    X24
    Given Reorder The User Events    execution=NEW
    When The Client Places An Order    price=101.00
    Then The Websocket Shows    executionReport:TRADE    executionReport:NEW    outboundAccountPosition
    And Every Fault Was Met

A Fill Event Comes Late
    [Tags]    X24
    Given Delay The User Event    by=300ms    execution=TRADE
    When The Client Places An Order    price=101.00
    Then The Websocket Shows    executionReport:NEW    outboundAccountPosition    executionReport:TRADE
    And Every Fault Was Met

The Client's Socket Is Half Open
    [Tags]    X27
    Given Leave The Connection Half Open    via=ws_api
    When The Client Places An Order Over The Websocket Api    price=99.50
    Then Get Fault Hits    ==    1
    When Someone Sells    BTCUSDT    qty=1    price=99.50
    Then Get Venue Ledger Count    trade    ==    1
    And The Websocket Is Silent For    300 ms
    And The Websocket Shows    executionReport:NEW    outboundAccountPosition

A Gap In The Update Ids
    [Tags]    X29
    Given Watch The Stream    btcusdt@depth@100ms
    And Drop The Stream Message    btcusdt@depth@100ms    nth=2
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    And Quiesce The Venue
    And Set The Book    BTCUSDT    bid=97.00    ask=101.00
    And Quiesce The Venue
    And Set The Book    BTCUSDT    bid=96.00    ask=101.00
    Then Get Frame Count    ==    2    event=depthUpdate
    And Every Fault Was Met

A Trade Comes Twice And Another Late
    [Tags]    X24
    Given Watch The Stream    btcusdt@trade
    And Duplicate The Stream Message    btcusdt@trade    nth=1
    And Reorder The Stream Messages    btcusdt@trade    nth=2
    When Someone Buys    BTCUSDT    qty=0.1    price=101.00
    And Someone Buys    BTCUSDT    qty=0.2    price=101.00
    And Someone Buys    BTCUSDT    qty=0.3    price=101.00
    Then Get Frame Count    ==    4    event=trade
    And Every Fault Was Met

A Stream Is Cut
    [Tags]    X26
    Given Watch The Stream    btcusdt@trade
    And Cut The Stream    btcusdt@trade
    When Someone Buys    BTCUSDT    qty=0.1    price=101.00
    Then Run Keyword And Expect Error    *its connection ended after 0 frames*
    ...    Get Frame Count    ==    1    event=trade
    And Every Fault Was Met

A Snapshot From The Past
    [Tags]    X30
    Given Serve A Stale Snapshot
    When Send A Public Request    GET    /api/v3/depth    symbol=BTCUSDT
    ${stale} =    Then The Venue Answered    200
    And Should Be True    ${stale}[lastUpdateId] == 1
    And Every Fault Was Met

A Crossed Snapshot
    [Tags]    X30
    Given Serve A Crossed Snapshot
    When Send A Public Request    GET    /api/v3/depth    symbol=BTCUSDT
    ${crossed} =    Then The Venue Answered    200
    And Should Be Equal    ${crossed}[bids][0][0]    101.00000000
    And Should Be Equal    ${crossed}[asks][0][0]    99.00000000
    And Every Fault Was Met

The Venue Is Down For A While
    [Tags]    X17    X28
    Given Venue Goes Down For    1500 ms
    When The Client Gets No Answer    ConnectionError*refused*
    Then The Venue Ends The Websocket
    And The Order Was Not Executed
    And Wait Until Keyword Succeeds    20 seconds    100 ms    The Client Places An Order
    And Get Venue Order Count    ==    1

The Venue's Clock Is Behind
    [Tags]    X34
    Given Set The Venue Clock Skew    -3s
    ${query} =    And Get Signed Query    clock_skew=3s
    When Send A Query    GET    /api/v3/account    ${query}
    Then The Venue Answered    400    code=-1021
    [Teardown]    Set The Venue Clock Skew    0s

The Key Is Revoked
    [Tags]    X35
    Given Revoke The Api Key
    When The Client Places An Order
    Then The Venue Answered    401    code=-2015
    And Get Venue Ledger Count    order    ==    0

The Symbol Takes Cancels Only
    [Tags]    X36
    Given The Client Places An Order
    When Set The Symbol Status    BTCUSDT    CANCEL_ONLY
    And The Client Places An Order
    Then The Venue Answered    400    code=-2010    message=Market is closed.
    When Send A Signed Request    DELETE    /api/v3/order    symbol=BTCUSDT    origClientOrderId=mine
    Then The Venue Answered    200
    And The Order Was Executed
    [Teardown]    Set The Symbol Status    BTCUSDT    TRADING

The Filters Change In The Middle Of A Run
    [Tags]    X36
    Given Change The Rules Of    BTCUSDT    tick_size=0.50
    When The Client Places An Order    price=90.25
    Then The Venue Answered    400    code=-1013    message=Filter failure: PRICE_FILTER
    And The Order Was Not Executed
    When The Client Places An Order    price=90.50
    Then The Venue Answered    200
    [Teardown]    Change The Rules Of    BTCUSDT    tick_size=0.01

Money Leaves Without A Word
    [Tags]    X38
    Given Move The Balance    USDT    -99990    silently=True
    When The Client Places An Order
    Then The Venue Answered    400    code=-2010
    And The Websocket Shows
    And Get Venue Ledger Count    transfer    ==    3

Money Arrives And The Account Is Told
    [Tags]    X38
    When Move The Balance    USDT    250.50
    Then The Websocket Shows    balanceUpdate    outboundAccountPosition
    And Get Venue Balance    USDT    ==    100250.5

A Shutdown Is Announced
    [Tags]    X28
    When Announce The Shutdown    after=100ms
    Then The Websocket Shows    serverShutdown
    And The Venue Ends The Websocket
    And Every Fault Was Met

Several Faults At Once
    [Tags]    X14    X25
    Given Answer With    503    code=-1007
    And Send The Answer Slowly    bytes=50    every=2ms
    And Lose The User Event    execution=TRADE
    When The Client Places An Order    price=101.00
    Then The Venue Answered    503    code=-1007
    And The Websocket Shows    executionReport:NEW    outboundAccountPosition
    And The Order Was Executed
    And Get Venue Ledger Count    fault    ==    3

A Rule Of One's Own
    [Tags]    X14
    VAR    ${rule} =
    ...    {match: {operation: order.place, side: BUY, symbol: BTC*}, point: after_match,
    ...    action: [{type: delay, ms: 20}, {type: status, status: 500, code: -1001}], times: 1}
    ...    separator=${SPACE}
    ${mine} =    Given Arm The Fault    ${rule}
    When The Client Places An Order
    Then The Venue Answered    500    code=-1001
    And Get Fault Hits    ==    1    fault=${mine}

A Fault That Never Comes Is Told
    [Tags]    keyword-errors
    Given Arm The Fault    {match: {symbol: ETHUSDT}, point: after_match, action: drop}    optional=True
    When The Client Places An Order
    Then Run Keyword And Expect Error    *drop at after_match for symbol=ETHUSDT; it matched 0 times*
    ...    Every Fault Was Met

A Wrong Rule Is Refused By Name
    [Tags]    keyword-errors
    Then Run Keyword And Expect Error    action: expected one of drop, delay*at point event, got slow*
    ...    Arm The Fault    {point: event, action: {type: slow}}
    And Run Keyword And Expect Error    match.nth: expected `int` >= 1, got 0*
    ...    Lose The Answer    nth=0
    And Run Keyword And Expect Error    *unknown request 'order placment'; did you mean 'order placement'*
    ...    Lose The Answer    of=order placment
    And Run Keyword And Expect Error    *times must be a whole number from 1, or always, got '0'*
    ...    Lose The Answer    times=0
    And Run Keyword And Expect Error    action.msg: expected a text, because -9 has none here*
    ...    Answer With    503    code=-9
