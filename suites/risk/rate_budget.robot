*** Settings ***
Documentation    The venue's limits are kept: refusals and bans are waited out without a request, cancels and exits find room.
...              The venue's transcript and its own counts are the witness.

Resource         ../../resources/limits.resource

Suite Setup      Open The Venue    BTCUSDT    documented_limits=True
Test Setup       A Quiet Engine On A Movable Clock
Test Teardown    The Limits Are Forgotten
Test Timeout     120 seconds

Test Tags        AC4    risk


*** Test Cases ***
X31 A Refusal Is Obeyed Until Retry After
    [Tags]    X31
    Given Exhaust The Request Weight    at_least=10 seconds
    When An Order Is Rejected    99.00    reason=-1003 Too much request weight used
    Then Get Condition    binance/requests    ==    HELD
    ${used} =    Get Used Weight
    And Mark The Venues Requests
    When The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=RATE    code=GENESIS-2502
    And Time Passes    4 seconds
    Then Nothing Was Asked Since The Mark    ${used}
    When Time Passes    2 minutes
    Then An Order Passes

X31 Obeying Is Never Answered With A Ban
    [Tags]    X31
    Given Exhaust The Request Weight    at_least=10 seconds
    And An Order Is Rejected    99.00    reason=-1003 Too much request weight used
    When Time Passes    2 minutes
    And Get Condition    binance/requests    ==    FREE
    And An Order Passes
    Then Get Fact Count    ErrorRecorded    ==    0

X32 A Ban Is Waited Out And Trading Goes On By Itself
    [Tags]    X32
    Given Ban The Clients Address    2 minutes
    When An Order Is Rejected    99.00    reason=-1003 Way too much request weight used
    Then Get Condition    binance/requests    ==    BANNED
    And Get Fact Field    ErrorRecorded    code    ==    GENESIS-2502
    And Mark The Venues Requests
    When Time Passes    61 seconds
    Then Nothing Was Asked Since The Mark    0
    When Time Passes    59 seconds
    Then Get Engine State    ==    RUNNING    timeout=20s
    And An Order Passes

X32 A Ban Outlives A Crash
    [Tags]    X32    AC5
    Given Ban The Clients Address    2 minutes
    And An Order Is Rejected    99.00    reason=-1003 Way too much request weight used
    And Get Condition    binance/requests    ==    BANNED
    ${used} =    Get Used Weight
    And Mark The Venues Requests
    When Kill The Engine
    And Restart The Engine    until=RECONCILING    books=False
    And Get Condition    binance/requests    ==    HELD
    Then Nothing Was Asked Since The Mark    ${used}
    [Teardown]    The Ban Ends

X33 Too Many Orders Hold Orders And Let Cancels Pass
    [Tags]    X33
    ${resting} =    An Order Passes
    Given Exhaust The Order Count    at_least=8 seconds
    And An Order Is Rejected    98.00    reason=-1015 Too many new orders; current limit is 100 orders per 10 SECOND.
    When Mark The Venues Requests
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=RATE    code=GENESIS-2502
    And Cancel The Order    order=${resting}
    Then Get Order Status    ==    CANCELLED    order=${resting}
    And Get Request Count Since The Mark    ==    0    path=order.place
    When Time Passes    20 seconds
    Then An Order Passes

X33 Entries Leave Room To Exits Before The Venue Has To Refuse
    [Documentation]    Others have used 78 of 100 orders: two entries pass, the third would take of the fifth that is kept.
    [Tags]    X33
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And Exhaust The Order Count    remaining=22    at_least=8 seconds
    When Two Entries Pass And The Third Is Kept Back
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=RATE    code=GENESIS-2502    limit=80    value=80
    And The Engine Closes    BTCUSDT    SELL    0.499
    Then Get Condition    binance/requests    ==    ENTRIES_HELD
    When Time Passes    20 seconds
    Then Get Condition    binance/requests    ==    FREE
    And An Order Passes

The Limits And Counts Are The Venues Own
    [Tags]    X33
    Given An Order Passes
    Then Get Rate Limit    ORDERS    10000    limit    ==    100
    And Get Rate Limit    ORDERS    10000    for_entries    ==    80
    And Get Rate Limit    REQUEST_WEIGHT    60000    limit    ==    6000
    ${used} =    Get Used Weight
    And Get Rate Limit    REQUEST_WEIGHT    60000    used    >=    ${used}


*** Keywords ***
Two Entries Pass And The Third Is Kept Back
    [Documentation]    The third is not sent, with the code; the venue has seen two.
    Mark The Venues Requests
    An Order Passes
    An Order Passes
    ${third} =    The Engine Places    BUY    BTCUSDT    qty=0.2    price=99.00
    The Order    status=NOT_SENT    filled=0    reserved=0    order=${third}
    Get Order Field    reason    contains    GENESIS-2502    order=${third}
    Get Request Count Since The Mark    ==    2    path=order.place

The Ban Ends
    [Documentation]    For the teardown: the engine comes back by itself.
    Time Passes    2 minutes
    Get Engine State    ==    RUNNING    timeout=20s
    The Limits Are Forgotten
