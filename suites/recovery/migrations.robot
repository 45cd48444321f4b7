*** Settings ***
Documentation    An engine of this version starts on the database that an earlier one has left, and dies in the migration (I34): the
...              schema is the old one or the new one, whole, and every row is what it was. The next start finishes it and trades on.

Resource         ../../resources/integrity.resource

Suite Setup      A Venue And A File Whose Schema Is Of An Earlier Version
Test Timeout     90 seconds

Test Tags        AC5    AC9    AC9.1    I34    X37    recovery


*** Test Cases ***
A Migration That Dies At Each Step Is Not Begun
    [Documentation]    Before it begins, between two of its steps, before and after a version is written: until the commit nothing of it is
    ...    there. From the first schema on, so that every step there ever was is taken.
    [Tags]    CP-M1
    ${digest}    ${rows} =    Given The Database Of An Engine Of Schema    0001
    FOR    ${point}    IN    CP-M1a    CP-M1b    CP-M1b:4    CP-M1c    CP-M1c:3
        When The Engine Dies While It Recovers    ${point}
        Then The Schema And Its Rows Are Still Of    0001    ${rows}
    END
    When Restart The Engine
    Then The Migration Is Done    ${digest}

A Migration That Is Committed Stays Done Whatever Comes Then
    [Tags]    CP-M1
    ${digest}    ${rows} =    Given The Database Of An Engine Of Schema    0003
    When The Engine Dies While It Recovers    CP-M1d
    Then The Schema And Its Rows Are Still Of    0003    ${rows}    but_now=0004
    When Restart The Engine
    Then The Migration Is Done    ${digest}

Rows That Are Filled In In Batches Are All There Or None
    [Documentation]    The days of more than a thousand events: the second batch is not begun, and nothing of the first is left.
    [Tags]    CP-M2
    ${digest}    ${rows} =    Given The Database Of An Engine Of Schema    0002    events=1001
    When The Engine Dies While It Recovers    CP-M2
    Then The Schema And Its Rows Are Still Of    0002    ${rows}
    When Restart The Engine
    Then The Migration Is Done    ${digest}
    And Get Row Field    days    first_seq    ==    1


*** Keywords ***
The Database Of An Engine Of Schema
    [Documentation]    What a killed engine of that version has left: a position, an order that rests, one that was cancelled; so many
    ...    events. Returns the digest of its state and that of its rows.
    [Arguments]    ${revision: str}    ${events: int}=1
    An Engine That Will End    protection.rest_at_venue=false
    Busy Hands
    Fill The Journal    BTCUSDT    events=${events}
    ${digest} =    Get State Digest
    Kill The Engine
    Give The Database The Schema Of    ${revision}
    ${rows} =    Get Digest Of The Rows    revision=${revision}
    RETURN    ${digest}    ${rows}

The Schema And Its Rows Are Still Of
    [Documentation]    Whole, and not a row is another one; `but_now`: the schema has become this one, what the old one had is the same.
    [Arguments]    ${revision: str}    ${rows: str}    ${but_now: str}=${EMPTY}
    ${now} =    Evaluate    $but_now or $revision
    The Schema Is Whole    ${now}
    Get Digest Of The Rows    ==    ${rows}    revision=${revision}

The Migration Is Done
    [Documentation]    The schema is that of this version, the state is what it was, and the engine trades on.
    [Arguments]    ${digest: str}
    Get Row Field    alembic_version    version_num    ==    0004
    Get State Digest    ==    ${digest}
    The Engine Trades On
    Kill The Engine
    The Schema Is Whole    0004
