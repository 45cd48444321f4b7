*** Settings ***
Documentation    The daily loss (R3): 100 USDT for a HUNTER. 10 BTC bought at 100.50 are 9.99 BTC for 1,005 USDT, so each dollar of the
...              middle of the book is 9.99 USDT: at 90.70 the loss is 98.907, at 90.59 it is 100.0059.

Resource         ../../resources/day.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Engine That May Lose
Test Timeout     60 seconds

Test Tags        AC4    R3    risk


*** Test Cases ***
Just Below The Limit Entries Go On
    Given The Engine Holds    BTCUSDT    BUY    10
    When The Bid Goes To    90.20    91.20
    Then The Engine Holds    BTCUSDT    BUY    0.2
    And Get Health    day.reached    ==    ['WARN']
    And Get Halts    ==    none

Above The Limit There Are No More Entries
    Given The Engine Holds    BTCUSDT    BUY    10
    When The Bid Goes To    90.09    91.09
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=R3    code=GENESIS-5701
    And Get Halts    ==    DAILY_LOSS
    And Get Health    day.limit    ==    100

Positions And Stops Stay And Exits Pass
    Given The Engine Holds    BTCUSDT    BUY    10
    When The Bid Goes To    90.00    91.00
    Then Get Halts    ==    DAILY_LOSS
    And Get Position    BTCUSDT    ==    9.99
    And The Engine Closes    BTCUSDT    SELL    4
    And Get Position    BTCUSDT    ==    5.99

What Rests To Open A Position Is Cancelled At The Venue And No Exit
    Given The Engine Holds    BTCUSDT    BUY    10
    ${entry}    ${exit} =    An Entry And An Exit Rest    entry_at=80.00    exit_at=130.00
    When The Bid Goes To    90.09    91.09
    Then Get Halts    ==    DAILY_LOSS
    And Only The Exit Still Rests    ${entry}    ${exit}

An Iceberg Sends No Further Slice
    [Documentation]    Four slices of some 80 USDT: the first one rests at its price; what it leaves is never sent.
    Given The Engine Holds    BTCUSDT    BUY    10
    And The Engine Answers The Raw Signal
    ...    {"symbol":"BTCUSDT","side":"BUY","quantity":"4","confidence":"1","execution":"ICEBERG","order_type":"LIMIT","price":"80"}
    ...    201
    And Get Venue Order Count    ==    1    status=NEW
    When The Bid Goes To    90.09    91.09
    Then Get Fact Field    ParentChanged    parent.state    ==    ABORTED
    And Get Venue Order Count    ==    1    status=CANCELED
    And Get Venue Order Count    ==    0    status=NEW

What Was Lost And Won Back Still Blocks
    Given The Engine Holds    BTCUSDT    BUY    10
    And The Bid Goes To    90.00    91.00
    And Get Halts    ==    DAILY_LOSS
    When The Bid Goes To    99.50    100.50
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=R3

A Profit Never Halts
    Given The Engine Holds    BTCUSDT    BUY    10
    When The Bid Goes To    130.00    131.00
    Then The Engine Holds    BTCUSDT    BUY    0.2
    And Get Halts    ==    none

Money That Is Withdrawn Is No Loss
    Given The Engine Holds    BTCUSDT    BUY    1
    When Move The Balance    USDT    -2000
    Then Get Equity    <    3000
    And The Engine Holds    BTCUSDT    BUY    0.2
    And Get Halts    ==    none

It Outlives A Crash
    [Tags]    AC5
    Given The Engine Holds    BTCUSDT    BUY    10
    And The Bid Goes To    90.00    91.00
    And Get Halts    ==    DAILY_LOSS
    When The Engine Crashes And Comes Back
    And The Bid Goes To    99.50    100.50
    Then The Engine Refuses    BUY    BTCUSDT    qty=0.2    rule=R3

A New Day Begins With Nothing Lost
    Given The Engine Holds    BTCUSDT    BUY    10
    And The Bid Goes To    90.00    91.00
    And Get Halts    ==    DAILY_LOSS
    When Both Clocks Pass    24 hours
    And Get Engine State    ==    RUNNING    timeout=20s    # the venue has cut its connections after 24 hours
    And The Bid Goes To    90.10    91.10
    Then Get Halts    ==    none
    And Get Engine State    ==    RUNNING    timeout=20s
    And The Engine Holds    BTCUSDT    BUY    0.2

A New Day Has A Limit Of Its Own
    [Documentation]    What is lost after midnight counts from there, and as much of it blocks again.
    Given The Engine Holds    BTCUSDT    BUY    10
    And The Bid Goes To    90.00    91.00
    And Get Halts    ==    DAILY_LOSS
    And Both Clocks Pass    24 hours
    And Get Engine State    ==    RUNNING    timeout=20s
    And The Bid Goes To    90.10    91.10
    And Get Halts    ==    none
    When The Bid Goes To    79.00    80.00
    Then Get Halts    ==    DAILY_LOSS
