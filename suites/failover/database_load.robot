*** Settings ***
Documentation    The engine trades all the time while its database loses the primary, etcd, every standby: three PostgreSQL nodes under
...              Patroni. Its commits go on at the node that takes over, nothing that it acknowledged is lost and nothing is invented,
...              and without a standby it goes on only when a person says so (AC8.2).

Resource         ../../resources/failover_database.resource

Suite Setup      A Venue And A Database Cluster
Test Setup       An Engine Under Load On The Cluster
Test Timeout     5 minutes

Test Tags        AC8    AC8.2    I28    L10    failover


*** Test Cases ***
The Engine Trades On When The Primary's PostgreSQL Is Killed
    [Documentation]    Back again, it is no primary any more: it follows, and the engine goes on where the new one is.
    [Tags]    CP-P1    CP-P3
    ${old} =    The Engine Trades On When The Primary Is Lost    Kill The Primary Database    most=5s
    The Old Primary Follows The New One    ${old}
    Nothing The Engine Acknowledged Is Lost

Without A Standby Nothing Is Committed Until A Person Goes On Alone
    [Documentation]    Commits stop, entries stop, an alarm leaves. Going on is two acts of the operator: Patroni is told not to wait, the
    ...    engine is told by whom and why. With the first standby that is back it is over.
    When Kill The Standby Nodes
    Then An Alarm Says That No Standby Is There
    And Nothing Is Acknowledged
    When The Operator Goes On Without A Standby
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.1    rule=I28    code=GENESIS-3703    limit=1    value=0
    When Ada Lets The Engine Go On Alone
    Then The Engine Trades Alone
    When Heal The Database Cluster
    Then The Engine Is Not Alone Any More
    And Nothing The Engine Acknowledged Is Lost

The Engine Trades On When The Primary's Node Is Lost
    [Documentation]    Killed, frozen, cut off: what its lease leaves, 20 seconds, is Patroni's least; at most 30 are required.
    [Tags]    CP-P3    campaign
    [Timeout]    10 minutes
    FOR    ${loss}    IN    Kill The Primary Node    Freeze The Primary Node    Cut The Primary Node
        ${old} =    The Engine Trades On When The Primary Is Lost    ${loss}    most=30s
        The Old Primary Follows The New One    ${old}
    END
    Nothing The Engine Acknowledged Is Lost

The Engine Trades On While Etcd Is Gone
    [Documentation]    For longer than Patroni tries to reach it, and when it is back.
    [Tags]    campaign
    When Lose Etcd
    And Count Orders From Here
    Then Orders Are Acknowledged Again    most=30s    orders=40
    When Bring Etcd Back
    And Count Orders From Here
    Then Orders Are Acknowledged Again    most=10s    orders=10
    And Nothing The Engine Acknowledged Is Lost


*** Keywords ***
An Alarm Says That No Standby Is There
    [Documentation]    It leaves although the fact of it cannot be committed.
    The Alert Should Have Come    GENESIS-3703: the database has 0 synchronous standbys, 1 required    timeout=20s
    Get Redundancy    ==    0
    Get Health    database.ok    ==    false    timeout=20s

Nothing Is Acknowledged
    [Documentation]    For two seconds; what was on its way before may still be.
    Count Orders From Here
    Run Keyword And Expect Error    *within 2 s, 0 were;*    Orders Are Acknowledged Again    most=2s

Ada Lets The Engine Go On Alone
    [Documentation]    Without a name or a reason nobody does.
    Let The Engine Go On Alone    who=Ada    why=${EMPTY}    status=400
    Let The Engine Go On Alone    who=Ada    why=node2 and node3 are being repaired
    Get Fact Field    OperatorActed    action    ==    GO_ON_ALONE
    Get Fact Field    OperatorActed    detail    ==    Ada: node2 and node3 are being repaired

The Engine Trades Alone
    [Documentation]    Orders pass, and the figure says what that is worth.
    Count Orders From Here
    Orders Are Acknowledged Again    most=30s    orders=2
    Get Redundancy    ==    0
    Get Health    database.alone    ==    Ada: node2 and node3 are being repaired

The Engine Is Not Alone Any More
    [Documentation]    A standby is there again: the decision is used up.
    Get Redundancy    ==    1    timeout=30s
    Get Health    database.alone    ==    ${EMPTY}    timeout=10s
    Count Orders From Here
    Orders Are Acknowledged Again    most=30s
    Let The Engine Go On Alone    who=Ada    why=habit    status=409
