*** Settings ***
Documentation    Answers to orders that are not to be believed, one after the other, to one engine: each is counted, what became of the
...              order is read from the venue, and it was sent once.

Resource         ../../resources/falsehoods.resource

Suite Setup      One Engine Hears Falsehoods
Test Teardown    The Truth Is Known Again
Test Timeout     60 seconds

Test Tags        AC6    X14    X16    errors    shared-engine


*** Test Cases ***
HTML Instead Of An Answer
    The Answer Is Not Believed    {type: replace, body: "<html>maintenance</html>"}

An Empty Answer
    [Tags]    campaign
    The Answer Is Not Believed    {type: replace, body: ""}

Null Instead Of An Answer
    The Answer Is Not Believed    {type: replace, body: "null"}

An Array Instead Of An Answer
    [Tags]    campaign
    The Answer Is Not Believed    {type: replace, body: "[]"}

Half An Answer
    The Answer Is Not Believed    {type: truncate}

An Answer With Wrong Bytes
    [Tags]    campaign
    The Answer Is Not Believed    {type: replace, body: "{\\"id\\": \\u00003}"}

An Answer Without End
    ${deep} =    Evaluate    "[" * 10000
    The Answer Is Not Believed    {type: replace, body: "${deep}"}

An Answer Of Twenty Megabytes
    [Documentation]    More than a message may have: the connection ends before it is read whole, so nothing is counted as read.
    The Answer Is Not Believed    {type: replace, body: x, size: 20000000}    counted=0

An Answer Without A Result
    [Documentation]    Status 200 and nothing in it: of unknown outcome, by the protocol.
    The Answer Is Not Believed    {type: edit, set: {result: null}}    counted=0

A Result That Is A List
    [Tags]    campaign
    The Answer Is Not Believed    {type: edit, set: {result: []}}

An Answer Of Another Order
    The Answer Is Not Believed    {type: edit, set: {result.clientOrderId: gother-1}}

An Answer Of Another Market
    [Tags]    campaign
    The Answer Is Not Believed    {type: edit, set: {result.symbol: ETHUSDT}}

An Answer Without The Venues Number
    The Answer Is Not Believed    {type: edit, set: {result.orderId: null}}

A Venues Number As Text
    [Tags]    campaign
    The Answer Is Not Believed    {type: edit, set: {result.orderId: "7"}}

A Venues Number Below Zero
    [Tags]    campaign
    The Answer Is Not Believed    {type: edit, set: {result.orderId: -7}}

A Venues Number Beyond All Bounds
    [Tags]    campaign
    The Answer Is Not Believed    {type: edit, set: {result.orderId: 9223372036854775809}}

An Answer Without A Status
    [Tags]    campaign
    The Answer Is Not Believed    {type: edit, set: {result.status: null}}

A Status That There Is Not
    [Documentation]    An impossible message, on record; the order is what the venue says when it is asked.
    The Answer Is Not Believed    {type: edit, set: {result.status: SOMETHING}}    counted=0
    The Journal Names It    got status 'SOMETHING'

An Executed Quantity As A JSON Number
    [Tags]    I06
    The Answer Is Not Believed    {type: edit, set: {result.executedQty: 0.1}}

An Executed Quantity That Is No Number
    [Tags]    campaign
    The Answer Is Not Believed    {type: edit, set: {result.executedQty: "NaN"}}

An Executed Quantity Below Zero
    [Tags]    campaign
    The Answer Is Not Believed    {type: edit, set: {result.executedQty: "-0.1"}}

An Executed Quantity Above The Order
    [Documentation]    It contradicts its own fills: the venue is asked, and what it says then counts.
    The Answer Is Not Believed    {type: edit, set: {result.executedQty: "7"}}

A Quote Quantity With An Exponent
    The Answer Is Not Believed    {type: edit, set: {result.cummulativeQuoteQty: "1e400"}}

A Time Of Zero
    [Tags]    campaign
    The Answer Is Not Believed    {type: edit, set: {result.transactTime: 0}}

A Time In Seconds
    The Answer Is Not Believed    {type: edit, set: {result.transactTime: 1700000000}}

A Time Beyond All Bounds
    [Tags]    campaign
    The Answer Is Not Believed    {type: edit, set: {result.transactTime: 9223372036854775809}}

Two Answers With Each Others Number
    [Documentation]    An answer under a number that nobody asked with is nobody's: what was asked is found after its deadline.
    The Answer Is Not Believed    {type: edit, set: {id: 999999}}    counted=0

An Answer Under A Text
    [Tags]    campaign
    The Answer Is Not Believed    {type: edit, set: {id: nobody}}    counted=0
