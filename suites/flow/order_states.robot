*** Settings ***
Documentation    The two ends of an order that need a broken world: NOT_SENT (too old when it became durable) and FAILED (proven absent at
...              the venue). Write-ahead is seen from the venue: while the journal cannot commit, nothing arrives there.

Resource         ../../resources/trading.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       A Market And An Engine
Test Timeout     60 seconds

Test Tags        AC1    AC1.2    flow    R26


*** Test Cases ***
Nothing Leaves While The Journal Cannot Commit
    [Tags]    I16    X39
    Given Hold The Database Lock
    When The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    Then The Venue Receives No Order For    400 ms
    When Release The Database Lock
    Then Get Engine State    ==    RUNNING

An Order That Became Durable Too Late Is Not Sent
    [Tags]    I16
    Given Hold The Database Lock
    When The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    And The Venue Receives No Order For    700 ms
    And Release The Database Lock
    And Use The Order    symbol=BTCUSDT
    Then The Order    status=NOT_SENT    filled=0    reserved=0
    And Get Venue Order Count    ==    0

An Order That The Venue Never Took Is Failed By Proof
    [Tags]    X15    X37
    Given Freeze The Venue
    And The Engine Places    BUY    BTCUSDT    qty=0.5
    And The Order    status=SUBMITTED
    And Kill The Engine
    When Thaw The Venue    after=2 seconds
    And Restart The Engine
    Then The Order    status=FAILED    filled=0    reserved=0
    And Get Venue Trade Count    ==    0
    And The Engine Holds    BTCUSDT    BUY    0.5


*** Keywords ***
A Market And An Engine
    [Documentation]    BTCUSDT at 99.99 to 100.00 with depth; a HUNTER with 5,000 USDT and the default limits of age and recvWindow.
    The Market Stands At    BTCUSDT    100.00
    Start A Fresh Engine    tier=HUNTER    timing.entry_age_ms=500    timing.recv_window_ms=1500
