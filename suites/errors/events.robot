*** Settings ***
Documentation    Reports of fills that are not to be believed, one after the other, to one engine: each is refused by name, and the fill is
...              booked once, with the amounts that the venue's own ledger has.

Resource         ../../resources/falsehoods.resource

Suite Setup      One Engine Hears Falsehoods
Test Teardown    The Truth Is Known Again
Test Timeout     60 seconds

Test Tags        AC6    X24    X25    errors    shared-engine


*** Test Cases ***
HTML Instead Of A Fill
    A Spoiled Fill Comes    {type: replace, body: "<html>maintenance</html>"}

Null Instead Of A Fill
    [Tags]    campaign
    A Spoiled Fill Comes    {type: replace, body: "null"}

Half A Fill
    A Spoiled Fill Comes    {type: truncate}

A Fill Twice In One Message
    [Documentation]    Two values behind each other where one is allowed.
    A Spoiled Fill Comes    {type: replace, body: "{} {}"}

A Fill Of No Quantity
    A Falsified Fill Comes    {event.l: "0.00000", event.Y: "0.00"}
    The Journal Names It    expected amounts above 0

A Fill Of A Quantity Below Zero
    [Tags]    campaign
    A Falsified Fill Comes    {event.l: "-0.20000"}
    The Connection Was Given Up

A Fill Above The Order
    A Falsified Fill Comes    {event.l: "7.00000", event.Y: "698.60"}
    The Journal Names It    expected at most 0.2 executed, got 7

A Fill At No Price
    [Tags]    campaign
    A Falsified Fill Comes    {event.L: "0.00", event.Y: "0.00"}
    The Journal Names It    expected amounts above 0

A Price That Does Not Fit Its Sum
    A Falsified Fill Comes    {event.L: "98.80"}
    The Connection Was Given Up

A Price With A Plus Sign
    [Tags]    campaign
    A Falsified Fill Comes    {event.L: "+99.80"}
    The Connection Was Given Up

An Infinite Price
    [Tags]    campaign
    A Falsified Fill Comes    {event.L: "Infinity"}
    The Connection Was Given Up

A Price Of Forty Digits
    A Falsified Fill Comes    {event.L: "9980000000000000000000000000000000000000.1"}
    The Connection Was Given Up

A Quantity As A JSON Number
    [Tags]    I06
    A Falsified Fill Comes    {event.l: 0.20000000000000001}
    The Connection Was Given Up

A Quantity That Is Missing
    [Tags]    campaign
    A Falsified Fill Comes    {event.l: null}
    The Connection Was Given Up

A Fee That Is No Number
    [Tags]    campaign
    A Falsified Fill Comes    {event.n: "NaN"}
    The Connection Was Given Up

A Side That Is Flipped
    A Falsified Fill Comes    {event.S: SELL}
    The Journal Names It    expected a BUY on binance/BTCUSDT, got a SELL

A Side That There Is Not
    [Tags]    campaign
    A Falsified Fill Comes    {event.S: HOLD}
    The Connection Was Given Up

A Fill Of Another Market
    A Falsified Fill Comes    {event.s: ETHUSDT}
    The Journal Names It    got a BUY on binance/ETHUSDT

A Status That There Is Not
    [Tags]    campaign
    A Falsified Fill Comes    {event.X: SOMETHING}
    The Journal Names It    got status 'SOMETHING'

A Cumulated Quantity That Goes Back
    [Documentation]    What is booked outranks the sum that the venue tells: the order is filled.
    A Falsified Fill Comes    {event.z: "0.00000"}

A Cumulated Quantity Above The Order
    [Tags]    campaign
    A Falsified Fill Comes    {event.z: "7.00000"}
    The Journal Names It    expected at most 0.2 executed, got 7

A Trade Of Number Zero
    [Tags]    campaign
    A Falsified Fill Comes    {event.t: 0}
    The Connection Was Given Up

A Trade Of A Number Below Zero
    [Tags]    campaign
    A Falsified Fill Comes    {event.t: -1}
    The Connection Was Given Up

A Trade Of A Number Beyond All Bounds
    A Falsified Fill Comes    {event.t: 9223372036854775809}
    The Connection Was Given Up

A Trade Number As Text
    [Tags]    campaign
    A Falsified Fill Comes    {event.t: "7"}
    The Connection Was Given Up

A Time Of Zero
    [Tags]    campaign
    A Falsified Fill Comes    {event.T: 0}
    The Connection Was Given Up

A Time In Seconds
    A Falsified Fill Comes    {event.T: 1700000000}
    The Connection Was Given Up

A Time Beyond All Bounds
    [Tags]    campaign
    A Falsified Fill Comes    {event.T: 9223372036854775809}
    The Connection Was Given Up

A Balance Below Zero
    [Documentation]    Of the account, beside a true fill: it cannot be read, the fill is booked, and the balances are the venue's.
    Count From Here
    The Engine Rests    BTCUSDT    BUY    0.2    99.80
    Arm The Fault
    ...    {match: {event: outboundAccountPosition}, point: event, action: {type: edit, set: {event.B.0.f: "-1"}}, times: 1}
    Someone Sells    BTCUSDT    qty=0.2    price=99.80
    The Fill Is Booked As It Was
    The Connection Was Given Up
