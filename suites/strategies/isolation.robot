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

A Wish To Leave The Process Is A Health Error
    Given Plan The Strategy    bad    probe    BTCUSDT    plan=101.00:LEAVE
    And The Planned Strategies Run    HUNTER    bad
    When Close A Bar    BTCUSDT=101.00
    Then Get Strategy Errors    bad    ==    1
    And Get Fact Field    StrategyErred    detail    contains    told to leave at 101
    And Get Strategy State    bad    ==    RUNNING

A Slow Strategy Is Interrupted At Its Budget And Paused After Five
    [Documentation]    The slow one would burn some seconds of processor time in every cycle; it has less than one, as its health errors
    ...    say, and the fast one's order of the same second is there all the same.
    [Tags]    L3
    Given Plan The Strategy    slow    probe    BTCUSDT    plan=101.00:SPIN 102.00:BUY    priority=9    spin=100000000
    And Plan The Strategy    fast    probe    BTCUSDT    plan=101.00:BUY 102.00:EXIT
    And The Planned Strategies Run    HUNTER    slow    fast
    When Close Bars    BTCUSDT    101.00    100.50    101.00    100.50    101.00    100.50    101.00    100.50    101.00
    Then Get Strategy State    slow    ==    PAUSED
    And Get Strategy Errors    slow    ==    5
    And Get Fact Field    StrategyErred    detail    matches    ^interrupted after [1-9][0-9][0-9] ms of processor time, 100 ms
    And Get Strategy Errors    fast    ==    0
    And Get Strategy Holding    fast    BTCUSDT    >    0

An Interrupted Strategy Is Made Anew And Trades On
    [Tags]    L3
    Given Plan The Strategy    slow    probe    BTCUSDT    plan=101.00:SPIN 102.00:BUY    spin=100000000
    And The Planned Strategies Run    HUNTER    slow
    When Close A Bar    BTCUSDT=101.00
    Then Get Strategy State    slow    ==    RUNNING    timeout=10s
    And Get Strategy Errors    slow    ==    1
    When Close A Bar    BTCUSDT=102.00
    Then The Strategy Signalled    slow    BUY BTCUSDT 102

An Endless Loop Ends In The Watchdog's Restart
    [Documentation]    A loop that takes no interruption: it catches whatever comes, and goes on.
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
