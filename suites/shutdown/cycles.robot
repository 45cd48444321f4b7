*** Settings ***
Documentation    Started and ended again and again, an engine leaves nothing over (I33): processes, ports and temporary files are looked
...              for after every test, here descriptors, threads and files of the database too.

Resource         ../../resources/shutdown.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Engine That Will Be Stopped
Test Timeout     60 seconds

Test Tags        AC10    AC10.2    AC10.3    I33    shutdown


*** Variables ***
${LINES_LOST: int}     5
${CYCLES: int}         3
${MANY_CYCLES: int}    50


*** Test Cases ***
Stopped And Started Again Nothing Is Left Over
    Given Remember What The Engine Has Open
    Then Repeat Keyword    ${CYCLES} times    One Cycle    Stop The Engine

Killed And Started Again Nothing Is Left Over
    [Tags]    AC5
    Given Remember What The Engine Has Open
    Then Repeat Keyword    ${CYCLES} times    One Cycle    Kill The Engine
    When Stop The Engine
    Then The Engine Left Only Its Files

Lost Lines Leave Nothing Behind
    [Tags]    S4    AC6
    [Setup]    An Engine That Will Be Stopped    market.backoff_ms=50    market.backoff_most_ms=200
    Given Remember What The Engine Has Open
    Then Repeat Keyword    ${LINES_LOST} times    The Line Is Lost And Comes Back

Fifty Times Nothing Is Left Over
    [Documentation]    As above, many times.
    [Tags]    campaign    AC5
    [Timeout]    10 minutes
    Given Remember What The Engine Has Open
    Then Repeat Keyword    ${MANY_CYCLES} times    One Cycle    Stop The Engine
    And Repeat Keyword    ${MANY_CYCLES} times    One Cycle    Kill The Engine


*** Keywords ***
One Cycle
    [Documentation]    It trades, ends that way, and comes back.
    [Arguments]    ${end: str}
    ${order} =    The Engine Rests    BTCUSDT    BUY    0.2    95.00
    Cancel The Order    order=${order}
    Get Order Status    ==    CANCELLED    order=${order}
    Run Keyword    ${end}
    Restart The Engine
    The Engine Has Open What It Had

The Line Is Lost And Comes Back
    [Documentation]    Every connection to the venue is cut; the engine has them again.
    ${before} =    Get Fact Count    Reconciled
    Disconnect The Engine
    Get Fact Count    Reconciled    >    ${before}    timeout=15s
    Get Engine State    ==    RUNNING    timeout=15s
    The Engine Has Open What It Had
