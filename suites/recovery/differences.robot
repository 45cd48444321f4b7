*** Settings ***
Documentation    What nothing explains: money and orders that came or went at the venue while no engine was there. Trading is blocked, what
...              differs is named with both sides' numbers and with what an operator can do, and it goes on once that is settled.

Resource         ../../resources/recovery.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Setup       An Engine That Will End    protection.rest_at_venue=false    timing.reconcile_retry_ms=100
Test Timeout     60 seconds

Test Tags        AC5    AC9.3    P4    S6    X38    recovery


*** Test Cases ***
A Deposit Meanwhile Blocks Until An Operator Answers For It
    [Tags]    I02    I03
    Given The Engine Holds    BTCUSDT    BUY    0.5
    ${realised} =    Get Realised Pnl
    And Kill The Engine
    When Deposit    USDT    250.5
    And The Engine Comes Back Blocked
    Then The Venue Differs By    USDT: venue 5200.25, engine 4949.75, difference 250.5
    And The Operator Is Told    GENESIS-1703    POST /control/adopt
    When Adopt What The Venue Shows
    Then Nothing Is In Doubt    USDT    BTC
    And Get Realised Pnl    ==    ${realised}

A Withdrawal Meanwhile Is Settled By The Money That Comes Back
    [Documentation]    The cause is gone, and nobody has to say anything.
    [Tags]    AC5.1
    Given Stop The Engine
    When Withdraw    USDT    100
    And The Engine Comes Back Blocked
    Then The Venue Differs By    USDT: venue 4900, engine 5000, difference -100
    And The Engine Refuses    BUY    BTCUSDT    qty=0.2    status=503
    When Move The Balance    USDT    100    silently=True
    Then Nothing Is In Doubt    USDT
    And Get Fact Count    BalanceTransferred    ==    0

Base That Came Meanwhile Is Inventory And No Position
    Given Kill The Engine
    When Deposit    BTC    2
    And The Engine Comes Back Blocked
    And Adopt What The Venue Shows    please    status=422
    And Adopt What The Venue Shows
    Then Nothing Is In Doubt    USDT    BTC
    And Get Position    BTCUSDT    ==    0
    And Adopt What The Venue Shows    status=409

An Order That Somebody Else Placed Blocks Until It Is Gone
    [Tags]    I07
    Given Kill The Engine
    ${stranger} =    The Accounts Owner Places    BUY    BTCUSDT    qty=0.5    price=90.00
    When The Engine Comes Back Blocked
    Then The Venue Differs By    open order '${stranger}' on BTCUSDT that this engine never made
    And The Operator Is Told    GENESIS-1702    cancel at the venue the orders that are not ours
    And Adopt What The Venue Shows    status=409
    When The Accounts Owner Cancels Everything
    Then Nothing Is In Doubt    USDT
    And Expect Violation    I07

A Trade That Somebody Else Made Is Adopted With What It Moved
    [Documentation]    To the engine it is a transfer; the auditor goes on telling of an order and a fill that are not the engine's.
    [Tags]    I07    I09
    Given Kill The Engine
    And The Accounts Owner Places    BUY    BTCUSDT    qty=0.5
    When The Engine Comes Back Blocked
    Then Get Health    venues.binance.differences    contains    of unknown order
    And Get Health    venues.binance.differences    contains    BTC: venue 0.4995, engine 0, difference 0.4995
    When Adopt What The Venue Shows
    Then Nothing Is In Doubt    USDT    BTC
    And The Engine Holds    BTCUSDT    BUY    0.5
    And Expect Violation    I07    I09

What Blocked Before A Crash Blocks After It
    [Tags]    I31
    Given Kill The Engine
    And Deposit    USDT    10
    And The Engine Comes Back Blocked
    When Kill The Engine
    And The Engine Comes Back Blocked
    Then The Venue Differs By    USDT: venue 5010, engine 5000, difference 10
    When Adopt What The Venue Shows
    And Nothing Is In Doubt    USDT
    And The Engine Crashes And Comes Back
    Then Nothing Is In Doubt    USDT


*** Keywords ***
The Engine Comes Back Blocked
    [Documentation]    It is started again on its database; it reads the venue and does not run.
    Restart The Engine    until=RECONCILING    books=False
    Get Health    venues.binance.differences    !=    none
    Get Engine State    ==    RECONCILING

The Venue Differs By
    [Documentation]    The engine's health says exactly this.
    [Arguments]    ${differences: str}
    Get Health    venues.binance.differences    ==    ${differences}

The Operator Is Told
    [Documentation]    The last error on record has this code, and says what can be done.
    [Arguments]    ${code: str}    ${help: str}
    Get Fact Field    ErrorRecorded    code    ==    ${code}
    Get Fact Field    ErrorRecorded    detail    contains    ${help}
