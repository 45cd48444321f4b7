*** Settings ***
Documentation    Bad input: each is refused by a named error with its code, nothing shows a traceback, and the venue hears of nothing.
...              The tests share one engine, since none of them is meant to change it; those of configurations never start one.
...              Every kind of bad value is a row of `tests/engine_shell/test_config.py` and `tests/engine_shell/test_api_refusals.py`.

Resource         ../../resources/trading.resource

Suite Setup      One Engine For All Of Them
Test Teardown    Nothing Came Of It
Test Timeout     60 seconds

Test Tags        AC4    IP3    risk    shared-engine


*** Test Cases ***
A Limit As A Float
    The Config Is Refused    risk.max_order_fraction    0.05    message=expected a decimal text above 0 to 1

A Limit As Percent
    The Config Is Refused    risk.max_exposure    "90"    message=expected a decimal text above 0 to 1

A Limit Of Zero That Might Mean None
    The Config Is Refused    risk.max_exposure    "0"    message=expected a decimal text above 0 to 1

A Limit Below Zero
    The Config Is Refused    risk.max_correlation    "-0.7"    message=expected a decimal text from 0 to 1

A Limit That Is No Number
    The Config Is Refused    risk.slippage_alert    "NaN"    message=got 'NaN' (text)

A Huge Limit
    The Config Is Refused    risk.trades_a_day    1000000000000    message=expected an integer from 1 to 1000000000

A Least Above The Most
    The Config Is Refused    risk.min_order_notional    "101"    message=expected at most sniper_max_order (100)

A Length Of Bars That No Venue Has
    The Config Is Refused    risk.correlation_interval_ms    61000    message=expected a length of bars that venues have

A Misspelt Limit
    The Config Is Refused    risk.max_exposur    "0.9"    message=did you mean 'max_exposure'?

A Limit By Its Own Name Twice
    The Config File Is Refused    [risk]\nmax_exposure = "0.9"\nmax_exposure = "0.8"\n    message=Cannot overwrite a value

A Wrong Limit Stops A Start
    The Config Is Refused    risk.max_exposure    "1.1"    command=RUN    message=expected a decimal text above 0 to 1

A Signal With A Number For A Quantity
    The Engine Answers The Raw Signal    {"symbol": "BTCUSDT", "side": "BUY", "quantity": 0.1, "confidence": "1"}    400
    ...    code=GENESIS-4501    message=quantity: expected a decimal text above 0

A Signal With A Quantity That Is No Number
    The Engine Answers The Raw Signal    {"symbol": "BTCUSDT", "side": "BUY", "quantity": "NaN", "confidence": "1"}    400
    ...    code=GENESIS-4501    message=got 'NaN' (text)

A Signal With A Quantity Below Zero
    The Engine Answers The Raw Signal    {"symbol": "BTCUSDT", "side": "BUY", "quantity": "-1", "confidence": "1"}    400
    ...    code=GENESIS-4501    message=quantity: expected a decimal text above 0

A Signal With A Quantity Of Forty Digits
    The Engine Answers The Raw Signal
    ...    {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1000000000000000000000000000000000000000", "confidence": "1"}    400
    ...    code=GENESIS-4501    message=quantity: expected a decimal text above 0

A Signal With A Confidence Above One
    The Engine Answers The Raw Signal    {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1", "confidence": "1.01"}    400
    ...    code=GENESIS-4501    message=confidence: expected a decimal text from 0 to 1

A Signal Without A Side
    The Engine Answers The Raw Signal    {"symbol": "BTCUSDT", "quantity": "1", "confidence": "1"}    400
    ...    code=GENESIS-4501    message=side: expected one of BUY, SELL, got nothing; add the key

A Signal With A Side In Lower Case
    The Engine Answers The Raw Signal    {"symbol": "BTCUSDT", "side": "buy", "quantity": "1", "confidence": "1"}    400
    ...    code=GENESIS-4501    message=side: expected one of BUY, SELL

A Signal For A Symbol That Is Not Traded
    The Engine Answers The Raw Signal    {"symbol": "DOGEUSDT", "side": "BUY", "quantity": "1", "confidence": "1"}    400
    ...    code=GENESIS-4501    message=symbol: expected one of BTCUSDT

A Signal With An Unknown Key
    The Engine Answers The Raw Signal    {"symbol": "BTCUSDT", "side": "BUY", "qty": "1", "quantity": "1", "confidence": "1"}    400
    ...    code=GENESIS-4501    message=qty: expected a known key

A Signal That Wants To Be A Stop
    The Engine Answers The Raw Signal
    ...    {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1", "confidence": "1", "purpose": "STOP"}    400
    ...    code=GENESIS-4501    message=purpose: expected ENTRY or EXIT

A Signal That Is A List
    The Engine Answers The Raw Signal    []    400    code=GENESIS-4501    message=body: expected a JSON object

A Signal Off The Step
    The Engine Refuses    BUY    BTCUSDT    qty=0.123456    status=400    rule=LOT_SIZE    code=GENESIS-4501

A Signal Off The Tick
    The Engine Refuses    BUY    BTCUSDT    qty=0.5    price=99.001    status=400    rule=PRICE_FILTER    code=GENESIS-4501

A Cancel Of An Order That Never Was
    The Control Api Answers    POST    /orders/nobody-1/cancel    404

A Start Of A Strategy That Is Not There
    The Control Api Answers    POST    /strategies/nobody/start    404

A Route That Is Not There
    The Control Api Answers    GET    /control/nowhere    404

A Method That A Route Does Not Take
    The Control Api Answers    DELETE    /orders    405

A Command Without The Token
    The Control Api Answers    POST    /control/pause    401    token=NONE

A Command With A Wrong Token
    The Control Api Answers    POST    /control/halt    401    token=WRONG

A State Of Orders That Is None
    The Control Api Answers    GET    /orders?state=LOST    400

A Book Of A Symbol That Is Not Watched
    The Control Api Answers    GET    /books/binance/DOGEUSDT    404

A Clock That Is Not To Be Moved
    The Control Api Answers    POST    /control/clock    404


*** Keywords ***
One Engine For All Of Them
    [Documentation]    A HUNTER's engine at a quoted market.
    Open The Venue    BTCUSDT
    A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50

Nothing Came Of It
    [Documentation]    The engine runs on, and the venue has seen no order.
    Get Engine State    ==    RUNNING
    Get Venue Order Count    ==    0
