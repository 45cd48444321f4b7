*** Settings ***
Documentation    A bad network between engine and venue: slow, narrow, in pieces, silent, corrupt, reset, cut. What is asked is done once or
...              not at all, what is not known is proven, and when the network is good again everything agrees.

Resource         ../../resources/errors.resource

Suite Setup      Open The Venue    BTCUSDT
Test Timeout     60 seconds

Test Tags        AC6    AC6.4    S4    errors


*** Test Cases ***
A Bad Network Delays And Changes Nothing
    [Documentation]    Slow, then narrow, then in pieces: what is asked is done once.
    Given An Engine Behind A Proxy
    When Slow The Network    80ms    jitter=40ms
    Then The Engine Holds    BTCUSDT    BUY    0.5
    When Limit The Bandwidth    20000
    Then The Engine Closes    BTCUSDT    SELL    0.2
    When Slice The Bytes    7
    Then The Engine Holds    BTCUSDT    BUY    0.5
    And The Network Heals And Everything Agrees

A Silent Network Is Noticed And Opens Nothing
    [Documentation]    Connections are half open: nothing comes, nothing is refused. The engine notices by itself.
    [Tags]    X27    AC6.1
    Given An Engine Behind A Proxy    timing.book_stale_ms=2000
    And The Engine Holds    BTCUSDT    BUY    0.5
    When Hold The Connections Half Open
    Then Get Engine State    !=    RUNNING    timeout=20s
    And Nothing New Is Opened
    And The Network Heals And Everything Agrees
    And Get Position    BTCUSDT    ==    0.4995

A Lost Answer Is Proven
    [Documentation]    The order was executed, the answer disappeared: what became of it is read from the venue, and it is not sent again.
    [Tags]    X14    X16
    Given An Engine Behind A Proxy
    When Drop One Answer
    And The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    And Use The Order    purpose=ENTRY
    Then Get Order Status    ==    FILLED    timeout=20s
    And The Network Heals And Everything Agrees
    And Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT

A Corrupt Answer Is Proven
    [Documentation]    One bit of an answer is another one: nothing of it is believed.
    [Tags]    X14
    Given An Engine Behind A Proxy
    When Corrupt The Bytes    seed=3
    And The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    And Use The Order    purpose=ENTRY
    Then Get Order Status    ==    FILLED    timeout=20s
    And The Network Heals And Everything Agrees
    And Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT

Reset Connections Come Back
    [Tags]    X26    X28    AC6.1
    Given An Engine Behind A Proxy
    And The Engine Holds    BTCUSDT    BUY    0.5
    When Reset The Connections
    Then Get Engine State    !=    RUNNING
    And The Network Heals And Everything Agrees
    And The Engine Closes    BTCUSDT    SELL    0.2

A Cut Network Opens Nothing And Comes Back
    [Tags]    X17    AC6.1
    Given An Engine Behind A Proxy
    And The Engine Holds    BTCUSDT    BUY    0.5
    When Cut The Network
    Then Get Engine State    !=    RUNNING
    And Nothing New Is Opened
    And The Network Heals And Everything Agrees
    And The Engine Closes    BTCUSDT    SELL    0.2
