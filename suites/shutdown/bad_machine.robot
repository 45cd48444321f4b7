*** Settings ***
Documentation    What the machine does to a running engine: a full disk, no descriptors left, nobody who reads its output, another engine on
...              its database or on a copy of it, files that may not be written. Named errors or a stated degradation, nothing lost, and
...              it resumes when the machine is healed.

Resource         ../../resources/shutdown.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Engine That Will Be Stopped
Test Timeout     90 seconds

Test Tags        AC10    AC10.4    I16    I32    S10    shutdown


*** Test Cases ***
On A Full Disk Nothing Leaves And What Was Asked Is Done When There Is Room
    [Tags]    S3    IP5    AC5
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And Fill The Engines Disk
    When The Engine Is Asked    BUY    BTCUSDT    qty=0.2    price=95.00
    Then Get Health    database.detail    contains    disk I/O error
    And The Venue Receives No Order For    500ms
    When Free The Engines Disk
    Then Get Health    database.ok    ==    true
    And Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT    status=NEW
    And Get Condition    database    ==    UP
    And The Engine Can Be Stopped And Comes Back Whole

A Stop On A Full Disk Waits For Room
    [Tags]    S3    IP5
    Given The Engine Rests    BTCUSDT    BUY    0.2    95.00
    And Fill The Engines Disk
    When Signal The Engine    SIGTERM
    And Get Health    database.ok    ==    false
    And Free The Engines Disk
    Then It Ends
    And The Venue Has No Open Order
    And The Next Start Says    clean
    And Nothing Was Lost

A Stop On A Disk That Stays Full Leaves Without Its Last Facts
    [Tags]    S3    IP5
    [Setup]    An Engine That Will Be Stopped    timing.shutdown_ms=300
    Given The Engine Rests    BTCUSDT    BUY    0.2    95.00
    And Fill The Engines Disk
    When Signal The Engine    SIGTERM
    Then It Ends    4
    And Get Venue Order Count    ==    1    status=NEW
    And The Next Start Says    recovered
    And Nothing Was Lost

A Disk That Is Full While It Starts Is Told Of And Waited For
    [Tags]    S3
    Given Stop The Engine
    And Hold The Database Lock
    And Restart The Engine    until=STARTING    books=False
    When Fill The Engines Disk
    And Release The Database Lock
    Then Get Health    database.detail    contains    disk I/O error
    When Free The Engines Disk
    Then Get Engine State    ==    RUNNING    timeout=10s

Without Descriptors What Is Open Goes On
    [Documentation]    The line to the venue and the database stay, and it trades on.
    [Tags]    IP1
    Given Exhaust The Engines Descriptors
    When The Engine Holds    BTCUSDT    BUY    0.5
    Then Get Position    BTCUSDT    ==    0.4995
    And Give The Engines Descriptors Back
    And The Engine Can Be Stopped And Comes Back Whole

Without Descriptors A Lost Line Comes Back When There Are Some
    [Tags]    S4    IP1
    Given Exhaust The Engines Descriptors
    When Disconnect The Engine
    Then Get Engine State    !=    RUNNING
    And Give The Engines Descriptors Back
    And Get Engine State    ==    RUNNING    timeout=15s
    And The Engine Can Be Stopped And Comes Back Whole

An Engine Nobody Listens To Trades On
    [Documentation]    Its stdout is a closed pipe, its log a full disk.
    [Tags]    AC10.2
    Given Stop The Engine
    And Close The Engines Output
    And Restart The Engine
    When The Engine Holds    BTCUSDT    BUY    0.5
    Then The Engine Can Be Stopped And Comes Back Whole

A Second Engine On The Same Database Is Refused And The First Goes On
    [Tags]    I27
    Given The Engine Rests    BTCUSDT    BUY    0.2    95.00
    When A Second Engine Is Refused    message=expected to be the only engine on this database
    Then Get Venue Order Count    ==    1    status=NEW
    And The Engine Can Be Stopped And Comes Back Whole

An Engine On A Copy Of The Database Is Refused And The First Goes On
    [Tags]    I27    R26
    Given The Engine Rests    BTCUSDT    BUY    0.2    95.00
    When A Copy Beside The Original Is Refused
    Then Get Venue Order Count    ==    1    status=NEW
    And The Engine Can Be Stopped And Comes Back Whole

Files That May Not Be Written Are Named
    [Setup]    A Stopped Engine
    [Template]    The Engine May Not Write
    engine.db    exit_code=3    message=database.url: expected a file that this user may write
    engine.db.anchor    exit_code=3    message=database.anchor: expected a file that this user may write
    engine.db.lock    exit_code=4    message=engine.db.lock: cannot create the lock file: Permission denied
    .    exit_code=3    message=database.url: expected a file in a directory that this user may write

Places That Are None Are Refused By Name
    [Setup]    A Stopped Engine
    [Template]    The Config Is Refused
    database.url    "sqlite:////nowhere/engine.db"    command=RUN    message=create /nowhere
    database.url    "sqlite:////dev"    command=RUN    message=got the directory /dev
    database.anchor    "/nowhere/engine.anchor"    command=RUN    message=create /nowhere
    database.anchor    "/dev"    command=RUN    message=got the directory /dev


*** Keywords ***
A Stopped Engine
    [Documentation]    An engine has run and stopped.
    An Engine That Will Be Stopped
    Stop The Engine

The Engine Can Be Stopped And Comes Back Whole
    [Documentation]    SIGTERM with exit code 0, a clean start, both books of account the same, the journal intact.
    Stop The Engine
    The Journal Is Intact
    The Next Start Says    clean
    Nothing Was Lost
