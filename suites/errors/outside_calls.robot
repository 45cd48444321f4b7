*** Settings ***
Documentation    The n-th call of an engine to its venue fails, in a session of its own for each n: while it trades, while it comes back
...              after a kill (recovery and reconciliation), while it leaves in good order. Here some calls fail; all of them do, until a
...              session passes untouched, in the tests that are tagged `campaign`.

Resource         ../../resources/evidence.resource
Library          ../../libraries/ExchangeLibrary.py
Library          ../../libraries/FaultLibrary.py

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     120 seconds

Test Tags        AC6    AC6.1    AC6.4    S4    X14    X15    X17    R26    errors


*** Test Cases ***
Some Calls Fail While It Trades
    Every Outside Call Fails Once    CUT    first=5    last=5
    Every Outside Call Fails Once    LOST    first=13    last=13
    Every Outside Call Fails Once    FAILED_AND_DONE    first=20    last=20

Some Calls Fail While It Comes Back
    [Tags]    I31    X37
    Every Outside Call Fails Once    LOST    during=RESTART    first=6    last=6
    Every Outside Call Fails Once    CUT    during=RESTART    first=12    last=12

Some Calls Fail While It Leaves
    [Tags]    I32    R29
    Every Outside Call Fails Once    FAILED_AND_DONE    during=SHUTDOWN    first=1    last=1
    Every Outside Call Fails Once    CUT    during=SHUTDOWN    first=3    last=3

Every Call Of Trading Fails
    [Tags]    campaign
    [Timeout]    60 minutes
    FOR    ${failure}    IN    CUT    LOST    FAILED    FAILED_AND_DONE
        Every Outside Call Fails Once    ${failure}
    END

Every Call Of A Restart Fails
    [Tags]    campaign    I31    X37
    [Timeout]    60 minutes
    FOR    ${failure}    IN    CUT    LOST    FAILED    FAILED_AND_DONE
        Every Outside Call Fails Once    ${failure}    during=RESTART
    END

Every Call Of A Shutdown Fails
    [Tags]    campaign    I32    R29
    [Timeout]    60 minutes
    FOR    ${failure}    IN    CUT    LOST    FAILED    FAILED_AND_DONE
        Every Outside Call Fails Once    ${failure}    during=SHUTDOWN
    END
