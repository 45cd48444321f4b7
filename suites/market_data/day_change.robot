*** Settings ***
Documentation    A market data connection lives 24 hours at the venue, by the venue's own clock, which is moved. It is cut when that is
...              over, a minute after it was announced; the engine has replaced it by then.

Resource         ../../resources/market_data.resource

Suite Setup      Open The Venue    BTCUSDT
Test Timeout     60 seconds

Test Tags        AC3    AC3.1    IP1    X28    market-data


*** Test Cases ***
The Cut After Twenty Four Hours Is Survived Without A Gap
    Given A Watched Market    market.handover_ms=300
    When Let The Venues Clock Pass    86370s
    Then Get Market Counter    connections_replaced    ==    1    timeout=20s
    And Get Market Connection Count    ==    1    timeout=10s
    When Let The Venues Clock Pass    120s
    And Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Engine Book Equals The Venue Book    BTCUSDT
    And Get Fact Count    ConditionChanged    ==    1    correlation_id=binance/market
    And Get Market Counter    books_lost    ==    0
