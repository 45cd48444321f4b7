*** Settings ***
Documentation    The n-th call of an engine to its venue fails: in a session of its own for each n, until one passes untouched. Here some
...              calls fail; all of them do in the tests that are tagged `campaign`.

Resource         ../../resources/evidence.resource
Library          ../../libraries/ExchangeLibrary.py
Library          ../../libraries/FaultLibrary.py

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     120 seconds

Test Tags        AC6    AC6.1    AC6.4    S4    X14    X15    X17    R26    errors


*** Test Cases ***
Some Calls Whose Connection Is Cut
    Every Outside Call Fails Once    CUT    first=5    every=11

Some Calls Whose Answer Is Lost
    Every Outside Call Fails Once    LOST    first=2    every=11

Some Calls That Fail After They Were Done
    Every Outside Call Fails Once    FAILED_AND_DONE    first=9    every=11

Every Call Has Its Connection Cut
    [Tags]    campaign
    [Timeout]    20 minutes
    Every Outside Call Fails Once    CUT

Every Call Loses Its Answer
    [Tags]    campaign
    [Timeout]    20 minutes
    Every Outside Call Fails Once    LOST

Every Call Fails And Nothing Was Done
    [Tags]    campaign
    [Timeout]    20 minutes
    Every Outside Call Fails Once    FAILED

Every Call Fails After It Was Done
    [Tags]    campaign
    [Timeout]    20 minutes
    Every Outside Call Fails Once    FAILED_AND_DONE
