*** Settings ***
Documentation    Monitoring fails: an alert goes to the next sink, none is lost by a crash, a slow sink or scraper delays no order, a dead
...              or frozen engine is noticed by its silence, and health names the component that failed and no other.

Resource         ../../resources/monitoring.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Engine With Two Alert Receivers
Test Timeout     60 seconds

Test Tags        AC8    AC8.4    I37    failover


*** Test Cases ***
The Second Receiver Takes Over When The First Is Killed
    When Kill The Alert Receiver    first
    And Press The Kill Switch
    Then The Alert Should Have Come    GENESIS-5901    receiver=second    timeout=5 seconds
    And Get Health    components.alerts/webhook-1.health    ==    DEGRADED
    And Get Health    components.alerts/webhook-2.health    ==    OK

The File Takes What No Receiver Takes
    When Kill The Alert Receiver    first
    And The Alert Receiver Will    refuse    receiver=second
    And Press The Kill Switch
    Then The Alert Should Have Come    GENESIS-5901    receiver=file    timeout=5 seconds
    And The File Of Alerts Is Private
    And Get Alert Count    ==    0    receiver=second
    And Get Health    alerts_waiting    ==    0

The First Receiver Is Used Again Once It Is Back
    Given Kill The Alert Receiver    first
    And Press The Kill Switch
    And The Alert Should Have Come    GENESIS-5901    receiver=second
    When Bring Back The Alert Receiver    first
    Then The Alert Should Have Come    GENESIS-5901    receiver=first    timeout=10 seconds
    And Get Health    components.alerts/webhook-1.health    ==    OK
    When Release The Kill Switch
    Then The Alert Should Have Come    entries are no longer blocked    receiver=first
    And Get Alert Count    ==    0    containing=entries are no longer blocked    receiver=second

An Alert That Nobody Had When The Engine Was Killed Comes After The Restart
    [Documentation]    The receiver holds its answer while the engine dies: whether it has the alert nobody knows, so it is sent again under
    ...    the same id, by which it counts once.
    Given The Alert Receiver Will    delay    for_=3 seconds
    And Press The Kill Switch
    And Get Fact Count    AlertRaised    ==    1
    When Kill The Engine
    And The Alert Receiver Will    take
    And Restart The Engine
    Then The Alert Should Have Come    GENESIS-5901    timeout=5 seconds
    And Get Fact Count    AlertDelivered    ==    1
    And Get Alert Count    ==    1    containing=GENESIS-5901    timeout=5 seconds

A Slow Receiver Delays No Order
    Given The Alert Receiver Will    delay    for_=30 seconds
    And The Alert Receiver Will    delay    for_=30 seconds    receiver=second
    When Press The Kill Switch
    And Release The Kill Switch
    Then The Engine Holds    BTCUSDT    BUY    0.5
    And The Alert Should Have Come    GENESIS-5901    receiver=file    timeout=5 seconds

Scrapers That Read Nothing Harm Nobody
    When Scrapes Are Never Read    100
    Then The Engine Holds    BTCUSDT    BUY    0.5
    And Get Health    components.database.health    ==    OK

A Frozen Engine Is Noticed By Its Silence
    Given Get Heartbeat Count    >=    2    timeout=5 seconds
    When Freeze The Engine
    Then Get Heartbeat Age    >    1500    timeout=5 seconds
    When Thaw The Engine
    Then Get Heartbeat Age    <    500    timeout=5 seconds

A Killed Engine Is Noticed By Its Silence
    Given Get Heartbeat Count    >=    2    timeout=5 seconds
    When Kill The Engine
    Then Get Heartbeat Age    >    1500    timeout=5 seconds
    When Restart The Engine
    Then Get Heartbeat Age    <    500    timeout=5 seconds

An Engine That May Not Trade Sends No Heartbeat
    Given Get Heartbeat Count    >=    2    timeout=5 seconds
    When Halt The Engine
    Then Get Heartbeat Age    >    1500    timeout=5 seconds
    When Resume The Engine
    Then Get Heartbeat Age    <    500    timeout=5 seconds

Health Names The Market Data And Nothing Else
    [Documentation]    Five looks in a row that fail are FAILED; the first good one is OK, and both are told.
    [Setup]    An Engine With Two Alert Receivers    market.backoff_ms=1500
    When Disconnect The Engine    MARKET
    Then Get Health    components.binance/market.health    ==    FAILED    timeout=5 seconds
    And Get Health    components.binance/orders.health    ==    OK
    And Get Health    components.database.health    ==    OK
    And The Alert Should Have Come    binance/market is FAILED
    And Get Health    components.binance/market.health    ==    OK    timeout=10 seconds
    And The Alert Should Have Come    binance/market is OK again
