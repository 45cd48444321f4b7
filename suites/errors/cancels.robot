*** Settings ***
Documentation    A cancel that goes wrong: nobody knows whether it was done, it came too late, it is refused, the fill was faster. The venue
...              decides what became of the order; a cancel is asked again where that can do no harm, an order never.

Resource         ../../resources/errors.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Order That Rests
Test Timeout     60 seconds

Test Tags        AC6    AC6.4    R26    I12    errors


*** Test Cases ***
A Cancel Of Unknown Outcome That Was Done
    [Tags]    X21
    Given Answer With    503    code=-1007    of=cancellation
    And Lose The User Event    times=always
    When Cancel The Order
    Then The Order    status=CANCELLED    filled=0    reserved=0    timeout=20s
    And It Was Asked For    1

A Cancel Of Unknown Outcome That Was Not Done
    [Documentation]    The order is found open: it is not taken for cancelled, and the cancel leaves again.
    [Tags]    X21
    Given Answer With    503    code=-1007    of=cancellation    point=after_validate
    When Cancel The Order
    Then The Order    status=CANCELLED    filled=0    reserved=0    timeout=20s
    And It Was Asked For    2

A Cancel Whose Answer Never Comes
    [Tags]    X21    X16
    Given Lose The Answer    of=cancellation
    And Lose The User Event    times=always
    When Cancel The Order
    Then The Order    status=CANCELLED    filled=0    reserved=0    timeout=20s
    And It Was Asked For    1

A Cancel Whose Answer Cannot Be Read
    [Tags]    X21    campaign
    Given Replace The Answer    <html>maintenance</html>    of=cancellation
    And Lose The User Event    times=always
    When Cancel The Order
    Then The Order    status=CANCELLED    filled=0    reserved=0    timeout=20s
    And It Was Asked For    1

A Cancel Whose Request Was Lost
    [Documentation]    The connection ends while it is read: the venue heard of the second one only.
    [Tags]    X21    campaign
    Given Cut The Connection Before The Request    of=cancellation
    When Cancel The Order
    Then The Order    status=CANCELLED    filled=0    reserved=0    timeout=20s
    And It Was Asked For    1

A Fill Is Faster Than The Cancel
    [Documentation]    The cancel is on its way while somebody sells: -2011. The fill is booked, and nothing replaces the order.
    [Tags]    X22
    Given Lose The User Event    times=always
    And Someone Sells    BTCUSDT    qty=0.5    price=99.80
    When Cancel The Order
    Then The Order    status=FILLED    filled=0.5    reserved=0    timeout=20s
    And Get Fill Count    ==    1
    And It Was Asked For    1

A Part Is Faster Than The Cancel
    [Documentation]    Two tenths are filled, the rest is cancelled, and the report of the fill comes after that of the cancel.
    [Tags]    X22    X24
    Given Delay The User Event    by=500ms    execution=TRADE
    And Someone Sells    BTCUSDT    qty=0.2    price=99.80
    When Cancel The Order
    Then The Order    status=CANCELLED    filled=0.2    reserved=0    timeout=20s
    And Get Fill Count    ==    1
    And It Was Asked For    1

A Cancel Of An Order That Is Gone
    [Documentation]    A person cancelled it by hand, and no event told of it: -2011, then the venue is asked.
    [Tags]    X22
    Given Lose The User Event    times=always
    And The Accounts Owner Cancels Everything
    When Cancel The Order
    Then The Order    status=CANCELLED    filled=0    reserved=0    timeout=20s
    And It Was Asked For    1

A Cancel That The Venue Refuses Again And Again Is Given Up
    [Documentation]    Five times asked; the order rests on and is the engine's, and the journal says so.
    [Tags]    X21
    ${fault} =    Given Answer With    503    code=-1007    of=cancellation    point=after_validate    times=always
    When Cancel The Order
    Then Get Fault Hits    ==    5    fault=${fault}    timeout=20s
    And Get Fact Field    ErrorRecorded    detail    contains    is still open after 5 cancels    timeout=20s
    And The Order    status=OPEN    filled=0
    When Heal The Venue
    And Cancel The Order
    Then The Order    status=CANCELLED    filled=0    reserved=0    timeout=20s


*** Keywords ***
An Order That Rests
    [Documentation]    BTCUSDT at 99.50 to 100.50; 0.5 BTC at 99.80 of an engine that keeps its stops to itself.
    Set The Book    BTCUSDT    bid=99.50    ask=100.50    size=1000
    Start A Fresh Engine    tier=HUNTER    protection.rest_at_venue=false    breaker.failures=1000
    ...    timing.answer_timeout_ms=1500    timing.recv_window_ms=1500
    The Engine Rests    BTCUSDT    BUY    0.5    99.80

It Was Asked For
    [Documentation]    So many cancels reached the venue, one order ever did, every fault has happened, and nothing is in doubt.
    [Arguments]    ${times: int}
    Get Venue Request Count    ==    ${times}    path=order.cancel
    Get Venue Request Count    ==    1    path=order.place
    Every Fault Was Met
    Nothing Is In Doubt    USDT    BTC
