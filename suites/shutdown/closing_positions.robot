*** Settings ***
Documentation    By policy positions are closed before the engine leaves (R29): their stops are cancelled first, they leave within the
...              collar of an emergency close (R34), and the engine leaves clean only when it is flat.

Resource         ../../resources/shutdown.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Engine That Closes What It Holds
Test Timeout     60 seconds

Test Tags        AC10    AC10.1    P5    R29    R34    shutdown


*** Test Cases ***
A Position Is Closed And Nothing Is Left
    [Tags]    AC10.3    R6
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And The Position Stays With Its Stop
    When Stop The Engine
    Then The Venue Has No Open Order
    And Get Venue Trade Count    ==    2
    And The Next Start Says    clean
    And Get Position    BTCUSDT    ==    0
    And Get Halts    ==    none
    And Nothing Was Lost

A Position Short Of Its Target Is Bought Back
    [Setup]    No Operation
    Given Set The Book    BTCUSDT    bid=99.50    ask=100.50    size=1000
    And Start A Fresh Engine    tier=HUNTER    inventory=BTC:1.0    engine.positions_on_shutdown=close
    And The Engine Holds    BTCUSDT    SELL    0.5
    When Stop The Engine
    Then The Next Start Says    clean
    And Get Position    BTCUSDT    ==    0
    And Nothing Was Lost

Orders That Rest Are Cancelled And What They Filled Is Closed
    [Tags]    AC10.4
    ${order} =    The Engine Rests    BTCUSDT    BUY    0.5    99.00
    Given Set The Book    BTCUSDT    bid=98.00    ask=100.50    size=1000
    And Someone Sells    BTCUSDT    qty=0.2    price=99.00
    And The Order    status=PARTIALLY_FILLED    filled=0.2    order=${order}
    And Set The Book    BTCUSDT    bid=99.50    ask=100.50    size=1000
    When Stop The Engine
    Then The Venue Has No Open Order
    And The Next Start Says    clean
    And Get Position    BTCUSDT    ==    0

What Nobody Buys Is Named And Keeps Its Stop
    [Tags]    R6    campaign
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And The Book Of The Engine Has No Bids
    When Stop The Engine    exit_code=11
    Then The Position Stays With Its Stop
    And Get Fact Field    ErrorRecorded    detail    contains    position binance/BTCUSDT 0.4995
    And Get Fact Field    EngineStopped    clean    ==    False
    When The Book Is Deep Again
    Then The Next Start Says    recovered
    And Get Position    BTCUSDT    ==    0.4995

An Emergency Close Under Way Goes On To Its End
    [Tags]    IP6
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And An Exit Of An Emergency Close Is Under Way
    When Signal The Engine    SIGTERM
    And The Book Is Deep Again
    Then It Ends
    And The Next Start Says    clean
    And Get Position    BTCUSDT    ==    0
    And Get Fact Count    EmergencyCloseBegan    ==    1

Killed In The Middle The Next Process Does Not Go On Closing
    [Documentation]    Who is started again is to trade: the run of a shutdown ends with its process, and the position has its stop.
    [Tags]    AC5
    Given The Engine Holds    BTCUSDT    BUY    0.5
    And The Book Takes    0.1
    And Signal The Engine    SIGTERM
    And Get Position    BTCUSDT    ==    0.3995
    When Kill The Engine
    And The Book Is Deep Again
    Then The Next Start Says    recovered
    And Get Halts    ==    none
    And The Position Stays With Its Stop
    And Get Position    BTCUSDT    ==    0.3995


*** Keywords ***
The Book Of The Engine Has No Bids
    [Documentation]    Nobody bids, and the engine has seen it.
    Set The Book Levels    BTCUSDT    ask 100.50 x 1000
    Get Top Of Book    BTCUSDT    ask    ==    100.50
