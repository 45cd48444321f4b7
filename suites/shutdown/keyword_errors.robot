*** Settings ***
Documentation    Mistakes with the keywords of endings and of the machine: what they answer. The tests share one engine, since none of them
...              is meant to change it.

Resource         ../../resources/shutdown.resource

Suite Setup      An Engine For Mistakes
Test Timeout     60 seconds

Test Tags        keyword-errors    shared-engine    shutdown


*** Test Cases ***
Signals And Endings Have Names
    Run Keyword And Expect Error    expected one or more of SIGTERM, SIGINT, SIGHUP, SIGPIPE, got none
    ...    Signal The Engine
    Run Keyword And Expect Error
    ...    ValueError: Argument 'signals' got value 'SIGSTOP' that cannot be converted to ProcessSignal: *
    ...    Signal The Engine    SIGSTOP
    Run Keyword And Expect Error    ending of the process before should be clean, last seen: first (*
    ...    Get Previous Ending    ==    clean    timeout=200ms
    Run Keyword And Expect Error    ValueError: Argument 'expected' got value 'dirty' that cannot be converted to Ending: *
    ...    Get Previous Ending    ==    dirty

What Is Healed Must Have Been Broken
    Run Keyword And Expect Error    engine main has no full disk; fill it first (keyword: Fill The Engines Disk)
    ...    Free The Engines Disk
    Run Keyword And Expect Error
    ...    engine main has no lack of descriptors; exhaust them first (keyword: Exhaust The Engines Descriptors)
    ...    Give The Engines Descriptors Back

A Running Engine Has Left Nothing Yet
    Run Keyword And Expect Error    engine main still runs; stop it first (keyword: Stop The Engine)
    ...    The Engine Left Only Its Files
    Run Keyword And Expect Error
    ...    nothing is remembered of engine main (keyword: Remember What The Engine Has Open)
    ...    The Engine Has Open What It Had

A Halt Comes Before What Comes After It
    Run Keyword And Expect Error    engine main was not told to halt or stop in this test; *
    ...    No New Order Reaches The Venue

Files Are Those Of The Engine
    Run Keyword And Expect Error    expected files of the engine's directory such as engine.db, or a dot, got engine.dbb
    ...    The Engine May Not Write    engine.dbb    exit_code=4    message=engine.db

A Disk Is Full Once
    [Documentation]    The disk is free again when the test ends.
    Given Fill The Engines Disk
    Then Run Keyword And Expect Error    engine main has a full disk already; heal it first (keyword: Free The Engines Disk)
    ...    Fill The Engines Disk
    And Free The Engines Disk


*** Keywords ***
An Engine For Mistakes
    [Documentation]    A venue and an engine that the whole suite uses.
    Open The Venue    BTCUSDT
    An Engine That Will Be Stopped
