*** Settings ***
Documentation    The backtester as a command: the engine's own code on recorded and generated trades. What it earns is arithmetic,
...              what it is measured by is stated, and the same seed gives the same bytes.

Resource         ../../resources/backtests.resource

Test Timeout     120 seconds

Test Tags        AC2    IP2    backtest


*** Variables ***
${DATA: str}    ${CURDIR}/data


*** Test Cases ***
A Round Trip Is What Arithmetic Says
    [Documentation]    The minute that closes at 101 is answered on the open of the next: 4 bought at 102.01, 3.996 arrive, 3.996 sold at
    ...    104.00 for 415.584 less 0.415584. What is left of 10,000 is 10,007.128416.
    [Tags]    AC1.4    R31
    When Run A Backtest    ${DATA}/steps.toml    ${DATA}/BTCUSDT-steps.csv
    Then Get Backtest Balance    end    ==    10007.128416
    And Get Backtest Metric    trades    ==    1
    And Get Backtest Metric    win_rate    ==    1
    And The Backtest Adds Up

Mean Reversion Earns Where The Price Comes Back
    [Documentation]    Fifty hours of a market that gives a tenth of its distance from the start back every minute.
    [Tags]    AC2.2    R18    R31
    When Run A Backtest    ${DATA}/reverting.toml    generate=3000    seed=9
    Then Get Backtest Metric    trades    >=    2
    And Get Backtest Metric    total_return    >    0
    And Get Backtest Metric    sharpe    >    0
    And Get Backtest Metric    max_drawdown    <    0.01
    And The Backtest Adds Up

Momentum Trades The Recorded Seconds
    [Documentation]    46 seconds of BTCUSDT as bars of a second; the four trades are those that the rule gives, worked out from the file by
    ...    other means (`tests/backtesting/test_recorded_strategy.py`). All lose: the fees are larger than what moves in a second.
    [Tags]    AC2.1    R17    R31
    When Run A Backtest    ${DATA}/recorded.toml    recorded:BTCUSDT-trades-2021-01-08.csv
    Then Get Backtest Metric    trades    ==    4
    And Get Backtest Metric    win_rate    ==    0
    And The Backtest Adds Up

The Same Seed Gives The Same Bytes And Another Seed Others
    When The Same Backtest Runs Twice    ${DATA}/reverting.toml    bars=600    seed=7
    Then The Backtests Are Equal    first    second
    When Run A Backtest    ${DATA}/reverting.toml    generate=600    seed=8    backtest=other
    Then The Backtests Differ    first    other

A Drawdown Above A Fifth Ends The Backtest
    [Documentation]    90 bought at 102 fall to 60: more than a third of the account. The recovery to 120 is not played any more.
    When Run A Backtest    ${DATA}/reckless.toml    ${DATA}/BTCUSDT-fall.csv
    Then The Backtest Was Stopped By Its Drawdown
    And Get Backtest Metric    max_drawdown    >    0.2
    And Get Backtest Balance    end    <    7000
    And The Backtest Adds Up

A Wrong Cell Of The Data Is Named
    The Backtest Is Refused    ${DATA}/steps.toml    ${DATA}/BTCUSDT-bad-high.csv    exit_code=9
    ...    message=line 3, column high: expected a high that is the highest of the four prices, got '1.00'

A Mistyped Key Of The Configuration Is Named
    The Backtest Is Refused    ${DATA}/mistyped.toml    generate=10    exit_code=3
    ...    message=backtest.slipage: expected a known key, got this one; did you mean 'slippage'?
