*** Settings ***
Documentation    What becomes of a commit that fails: surely not done, unknown, or not synced to the disk. Nothing leaves before the
...              fact that explains it is durable, nothing is committed twice, and where nobody can know what is on the disk the
...              engine leaves.

Resource         ../../resources/recovery.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Setup       An Engine Whose Disk Can Fail
Test Timeout     60 seconds

Test Tags        AC5    AC9.1    CP-O3    L10    S3    I16    recovery


*** Test Cases ***
A Commit That Surely Failed Is Made Again
    [Tags]    I17
    Given Arm A Disk Error    CP-O3b    IO_ERROR
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    And The Disk Error Has Come    CP-O3b
    Then The Order    status=FILLED    filled=0.5
    And Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT
    And The Order Was Written Before It Was Sent

While The Disk Is Full Nothing Leaves, And Then It Leaves Once
    [Tags]    S10
    Given Arm A Disk Error    CP-O3b    DISK_FULL    always=True
    When The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    Then Get Health    database.detail    contains    disk is full    timeout=20s
    And Get Venue Order Count    ==    0
    When Heal The Engines Disk
    And Use The Order    purpose=ENTRY
    Then The Order    status=FILLED    filled=0.5
    And Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT
    And The Order Was Written Before It Was Sent

A Commit Of Unknown Outcome Was Done, And Is Not Made Again
    [Documentation]    The error comes after the commit: the head of the chain says that the batch is there.
    [Tags]    I08
    Given Arm A Disk Error    CP-O3c    IO_ERROR
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    And The Disk Error Has Come    CP-O3c
    Then The Order    status=FILLED    filled=0.5
    And Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT
    And The Order Was Written Before It Was Sent

An Outcome That Cannot Be Read At Once Is Read Later
    [Tags]    I08
    Given Arm A Disk Error    CP-O3d    IO_ERROR
    And Arm A Disk Error    CP-O3c    IO_ERROR
    When The Engine Places    BUY    BTCUSDT    qty=0.5
    And The Disk Error Has Come    CP-O3d
    Then The Order    status=FILLED    filled=0.5
    And Get Venue Order Count    ==    1    without=STOP_LOSS_LIMIT
    And The Order Was Written Before It Was Sent

A Commit That Was Not Synced Ends The Engine, And Nothing Was Sent
    [Documentation]    After a failed fsync nobody knows what is on the disk. This batch was not committed: there is no order later.
    [Tags]    P4
    [Setup]    An Engine Whose File Can Fail To Sync
    Given Arm A Disk Error    CP-O3b    SYNC_FAILED
    When The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    Then The Engine Should Have Ended    4    timeout=20s
    And Get Venue Order Count    ==    0
    When Restart The Engine
    Then Get Order Count    ==    0
    And The Engine Holds    BTCUSDT    BUY    0.5

A Commit That Was Done And Not Synced Ends The Engine, And Its Order Is Proven Absent
    [Documentation]    The batch can be read after the restart, but its order never left: the venue proves that.
    [Tags]    CP-O4    P4
    [Setup]    An Engine Whose File Can Fail To Sync
    Given Arm A Disk Error    CP-O3c    SYNC_FAILED
    When The Engine Is Asked    BUY    BTCUSDT    qty=0.5
    Then The Engine Should Have Ended    4    timeout=20s
    And Get Venue Order Count    ==    0
    When Restart The Engine
    And Use The Order    purpose=ENTRY
    And Both Clocks Pass    4s
    Then Get Order Status    ==    FAILED    timeout=20s
    And Nothing Is In Doubt    USDT
    And Get Venue Order Count    ==    0


*** Keywords ***
An Engine Whose Disk Can Fail
    [Documentation]    As *An Engine That Will End*, with test hooks, and a short time after which absence is proven.
    An Engine That Will End    movable_clock=True    timing.recv_window_ms=1500

An Engine Whose File Can Fail To Sync
    [Documentation]    A PostgreSQL server whose fsync fails ends itself and recovers; the engine waits for it as for any lost server.
    Only On SQLite    it is the server's own fsync there, after whose failure PostgreSQL ends itself
    An Engine Whose Disk Can Fail
