*** Settings ***
Documentation    A backup while the engine trades, and a database made of it: what the engine did after the backup is read from the venue,
...              and no order number is given twice.

Resource         ../../resources/integrity.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     60 seconds

Test Tags        AC9    AC9.4    L10    S5    integrity


*** Test Cases ***
A Backup Of This Moment Is The Database
    [Tags]    I21
    Given An Engine That Will End
    And Busy Hands
    ${digest} =    Get State Digest
    ${backup} =    Back Up The Database
    And Kill The Engine
    When Nothing Is Restored Over A Database    ${backup}
    And Restore The Backup    ${backup}
    Then The Way Out Is A Rebuild    ${digest}    verdict=equal

What Was Done After The Backup Is Read From The Venue
    [Documentation]    A position was opened, another order rests and a third was cancelled after the backup: all of them are known again.
    ...    What the engine told those who asked (I14) is not: that is what an older backup costs.
    [Tags]    AC9.3    AC5.2    I07    I08    I09    I14    X38
    Expect Violation    I14
    Given An Engine That Will End
    ${backup} =    Back Up The Database
    ${resting} =    Busy Hands
    And Kill The Engine
    When The Way Out Is A Backup    ${backup}
    Then The Position    BTCUSDT    quantity=0.499
    And The Order    status=OPEN    filled=0    reserved=95    order=${resting}
    And The Engine Trades On

The Venue Trades On While The Backup Is Restored
    [Documentation]    An order of after the backup rests at the venue and is filled while no engine is there.
    [Tags]    AC9.3    I09    I10    I14
    Expect Violation    I14
    Given An Engine That Will End    protection.rest_at_venue=false
    ${backup} =    Back Up The Database
    ${order} =    The Engine Rests    BTCUSDT    BUY    1    99.00
    And The Venue Trades On Alone    0.4    99.00
    When Restore The Backup    ${backup}
    And Restart The Engine    books=False
    Then The Order    status=PARTIALLY_FILLED    filled=0.4    order=${order}
    And The Position    BTCUSDT    quantity=0.3996    cost=39.6
    And Nothing Is In Doubt    USDT    BTC
