*** Settings ***
Documentation    A hot standby engine on a database that fails over, too: whoever is lost, the engine or the node under both, one engine
...              trades on, on a chain that has everything, and the old one reaches nobody (I27).

Resource         ../../resources/failover_database.resource
Resource         ../../resources/failover_engine.resource

Suite Setup      A Venue And A Database Cluster
Test Setup       An Engine With A Standby
Test Timeout     3 minutes

Test Tags        AC8    AC8.1    AC8.2    I27    I28    failover    campaign


*** Test Cases ***
The Standby Engine Takes Over On The Cluster
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And The Standby Has Folded Everything
    When Start The Stopwatch
    And Kill The Engine
    Then The Standby Takes Over
    And Stop The Stopwatch    takeover on a database cluster    most=30 seconds
    And The Engine Holds    ETHUSDT    BUY    0.5
    And Get Venue Order Count    ==    2
    And Engine And Venue Agree On    USDT    BTC    ETH

The Standby Waits While The Primary Of The Database Is Lost
    [Documentation]    The engine that trades goes on at the node that takes over; its lease counts from there: nobody takes over.
    [Tags]    CP-P1
    Given The Engine Holds    BTCUSDT    BUY    0.5
    ${old} =    When Kill The Primary Database
    And A New Database Primary Takes Over    ${old}    timeout=10s
    Then The Engine Trades At The New Primary    ETHUSDT    0.5
    And The Standby Has Folded Everything
    And The Standby Still Waits    for_=4 seconds
    And Engine And Venue Agree On    USDT    BTC    ETH

Both Are Lost One After The Other
    [Documentation]    First the node under both engines, then the engine that trades: the standby goes on where the database is now.
    [Tags]    CP-P1
    ${old} =    Given Kill The Primary Database
    And A New Database Primary Takes Over    ${old}    timeout=10s
    And The Engine Trades At The New Primary    BTCUSDT    0.5
    And The Standby Has Folded Everything
    When Kill The Engine
    Then The Standby Takes Over
    And The Engine Holds    ETHUSDT    BUY    0.5
    And Get Venue Order Count    ==    2
    And Engine And Venue Agree On    USDT    BTC    ETH
