*** Settings ***
Documentation    Every address of the venue is gone: what rests there protects as far as it can, nothing is assumed and nothing is entered,
...              and within thirty seconds of the venue's return all is read, booked once and traded again.

Resource         ../../resources/failover_exchange.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT    addresses=2
Test Setup       An Engine That Knows Two Addresses    failover.probe_ms=1000
Test Teardown    The Venue Is There Again
Test Timeout     90 seconds

Test Tags        AC8    AC8.1    failover


*** Test Cases ***
Nothing Is Entered While No Address Answers
    [Documentation]    Entries are refused by name, what rests stays, and all is as it was when the venue is back.
    ${resting} =    Given The Engine Rests    BTCUSDT    BUY    0.5    98.00
    When No Address Answers
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.12    status=503    code=GENESIS-2905    message=binance cannot be reached
    And The Engine Refuses    SELL    BTCUSDT    qty=0.12    purpose=EXIT    status=503    code=GENESIS-2905
    And Get Venue Order Status    ==    NEW    order=${resting}
    When The Venue Returns
    Then An Entry Is Acknowledged
    And Get Order Status    ==    OPEN    order=${resting}
    And Nothing Is In Doubt    USDT    BTC    ETH

A Stop That Rests At The Venue Protects While No Address Answers
    [Documentation]    The market falls through the stop; the venue executes it by itself, and the engine books that once when it is back.
    [Tags]    R6    X22
    [Setup]    An Engine That Knows Two Addresses    stops_rest=true    failover.probe_ms=1000
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And Get Venue Order Count    ==    1    status=NEW
    When No Address Answers
    And The Market Falls Through The Stop
    And The Venue Returns
    Then Get Position    BTCUSDT    <    0.001    timeout=20s
    And Get Fact Count    StopExecuted    ==    1
    And An Entry Is Acknowledged
    And Nothing Is In Doubt    USDT    BTC

What Was Executed Unseen Before The Outage Is Booked Once After It
    [Tags]    I08    I12    I29    X14
    Given Every Word About Orders Is Lost
    ${order} =    And The Engine Places    BUY    BTCUSDT    qty=0.5
    And Get Venue Order Status    ==    FILLED
    When No Address Answers
    And The Venue Returns
    Then The Order    status=FILLED    filled=0.5    reserved=0    order=${order}
    And An Entry Is Acknowledged
    And Get Venue Order Count    ==    2
    And Nothing Is In Doubt    USDT    BTC    ETH

What Rests Is Traded While Nobody Listens And Booked Once
    [Tags]    I08    I09    X26
    ${resting} =    Given The Engine Rests    BTCUSDT    BUY    0.5    98.00
    When No Address Answers
    And Only The Engines Bids Are Left
    And Someone Sells    BTCUSDT    qty=0.2    price=98.00
    And The Venue Returns
    Then The Order    status=PARTIALLY_FILLED    filled=0.2    order=${resting}
    And An Entry Is Acknowledged
    And Nothing Is In Doubt    USDT    BTC

The Venue Itself Dies And Comes Back On Its Ledger
    [Documentation]    Matching process and addresses are killed together; orders that rested rest again.
    ${resting} =    Given The Engine Rests    BTCUSDT    BUY    0.5    98.00
    When Kill The Venue
    And Get Engine State    ==    DEGRADED    timeout=20s
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.12    status=503    code=GENESIS-2905
    When Start The Stopwatch
    And Restart The Venue
    Then The Engine Is Whole Again By    api
    And An Entry Is Acknowledged
    And Get Order Status    ==    OPEN    order=${resting}
    And Nothing Is In Doubt    USDT    BTC    ETH

An Engine That Starts In An Outage Waits And Assumes Nothing
    [Tags]    AC5
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And No Address Answers
    And Kill The Engine
    When Restart The Engine    until=RECONCILING    books=False
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.12    status=503
    When The Venue Returns
    Then An Entry Is Acknowledged
    And Nothing Is In Doubt    USDT    BTC    ETH
