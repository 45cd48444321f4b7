*** Settings ***
Documentation    Market data connections: they come back by the rule, replace each other without a gap, prove that they are alive, and
...              keep the venue's pace. Time of the engine is moved, not waited for; docs/market-data.md has the states as a table.

Resource         ../../resources/market_data.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT    BNBUSDT
Test Timeout     60 seconds

Test Tags        AC3    IP1    R25    market-data


*** Test Cases ***
One Connection Carries What It May
    [Tags]    AC3.1
    Given Three Markets And An Engine
    Then Get Market Connection Count    ==    1    state=LIVE

More Streams Than One Connection May Carry
    [Tags]    AC3.1
    Given Three Markets And An Engine    market.streams_per_connection=2
    Then Get Market Connection Count    ==    3    state=LIVE
    And Every Book Is Whole

A Lost Connection Of Several Costs Its Own Books Only
    [Tags]    AC3.1    AC3.3    I25
    Given Three Markets And An Engine    market.streams_per_connection=2
    And Cut The Stream    ethusdt@depth*
    When Set The Book    ETHUSDT    bid=9.50    ask=11.00
    And Get Fault Hits    ==    1
    Then Every Book Is Whole
    And Get Fact Count    ConditionChanged    ==    3    correlation_id=binance/ETHUSDT/book
    And Get Fact Count    ConditionChanged    ==    1    correlation_id=binance/BTCUSDT/book
    And Get Fact Count    ConditionChanged    ==    1    correlation_id=binance/market

Subscriptions Leave At The Venue's Pace
    [Documentation]    Ten streams, one a message, at a venue that cuts whoever sends more than five messages a second.
    [Tags]    AC3.1
    Given Three Markets And An Engine    market.streams_per_request=1
    Then Get Market Connection Count    ==    1    state=LIVE
    And Get Market Counter    books_lost    ==    0
    And Get Fact Count    ConditionChanged    ==    1    correlation_id=binance/market

A Cut Connection Comes Back
    [Tags]    AC3.3    X26
    Given Three Markets And An Engine
    When Disconnect The Engine    MARKET
    Then Get Fact Count    ConditionChanged    ==    3    correlation_id=binance/market    timeout=20s
    And Every Book Is Whole

A Connection Is Cut In The Middle Of The Stream
    [Tags]    AC3.1    AC3.3
    Given Three Markets And An Engine
    And Let The Price Move    BTCUSDT    100.00    103.00    steps=3
    And Cut The Stream    btcusdt@*
    When Let The Price Move    BTCUSDT    103.00    99.00    steps=9
    Then Get Fact Count    ConditionChanged    ==    3    correlation_id=binance/market    timeout=20s
    And Every Book Is Whole

The Pauses Double To Thirty Seconds
    [Documentation]    The venue refuses every stream; each next try comes half to whole of 4, 8, 16, 30 and 30 seconds after the last one,
    ...    by the engine's clock. (The first two pauses are too short to be told from the time that a slow machine takes; pytest has them.)
    [Tags]    AC3.3
    Given A Movable Engine Without Jitter
    And Arm The Fault    {match: {api: stream}, point: connect, action: {type: status, status: 503, code: -1000}}
    When Disconnect The Engine    MARKET
    And The First Two Pauses Are Over
    Then A Pause Holds And Ends    1s    3s
    And A Pause Holds And Ends    3s    5s
    And A Pause Holds And Ends    7s    9s
    And A Pause Holds And Ends    14s    16s
    And A Pause Holds And Ends    14s    16s

A Venue That Is Down Is Found Again
    [Tags]    AC3.3    AC6.1    X17
    Given Three Markets And An Engine
    When Venue Goes Down For    500ms
    Then Get Fact Count    ConditionChanged    ==    3    correlation_id=binance/market    timeout=20s
    And Every Book Is Whole

A Silent Connection Is Stale After Ten Seconds
    [Documentation]    Up and dead: asked for a sign of life at five seconds, given up at ten.
    [Tags]    AC3.1    X27
    Given Three Markets And An Engine    movable_clock=True    timing.book_stale_ms=10000
    And Leave The Stream Half Open    btcusdt@depth*
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    And Get Fault Hits    ==    1
    And Let The Engines Clock Pass    9s
    Then Get Market Counter    stale_connections    ==    0
    When Let The Engines Clock Pass    1s
    Then Get Market Counter    stale_connections    ==    1
    And A Stale Connection Is Replaced

A Quiet Connection That Answers Is Not Stale
    [Tags]    AC3.1    X27
    Given Three Markets And An Engine    movable_clock=True    timing.book_stale_ms=10000
    When The Quiet Goes On For    6s    1
    And The Quiet Goes On For    6s    2
    And The Quiet Goes On For    6s    3
    Then Get Market Counter    stale_connections    ==    0
    And Get Health    books.binance/BTCUSDT    ==    true

A Stale Feed That Flows Is Found Out
    [Documentation]    Messages flow, all of them old: nothing of them is believed, and after ten seconds the connection is given up.
    [Tags]    AC3.1    AC3.4    I25
    Given Three Markets And An Engine    movable_clock=True    timing.book_stale_ms=10000
    And Set The Book    BTCUSDT    bid=98.00    ask=101.00
    And Get Top Of Book    BTCUSDT    BID    ==    98.00
    And Falsify The Stream Message    btcusdt@*    only_engine=True    times=always    E=1600000000000
    When Set The Book    BTCUSDT    bid=98.50    ask=101.00
    And Get Rejected Count    stale    ==    1
    And An Old Message Comes After    9s
    And An Old Message Comes After    1s
    Then Get Market Counter    stale_connections    ==    1
    And Every Book Is Whole

A Frozen Venue Is Found Out
    [Tags]    AC3.1    X27    I25
    Given Three Markets And An Engine    movable_clock=True    timing.book_stale_ms=10000
    When Freeze The Venue
    And Let The Engines Clock Pass    10s
    Then Get Health    books.binance/BTCUSDT    ==    false
    And Get Market Counter    stale_connections    ==    1
    When Thaw The Venue
    Then Every Book Is Whole

An Announced Shutdown Is Survived Without A Gap
    [Documentation]    A new connection is up before the old one goes: no book is lost, no tick is missed while the market moves.
    [Tags]    AC3.1    X28
    Given Three Markets And An Engine    market.handover_ms=300
    And Watch The Stream    btcusdt@trade
    When Announce The Shutdown    after=3s
    And Let The Price Move    BTCUSDT    100.00    110.00    steps=40
    Then Get Market Counter    connections_replaced    ==    1
    And Get Market Connection Count    ==    1    timeout=10s
    And Let The Price Move    BTCUSDT    110.00    105.00    steps=20
    And Nothing Was Lost

An Old Connection Is Replaced Before The Venue Cuts It
    [Documentation]    Older than its life (here 8 s instead of 23 h 50 min), by the engine's clock.
    [Tags]    AC3.1    X28
    Given Three Markets And An Engine    movable_clock=True    market.connection_life_ms=8000    market.handover_ms=300
    And Watch The Stream    btcusdt@trade
    When Let The Engines Clock Pass    8s
    And Let The Price Move    BTCUSDT    100.00    110.00    steps=40
    Then Get Market Counter    connections_replaced    ==    1
    And Get Market Connection Count    ==    1    timeout=10s
    And Let The Price Move    BTCUSDT    110.00    105.00    steps=20
    And Nothing Was Lost

A Connection That Dies While It Is Replaced Is Not Covered Up
    [Documentation]    The old one is cut before the new one is confirmed: the books are lost, and come back.
    [Tags]    AC3.1    X28    I25
    Given Three Markets And An Engine
    And Arm The Fault    {match: {api: stream}, point: connect, action: {type: status, status: 503, code: -1000}, times: 1}
    When Announce The Shutdown    after=100ms
    Then Get Fact Count    ConditionChanged    ==    3    correlation_id=binance/market    timeout=20s
    And Every Book Is Whole


*** Keywords ***
Nothing Was Lost
    [Documentation]    No book was lost, no trade missed, the channel never down, and the engine saw what the observer saw.
    Get Market Counter    books_lost    ==    0
    Get Market Counter    trades_missed    ==    0
    Get Fact Count    ConditionChanged    ==    1    correlation_id=binance/market
    Get Fact Count    ConditionChanged    ==    1    correlation_id=binance/BTCUSDT/book
    The Engine Tick Equals The Watched Trade    BTCUSDT
    Every Book Is Whole

A Movable Engine Without Jitter
    [Documentation]    An engine whose clock is moved; the pauses are what the rule says, less a random half.
    Three Markets And An Engine    movable_clock=True    timing.book_stale_ms=3600000

The First Two Pauses Are Over
    [Documentation]    Of 1 and 2 seconds: then the venue was asked three times, the disconnection apart.
    Get Market Connection Count    ==    1    state=WAITING
    Let The Engines Clock Pass    1s
    Get Fault Hits    >=    1
    Get Market Connection Count    ==    1    state=WAITING
    Let The Engines Clock Pass    2s
    Get Fault Hits    ==    2

A Pause Holds And Ends
    [Documentation]    After the first time the connection still waits; after the second it has tried once more.
    [Arguments]    ${still: str}    ${then: str}
    Get Market Connection Count    ==    1    state=WAITING
    ${tries} =    Get Fault Hits
    Let The Engines Clock Pass    ${still}
    Get Fault Hits    ==    ${tries}
    Let The Engines Clock Pass    ${then}
    Get Fault Hits    ==    ${tries + 1}

A Stale Connection Is Replaced
    [Documentation]    The books were lost with their reason, and come back whole when the pause is over.
    Get Fact Field    ConditionChanged    detail    contains    stale: no message for    number=${-1}
    Let The Engines Clock Pass    2s
    Every Book Is Whole

The Quiet Goes On For
    [Documentation]    So much of the engine's time passes without a message; the venue has answered the question for a sign of life.
    [Arguments]    ${time: str}    ${answers: int}
    Let The Engines Clock Pass    ${time}
    Get Market Counter    probes_answered    ==    ${answers}

An Old Message Comes After
    [Documentation]    So much of the engine's time passes, and another message of the past comes.
    [Arguments]    ${time: str}
    Let The Engines Clock Pass    ${time}
    Set The Book    BTCUSDT    bid=97.00    ask=101.00
