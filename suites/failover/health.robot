*** Settings ***
Documentation    Components fail, and health names exactly those: every other stays as it was all the time, by the
...              engine's journal, and once the fault is gone all are well again.

Resource         ../../resources/monitoring.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       A Healthy Engine
Test Timeout     90 seconds

Test Tags        AC8    AC8.4    I37    failover


*** Test Cases ***
A Database That Somebody Holds
    [Tags]    AC8.2
    When Hold The Database Lock
    And The Engine Is Asked    BUY    BTCUSDT    qty=0.2
    Then Exactly This Is Unwell    database
    When Release The Database Lock
    Then All Is Well Again And Only This Had Failed    database

A Disk That Is Full
    [Tags]    AC8.2    S3
    When Fill The Engines Disk
    And The Engine Is Asked    BUY    BTCUSDT    qty=0.2
    Then Exactly This Is Unwell    database
    When Free The Engines Disk
    Then All Is Well Again And Only This Had Failed    database

A Wall Clock That Is Set Forth And Back
    When Step The Engines Wall Clock    5s
    Then Get Components That Changed    ==    clock
    When Step The Engines Wall Clock    -5s
    Then All Is Well Again And Only This Had Failed    clock

A Cache That Is Killed
    [Tags]    AC8.3
    [Setup]    A Healthy Engine With A Cache
    When Kill The Cache
    Then Exactly This Is Unwell    cache
    When Start The Cache Again
    Then All Is Well Again And Only This Had Failed    cache

A Key That Is Revoked
    [Tags]    X35
    When Revoke The Api Key
    And The Engine Places    BUY    BTCUSDT    qty=0.2
    Then Exactly This Is Unwell    binance/key
    When Restore The Api Key
    And Resume The Engine
    Then All Is Well Again And Only This Had Failed    binance/key

A Connection For Orders That Is Cut
    [Tags]    AC8.1
    [Setup]    A Healthy Engine    market.backoff_ms=1500
    When Disconnect The Engine    ORDERS
    Then Exactly This Is Unwell    binance/orders
    And All Is Well Again And Only This Had Failed    binance/orders

A Connection For Market Data That Is Cut
    [Tags]    AC8.1
    [Setup]    A Healthy Engine    market.backoff_ms=1500
    When Disconnect The Engine    MARKET
    Then Exactly This Is Unwell    binance/market
    And All Is Well Again And Only This Had Failed    binance/market

Both Receivers Of Alerts Fail And With One The Heartbeat
    [Documentation]    The kill switch gives them something to take.
    When Kill The Alert Receiver    second
    And The Alert Receiver Will    refuse
    And Press The Kill Switch
    Then Exactly This Is Unwell    alerts/webhook-1 alerts/webhook-2 heartbeat
    When Bring Back The Alert Receiver    second
    And The Alert Receiver Will    take
    Then All Is Well Again And Only This Had Failed    alerts/webhook-1 alerts/webhook-2 heartbeat
