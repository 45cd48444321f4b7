*** Settings ***
Documentation    The engine's database fails while it trades: three PostgreSQL nodes under Patroni. What the engine said is durable is there
...              afterwards, nothing is sent twice, and while nothing can be made durable nothing leaves (AC8.2).

Resource         ../../resources/failover_database.resource

Suite Setup      A Venue And A Database Cluster
Test Setup       An Engine On The Cluster
Test Timeout     3 minutes

Test Tags        AC8    AC8.2    I28    failover


*** Test Cases ***
Commits Go On At The Standby When The Primary Is Killed
    [Documentation]    The standbys are stalled first: what is on the primary alone is acknowledged to nobody.
    [Tags]    I14    I15    CP-P1    CP-P2
    Given The Engine Holds    BTCUSDT    BUY    0.5
    When Stall The Standbys
    And The Engine Is Asked    BUY    ETHUSDT    qty=0.5
    ${old} =    And Kill The Primary Database
    Then A New Database Primary Takes Over    ${old}    timeout=10s
    And The Engine Holds    BTCUSDT    BUY    0.2
    And Nothing Is In Doubt    USDT    BTC    ETH

Nothing Leaves While No Standby Is There
    [Tags]    I16    campaign
    Given The Engine Holds    BTCUSDT    BUY    0.5
    When Kill The Standby Nodes
    And The Engine Is Asked    BUY    ETHUSDT    qty=0.5
    Then Get Health    database.ok    ==    false    timeout=15s
    And Get Venue Order Count    ==    1
    When Heal The Database Cluster
    Then Get Health    database.ok    ==    true    timeout=15s
    And The Engine Holds    BTCUSDT    BUY    0.2
    And Nothing Is In Doubt    USDT    BTC
