*** Settings ***
Documentation    The database under the engine, alone: the primary of three PostgreSQL nodes is killed, frozen, cut off; Patroni lets
...              a standby take over; clients that write all the time lose nothing that they were told is committed (`docs/production.md`).
...
...              A `campaign`: by default the engine's own commits are watched there (database_load.robot).

Resource         ../../resources/failover_database.resource

Suite Setup      Start A Database Cluster
Test Timeout     3 minutes

Test Tags        AC8    AC8.2    failover    campaign


*** Test Cases ***
A Killed Primary Loses Nothing That Was Acknowledged
    [Documentation]    The standbys are stalled first, so that an asynchronous pair would lose something:
    ...    *An Asynchronous Pair Turns The Test Of Losses Red*.
    [Tags]    I28    CP-P1
    Given Clients Write While Nothing Reaches A Standby    cluster
    When The Primary Is Killed And Another One Takes Over    cluster
    Then Nothing Acknowledged Is Lost And Nothing Is Invented
    And The Longest Gap Between Writes Was    most=15s

Without A Standby Nothing Is Committed Until The Operator Goes On Alone
    [Tags]    I28
    Given Clients Write To The Database
    When Kill The Standby Nodes
    Then The Clients Wait    seconds=1s
    When The Operator Goes On Without A Standby
    Then The Clients Go On Writing
    And Get Database Standbys    ==    0    synchronous=True
    And Nothing Acknowledged Is Lost And Nothing Is Invented

Commits Go On While Etcd Is Gone
    [Documentation]    For longer than Patroni tries to reach it (3 seconds).
    Given Clients Write To The Database
    When Lose Etcd
    And Let The Clients Try For    6s
    Then The Clients Go On Writing
    And Nothing Acknowledged Is Lost And Nothing Is Invented

An Asynchronous Pair Turns The Test Of Losses Red
    [Documentation]    The steps of *A Killed Primary Loses Nothing That Was Acknowledged*, with a cluster that waits for nobody:
    ...    that test can fail.
    [Tags]    I28
    Given Start A Database Cluster    replication=ASYNCHRONOUS    cluster=lenient
    And Clients Write While Nothing Reaches A Standby    lenient
    When The Primary Is Killed And Another One Takes Over    lenient
    Then Run Keyword And Expect Error    number of writes that are lost should be 0, last seen: *
    ...    Nothing Acknowledged Is Lost And Nothing Is Invented
    And Get Writes    LOST    >    0

A Lost Primary Node Is Followed When Its Lease Is Over
    [Documentation]    Killed, frozen, cut off: 20 seconds, Patroni's least. Back again it acknowledges nothing and rejoins.
    [Tags]    I28    CP-P3
    [Timeout]    10 minutes
    FOR    ${lose}    IN    Kill The Primary Node    Freeze The Primary Node    Cut The Primary Node
        Clients Write To The Database
        ${old} =    Run Keyword    ${lose}
        A New Database Primary Takes Over    ${old}    timeout=40s
        The Clients Go On Writing
        Heal The Database Cluster
        Nothing Acknowledged Is Lost And Nothing Is Invented
        Get Database Primary    !=    ${old}
    END
