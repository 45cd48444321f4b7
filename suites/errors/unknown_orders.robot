*** Settings ***
Documentation    The venue does not say what became of an order: by an error of its own, by silence, or too late. It is never sent again on
...              a guess: presence is read from the venue, absence is proven on the venue's clock, and only its own symbol waits.

Resource         ../../resources/errors.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Setup       An Engine That Asks Soon
Test Timeout     60 seconds

Test Tags        AC6    AC6.4    S4    R26    I08    I12    errors


*** Test Cases ***
Timeout Of The Venue And The Order Was Executed
    [Documentation]    503 with -1007.
    [Tags]    X14
    The Order Is Found    503    -1007

Disconnected And The Order Was Executed
    [Documentation]    500 with -1001.
    [Tags]    X14    campaign
    The Order Is Found    500    -1001

An Unexpected Answer From The Venues Middle And The Order Was Executed
    [Documentation]    504 with -1006.
    [Tags]    X14    campaign
    The Order Is Found    504    -1006

An Unknown Error And The Order Was Executed
    [Documentation]    500 with -1000.
    [Tags]    X14    campaign
    The Order Is Found    500    -1000

A Second Sending That The Venue Calls A Duplicate
    [Documentation]    "Duplicate order sent." tells that the first one arrived: unknown, not refused.
    [Tags]    X18
    Given Answer With    400    code=-2010    message=Duplicate order sent.    of=order placement
    And Lose The User Event    times=always
    When The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    Then The Order Was Executed Once

An Order That Was Filled Is Not Sent Again
    [Tags]    X14    X18    campaign
    Given Every Word About Orders Is Lost
    When The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    And Get Venue Order Count    ==    1
    And Both Clocks Pass    3 seconds
    Then The Order Was Executed Once

A Late Answer Changes Nothing
    [Documentation]    The order is given up as unanswered, is found by a query, and then the answer comes.
    [Tags]    X16
    Given Delay The Answer    by=4s
    And Lose The User Event    times=always
    When The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    Then The Order Was Executed Once
    When Get Market Counter    late_answers    ==    1    timeout=10s
    Then The Order    status=FILLED    filled=0.5
    And Get Fill Count    ==    1

A Timeout Before Anything Was Done Is Proven Absent
    [Documentation]    503 with -1007 before the order was looked at: after recvWindow and the read lag by the venue's clock it is failed.
    [Tags]    X15
    Given Answer With    503    code=-1007    point=after_validate
    ${lost} =    When The Engine Places    BUY    BTCUSDT    qty=0.5    price=98.00
    Then The Order Stays Unknown    ${lost}
    When Both Clocks Pass    4 seconds
    Then The Order    status=FAILED    filled=0    reserved=0    order=${lost}
    And Get Venue Order Count    ==    0
    And The Symbol Trades Again

Absence Is Not Believed Before Its Time
    [Documentation]    Not found, and not found again: as long as the order may still arrive it may be there.
    [Tags]    X15    X19
    Given Lose The Answer    point=before_parse
    ${lost} =    When The Engine Places    BUY    BTCUSDT    qty=0.5    price=98.00
    And Every Fault Was Met
    And Both Clocks Pass    2 seconds
    And Get Venue Request Count    >=    2    path=GET /api/v3/order
    Then The Order Stays Unknown    ${lost}
    When Both Clocks Pass    5 seconds
    Then The Order    status=FAILED    filled=0    reserved=0    order=${lost}

Absence Is Believed Later Where The Venues Clock Was Set Back
    [Documentation]    A request on its way stays valid until the venue's clock is past its timestamp and window: the bound counts from
    ...    there, not from the first "not found", which came at an earlier time.
    [Tags]    X15    I07
    [Setup]    An Engine That Asks Soon On A Venue Whose Clock Is Right
    Given Lose The Answer    point=before_parse
    ${lost} =    When The Engine Places    BUY    BTCUSDT    qty=0.5    price=98.00
    And The Venues Clock Is Set Back Once The Request Is Lost
    And Both Clocks Pass    2 seconds
    And Get Venue Request Count    >=    1    path=GET /api/v3/order
    And Both Clocks Pass    4 seconds
    And Get Venue Request Count    >=    3    path=GET /api/v3/order
    Then The Order Stays Unknown    ${lost}
    When Both Clocks Pass    10 seconds
    Then The Order    status=FAILED    filled=0    reserved=0    order=${lost}
    [Teardown]    Set The Venue Clock Skew    0s

An Exit That Never Arrived Is Sent Once More
    [Documentation]    What reduces risk is not given up: proven absent, it leaves once more under the same id.
    [Tags]    X15
    Given The Engine Holds    BTCUSDT    BUY    1
    And Answer With    503    code=-1007    point=after_validate
    ${exit} =    When The Engine Places    SELL    BTCUSDT    qty=0.5    purpose=EXIT
    And Get Order Field    knowledge    ==    UNKNOWN    order=${exit}
    And Both Clocks Pass    4 seconds
    Then The Order    status=FILLED    filled=0.5    order=${exit}
    And Get Venue Order Count    ==    2
    And Nothing Is In Doubt    USDT    BTC

An Exit That Never Arrived Twice Is Not Sent A Third Time
    [Tags]    X15
    Given The Engine Holds    BTCUSDT    BUY    1
    And Answer With    503    code=-1007    point=after_validate    times=2
    ${exit} =    When The Engine Places    SELL    BTCUSDT    qty=0.5    purpose=EXIT
    And Get Order Field    knowledge    ==    UNKNOWN    order=${exit}
    And Both Clocks Pass    4 seconds
    And Get Order Field    reason    contains    sent again; answered 503    order=${exit}    timeout=20s
    And Get Order Field    knowledge    ==    UNKNOWN    order=${exit}
    And Both Clocks Pass    6 seconds
    Then The Order    status=FAILED    filled=0    order=${exit}
    And Get Venue Order Count    ==    1

An Order That The Venues Readers Do Not See Yet
    [Documentation]    Queries answer -2013 for 800 ms after the order was accepted: it is not declared lost.
    [Tags]    X19
    Given Answer With    503    code=-1007
    And Hide Accepted Orders For    800ms
    And Lose The User Event    times=always
    When The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    Then The Order Was Executed Once

An Order That The Query By Its Id Does Not Show
    [Documentation]    It says -2013 as often as it is asked; the list of open orders has the order: absence is no word of one reader.
    [Tags]    X19
    Given Answer With    503    code=-1007
    And Answer With    400    code=-2013    message=Order does not exist.    of=order query    times=always
    And Lose The User Event    times=always
    ${order} =    When The Engine Places    BUY    BTCUSDT    qty=0.5    price=98.00
    Then The Order    status=OPEN    filled=0    reserved=49    order=${order}    timeout=20s
    And Every Fault Was Met
    And Get Venue Request Count    ==    1    path=order.place

Only Its Own Symbol Waits
    [Documentation]    An entry of the same symbol is refused by R26, with the order's id; another symbol trades on.
    [Tags]    X14    X15
    Given Lose The Answer    point=before_parse
    ${lost} =    When The Engine Places    BUY    BTCUSDT    qty=0.5    price=98.00
    And The Order Stays Unknown    ${lost}
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=R26    value=${lost}
    And The Engine Holds    ETHUSDT    BUY    0.5

The Question Itself Is Not Answered
    [Documentation]    The order's answer is lost, and three questions for it fail: 503, HTML, a cut. It is asked until there is an answer.
    [Tags]    X14
    Given Every Word About Orders Is Lost
    And Answer With    503    code=-1007    of=order query
    And Replace The Answer    <html>maintenance</html>    content_type=text/html    of=order query
    And Cut The Connection After Bytes    17    of=order query
    When The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    Then The Order Was Executed Once


*** Keywords ***
An Engine That Asks Soon
    [Documentation]    BTCUSDT and ETHUSDT at 99.50 to 100.50; an unanswered order is unknown after 2 s, absent after recvWindow (2 s) and
    ...    the read lag (1 s) of the venue's clock.
    Set The Book    BTCUSDT    bid=99.50    ask=100.50    size=1000
    Set The Book    ETHUSDT    bid=99.50    ask=100.50    size=1000
    Start A Fresh Engine    tier=HUNTER    movable_clock=True    protection.rest_at_venue=false    timing.book_stale_ms=3600000
    ...    timing.answer_timeout_ms=2000    timing.recv_window_ms=2000

An Engine That Asks Soon On A Venue Whose Clock Is Right
    [Documentation]    A skew is counted from the machine's clock: of what earlier tests let pass at the venue nothing is left.
    Set The Venue Clock Skew    0s
    An Engine That Asks Soon

The Order Is Found
    [Documentation]    The venue executes the order and answers with this error.
    [Arguments]    ${status: int}    ${code: int}
    Answer With    ${status}    code=${code}    of=order placement
    Lose The User Event    times=always
    The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    The Order Was Executed Once

The Order Was Executed Once
    [Documentation]    FILLED by a query or an event; the venue has one order and one trade; nothing is in doubt.
    Use The Order    symbol=BTCUSDT
    The Order    status=FILLED    filled=0.5    timeout=20s
    Every Fault Was Met
    Get Venue Order Count    ==    1
    Get Venue Trade Count    ==    1
    Get Venue Request Count    ==    1    path=order.place
    Nothing Is In Doubt    USDT    BTC

The Order Stays Unknown
    [Documentation]    What it would need is kept for it, and nothing is known of it.
    [Arguments]    ${order: str}
    Get Order Field    knowledge    ==    UNKNOWN    order=${order}
    The Order    status=SUBMITTED    reserved=49    order=${order}

The Venues Clock Is Set Back Once The Request Is Lost
    [Documentation]    By 8 s, which is more than the bound.
    Every Fault Was Met
    Set The Venue Clock Skew    -8s

The Symbol Trades Again
    [Documentation]    Nothing waits any more.
    Nothing Is In Doubt    USDT    BTC
    The Engine Holds    BTCUSDT    BUY    0.2
