*** Settings ***
Documentation    Mistakes that need a running engine: what the keywords answer to them, and what a failed
...              assertion says. The tests
...              share one engine, since none of them is meant to change it.

Resource         ../../resources/trading.resource

Suite Setup      An Engine For Mistakes
Test Timeout     60 seconds

Test Tags        keyword-errors    flow    shared-engine


*** Test Cases ***
A Failed Assertion Tells Expected, Last Seen, Tries, Elapsed And Where To Look
    Run Keyword And Expect Error
    ...    position of BTCUSDT should be 0.5, last seen: 0 (* tries in 0.*s). Look at: the evidence of *
    ...    Get Position    BTCUSDT    ==    0.50    timeout=200ms
    Run Keyword And Expect Error    tier should be SNIPER, last seen: HUNTER (*
    ...    Get Tier    ==    SNIPER    timeout=200ms
    Run Keyword And Expect Error
    ...    position of BTCUSDT should have quantity=1, state=OPEN, last seen: quantity=0, state=CLOSED (*
    ...    The Position    BTCUSDT    quantity=1    state=OPEN    timeout=200ms

One Field That Differs Is Enough
    Run Keyword And Expect Error
    ...    position of BTCUSDT should have quantity=0, state=OPEN, last seen: quantity=0, state=CLOSED (*
    ...    The Position    BTCUSDT    quantity=0    state=OPEN    timeout=200ms

What Is Not There Is Said To Be Not There
    Run Keyword And Expect Error
    ...    status of order g0-1 should be FILLED, last seen: the engine knows no order g0-1 (*
    ...    Get Order Status    ==    FILLED    order=g0-1    timeout=200ms
    Run Keyword And Expect Error
    ...    status of signal nobody should exist, last seen: the engine knows no signal nobody (*
    ...    Get Signal Status    nobody    timeout=200ms
    Run Keyword And Expect Error    order with purpose=STOP should exist, last seen: 0 such orders (*
    ...    Use The Order    purpose=STOP    timeout=200ms
    Run Keyword And Expect Error
    ...    metric genesis_smiles should be 1, last seen: no such metric (there are: genesis_*
    ...    Get Metric    genesis_smiles    ==    1    timeout=200ms

Operators Must Suit The Value
    Run Keyword And Expect Error
    ...    position of BTCUSDT: operator 'contains' cannot be used here; use one of ==, !=, <, <=, >, >=
    ...    Get Position    BTCUSDT    contains    5
    Run Keyword And Expect Error    *operator 'validate' cannot be used here; use one of ==, !=, <, <=, >, >=
    ...    Get Balance    USDT    validate    5000
    Run Keyword And Expect Error    *operator '>' cannot be used here; use one of ==, !=
    ...    Get Tier    >    SNIPER
    Run Keyword And Expect Error    state digest: '(' is no regular expression: *
    ...    Get State Digest    matches    (

An Operator Needs An Expected Value
    Run Keyword And Expect Error
    ...    position of BTCUSDT: operator == needs an expected value after it, got nothing (or \${NONE})
    ...    Get Position    BTCUSDT    ==
    Run Keyword And Expect Error
    ...    tier: operator == needs an expected value after it, got nothing (or \${NONE})
    ...    Get Tier    ==    ${NONE}
    Run Keyword And Expect Error
    ...    position of BTCUSDT: say what to expect, one or more of quantity, cost, average, *
    ...    The Position    BTCUSDT

Names Must Exist
    Run Keyword And Expect Error    unknown engine 'other'; there are: main    Get Engine State
    ...    engine=other
    Run Keyword And Expect Error    unknown table 'order'; did you mean 'orders'? known: *    Get Row Count
    ...    order
    Run Keyword And Expect Error    unknown column of orders 'status'; * known: *
    ...    Get Row Count    orders    where=status=FILLED
    Run Keyword And Expect Error    unknown health value 'venue'; did you mean 'venues'? known: *
    ...    Get Health    venue.binance

An Engine Alias Is Used Once
    Run Keyword And Expect Error
    ...    an engine 'main' exists already in this test; restart that one, or use another alias
    ...    Start A Fresh Engine

Funds Are Set Before The Start
    Run Keyword And Expect Error
    ...    the account at binance is in use by an engine already: *use Deposit${SPACE * 4}USDT${SPACE * 4}100
    ...    Fund The Account    USDT    100

A Restart Needs An End First
    Run Keyword And Expect Error    engine main is already running (pid *); stop or kill it first
    ...    Restart The Engine

A Refusal That Was Not Meant
    Run Keyword And Expect Error
    ...    the engine should accept MARKET BUY 0.01 BTCUSDT, got status 422 (denied): rule R2, *
    ...    The Engine Places    BUY    BTCUSDT    qty=0.01
    Run Keyword And Expect Error
    ...    the engine should refuse MARKET BUY 0.01 BTCUSDT: expected rule R1, got R2*
    ...    The Engine Refuses    BUY    BTCUSDT    qty=0.01    rule=R1

The Database Lock Is Held Once
    Hold The Database Lock
    Run Keyword And Expect Error
    ...    the database lock is held already; release it first (keyword: Release The Database Lock)
    ...    Hold The Database Lock
    Release The Database Lock

A Stream Is Watched Once
    Watch The Stream    btcusdt@trade
    Run Keyword And Expect Error
    ...    'stream' is watched already; use another name= or stop it first (keyword: Stop Watching)
    ...    Watch The Stream    btcusdt@trade
    Run Keyword And Expect Error    unknown observer 'trades'; known: stream    Get Frame Count    name=trades
    Run Keyword And Expect Error
    ...    stream btcusdt@trade should show a frame with e=trade, last seen: 0 frames, *
    ...    The Stream Shows    e=trade    timeout=200ms
    Stop Watching

A Bad Config Value Is Not TOML
    Run Keyword And Expect Error    value must be written as TOML, such as "0.6", 500, true *, got 'abc' (*
    ...    The Config Is Refused    risk.min_confidence    abc

A Stop Or A Kill Of A Dead Engine
    [Tags]    -shared-engine
    Start A Fresh Engine    engine=short-lived
    Stop The Engine    engine=short-lived
    Run Keyword And Expect Error
    ...    cannot stop engine short-lived: it is not running (exit code 0, keyword Stop The Engine)*
    ...    Stop The Engine    engine=short-lived
    Run Keyword And Expect Error    cannot kill engine short-lived: it is not running (exit code 0, *
    ...    Kill The Engine    engine=short-lived
    Run Keyword And Expect Error
    ...    engine short-lived is not running; start it first (keyword: Start A Fresh Engine)
    ...    Get Engine State    engine=short-lived


*** Keywords ***
An Engine For Mistakes
    [Documentation]    A venue, a book, and one engine for all tests of this file.
    Open The Venue    BTCUSDT
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
