*** Settings ***
Documentation    Two venues share nothing: processes, ledgers, clocks, keys and lives are their own.

Resource         ../../resources/raw_rest.resource
Library          ../../libraries/EngineLibrary.py

Suite Setup      Two Venues
Test Setup       Both Are Quoted
Test Timeout     120 seconds

Test Tags        IP1    venue


*** Test Cases ***
An Engine Knows Which Of Two Venues Is Gone
    [Tags]    AC8.1    S3
    Given Start A Fresh Engine    tier=HUNTER
    When Kill The Venue    venue=second
    Then Get Engine State    ==    DEGRADED
    And Set The Book    BTCUSDT    bid=98.00    ask=102.00    venue=first
    And Get Top Of Book    BTCUSDT    ASK    ==    102.00    venue=first
    And Restart The Venue    venue=second
    And Get Engine State    ==    RUNNING    timeout=60 seconds

A Client Trades On At One When The Other Is Killed
    [Tags]    AC8.1    S3
    Given A Raw Session    venue=first
    When Kill The Venue    venue=second
    And Send A Public Request    GET    /api/v3/ping
    And The Venue Answered    200
    And A Raw Order    venue=first
    Then The Venue Answered    200
    [Teardown]    Restart The Venue    venue=second

Keys Of One Are Unknown To The Other
    Given A Raw Session    venue=first
    ${address} =    Get Venue Address    venue=second
    And Create Session    venue    ${address}    disable_warnings=1
    When A Raw Order    venue=first
    Then The Venue Answered    401    code=-2015

Clocks Are Their Own
    [Tags]    X34
    Given A Raw Session    venue=second
    And Set The Venue Clock Skew    30s    venue=first
    When A Raw Order    venue=second
    Then The Venue Answered    200
    [Teardown]    Set The Venue Clock Skew    0s    venue=first

Orders Of One Are Not In The Ledger Of The Other
    Given A Raw Session    venue=first
    And A Raw Session    venue=second
    When A Raw Order    venue=second
    Then The Venue Answered    200
    And Get Venue Order Count    ==    1    venue=second
    And Get Venue Order Count    ==    0    venue=first


*** Keywords ***
Two Venues
    [Documentation]    Two exchange processes with the same symbol.
    Open The Venue    BTCUSDT    venue=first
    Open The Venue    BTCUSDT    venue=second

Both Are Quoted
    [Documentation]    The same book at both.
    Set The Book    BTCUSDT    bid=99.00    ask=101.00    venue=first
    Set The Book    BTCUSDT    bid=99.00    ask=101.00    venue=second

A Raw Session
    [Documentation]    A connection of RequestsLibrary to one venue, and an account there.
    [Arguments]    ${venue: str}
    ${address} =    Get Venue Address    venue=${venue}
    Create Session    venue    ${address}    disable_warnings=1
    Open A Raw Account    USDT:1000    venue=${venue}

A Raw Order
    [Documentation]    A LIMIT order that rests, signed with the keys of one venue.
    [Arguments]    ${venue: str}
    ${query} =    Get Signed Query    venue=${venue}    symbol=BTCUSDT    side=BUY    type=LIMIT    timeInForce=GTC
    ...    quantity=1    price=90.00
    ${headers} =    Get Raw Headers    venue=${venue}
    ${answer} =    POST On Session    venue    /api/v3/order?${query}    headers=${headers}    expected_status=any
    Keep The Raw Answer    ${answer}
