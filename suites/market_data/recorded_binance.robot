*** Settings ***
Documentation    Real Binance traffic through the venue to the engine. The engine's books equal, level by level, books computed from the
...              files; a scripted source trades on 46 seconds of recorded BTCUSDT, and fills, fees, position and profit equal a table
...              computed from the files. Skipped, with the reason, where the recorded data is absent.

Resource         ../../resources/trading.resource

Test Timeout     60 seconds

Test Tags        AC3    AC3.4    market-data


*** Variables ***
${CAPTURE: str}    binance-capture-2021-10-12
${TRADES: str}     BTCUSDT-trades-2021-01-08.csv
${QUOTES: str}     BTCUSDT-quotes-2021-01-08.csv


*** Test Cases ***
Every Book Of The Capture Is Right To The Last Level
    [Tags]    AC3.2    R25    IP1
    Given Open The Captured Venue    ${CAPTURE}    NKNUSDT    BLZETH    LRCBTC    RUNEEUR
    And Start A Fresh Engine    balance=USDT:5000    books=False
    When Play The Recording To The End
    Then The Engine Book Equals The Captured Book    NKNUSDT    capture=${CAPTURE}
    And The Engine Book Equals The Captured Book    BLZETH    capture=${CAPTURE}
    And The Engine Book Equals The Captured Book    LRCBTC    capture=${CAPTURE}
    And The Engine Book Equals The Captured Book    RUNEEUR    capture=${CAPTURE}

A Scripted Source On Recorded Trades Gets What The Files Say
    [Tags]    AC1.4    R31
    Given A Recorded Market And An Engine
    When The Source Enters After Trade    553287590    BUY    0.02
    And The Source Enters After Trade    553287896    BUY    0.01
    And The Source Leaves After Trade    553288229    SELL    0.015
    And The Source Leaves After Trade    553289030    SELL    0.01
    And Play The Recording To The End
    Then The Fills Equal The Recorded Table
    And The Position Equals The Recorded Table
    And Engine And Venue Agree    BTC
    And Engine And Venue Agree    USDT

The Watched Book And The Engine's Book Agree Through The Recording
    [Tags]    IP1
    Given A Recorded Market And An Engine
    And Watch The Book    BTCUSDT
    When Play The Recording By    800
    Then The Engine Book Equals The Venue Book    BTCUSDT
    And The Watched Book Equals The Venue Book    BTCUSDT
    When Play The Recording To The End
    Then The Engine Book Equals The Watched Book    BTCUSDT


*** Keywords ***
A Recorded Market And An Engine
    [Documentation]    BTCUSDT of 2021-01-08 just before its first clear moment; an account of 20,000 USDT.
    Open The Recorded Venue    BTCUSDT    trades=${TRADES}    quotes=${QUOTES}
    Use The Recorded Table    BTCUSDT    trades=${TRADES}    quotes=${QUOTES}
    Play The Recording Until Trade    553287589
    Start A Fresh Engine    tier=STRATEGIST

The Source Enters After Trade
    [Documentation]    Plays to a recorded trade, then buys or sells at the market; the files say what that must bring.
    [Arguments]    ${trade: int}    ${side: str}    ${qty: str | float}
    Play The Recording Until Trade    ${trade}
    Expect The Recorded Fill    ${trade}    ${side}    qty=${qty}
    The Engine Holds    BTCUSDT    ${side}    ${qty}

The Source Leaves After Trade
    [Documentation]    Plays to a recorded trade, then closes a part at the market; the files say what that must bring.
    [Arguments]    ${trade: int}    ${side: str}    ${qty: str | float}
    Play The Recording Until Trade    ${trade}
    Expect The Recorded Fill    ${trade}    ${side}    qty=${qty}
    The Engine Closes    BTCUSDT    ${side}    ${qty}
