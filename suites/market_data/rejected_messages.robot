*** Settings ***
Documentation    Messages that are not to be believed, one after the other, to one engine: each is counted, is on record with its reason,
...              is seen by no strategy, and the next true one is.

Resource         ../../resources/market_data.resource

Suite Setup      An Engine Is Told Falsehoods
Test Timeout     60 seconds

Test Tags        AC3    AC3.2    IP1    market-data


*** Variables ***
${TRADE_STREAM: str}    btcusdt@trade


*** Test Cases ***
A Price That Is No Number
    The Trade Is Rejected    not_a_number    p="NaN"

An Infinite Price
    The Trade Is Rejected    not_a_number    p="Infinity"

A Price With An Exponent
    The Trade Is Rejected    not_a_number    p="1e400"

A Price With A Plus Sign
    The Trade Is Rejected    not_a_number    p="+101.00"

A Price Of Forty Digits
    The Trade Is Rejected    not_a_number    p="10100000000000000000000000000000000000000.1"

A Negative Price
    The Trade Is Rejected    not_positive    p="-101.00"

A Price Of Negative Zero
    The Trade Is Rejected    not_positive    p="-0"

A Quantity Of Zero
    The Trade Is Rejected    not_positive    q="0.00000"

A Price As A JSON Number
    [Tags]    I06
    The Trade Is Rejected    wrong_type    p=101.12345678901234567

A Quantity That Is An Object
    The Trade Is Rejected    wrong_type    q={"amount": "1"}

A Field That Is Null
    The Trade Is Rejected    wrong_type    t=null

A Trade Id As Text
    The Trade Is Rejected    wrong_type    t="7"

A Trade Id Beyond All Bounds
    The Trade Is Rejected    wrong_order    t=9223372036854775809

A Trade Id Of Zero
    The Trade Is Rejected    wrong_order    t=0

A Negative Trade Id
    The Trade Is Rejected    wrong_order    t=-5

A Time Of Zero
    The Trade Is Rejected    wrong_time    T=0

A Time In Seconds
    The Trade Is Rejected    wrong_time    T=1700000000

A Time In Microseconds Where Milliseconds Were Asked For
    The Trade Is Rejected    wrong_time    E=1700000000000000

A Trade That Is Old
    The Trade Is Rejected    stale    E=1600000000000

A Trade Of An Unknown Symbol
    The Trade Is Rejected    wrong_symbol    s="DOGEUSDT"

A Trade Of Another Symbol Of Ours
    The Trade Is Rejected    wrong_symbol    s="ETHUSDT"

HTML Instead Of A Message
    [Tags]    AC3.4
    The Change Is Unreadable    <html>maintenance</html>

An Empty Message
    [Tags]    AC3.4
    The Change Is Unreadable    ${EMPTY}

Null Instead Of A Message
    [Tags]    AC3.4
    The Change Is Unreadable    null

An Array Instead Of A Message
    [Tags]    AC3.4
    The Change Is Unreadable    []

A Message Without End
    [Tags]    AC3.4
    ${deep} =    Evaluate    "[" * 10000
    The Change Is Unreadable    ${deep}

A Message Of Five Megabytes
    [Tags]    AC3.4
    The Change Is Unreadable    x    size=5000000


*** Keywords ***
An Engine Is Told Falsehoods
    [Documentation]    An engine that puts every message that it does not believe on record, and an observer of the trades.
    Open The Venue    BTCUSDT    ETHUSDT
    Set The Book    BTCUSDT    bid=99.00    ask=101.00
    Set The Book    ETHUSDT    bid=9.00    ask=11.00
    Start A Fresh Engine    market.rejections_every_ms=1

The Change Is Unreadable
    [Documentation]    In place of a change of the book this text comes: it is on record, and the book comes back whole.
    [Arguments]    ${body: str}    ${size: str}=null
    Set The Book    BTCUSDT    bid=99.00    ask=101.00
    The Engine Book Equals The Venue Book    BTCUSDT    timeout=15s
    ${lost: int} =    Get Market Counter    books_lost
    ${rows: int} =    Get Fact Count    MarketDataRejected
    ${counted: int} =    Get Rejected Count    unreadable
    Arm The Fault
    ...    {match: {stream: btcusdt@depth*}, point: event, action: {type: replace, body: "${body}", size: ${size}}, times: 1}
    Set The Book    BTCUSDT    bid=98.00    ask=101.00
    One More Was Rejected    unreadable    ${rows}    ${counted}
    The Engine Book Equals The Venue Book    BTCUSDT    timeout=15s
    Get Market Counter    books_lost    ==    ${lost + 2}

The Trade Is Rejected
    [Documentation]    A trade with these false fields is counted and on record, is not the engine's last tick, and the next true one is.
    [Arguments]    ${reason: str}    &{fields: str}
    A Tick Has Been Seen
    ${lost: int} =    Get Market Counter    books_lost
    ${rows: int} =    Get Fact Count    MarketDataRejected
    ${counted: int} =    Get Rejected Count    ${reason}
    A Falsified Trade Comes    &{fields}
    One More Was Rejected    ${reason}    ${rows}    ${counted}
    Get Last Tick    BTCUSDT    quantity    ==    0.1
    Get Market Counter    books_lost    ==    ${lost}
    Someone Buys    BTCUSDT    qty=0.3    price=101.00
    The Engine Tick Equals The Watched Trade    BTCUSDT

A Tick Has Been Seen
    [Documentation]    By the engine and by an observer of the trades, on a fresh book.
    Set The Book    BTCUSDT    bid=99.00    ask=101.00
    Watch The Stream    ${TRADE_STREAM}
    A Tick Is Seen

A Falsified Trade Comes
    [Documentation]    To the engine; the observer sees the true one.
    [Arguments]    &{fields: str}
    Falsify The Stream Message    ${TRADE_STREAM}    only_engine=True    &{fields}
    Someone Buys    BTCUSDT    qty=0.2    price=101.00

One More Was Rejected
    [Documentation]    One more is counted for this reason than before, and the journal has one row more, of one message, that says why.
    [Arguments]    ${reason: str}    ${rows: int}    ${counted: int}
    Get Rejected Count    ${reason}    ==    ${counted + 1}
    Get Fact Count    MarketDataRejected    ==    ${rows + 1}    timeout=15s
    Get Fact Field    MarketDataRejected    reason    ==    ${reason}
    Get Fact Field    MarketDataRejected    count    ==    1
    Every Fault Was Met
