*** Settings ***
Documentation    The cache fails while orders flow: what an order takes, from the decision to the venue's answer by the engine's own clock,
...              stays what it was. The default tests compare medians, which a busy machine hardly moves; the required figures, at most
...              250 ms more at the 99th percentile for at most one second, are the campaign's.

Resource         ../../resources/failover_cache.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Engine With A Cache And Orders That Flow
Test Timeout     120 seconds

Test Tags        AC8    AC8.3    L2    failover


*** Test Cases ***
Orders Take No Longer When The Cache Is Killed
    When The Fault Comes Now
    And Kill The Cache
    Then Get Health    cache.ok    ==    false    timeout=20s
    And Orders Flow As Before

Orders Take No Longer When The Cache Is Frozen
    [Documentation]    The breaker never opens: whatever waited for the cache would wait each time.
    [Setup]    An Engine With A Cache And Orders That Flow    cache.failures=1000
    When The Fault Comes Now
    And Freeze The Cache
    Then Orders Flow As Before

Orders Take No Longer When The Cache Is Full
    When The Fault Comes Now
    And Fill The Cache Up
    Then Get Health    cache.ok    ==    false    timeout=20s
    And Orders Flow As Before

The Required Figures Are Kept When The Cache Is Killed
    [Tags]    campaign
    When The Fault Comes Now
    And Kill The Cache
    Then Orders Flow Within The Required Figures

The Required Figures Are Kept When The Cache Is Frozen
    [Tags]    campaign
    When The Fault Comes Now
    And Freeze The Cache
    Then Orders Flow Within The Required Figures

The Required Figures Are Kept When The Cache Is Full
    [Tags]    campaign
    When The Fault Comes Now
    And Fill The Cache Up
    Then Orders Flow Within The Required Figures
