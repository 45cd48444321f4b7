*** Settings ***
Documentation    A venue that refuses time stamps (X34) or the key (X35): what is sent again and what is not, by the venue's own
...              transcript.

Resource         ../../resources/access.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       A Watched Engine
Test Timeout     120 seconds

Test Tags        AC1    X34    risk


*** Test Cases ***
X34 An Order After A Jump Of The Venues Clock Is Accepted At The Second Sending
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
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And Set The Venue Clock Skew    -30s
    And Mark The Venues Requests
    When The Engine Closes    BTCUSDT    SELL    0.499
    Then The Venue Has Received    2    order.place
    And Get Venue Trade Count    ==    2
    And The Order Is On Record As Sent Again

X34 An Order That The Venue Took Up Too Late Is Sent Again And Executed Once
    [Setup]    A Watched Engine    timing.recv_window_ms=500
    Given Delay The Answer    by=1s    point=after_validate    times=1
    When The Engine Holds    BTCUSDT    BUY    0.5
    Then The Venue Has Received    2    order.place
    And Get Venue Order Count    ==    1
    And The Order Is On Record As Sent Again

X34 A Second Refusal Of The Time Stamp Is A Refusal
    Given Answer With    400    code=-1021    of=order placement    point=before_parse    times=always
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    Then The Order    status=REJECTED    filled=0    reserved=0
    And Get Order Field    reason    contains    -1021 Timestamp for this request is outside of the recvWindow.
    And The Venue Receives No Order For    500 milliseconds
    And The Venue Has Received    2    order.place
    And Get Engine State    ==    RUNNING

X34 A Cancel After A Jump Of The Venues Clock Is Accepted At The Second Asking
    Given The Engine Rests    BTCUSDT    BUY    0.5    99.00
    And Set The Venue Clock Skew    30s
    When Cancel The Order
    Then Get Order Status    ==    CANCELLED
    And Get Venue Order Status    ==    CANCELED
    And The Venue Has Received    2    order.cancel

X34 A Question Is Asked Again Once
    Given Answer With    400    code=-1021    of=account query    point=before_parse    times=1
    When The Engine Crashes And Comes Back
    Then The Venue Has Received    3    GET /api/v3/account
    And Get Fact Count    ErrorRecorded    ==    0


*** Keywords ***
The Order Is On Record As Sent Again
    [Documentation]    The journal says that the order was refused for its time stamp before it was accepted.
    Get Order Field    reason    contains    refused for its time stamp, sent again: -1021
