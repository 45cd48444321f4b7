*** Settings ***
Documentation    A green and a red test: what their reports look like in a browser (test_pages.py).

Resource         ../../resources/trading.resource

Suite Setup      Open The Venue    BTCUSDT
Test Setup       A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
Test Timeout     60 seconds

Test Tags        AC1.2    flow


*** Test Cases ***
An Order Rests
    The Engine Rests    BTCUSDT    BUY    0.5    98.00

A Fill Has Another Price
    The Engine Places    BUY    BTCUSDT    qty=1.0    price=100.00
    Someone Sells    BTCUSDT    qty=0.4    price=100.00
    The Order    status=PARTIALLY_FILLED    filled=0.4
    The Fill    price=100.01    qty=0.4    timeout=300ms
