*** Settings ***
Documentation    One of a venue's addresses dies and the next takes over for order entry, questions and streams: what was on its way is
...              proven before anything new leaves for its symbol, nothing is sent twice, and the first is used again once it has lasted.

Resource         ../../resources/failover_exchange.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT    addresses=2
Test Setup       An Engine That Knows Two Addresses
Test Teardown    Bring Back The Addresses
Test Timeout     90 seconds

Test Tags        AC8    AC8.1    failover


*** Test Cases ***
The Next Address Takes Over When The First Is Killed
    [Tags]    S6
    ${resting} =    Given The Engine Rests    BTCUSDT    BUY    0.5    98.00
    When Start The Stopwatch
    And Kill The Address    1
    Then The Second Address Takes Over
    And An Entry Is Acknowledged
    And Get Order Status    ==    OPEN    order=${resting}
    And Get Venue Order Count    ==    2
    And Nothing Is In Doubt    USDT    BTC    ETH

The Next Address Takes Over When The First Falls Silent
    [Documentation]    Its connections stay, no byte comes: half-open, as after a cut cable.
    [Setup]    An Engine That Knows Two Addresses    book_stale_ms=4000
    When Start The Stopwatch
    And Freeze The Address    1
    Then The Second Address Takes Over
    And An Entry Is Acknowledged
    And Nothing Is In Doubt    USDT    BTC    ETH

The Next Address Is Asked When The First Answers With Errors Only
    [Documentation]    Five answers 503 open the circuit breaker; it is of the address that was left, so the next one is asked at once.
    [Tags]    R24    X16
    Given Answer With    503    code=-1007    of=order placement    point=after_match    times=5
    And The Engine Holds Five Times    BTCUSDT    0.12
    When The Second Address Takes Over
    Then Get Health    circuits.binance.orders    ==    CLOSED
    And The Engine Holds    BTCUSDT    BUY    0.12
    And Get Venue Order Count    ==    6
    And Nothing Is In Doubt    USDT    BTC

An Order That Was Filled By The Dead Address Is Found By The Next And Booked Once
    [Tags]    I08    I12    I29    X14
    Given Every Word About Orders Is Lost
    ${order} =    And The Engine Places    BUY    BTCUSDT    qty=0.5
    And Get Venue Order Status    ==    FILLED
    And Get Order Status    ==    SUBMITTED
    When Kill The Address    1
    And The Second Address Takes Over
    Then The Order    status=FILLED    filled=0.5    reserved=0    order=${order}
    And Get Venue Request Count    ==    1    path=order.place
    And Nothing Is In Doubt    USDT    BTC

An Order That The Dead Address Kept Holds Its Symbol Until Its Absence Is Proven
    [Documentation]    The frozen address has its bytes. Nothing new leaves for its symbol by the next address before it is proven absent on
    ...    the venue's clock, other symbols trade on; thawed, the old order comes too late for its time stamp and is refused.
    [Tags]    I12    I29    X15    X19    R26
    ${kept} =    Given An Order Is Kept By The Frozen Address
    When The Second Address Takes Over
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=R26    value=${kept}
    And The Engine Holds    ETHUSDT    BUY    0.5
    When Both Clocks Pass    12 seconds
    Then The Order    status=FAILED    filled=0    reserved=0    order=${kept}
    And The Engine Holds    BTCUSDT    BUY    0.2
    When Bring Back The Addresses
    Then Get Venue Order Count    ==    2
    And Nothing Is In Doubt    USDT    BTC    ETH

The First Address Is Used Again Once It Has Answered For The Cooldown
    Given Kill The Address    1
    And The Second Address Takes Over
    ${resting} =    And The Engine Rests    BTCUSDT    BUY    0.5    98.00
    When The First Address Is Back After    61 seconds
    Then The Engine Holds    ETHUSDT    BUY    0.12
    And Get Order Status    ==    OPEN    order=${resting}
    And Nothing Is In Doubt    USDT    BTC    ETH

An Address That Does Not Last Is Waited For Twice As Long
    [Documentation]    No flapping: a first address that dies soon after its return has to answer for two minutes the next time.
    [Tags]    campaign
    Given Kill The Address    1
    And The Second Address Takes Over
    And The First Address Is Back After    61 seconds
    When Kill The Address    1
    And The Second Address Takes Over
    And The First Address Answers Again
    And Both Clocks Pass    61 seconds
    Then The First Address Is Asked And Not Used
    When Both Clocks Pass    60 seconds
    Then The First Address Is In Use

A Change Of Address Is On Record And Shown
    [Documentation]    A fact with the reason, an alert, a metric, and the health of the venue.
    [Tags]    AC8.4
    When Kill The Address    1
    And The Second Address Takes Over
    Then The Journal Tells Of The Address    cannot connect
    And Get Metric    genesis_venue_address    ==    2
    And Get Metric    genesis_venue_address_changes    ==    1
    When The First Address Is Back After    61 seconds
    Then The Journal Tells Of The Address    answers again
    And Get Metric    genesis_venue_address    ==    1

The Next Process Begins With The First Address
    [Documentation]    The engine dies at the second address; its successor asks the first, finds it dead, and goes by the second.
    [Tags]    AC5    campaign
    Given Kill The Address    1
    And The Second Address Takes Over
    And The Engine Holds    BTCUSDT    BUY    0.5
    When The Engine Crashes And Comes Back
    Then The Second Address Takes Over
    And The Engine Holds    ETHUSDT    BUY    0.12
    And Nothing Is In Doubt    USDT    BTC    ETH
