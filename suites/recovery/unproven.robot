*** Settings ***
Documentation    An order was sent, nobody knows what came of it, and the engine dies: it is found by its own id and taken over, or its
...              absence is proven on the venue's clock; it is never sent twice, and only its own symbol waits for the proof.

Resource         ../../resources/recovery.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Setup       An Engine That Will End    protection.rest_at_venue=false    movable_clock=True    timing.book_stale_ms=3600000
Test Timeout     60 seconds

Test Tags        AC5    AC5.3    P4    S6    X37    R26    I08    I12    recovery


*** Test Cases ***
An Order Whose Answer Was Lost Is Found And Taken Over
    [Tags]    X14
    Given Every Word About Orders Is Lost
    And The Engine Places    BUY    BTCUSDT    qty=0.5    price=98.00
    And Get Venue Order Status    ==    NEW
    And Get Order Status    ==    SUBMITTED
    When The Engine Crashes And Comes Back
    Then The Order    status=OPEN    filled=0    reserved=49
    And Get Venue Request Count    ==    1    path=order.place
    And Nothing Is In Doubt    USDT    BTC

An Order That Was Filled Before Its Answer Was Lost Is Booked Once
    [Tags]    X14    X18
    Given Every Word About Orders Is Lost
    And The Engine Places    BUY    BTCUSDT    qty=0.5
    And Get Venue Order Status    ==    FILLED
    And Get Order Status    ==    SUBMITTED
    When The Engine Crashes And Comes Back
    Then The Order    status=FILLED    filled=0.5    reserved=0
    And Get Fill Count    ==    1
    And Get Venue Request Count    ==    1    path=order.place
    And Nothing Is In Doubt    USDT    BTC

A Cancel Whose Answer Was Lost Is Found Done
    [Tags]    X21
    ${order} =    The Engine Rests    BTCUSDT    BUY    0.5    98.00
    Given Lose The Answer    of=cancellation
    And Lose The User Event    times=always
    And Cancel The Order
    And Get Venue Order Status    ==    CANCELED
    And Get Order Status    ==    OPEN
    When The Engine Crashes And Comes Back
    Then The Order    status=CANCELLED    filled=0    reserved=0    order=${order}
    And Get Venue Request Count    ==    1    path=order.cancel
    And Nothing Is In Doubt    USDT    BTC

An Order That Never Arrived Holds Its Symbol And Nothing Else
    [Documentation]    The engine runs at once; what was sent stays reserved until its absence is proven on the venue's clock: after
    ...    recvWindow (10 s here) and the read lag (1 s). Then it is failed, and not sent again.
    [Tags]    X15    X19
    ${lost} =    An Entry That Never Arrives
    When The Engine Crashes And Comes Back
    Then The Order Is Still Unproven    ${lost}
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=R26    value=${lost}
    And The Engine Holds    ETHUSDT    BUY    0.5
    When Both Clocks Pass    10 seconds
    Then The Order Is Still Unproven    ${lost}
    When Both Clocks Pass    2 seconds
    Then The Order Is Proven Absent    ${lost}
    And The Engine Holds    BTCUSDT    BUY    0.2

An Exit That Never Arrived Is Sent Once More Under The Same Id
    [Documentation]    What reduces risk is not given up: once its absence is proven, it leaves again, once.
    [Tags]    X15
    Given The Engine Holds    BTCUSDT    BUY    1
    And Cut The Connection Before The Request    of=order placement
    ${exit} =    The Engine Places    SELL    BTCUSDT    qty=0.5    purpose=EXIT
    And Every Fault Was Met
    When The Engine Crashes And Comes Back
    And Get Order Field    knowledge    ==    UNKNOWN    order=${exit}
    And Both Clocks Pass    12 seconds
    Then The Order    status=FILLED    filled=0.5    order=${exit}
    And Get Venue Order Count    ==    2
    And Nothing Is In Doubt    USDT    BTC

Proof Begins Anew After Each Crash And Ends All The Same
    [Documentation]    The first "not found" was heard by a process that is gone: its successor counts from its own first one.
    [Tags]    X15    I31
    ${lost} =    An Entry That Never Arrives
    Given The Engine Crashes And Comes Back
    And Both Clocks Pass    6 seconds
    When The Engine Crashes And Comes Back
    And Both Clocks Pass    6 seconds
    Then The Order Is Still Unproven    ${lost}
    When Both Clocks Pass    6 seconds
    Then The Order Is Proven Absent    ${lost}


*** Keywords ***
An Entry That Never Arrives
    [Documentation]    0.5 BTC at 98.00; its bytes are lost on the way. Returns its id.
    Cut The Connection Before The Request    of=order placement
    ${order} =    The Engine Places    BUY    BTCUSDT    qty=0.5    price=98.00
    Every Fault Was Met
    RETURN    ${order}

The Order Is Still Unproven
    [Documentation]    Sent for all that is known, and what it would need is kept for it.
    [Arguments]    ${order: str}
    The Order    status=SUBMITTED    reserved=49    order=${order}
    Get Order Field    knowledge    ==    UNKNOWN    order=${order}

The Order Is Proven Absent
    [Documentation]    It is FAILED and reserves nothing, nothing is in doubt, and no order of that id was ever accepted by the venue.
    [Arguments]    ${order: str}
    The Order    status=FAILED    filled=0    reserved=0    order=${order}
    Nothing Is In Doubt    USDT    BTC    ETH
    ${lines} =    Get Venue Ledger Lines    order
    ${ids} =    Evaluate    [line["client_order_id"] for line in $lines]
    Should Not Contain    ${ids}    ${order}
