*** Settings ***
Documentation    One to three faults at once while an engine trades under load; then all of them heal, and it must trade again within its
...              limit, come to rest and be right to the last digit. `inv campaign --faults 100 --seed N` plays many such rounds.

Resource         ../../resources/evidence.resource
Library          ../../libraries/FaultLibrary.py

Test Timeout     5 minutes

Test Tags        AC8    failover    campaign


*** Test Cases ***
Unknown Orders While Events Are Lost And The Engine Is Killed
    [Tags]    AC8.1    S6    I14    I15    I16    I36
    The Engine Survives Together    -1007, executed    event lost    engine killed    seed=4

A Half-Open Network While The File Is Held
    [Tags]    AC8.2    I17
    The Engine Survives Together    half-open connections    SQLite held    cache killed    seed=2

The Next Address While The Alert Receiver Is Gone
    [Tags]    AC8.1    AC8.4    I29
    The Engine Survives Together    venue address killed    alert receiver gone    seed=3

A Standby Engine While The Network Is Slow
    [Tags]    AC8.1    I27    I36
    The Engine Survives Together    engine killed, standby waits    slow network    seed=5

Every Cache Is Lost And Decisions Are The Same
    [Tags]    AC8.3    I26
    The Engine Survives Together    cache killed    cache emptied    seed=31

Etcd Is Gone While The Cache Is Lost
    [Documentation]    For longer than Patroni tries to reach it; orders are filled meanwhile.
    [Tags]    AC8.2    I26    I28
    The Engine Survives Together    etcd gone    cache killed    seed=6

A Node Is Cut Off While The Alert Receiver Is Gone
    [Documentation]    The primary's, which nothing reaches and which nobody hears of; an order is filled while it is away.
    [Tags]    AC8.2    AC8.4    I28    CP-P3
    The Engine Survives Together    primary's node cut off    alert receiver gone    seed=7
