*** Settings ***
Documentation    The engine that trades is killed or frozen, and a hot standby on the same database takes over: it has folded everything, it
...              proves what is in doubt and sends nothing twice, and the old one commits nothing and reaches nobody when it thaws.

Resource         ../../resources/failover_engine.resource

Suite Setup      Run Keywords    Start A Database    AND    Open The Venue    BTCUSDT    ETHUSDT
Test Setup       An Engine With A Standby
Test Timeout     90 seconds

Test Tags        AC8    AC8.1    failover


*** Test Cases ***
A Standby Takes Over When The Engine Is Killed
    [Tags]    I27    S6
    ${resting} =    Given The Engine Rests    BTCUSDT    BUY    0.5    98.00
    And The Standby Has Folded Everything
    When Start The Stopwatch
    And Kill The Engine
    Then The Takeover Took At Most Five Seconds
    And Get Order Status    ==    OPEN    order=${resting}
    And The Engine Holds    ETHUSDT    BUY    0.5
    And Get Venue Order Count    ==    2
    And Engine And Venue Agree On    USDT    BTC    ETH

A Frozen Engine Is Superseded And Ends When It Thaws
    [Tags]    I27
    Given The Engine Holds    BTCUSDT    BUY    0.5
    When Start The Stopwatch
    And Freeze The Engine
    Then The Takeover Took At Most Five Seconds
    And The Engine Holds    ETHUSDT    BUY    0.5
    When Thaw The Engine    engine=main
    Then The Engine Was Superseded
    And Get Venue Order Count    ==    2
    And Engine And Venue Agree On    USDT    BTC    ETH

An Order That Is Written After The Takeover Is Too Old For The Venue
    [Documentation]    Frozen between the look at the lease and the write: what the thawed engine writes is refused by its time stamp, and
    ...    nothing of it reaches the database.
    [Tags]    I27    CP-L1
    Given The Engine Will Freeze At    CP-L1
    And Mark The Venues Requests
    And The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    When The Standby Takes Over
    And Thaw The Engine    engine=main
    Then The Engine Was Superseded
    And The Venue Refused An Order As Too Old
    And Get Venue Order Count    ==    0
    And The Engine Holds    ETHUSDT    BUY    0.5
    And Engine And Venue Agree On    USDT    BTC    ETH

An Order Of An Engine Whose Lease Has Run Out Is Not Written
    [Documentation]    Frozen before the look at the lease: not a byte of it leaves when the engine thaws.
    [Tags]    I27    CP-T1
    Given The Engine Will Freeze At    CP-T1
    And Mark The Venues Requests
    And The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    When The Standby Takes Over
    And Thaw The Engine    engine=main
    Then The Engine Was Superseded
    And The Engine Holds    ETHUSDT    BUY    0.5
    And Get Request Count Since The Mark    ==    1    path=order.place
    And Engine And Venue Agree On    USDT    BTC    ETH

An Order In Doubt Is Proven By The Standby And Never Sent Again
    [Documentation]    The old engine is killed between the write and the answer; the venue has filled the order.
    [Tags]    I12    I27    CP-L2
    Given The Engine Will Freeze At    CP-L2
    And The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    And Get Venue Request Count    ==    1    path=order.place
    When Kill The Engine
    And The Standby Takes Over
    And Use The Order
    Then The Order    status=FILLED    filled=0.5    reserved=0
    And Get Venue Request Count    ==    1    path=order.place
    And Engine And Venue Agree On    USDT    BTC

Of Two Standbys Only One Takes Over
    [Tags]    I27    campaign
    [Setup]    An Engine With A Standby    second    third
    Given The Engine Holds    BTCUSDT    BUY    0.5
    When Start The Stopwatch
    And Kill The Engine
    ${first} =    And The Takeover Took At Most Five Seconds    second    third
    Then The Other Standby Still Waits    ${first}
    When Kill The Engine
    And The Other Standby Takes Over    ${first}
    Then The Engine Holds    ETHUSDT    BUY    0.5
    And Engine And Venue Agree On    USDT    BTC    ETH

A Standby Trades Nothing While The Engine Lives
    Given The Engine Holds    BTCUSDT    BUY    0.5
    When The Standby Refuses Signals
    And The Standby Still Waits    for_=4 seconds
    Then The Standby Has Folded Everything
    And The Engine Holds    ETHUSDT    BUY    0.5
    And Get Venue Order Count    ==    2

A Standby Takes Over After An Orderly Stop
    [Tags]    campaign
    Given The Engine Holds    BTCUSDT    BUY    0.5
    When Stop The Engine
    And The Standby Takes Over
    Then The Engine Closes    BTCUSDT    SELL    0.4
    And Engine And Venue Agree On    USDT    BTC

Health Of A Standby Says That It Follows And When It Cannot
    [Documentation]    While the database does not answer nothing of its time counts, so nobody takes over; then the standby follows again.
    [Tags]    AC8.2    AC8.4    I27
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And Health Of The Standby Says That It Follows
    When Freeze The Database
    Then Get Health    database.ok    ==    false    engine=standby    timeout=20s
    And Get Health    state    ==    STANDBY    engine=standby
    When Thaw The Database
    Then The Standby Has Folded Everything
    And Health Of The Standby Says That It Follows
    And The Standby Still Waits    for_=2 seconds
    And The Engine Holds    ETHUSDT    BUY    0.5

Health After A Takeover Is That Of An Engine That Trades
    [Documentation]    Of a higher epoch, with every component looked at and well, and without a lease to wait for.
    [Tags]    AC8.4    I27
    ${before} =    Given Get Health    epoch
    When Kill The Engine
    And The Standby Takes Over
    Then Get Health    state    ==    RUNNING
    And Get Health    epoch    !=    ${before}
    And Get Unwell Components    ==    none    timeout=20s
    And The Engine Holds    ETHUSDT    BUY    0.5
