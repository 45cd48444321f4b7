*** Settings ***
Documentation    The emergency close (R34): every position leaves by LIMIT IOC at a 2 % collar, the greatest loss first, again and
...              again until flat; one run at a time, dry run possible, through a crash of the engine.

Resource         ../../resources/emergencies.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Setup       An Engine In Two Symbols
Test Timeout     90 seconds

Test Tags        IP6    R34    risk


*** Test Cases ***
Every Position Is Closed And Nothing Is Open
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And The Engine Holds    ETHUSDT    BUY    1
    And The Engine Rests    BTCUSDT    BUY    0.2    95.00
    When Close Everything
    Then The Emergency Close Ends    left=0
    And Get Position    BTCUSDT    ==    0
    And Get Position    ETHUSDT    ==    0
    And The Venue Has No Open Order
    And Get Fact Count    EmergencyCloseAttempted    ==    2
    And Get Halts    ==    none

A Dry Run Sends Nothing
    Given The Engine Holds    BTCUSDT    BUY    0.5
    ${before} =    Get Venue Order Count
    ${plan} =    Close Everything    dry_run=True
    Then Should Be Equal    ${plan}[plan][0][quantity]    0.4995
    And Should Be Equal    ${plan}[plan][0][price]    97.51
    And Get Venue Order Count    ==    ${before}
    And Get Position    BTCUSDT    ==    0.4995

It Is Repeated Until Flat And Refuses A Second Run Meanwhile
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And The Book Takes    0.1
    When Close Everything
    And Get Position    BTCUSDT    ==    0.3995
    And Close Everything    status=409
    And The Book Is Deep Again
    Then The Emergency Close Ends    left=0
    And Get Position    BTCUSDT    ==    0
    And Get Fact Count    EmergencyCloseAttempted    ==    2

A Crash In The Middle Does Not End It
    [Tags]    AC5
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And The Book Takes    0.1
    And Close Everything
    And Get Position    BTCUSDT    ==    0.3995
    When Kill The Engine
    And The Book Is Deep Again
    And Restart The Engine
    Then The Emergency Close Ends    left=0
    And Get Position    BTCUSDT    ==    0
    And Get Fact Count    EmergencyCloseBegan    ==    1

What Cannot Be Closed Is Told With The Reason
    [Documentation]    The last attempt went at 2 % below the bid, or there was no bid any more.
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And The Book Takes    0.1
    And Close Everything
    And Get Position    BTCUSDT    ==    0.3995
    When Let The Engines Clock Pass    61 seconds
    ${left} =    The Emergency Close Ends    left=1
    Then Should Contain Any    ${left}[0][why]    no fresh book to price it by    not filled at 117.6 or better
    And Get Halts    ==    none
