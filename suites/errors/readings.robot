*** Settings ***
Documentation    Answers over REST that are false, or an attack on their reader, while the engine reads its venue anew: one of each kind to
...              one engine. Each is counted, nothing of it is used, and the next reading is clean. All other rows of the list are
...              arithmetic, in tests/engine_exchange/ (docs/errors.md).

Resource         ../../resources/falsehoods.resource

Suite Setup      One Engine Hears Falsehoods
Test Teardown    The Truth Is Known Again
Test Timeout     60 seconds

Test Tags        AC6    AC6.1    errors    shared-engine


*** Test Cases ***
A Time Of Zero
    [Tags]    X34
    The Reading Is Not Believed    time    {type: edit, set: {serverTime: 0}}

Rules Of Another Base Asset
    [Tags]    X36
    The Reading Is Not Believed    exchangeInfo    {type: edit, set: {symbols.0.baseAsset: DOGE}}

A Balance Below Zero
    The Reading Is Not Believed    account.status    {type: edit, set: {balances.0.free: "-1"}}

A Snapshot Of Number Zero
    [Tags]    X30
    The Reading Is Not Believed    depth    {type: edit, set: {lastUpdateId: 0}}    channel=MARKET

An Open Order That Has Ended
    Given The Engine Rests    BTCUSDT    BUY    0.2    90.00
    When The Reading Is Not Believed    openOrders.status    {type: edit, set: {0.status: CANCELED}}
    Then Get Order Status    ==    OPEN
    And It Is Cancelled

A Missed Trade Whose Sums Do Not Add Up
    [Tags]    X25    I09
    Given A Fill Is Missed
    When The Reading Is Not Believed    myTrades, symbol: BTCUSDT    {type: edit, set: {0.quoteQty: "1.00"}}
    Then The Order    status=FILLED    filled=0.2    quote=19.96
    And The Engine Closes    BTCUSDT    SELL    0.1998

A Question Answered With Another Order
    [Tags]    X14
    Given Lose The User Event    execution=NEW
    And Answer With    503    code=-1007    of=order placement
    And Count From Here
    And Arm The Fault
    ...    {match: {operation: order.status}, point: before_reply, action: {type: edit, set: {clientOrderId: gother-1}}, times: 1}
    When The Engine Places    BUY    BTCUSDT    qty=0.2    price=90.00
    Then Get Order Status    ==    OPEN    timeout=20s
    And Get Market Counter    malformed_messages    ==    1
    And Get Metric    genesis_venue_counter    >=    1    labels=malformed_messages
    And It Is Cancelled

A Key That Comes Twice
    The Reading Is Not Believed    account.status    {type: replace, body: "{\\"balances\\":[],\\"balances\\":[]}"}

A Gzip Bomb
    The Reading Is Not Believed    account.status    {type: replace, body: x, size: 17000000, packed: gzip}

Twenty Megabytes
    The Reading Is Not Believed    account.status    {type: replace, body: x, size: 20000000}

A Header Without End
    ${long} =    Evaluate    "x" * 20000
    The Reading Is Not Believed    account.status    {type: replace, body: "{}", headers: {X-Long: ${long}}}
