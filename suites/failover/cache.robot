*** Settings ***
Documentation    The cache is killed, frozen, filled up, emptied, closed by another password, spoiled, restarted: no order is missed, an
...              engine decides as one that has no cache (I26), its breaker opens, and the cache is warm again by itself.

Resource         ../../resources/failover_cache.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Setup       An Engine With And One Without A Cache
Test Timeout     90 seconds

Test Tags        AC8    AC8.3    I26    failover


*** Test Cases ***
What Is Durable Can Be Read In The Cache
    Given Both Engines Trade
    Then The Cache Is Warm
    And Get Cached    position:binance/BTCUSDT    quantity    ==    0.1997
    And Get Cached    book:binance/ETHUSDT    bid    ==    99.5
    And Get Cached    heartbeat    state    ==    RUNNING
    And Get Metric    genesis_cache_breaker_state    ==    0
    And No Order Was Missed    rounds=1

Trading Goes On When The Cache Is Killed
    [Tags]    S3
    Given Both Engines Trade
    When Kill The Cache
    And Both Engines Trade
    Then Only The Cache Is Unwell
    When Start The Cache Again
    Then The Cache Is Warm
    And No Order Was Missed

Trading Goes On When The Cache Is Frozen
    Given Both Engines Trade
    When Freeze The Cache
    And Both Engines Trade
    Then Only The Cache Is Unwell
    When Thaw The Cache
    Then The Cache Is Warm
    And No Order Was Missed

Trading Goes On When The Cache Is Full
    [Documentation]    It refuses to write and still answers: that is of no use either, and the breaker opens.
    Given Both Engines Trade
    When Fill The Cache Up
    And Both Engines Trade
    Then Only The Cache Is Unwell
    When Make Room In The Cache
    Then The Cache Is Warm
    And No Order Was Missed

Trading Goes On When The Cache Takes Another Password
    Given Both Engines Trade
    When Change The Password Of The Cache
    And Both Engines Trade
    Then Only The Cache Is Unwell
    When Change The Password Of The Cache    back=True
    Then The Cache Is Warm
    And No Order Was Missed

What The Cache Has Forgotten Is Written Again
    [Documentation]    Emptied, it works as before: nothing is wrong with it, and what it held is there again.
    Given Both Engines Trade
    When Empty The Cache
    And Both Engines Trade
    Then The Cache Is Warm
    And Get Metric    genesis_cache_misses    >=    1
    And No Order Was Missed

A Cache That A Death Left Behind Is Not Believed
    [Documentation]    The engine dies when a fill is committed and the cache still has the position of before: the database decides, and
    ...    the next process writes over what is stale, also where nothing new happens.
    [Tags]    CP-K1    X37    S6
    [Setup]    An Engine With A Cache That Can Die
    Given The Engine Will Die At    CP-K1
    When The Engine Is Asked    BUY    BTCUSDT    qty=0.2
    And The Engine Has Died There
    Then Get Row Field    positions    quantity    ==    0.4995    where=symbol=BTCUSDT
    And Get Cached    position:binance/BTCUSDT    quantity    ==    0.2997
    When Restart The Engine
    Then Get Cached    position:binance/BTCUSDT    quantity    ==    0.4995    timeout=10s
    And The Cache Is Warm
    And Nothing Is In Doubt    USDT    BTC

A Restarted Cache Gets Everything Anew
    [Tags]    campaign
    Given Both Engines Trade
    When Restart The Cache
    And Both Engines Trade
    Then The Cache Is Warm
    And No Order Was Missed

A Value Of Which One Bit Is Another Is Not Believed
    Nobody Believes A Value That Was Spoiled    BIT

Half A Value Is Not Believed
    [Tags]    campaign
    Nobody Believes A Value That Was Spoiled    CUT

A Value That The Engine Never Wrote Is Not Believed
    [Tags]    campaign
    Nobody Believes A Value That Was Spoiled    FOREIGN

A Value Of Another Type Is Not Believed
    [Tags]    campaign
    Nobody Believes A Value That Was Spoiled    TYPE

An Engine Starts Without Its Cache And Warms It When It Comes
    [Documentation]    The cache is no condition of a start: the engine is RUNNING without, and fills it by itself later.
    [Tags]    campaign
    Given Both Engines Trade
    And Kill The Cache
    When The Engine Stops And Comes Back
    And Both Engines Trade
    Then Only The Cache Is Unwell
    When Start The Cache Again
    Then The Cache Is Warm
    And No Order Was Missed


*** Keywords ***
Nobody Believes A Value That Was Spoiled
    [Documentation]    It is named and counted, trading goes on, and what is true is written over it.
    [Arguments]    ${how: str}
    Both Engines Trade
    Corrupt The Cache    ${how}
    Get Metric    genesis_cache_corrupt    >=    1    timeout=10s
    Both Engines Trade
    The Cache Is Warm
    No Order Was Missed
