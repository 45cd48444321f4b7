*** Settings ***
Documentation    The tables come back from the journal: a row that was changed, deleted or added is repaired, the same state comes out, and
...              the events are what they were.

Resource         ../../resources/integrity.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     60 seconds

Test Tags        AC9    AC9.2    S5    integrity


*** Test Cases ***
A Running Engine Is Left Alone
    [Tags]    I27
    Given An Engine That Will End
    And Busy Hands
    Then The Rebuild Is Refused    expected to be the only engine
    And Get Engine State    ==    RUNNING

A Whole Database Comes Out As It Was
    [Tags]    I21    R27
    Given An Engine That Will End
    And Busy Hands
    ${digest} =    Get State Digest
    When Kill The Engine
    Then The Way Out Is A Rebuild    ${digest}    verdict=equal

A Changed Balance Is Noticed And Put Right
    [Tags]    AC9.3    I21
    Given An Engine That Will End
    And Busy Hands
    ${digest} =    Get State Digest
    And Kill The Engine
    When Change A Row    balances    total    1000000    where=asset=USDT
    Then The Damaged Database Is Refused    table balances: expected the row    way_out=genesis rebuild
    And The Way Out Is A Rebuild    ${digest}

Deleted Fills And An Added Position Are Put Right
    [Tags]    AC9.4    I09    I21
    Given An Engine That Will End
    And Busy Hands
    ${digest} =    Get State Digest
    And Kill The Engine
    When Delete A Row    fills    where=symbol=BTCUSDT
    And Add A Row Like    positions    symbol    LTCUSDT    where=symbol=BTCUSDT
    Then The Way Out Is A Rebuild    ${digest}
    And Get Row Count    fills    ==    2
    And Get Row Count    positions    ==    0    where=symbol=LTCUSDT

A History That Was Made Up Is Put Right
    [Documentation]    An order that the venue had cancelled is said to be filled: the journal knows better.
    [Tags]    AC9.4    I10    I21
    Given An Engine That Will End
    And Busy Hands
    ${digest} =    Get State Digest
    And Kill The Engine
    When Change A Row    orders    state    FILLED    where=state=CANCELLED
    Then The Way Out Is A Rebuild    ${digest}
    And Get Row Field    orders    state    ==    CANCELLED    where=price=94
