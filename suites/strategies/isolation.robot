*** Settings ***
Documentation    One strategy's trouble stays its own: exceptions, nonsense, too much time, an endless loop. The others go on as if nothing
...              had happened.

Resource         ../../resources/strategies.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     120 seconds

Test Tags        AC2    AC2.3    IP2    strategies


*** Test Cases ***
Five Exceptions Pause A Strategy And Touch Nobody Else
    [Tags]    AC6
    Given Plan The Strategy    bad    probe    BTCUSDT    plan=101.00:RAISE    priority=9
    And Plan The Strategy    good    probe    BTCUSDT    plan=101.00:BUY 102.00:EXIT
    And The Planned Strategies Run    HUNTER    bad    good
    When Close Bars    BTCUSDT    101.00    102.00    101.00    102.00    101.00    102.00    101.00    102.00    101.00
    Then Get Strategy State    bad    ==    PAUSED
    And Get Strategy Errors    bad    ==    5
    And Get Strategy State    good    ==    RUNNING
    And Get Strategy Holding    good    BTCUSDT    >    0
    And Get Fact Field    StrategyErred    detail    contains    told to raise at 101

Nonsense Is A Health Error And No Order
    Given Plan The Strategy    bad    probe    BTCUSDT    plan=101.00:NONSENSE
    And The Planned Strategies Run    HUNTER    bad
    When Close A Bar    BTCUSDT=101.00
    Then Get Strategy Errors    bad    ==    1
    And Get Fact Field    StrategyErred    what    ==    wish
    And Get Venue Order Count    ==    0

A Slow Strategy Is Paused After Five Cycles And The Fast One Trades On
    [Documentation]    The slow one burns processor time in every cycle; the fast one's order of the same second is there all the same.
    [Tags]    L3
    Given Plan The Strategy    slow    probe    BTCUSDT    plan=101.00:SPIN    priority=9    spin=5000000
    And Plan The Strategy    fast    probe    BTCUSDT    plan=101.00:BUY 102.00:EXIT
    And The Planned Strategies Run    HUNTER    slow    fast    runtime.watchdog_ms=60000
    When Close Bars    BTCUSDT    101.00    102.00    101.00    102.00    101.00    102.00    101.00    102.00    101.00
    Then Get Strategy State    slow    ==    PAUSED
    And Get Fact Field    StrategyErred    what    ==    budget
    And Get Strategy State    fast    ==    RUNNING
    And Get Strategy Errors    fast    ==    0
    And Get Strategy Holding    fast    BTCUSDT    >    0

An Endless Loop Ends In The Watchdog's Restart
    [Tags]    AC5.4
    Given Plan The Strategy    endless    probe    BTCUSDT    plan=101.00:LOOP
    And Plan The Strategy    other    probe    ETHUSDT    plan=101.00:BUY
    And The Planned Strategies Run    HUNTER    endless    other    runtime.watchdog_ms=1000
    When Close A Bar    BTCUSDT=101.00    wait=False
    And The Watchdog Ends The Engine
    And Restart The Engine
    Then Get Strategy State    endless    ==    ERROR
    And Get Strategy State    other    ==    RUNNING    timeout=15s
    And Get Strategy Reason    endless    contains    the watchdog ended the process

An Operator Starts What The Health Has Paused
    Given Plan The Strategy    bad    probe    BTCUSDT    plan=101.00:RAISE 102.00:BUY
    And The Planned Strategies Run    HUNTER    bad    runtime.errors_to_pause=1
    And Close A Bar    BTCUSDT=101.00
    And Get Strategy State    bad    ==    PAUSED
    When Operate The Strategy    bad    START
    And Close A Bar    BTCUSDT=102.00
    Then Get Strategy State    bad    ==    RUNNING
    And The Strategy Signalled    bad    BUY BTCUSDT 102

An Operator Pauses And Stops One Strategy
    Given Plan The Strategy    one    probe    BTCUSDT    plan=101.00:BUY
    And Plan The Strategy    two    probe    ETHUSDT    plan=101.00:BUY
    And The Planned Strategies Run    HUNTER    one    two
    When Operate The Strategy    one    PAUSE
    And Close A Bar    BTCUSDT=101.00    ETHUSDT=101.00
    Then The Strategy Signalled    one
    And The Strategy Signalled    two    BUY ETHUSDT 101
    When Operate The Strategy    one    STOP
    Then Get Strategy State    one    ==    STOPPED
    And Operate The Strategy    one    PAUSE    status=409
