*** Settings ***
Documentation    Red on purpose, each for a cause of its own: the report alone must tell which. Run by test_red_reports.py.

Resource         ../../resources/trading.resource
Resource         ../../resources/recovery.resource
Resource         ../../resources/raw_rest.resource
Library          Vandal.py

Suite Setup      Open The Venue    BTCUSDT
Test Timeout     60 seconds

Test Tags        keyword-errors


*** Test Cases ***
A Wrong Price Is Asserted
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    The Engine Places    BUY    BTCUSDT    qty=1.0    price=100.00
    Someone Sells    BTCUSDT    qty=0.4    price=100.00
    The Order    status=PARTIALLY_FILLED    filled=0.4
    The Fill    price=100.01    qty=0.4    timeout=300ms

A Wait Runs Out
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    The Engine Places    BUY    BTCUSDT    qty=1.0    price=99.00
    The Order    status=FILLED    filled=1.0    timeout=2s

A Step Inside Of A Phrase Fails
    [Documentation]    Money that arrives behind the engine's back.
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    Move The Balance    BTC    1    silently=True
    Both Books Show The Same    BTC

The Engine Dies Unannounced
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    The Engine Places    BUY    BTCUSDT    qty=0.5
    The Order    status=FILLED    filled=0.5
    Kill Behind The Keywords

The Engine Does Not Start
    Set The Book    BTCUSDT    bid=99.50    ask=100.50
    Start A Fresh Engine    risk.min_confidence=1.7

An Invariant Is Violated
    [Documentation]    A fill is other in the database than at the venue.
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    The Engine Places    BUY    BTCUSDT    qty=0.5
    The Order    status=FILLED    filled=0.5
    Kill The Engine
    Falsify The Database    UPDATE fills SET quantity = '0.4'

An Order Is Lost
    [Documentation]    The database forgets an order that rests at the venue.
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    The Engine Rests    BTCUSDT    BUY    0.5    98.00
    Kill The Engine
    Falsify The Database    DELETE FROM orders

A Keyword Argument Is Refused
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    The Engine Places    BUY    BTCUSDT    qty=${0.5}

An Order Is Refused
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    The Engine Places    BUY    BTCUSDT    qty=0.5    price=99.001

The Venue Rejects
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    Answer With    400    code=-2010    message=Account has insufficient balance for requested action.    of=order.place
    ...    point=after_validate
    The Engine Places    BUY    BTCUSDT    qty=0.5    price=99.00
    Get Order Status    ==    OPEN    timeout=2s

A Raw Request Is Answered Otherwise
    [Documentation]    Without an engine: what the exchange was asked stands in the timeline.
    Open The Raw Session
    Send A Public Request    GET    /api/v3/depth    symbol=NOPE
    The Venue Answered    200

A Process Is Left
    Leave A Process

Market Data Is Stale
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    Drop The Stream Message    btcusdt@depth@100ms    only_engine=True
    Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Get Top Of Book    BTCUSDT    BID    ==    98.00    timeout=1s

The Disk Is Full
    Set The Book    BTCUSDT    bid=99.50    ask=100.50
    Start A Fresh Engine    movable_clock=True
    Arm A Disk Error    CP-O3b    DISK_FULL    always=True
    The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    Get Health    database.detail    contains    disk is full    timeout=20s
    Get Order Count    ==    1    timeout=300ms

The Venue Dies
    [Documentation]    Last: no test after it has a venue.
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    Kill The Venue Behind The Keywords
