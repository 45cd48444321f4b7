*** Settings ***
Documentation    A venue that refuses time stamps (X34) or the key (X35): what is sent again and what is not, by the venue's own
...              transcript.

Resource         ../../resources/access.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       A Watched Engine
Test Timeout     120 seconds

Test Tags        AC1    risk


*** Test Cases ***
X34 An Order After A Jump Of The Venues Clock Is Accepted At The Second Sending
    [Tags]    X34
    Given Set The Venue Clock Skew    30s
    When The Engine Holds    BTCUSDT    BUY    0.5
    Then The Venue Has Received    2    order.place
    And Get Venue Order Count    ==    1
    And The Order Is On Record As Sent Again
    And The Path Of The Order Is Complete
    When Mark The Venues Requests
    And The Engine Closes    BTCUSDT    SELL    0.499
    Then The Venue Has Received    1    order.place

X34 An Exit After A Jump Of The Venues Clock Is Executed Once
    [Tags]    X34
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And Set The Venue Clock Skew    -30s
    And Mark The Venues Requests
    When The Engine Closes    BTCUSDT    SELL    0.499
    Then The Venue Has Received    2    order.place
    And Get Venue Trade Count    ==    2
    And The Order Is On Record As Sent Again

X34 An Order That The Venue Took Up Too Late Is Sent Again And Executed Once
    [Tags]    X34
    [Setup]    A Watched Engine    timing.recv_window_ms=500
    Given Delay The Answer    by=1s    point=after_validate    times=1
    When The Engine Holds    BTCUSDT    BUY    0.5
    Then The Venue Has Received    2    order.place
    And Get Venue Order Count    ==    1
    And The Order Is On Record As Sent Again

X34 A Second Refusal Of The Time Stamp Is A Refusal
    [Tags]    X34
    Given Answer With    400    code=-1021    of=order placement    point=before_parse    times=always
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    Then The Order    status=REJECTED    filled=0    reserved=0
    And Get Order Field    reason    contains    -1021 Timestamp for this request is outside of the recvWindow.
    And The Venue Receives No Order For    500 milliseconds
    And The Venue Has Received    2    order.place
    And Get Engine State    ==    RUNNING

X34 A Cancel After A Jump Of The Venues Clock Is Accepted At The Second Asking
    [Tags]    X34
    Given The Engine Rests    BTCUSDT    BUY    0.5    99.00
    And Set The Venue Clock Skew    30s
    When Cancel The Order
    Then Get Order Status    ==    CANCELLED
    And Get Venue Order Status    ==    CANCELED
    And The Venue Has Received    2    order.cancel

X34 A Question Is Asked Again Once
    [Tags]    X34
    Given Answer With    400    code=-1021    of=account query    point=before_parse    times=1
    When The Engine Crashes And Comes Back
    Then The Venue Has Received    3    GET /api/v3/account
    And Get Fact Count    ErrorRecorded    ==    0

X35 A Key Refused For An Order Halts And Nothing More Is Asked
    [Tags]    I35    X35
    Given Revoke The Api Key
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    Then The Order    status=REJECTED    filled=0    reserved=0
    And The Engine Is Halted For Its Key
    When The Engine Refuses    BUY    BTCUSDT    qty=0.5    status=503    code=GENESIS-5501
    And The Engine Refuses    BUY    BTCUSDT    qty=0.5    purpose=EXIT    rule=I25
    Then Nothing That Needs The Key Is Asked For A While
    When The Key Is Good Again And The Operator Resumes
    Then The Engine Holds    BTCUSDT    BUY    0.5

X35 A Key Refused For A Cancel Halts And The Cancel Leaves With The Key
    [Tags]    X35
    Given The Engine Rests    BTCUSDT    BUY    0.5    99.00
    And Revoke The Api Key
    When Cancel The Order
    Then The Engine Is Halted For Its Key
    And The Order Still Rests After One Cancel
    And Nothing That Needs The Key Is Asked For A While
    When The Key Is Good Again And The Operator Resumes
    Then Get Order Status    ==    CANCELLED
    And Get Venue Order Status    ==    CANCELED
    And The Venue Has Received    1    order.cancel

X35 A Key Refused For A Query Halts And The Order Stays Unknown Until It Is Read
    [Tags]    X35
    [Setup]    A Watched Engine    timing.answer_timeout_ms=1000
    Given An Order Whose Answer Never Comes
    When Revoke The Api Key
    Then The Engine Is Halted For Its Key
    And Get Order Field    knowledge    ==    UNKNOWN
    And The Venue Has Received    1    GET /api/v3/order
    And Nothing That Needs The Key Is Asked For A While
    When The Key Is Good Again And The Operator Resumes
    Then Get Order Status    ==    OPEN
    And The Venue Has Received    0    order.place

X35 A Key That May Not Read Halts And Is Tried Once For Each Resume
    [Tags]    X35
    Given Limit The Api Key    TRADE    USER_STREAM
    When Venue Goes Down For    200 ms
    Then The Engine Is Halted For Its Key
    And The Venue Has Received    1    GET /api/v3/account
    When Resume The Engine
    Then Get Fact Count    ErrorRecorded    ==    2
    And The Venue Has Received    2    GET /api/v3/account
    And Nothing That Needs The Key Is Asked For A While
    When Limit The Api Key    TRADE    USER_STREAM    USER_DATA
    Then The Key Is Good Again And The Operator Resumes

X35 A Key Refused When The Engine Signs On Halts And Is Not Tried Again
    [Tags]    X35
    Given Revoke The Api Key
    When Venue Goes Down For    200 ms
    Then The Engine Is Halted For Its Key
    And The Venue Has Received    1    userDataStream.subscribe
    And Nothing That Needs The Key Is Asked For A While
    When The Key Is Good Again And The Operator Resumes
    Then The Venue Has Received    1    userDataStream.subscribe
    And The Engine Holds    BTCUSDT    BUY    0.5

X35 A Key That May Not Trade Halts
    [Tags]    X35
    Given Limit The Api Key    USER_DATA    USER_STREAM
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    Then The Engine Is Halted For Its Key
    And The Venue Has Received    1    order.place
    And Get Venue Order Count    ==    0
    When Limit The Api Key    TRADE    USER_DATA    USER_STREAM
    Then The Key Is Good Again And The Operator Resumes

X35 A Key Of Another Address Halts
    [Tags]    X35
    Given Bind The Api Key To    127.0.0.9
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    Then The Engine Is Halted For Its Key
    And The Venue Has Received    1    order.place
    And Get Venue Order Count    ==    0
    When Bind The Api Key To
    Then The Key Is Good Again And The Operator Resumes


*** Keywords ***
The Order Is On Record As Sent Again
    [Documentation]    The journal says that the order was refused for its time stamp before it was accepted.
    Get Order Field    reason    contains    refused for its time stamp, sent again: -1021

The Engine Is Halted For Its Key
    [Documentation]    HALTED, and one error on record: its code, what came, and what to do.
    Get Engine State    ==    HALTED    timeout=10s
    Get Condition    binance/key    ==    REFUSED
    Get Fact Count    ErrorRecorded    ==    1
    Get Fact Field    ErrorRecorded    code    ==    GENESIS-1901
    Get Fact Field    ErrorRecorded    detail    contains    -2015 Invalid API-key, IP, or permissions for action.
    Get Fact Field    ErrorRecorded    detail    contains    then RESUME

Nothing That Needs The Key Is Asked For A While
    [Documentation]    For two seconds, twice the pause between two queries or readings, no question, order, cancel or sign-on comes.
    Mark The Venues Requests
    The Venue Receives No Order For    2 seconds
    FOR    ${path}    IN    order    Order    account    myTrades    subscribe
        The Venue Has Received    0    ${path}
    END

The Order Still Rests After One Cancel
    [Documentation]    At the engine and at the venue.
    Get Order Status    ==    OPEN
    Get Venue Order Status    ==    NEW
    The Venue Has Received    1    order.cancel

An Order Whose Answer Never Comes
    [Documentation]    The venue takes the order; neither an answer nor an event tells the engine.
    Lose The User Event    times=always
    Lose The Answer
    The Engine Places    BUY    BTCUSDT    qty=0.5    price=99.00
    Get Order Status    ==    SUBMITTED

The Key Is Good Again And The Operator Resumes
    [Documentation]    The engine reads the venue and is RUNNING.
    Restore The Api Key
    Resume The Engine
    Get Engine State    ==    RUNNING    timeout=10s
