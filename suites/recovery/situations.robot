*** Settings ***
Documentation    A test about something rare is worth nothing on a day on which that did not come about (I36). So it says what must have
...              occurred, and the auditor counts that in the engine's journal and the venue's ledger: what never was is red.

Resource         ../../resources/recovery.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     60 seconds

Test Tags        AC5    AC5.3    S6    I36    recovery


*** Test Cases ***
Each Rare Situation Of A Death Has Occurred
    [Documentation]    Killed with an order whose outcome nobody knew, and the venue traded on; then a stop in good order.
    [Tags]    X14    X37    I08    I09
    Given These Situations Must Occur    killed    clean restart    snapshot taken    filled while down    cancelled while down
    ...    partly filled    order adopted    outcome unknown    outcome resolved    reconciliation repaired
    And Much Has Happened That The Dead Engine Does Not Know    timing.snapshot_every_facts=5
    When Restart The Engine    books=False
    Then Nothing Is In Doubt    USDT    BTC    ETH
    And Get Fill Count    ==    2
    When Stop The Engine
    And Restart The Engine    books=False
    Then Nothing Is In Doubt    USDT    BTC    ETH

What Never Occurred Turns The Audit Red
    [Documentation]    An engine trades, and nothing rare happens to it.
    Given These Situations Must Occur    killed
    And Expect Violation    I36
    When An Engine That Will End
    And The Engine Holds    BTCUSDT    BUY    0.5
    Then Nothing Is In Doubt    USDT    BTC
