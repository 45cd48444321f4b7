*** Settings ***
Documentation    A stop while something is wrong: a venue that is frozen or gone, a database that somebody holds, a second signal, a kill.
...              The process always ends in time, with an exit code that says how, and with everything that remains on record.

Resource         ../../resources/shutdown.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Engine That Will Be Stopped
Test Timeout     60 seconds

Test Tags        AC10    AC10.3    AC10.4    P5    R29    I32    shutdown


*** Test Cases ***
While The Venue Is Frozen It Leaves In Time And Names What Rests
    [Tags]    S3
    [Setup]    An Engine That Will Be Stopped    timing.shutdown_ms=1500
    ${order} =    The Engine Rests    BTCUSDT    BUY    0.2    95.00
    Given Freeze The Venue
    When Signal The Engine    SIGTERM
    Then It Ends    11
    And Get Fact Field    ErrorRecorded    detail    contains    order ${order} OPEN
    When Thaw The Venue
    Then The Next Start Says    recovered
    And Nothing Was Lost

While The Venue Is Gone It Leaves In Time And Names What Rests
    [Tags]    S3    S4
    [Setup]    An Engine That Will Be Stopped    timing.shutdown_ms=1500
    ${order} =    The Engine Rests    BTCUSDT    BUY    0.2    95.00
    Given Venue Goes Down For    1 minute
    And Get Engine State    !=    RUNNING
    When Signal The Engine    SIGTERM
    Then It Ends    11
    And Get Fact Field    ErrorRecorded    detail    contains    order ${order} OPEN
    When Heal The Venue
    Then The Next Start Says    recovered
    And Get Order Status    ==    OPEN    order=${order}
    And Nothing Was Lost

Without Anything Open A Venue That Is Gone Does Not Matter
    [Tags]    S3
    Given Venue Goes Down For    1 minute
    And Get Engine State    !=    RUNNING
    When Signal The Engine    SIGTERM
    Then It Ends
    And The Engine Left Only Its Files
    When Heal The Venue
    Then The Next Start Says    clean

While It Reconciles It Leaves At Once
    [Tags]    S6
    Given Stop The Engine
    And Freeze The Venue
    And Restart The Engine    until=RECONCILING    books=False
    When Signal The Engine    SIGINT
    Then It Ends
    And Thaw The Venue
    And The Next Start Says    clean

While The Database Is Held It Leaves Without Its Last Facts
    [Documentation]    The shutdown's time and 1.5 seconds more: then the process goes, and the next start recovers as after a kill.
    [Tags]    S3    IP5
    [Setup]    An Engine That Will Be Stopped    timing.shutdown_ms=300
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And Hold The Database Lock
    When Signal The Engine    SIGTERM
    Then It Ends    4
    And Release The Database Lock
    And The Next Start Says    recovered
    And Get Position    BTCUSDT    ==    0.4995
    And Nothing Was Lost

A Database That Is Held For A Moment Is Waited For
    [Tags]    S3    IP5
    Given The Engine Rests    BTCUSDT    BUY    0.2    95.00
    And Hold The Database Lock
    When Signal The Engine    SIGTERM
    And Get Health    database.ok    ==    false
    And Release The Database Lock
    Then It Ends
    And The Venue Has No Open Order
    And The Next Start Says    clean

A Start That Cannot Commit Can Be Ended
    [Tags]    IP5
    [Setup]    An Engine That Will Be Stopped    timing.shutdown_ms=300
    Given Stop The Engine
    And Hold The Database Lock
    And Restart The Engine    until=STARTING    books=False
    When Signal The Engine    SIGTERM
    Then It Ends    4
    And Release The Database Lock
    And The Next Start Says    clean

A Second Signal Does Not Wait
    [Tags]    I31
    Given The Engine Rests    BTCUSDT    BUY    0.2    95.00
    And Freeze The Venue
    When Signal The Engine    SIGTERM    SIGINT
    Then It Ends    143
    And Thaw The Venue
    And The Next Start Says    recovered
    And Nothing Was Lost

A Second Signal While The Database Is Held Does Not Wait Either
    [Tags]    IP5
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And Hold The Database Lock
    When Signal The Engine    SIGTERM    SIGHUP
    Then It Ends    143
    And Release The Database Lock
    And The Next Start Says    recovered
    And Get Position    BTCUSDT    ==    0.4995
    And Nothing Was Lost

Killed In The Middle Of Its Shutdown It Recovers
    [Tags]    AC5    S6
    Given The Engine Rests    BTCUSDT    BUY    0.2    95.00
    And Freeze The Venue
    And Signal The Engine    SIGTERM
    And Get Engine State    ==    STOPPING
    When Kill The Engine
    And Thaw The Venue
    Then The Next Start Says    recovered
    And Nothing Was Lost
