*** Settings ***
Documentation    What else is different when an engine comes back: the symbol's rules, whether it trades, the key, the venue itself.

Resource         ../../resources/recovery.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     90 seconds

Test Tags        AC5    P4    S6    recovery


*** Test Cases ***
New Rules Of A Symbol Are Obeyed From The First Order On
    [Tags]    X36    X12    I13
    Given An Engine That Will End    protection.rest_at_venue=false
    And The Engine Rests    BTCUSDT    BUY    0.5    99.25
    When Kill The Engine
    And Change The Rules Of    BTCUSDT    tick_size=0.50
    And Restart The Engine
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.2    price=98.25    status=400    rule=PRICE_FILTER    code=GENESIS-4501
    And The Engine Rests    BTCUSDT    BUY    0.2    98.50
    And Nothing Is In Doubt    USDT
    [Teardown]    Change The Rules Of    BTCUSDT    tick_size=0.01

A Symbol That Was Halted Meanwhile Holds Nothing Else Up
    [Tags]    X36
    Given An Engine That Will End    protection.rest_at_venue=false
    ${resting} =    The Engine Rests    BTCUSDT    BUY    0.5    99.00
    And Kill The Engine
    When Set The Symbol Status    BTCUSDT    CANCEL_ONLY
    And Restart The Engine
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=STATUS    value=CANCEL_ONLY
    And The Engine Holds    ETHUSDT    BUY    0.2
    And Cancel The Order    order=${resting}
    And Get Order Status    ==    CANCELLED    order=${resting}
    [Teardown]    Set The Symbol Status    BTCUSDT    TRADING

A Key That Was Revoked Meanwhile Ends The Start And Loses Nothing
    [Documentation]    Exit code 5, twice the same; with the key back the order is what it was.
    [Tags]    X35    AC10.4
    Given An Engine That Will End    protection.rest_at_venue=false
    And The Engine Rests    BTCUSDT    BUY    0.5    99.00
    And Kill The Engine
    When Revoke The Api Key
    And The Engine Does Not Come Back    exit_code=5    message=GENESIS-1901
    And The Engine Does Not Come Back    exit_code=5    message=GENESIS-1901
    And Restore The Api Key
    And Restart The Engine
    Then The Order    status=OPEN    filled=0    reserved=49.5
    And Nothing Is In Doubt    USDT

A Venue That Is Not There Is Waited For
    [Documentation]    The engine is up and says that it is not connected; positions and counters are there already.
    [Tags]    AC6.1    X17
    Given An Engine That Will End
    And The Engine Holds    BTCUSDT    BUY    0.5
    And Nothing Is In Doubt    USDT    BTC
    And Kill The Engine
    When Venue Goes Down For    1 minute
    And Restart The Engine    until=RECONCILING    books=False
    Then Get Health    venues.binance.orders    ==    false
    And Get Position    BTCUSDT    ==    0.4995
    When Heal The Venue
    Then Nothing Is In Doubt    USDT    BTC

An Order That The Venue Does Not Know Blocks Until It Does
    [Documentation]    It was accepted, and a venue that answers from an old copy knows nothing of it: the engine says so.
    [Tags]    X19    X38
    Given An Engine That Will End    protection.rest_at_venue=false
    And Hide Accepted Orders For    60s
    And The Engine Places    BUY    BTCUSDT    qty=0.5    price=99.00
    And Get Order Status    ==    OPEN
    When Kill The Engine
    And Restart The Engine    until=RECONCILING    books=False
    Then Get Health    venues.binance.differences    contains    is OPEN here and unknown at the venue
    When Heal The Venue
    Then The Order    status=OPEN    filled=0    reserved=49.5
    And Nothing Is In Doubt    USDT

A Venue That Was Restarted Meanwhile Has What It Had
    [Tags]    AC6.1
    Given An Engine That Will End    protection.rest_at_venue=false
    And The Engine Rests    BTCUSDT    BUY    0.5    99.00
    And Kill The Engine
    When Kill The Venue
    And Restart The Venue
    And Restart The Engine    books=False
    Then The Order    status=OPEN    filled=0    reserved=49.5
    And Nothing Is In Doubt    USDT
