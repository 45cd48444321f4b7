*** Settings ***
Documentation    The venue says no: a rejected order, too little money, a closed market, a filter, limits, a key, a clock that is off. A
...              definite refusal is final, nothing stays reserved for it, nothing is asked again and again, and what protects still leaves.

Resource         ../../resources/errors.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Engine That May Be Refused
Test Timeout     60 seconds

Test Tags        AC6    errors


*** Test Cases ***
A Rejected Order Is Final
    [Tags]    AC6.2    AC6.3
    Given Answer With    400    code=-2010    message=Account has insufficient balance for requested action.    point=after_validate
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    Then The Order Is Refused For    -2010 Account has insufficient balance for requested action.
    And The Engine Trades On

Money That Left Behind The Engines Back Is Missed
    [Documentation]    The venue's own balance does not suffice (-2010), and nothing told the engine: it reads the venue, names both sides'
    ...    numbers, and opens nothing before an operator has answered for it.
    [Tags]    AC6.3    X38
    Given Move The Balance    USDT    -4980    silently=True
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    Then The Order Is Refused For    -2010 Account has insufficient balance for requested action.
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    status=503
    And Get Fact Field    ErrorRecorded    code    ==    GENESIS-1703    timeout=20s
    When Adopt What The Venue Shows
    Then Nothing Is In Doubt    USDT    BTC
    And Get Balance    USDT    ==    20

Too Little Money Is Refused Before The Wire
    [Documentation]    No other limit is in the way: of some 5,000 USDT only 30 are cash.
    [Tags]    AC6.3    R7
    [Setup]    An Engine With Little Cash
    Given Mark The Venues Requests
    When The Engine Refuses    BUY    BTCUSDT    qty=0.5    rule=R7
    Then Get Request Count Since The Mark    ==    0    path=order.place
    And The Engine Holds    BTCUSDT    BUY    0.2

A Post Only Order That Would Cross
    [Tags]    AC6.2    X13
    When The Engine Places    BUY    BTCUSDT    qty=0.5    price=101.00    type=LIMIT_MAKER
    Then The Order    status=REJECTED    filled=0    reserved=0
    And The Engine Trades On

An Unknown Refusal Is A Refusal
    [Documentation]    A code that no list has: 4xx is definite, whatever it says.
    [Tags]    AC6.2    campaign
    Given Answer With    400    code=-9999    message=Something new.    point=after_validate
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    Then The Order Is Refused For    -9999 Something new.
    And The Engine Trades On

A Refused Exit Is Told And Wanted Again
    [Documentation]    The position is still open and known as open; the next exit closes it.
    [Tags]    AC6.2
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And Answer With    400    code=-2010    message=Market is closed.    point=after_validate
    When The Engine Places    SELL    BTCUSDT    qty=0.4995    purpose=EXIT
    And The Order    status=REJECTED    filled=0    reserved=0
    Then Get Position    BTCUSDT    ==    0.4995

Too Many Orders
    [Documentation]    429 with -1015: refused, and no order leaves before Retry-After; a cancel passes.
    [Tags]    X33    R22
    ${resting} =    Given The Engine Rests    BTCUSDT    BUY    0.2    90.00
    And Answer With    429    code=-1015    message=Too many new orders.    retry_after=3s    point=before_parse
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    Then The Order Is Refused For    -1015 Too many new orders.
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=RATE    code=GENESIS-2502
    When Cancel The Order    order=${resting}
    Then Get Order Status    ==    CANCELLED    order=${resting}

A Clock That Is Off
    [Documentation]    The venue's clock jumps by three seconds: -1021 is definite, the time is measured, and the order leaves once more.
    [Tags]    X34
    Given Set The Venue Clock Skew    -3s
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    Then The Order    status=FILLED    filled=0.5
    And Get Order Field    reason    contains    refused for its time stamp, sent again
    And Get Venue Order Count    ==    1

A Key That Is Revoked
    [Documentation]    -2015 ends trading by name; nothing is asked again before an operator resumes.
    [Tags]    X35
    Given The Engine Rests    BTCUSDT    BUY    0.2    90.00
    And Revoke The Api Key
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    Then The Order    status=REJECTED    filled=0
    And Get Engine State    ==    HALTED
    And Get Fact Field    ErrorRecorded    code    ==    GENESIS-1901
    [Teardown]    The Key Is Good Again

The Breaker Is Opened By A Venue That Fails And Not By One That Refuses
    [Documentation]    Five refusals open nothing; five failures do, and then not one request for an order reaches the venue.
    [Tags]    R24    S9
    Given Answer With    400    code=-2010    message=Market is closed.    point=after_validate    times=5
    And So Many Orders Are Asked For    5
    And Get Health    circuits.binance.orders    ==    CLOSED
    When Answer With    503    code=-1007    times=5
    And So Many Orders Are Asked For    5
    And Get Health    circuits.binance.orders    ==    OPEN
    Then Mark The Venues Requests
    And The Engine Refuses    BUY    BTCUSDT    qty=0.12    rule=R24    code=GENESIS-2901
    And Get Request Count Since The Mark    ==    0    path=order.place


*** Keywords ***
An Engine With Little Cash
    [Documentation]    A HUNTER that has 30 USDT and 50 BTC.
    Set The Book    BTCUSDT    bid=99.50    ask=100.50
    Start A Fresh Engine    balance=USDT:30    inventory=BTC:50

An Engine That May Be Refused
    [Documentation]    BTCUSDT at 99.50 to 100.50 with depth, the venue's clock right; an engine that keeps its stops to itself.
    Set The Venue Clock Skew    0s
    Set The Book    BTCUSDT    bid=99.50    ask=100.50    size=1000
    Start A Fresh Engine    tier=HUNTER    protection.rest_at_venue=false    timing.recv_window_ms=2000

The Order Is Refused For
    [Documentation]    REJECTED with the venue's words, nothing reserved, sent once, never executed.
    [Arguments]    ${reason: str}
    The Order    status=REJECTED    filled=0    reserved=0
    Get Order Field    reason    ==    ${reason}
    Get Fill Count    ==    0

The Key Is Good Again
    [Documentation]    For the teardown: the key counts, the operator resumes, and the engine reads the venue.
    Restore The Api Key
    Resume The Engine
    Get Engine State    ==    RUNNING    timeout=20s

The Engine Trades On
    [Documentation]    RUNNING, and the next order is filled.
    Get Engine State    ==    RUNNING
    The Engine Holds    BTCUSDT    BUY    0.2

So Many Orders Are Asked For
    [Documentation]    Entries, one after the other; each comes to its end before the next.
    [Arguments]    ${times: int}
    FOR    ${_}    IN RANGE    ${times}
        The Engine Places    BUY    BTCUSDT    qty=0.12
        Get Health    in_flight    ==    0    timeout=20s
    END
