*** Settings ***
Documentation    Days that are closed leave the table for archives. Whatever happens then (a kill, more days, damage, a backup), it is
...              one chain from the first event on, and what the engine holds does not need the archives.

Resource         ../../resources/integrity.resource

Suite Setup      A Venue And A File Whose Days Are Archived
Test Setup       A Day Was Traded And Is Closed
Test Timeout     60 seconds

Test Tags        AC5    AC9    R28    I19    recovery


*** Test Cases ***
A Closed Day Is Archived And The Audit Holds
    [Tags]    I20
    When The Engine Crashes And Comes Back
    Then Get Position    BTCUSDT    ==    0.4995
    And Get Row Count    fills    ==    1
    And Nothing Is In Doubt    USDT    BTC    ETH
    When Stop The Engine
    Then The Journal Is Intact

More Days Are Archived And Recovery Needs None Of Them
    [Tags]    AC5.1    campaign
    Given A Day Passes And The Engine Trades On
    And Get Row Count    archives    >=    2    timeout=20s
    When The Engine Ends Twice And Comes Back
    Then Get Position    BTCUSDT    ==    0.6993
    And The Engine Trades On
    And Stop The Engine
    And The Journal Is Intact

A Death While A Day Is Archived Loses Nothing And The Day Is Archived
    [Documentation]    The file is written and has no name yet; it has its name and its events are still in the table: each event is in one
    ...    place at least, and the next start goes on.
    [Tags]    CP-A2
    [Setup]    A Day Was Traded And Ends While The Engine Is Dead
    FOR    ${point}    IN    CP-A2    CP-A2b
        When The Engine Dies While It Recovers    ${point}
        Then The Journal Is Intact
        And Get Row Count    archives    ==    0
    END
    When Restart The Engine
    Then Get Row Count    archives    >=    1    timeout=20s
    And The Engine Trades On
    And Stop The Engine
    And The Journal Is Intact

A Damaged Archive Is Found And Named And Holds Nothing Up
    Given Kill The Engine
    ${file} =    When Flip A Byte In An Archive
    Then The Journal Is Not Intact    ${file}
    When Restart The Engine
    Then The Engine Trades On
    And Stop The Engine
    When Bring The Archive Back
    Then The Journal Is Intact

A Backup Has The Archives Too
    [Tags]    AC9.2
    ${backup} =    Given Back Up The Database
    And Kill The Engine
    And Flip A Byte In An Archive
    When The Way Out Is A Backup    ${backup}
    And Stop The Engine
    Then The Journal Is Intact

A Backup Of A Damaged Archive Is Refused
    [Tags]    AC9.2
    ${file} =    Given Flip A Byte In An Archive
    Then The Backup Is Refused    ${file}
    And Bring The Archive Back
    And The Engine Trades On


*** Keywords ***
A Day Was Traded And Ends While The Engine Is Dead
    [Documentation]    0.5 BTC were bought; what a start finds then are events of a day that is over.
    An Engine That Will End    movable_clock=True    timing.book_stale_ms=3600000    timing.snapshot_every_facts=5    database.days=1
    The Engine Holds    BTCUSDT    BUY    0.5
    Nothing Is In Doubt    USDT    BTC    ETH
    Kill The Engine
    Both Clocks Pass    24 hours

A Day Was Traded And Is Closed
    [Documentation]    0.5 BTC were bought; the day ends while the engine is dead; with the next one's first facts its events are archived.
    A Day Was Traded And Ends While The Engine Is Dead
    Restart The Engine
    ${order} =    The Engine Rests    ETHUSDT    BUY    1    95.00
    Cancel The Order    order=${order}
    Get Row Count    archives    >=    1    timeout=20s

A Day Passes And The Engine Trades On
    [Documentation]    Another midnight while it is dead, and 0.2 BTC more.
    Nothing Is In Doubt    USDT    BTC    ETH
    So Much Time Has Passed When It Comes Back    24 hours
    The Engine Holds    BTCUSDT    BUY    0.2
