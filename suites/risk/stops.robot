*** Settings ***
Documentation    Stops that rest at the venue (R6). 1 BTC bought at 100.00 is 0.999 BTC for 100 USDT: its stop is 98.10. The venue looks at
...              trades, the engine at the book; together they close a position once.

Resource         ../../resources/stops.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       An Engine Whose Stops Rest
Test Timeout     60 seconds

Test Tags        AC4    AC4.2    R6    risk


*** Test Cases ***
A Stop Rests From The Fill On
    When The Engine Holds    BTCUSDT    BUY    1
    Then The Stop Rests    0.999    98.10
    And The Position    BTCUSDT    quantity=0.999    stop=98.10    state=OPEN
    And Get Venue Balance    BTC    ==    0.999    field=locked

The Stop Of A Short Buys Back With The Fee On Top
    When The Engine Holds    BTCUSDT    SELL    1
    Then The Stop Rests    1.00101    100.87
    And Get Venue Order Field    side    ==    BUY

A Trade Just Above It Changes Nothing
    Given The Engine Holds    BTCUSDT    BUY    1
    And The Stop Rests    0.999    98.10
    When Print A Trade At    BTCUSDT    98.11
    And Get Last Tick    BTCUSDT    price    ==    98.11
    Then Get Venue Order Status    ==    NEW
    And Get Position    BTCUSDT    ==    0.999

A Trade At Its Price Closes The Position
    Given The Engine Holds    BTCUSDT    BUY    1
    And The Stop Rests    0.999    98.10
    When Print A Trade At    BTCUSDT    98.10
    Then The Order    status=FILLED    filled=0.999
    And Get Position    BTCUSDT    ==    0
    And Get Fact Count    StopExecuted    ==    1
    And Get Fact Count    StopFired    ==    0

It Protects While The Engine Is Dead
    [Tags]    AC5
    Given The Engine Holds    BTCUSDT    BUY    1
    And The Stop Rests    0.999    98.10
    When Kill The Engine
    And Print A Trade At    BTCUSDT    98.10
    And Restart The Engine
    Then Get Position    BTCUSDT    ==    0
    And The Order    status=FILLED    filled=0.999

A Crash Makes No Second One
    [Tags]    AC5
    Given The Engine Holds    BTCUSDT    BUY    1
    And The Stop Rests    0.999    98.10
    When The Engine Crashes And Comes Back
    Then The Stop Rests    0.999    98.10

A Shutdown Leaves It Open
    [Tags]    R29
    Given The Engine Holds    BTCUSDT    BUY    1
    And The Stop Rests    0.999    98.10
    When Stop The Engine
    Then Get Venue Order Status    ==    NEW
    And Restart The Engine
    And The Stop Rests    0.999    98.10

An Exit Cancels It First
    Given The Engine Holds    BTCUSDT    BUY    1
    And The Stop Rests    0.999    98.10
    When The Engine Closes    BTCUSDT    SELL    0.999
    And Use The Order    symbol=BTCUSDT    purpose=STOP
    Then Get Order Status    ==    CANCELLED
    And Get Position    BTCUSDT    ==    0
    And The Venue Has No Open Order

What Does Not Leave Stays Protected
    Given The Engine Holds    BTCUSDT    BUY    1
    And The Stop Rests    0.999    98.10
    When The Engine Closes    BTCUSDT    SELL    0.4
    Then The Stop Rests    0.599    98.10    number=2

A Stop That Is Faster Than The Exit Leaves Nothing To Close
    [Documentation]    X22: the cancel finds nothing to cancel, the fill is booked, and the exit never leaves.
    [Tags]    X22
    Given The Engine Holds    BTCUSDT    BUY    1
    And The Stop Rests    0.999    98.10
    And Delay The User Event    by=2s    event=executionReport    execution=TRADE
    And Print A Trade At    BTCUSDT    98.10
    And Get Venue Order Status    ==    FILLED
    ${exit} =    When The Engine Places    SELL    BTCUSDT    qty=0.999    purpose=EXIT
    Then Get Order Status    ==    NOT_SENT    order=${exit}
    And Get Position    BTCUSDT    ==    0
    And Get Venue Trade Count    ==    2

Where Nobody Trades The Engine Closes By The Book
    Given The Engine Holds    BTCUSDT    BUY    1
    And The Stop Rests    0.999    98.10
    When Set The Book    BTCUSDT    bid=98.10    ask=98.50
    And Set The Book    BTCUSDT    bid=98.00    ask=98.40
    Then Get Position    BTCUSDT    ==    0
    And Get Fact Count    StopFired    ==    1
    And Get Venue Trade Count    ==    2
    And The Venue Has No Open Order

The Kill Switch Leaves It And Cancels The Entry
    Given The Engine Holds    BTCUSDT    BUY    1
    And The Engine Rests    BTCUSDT    BUY    0.5    95.00
    When Press The Kill Switch
    Then Everything Is Cancelled
    And Get Venue Order Count    ==    1    status=CANCELED
    And The Stop Rests    0.999    98.10

An Emergency Close Takes It First
    [Tags]    R34
    Given The Engine Holds    BTCUSDT    BUY    1
    And The Stop Rests    0.999    98.10
    When Close Everything
    Then The Emergency Close Ends
    And Get Position    BTCUSDT    ==    0
    And The Venue Has No Open Order
