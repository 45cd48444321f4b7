"""Every code and text that order entry can answer with, over REST, each next to the smallest cause."""

from __future__ import annotations

import pytest

from tests.mock_exchange.venue_client import Client, Process

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100"}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
STOP = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1", "stopPrice": "105"}
AMOUNT = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
MANDATORY = "Mandatory parameter '%s' was not sent, was empty/null, or malformed."
UNSUPPORTED = "%s orders are not supported for this symbol."

ORDERS = [
    (LIMIT | {"price": "100.001"}, -1013, "Filter failure: PRICE_FILTER"),
    (LIMIT | {"price": "0"}, -1013, "Filter failure: PRICE_FILTER"),
    (LIMIT | {"price": "1000000.01"}, -1013, "Filter failure: PRICE_FILTER"),
    (LIMIT | {"quantity": "0.000011"}, -1013, "Filter failure: LOT_SIZE"),
    (LIMIT | {"quantity": "0"}, -1013, "Filter failure: LOT_SIZE"),
    (LIMIT | {"quantity": "9000.00001"}, -1013, "Filter failure: LOT_SIZE"),
    (LIMIT | {"quantity": "0.04999"}, -1013, "Filter failure: NOTIONAL"),
    (LIMIT | {"quantity": "9000", "price": "1000.01"}, -1013, "Filter failure: NOTIONAL"),
    (MARKET | {"quantity": "0.04999", "side": "SELL"}, -1013, "Filter failure: NOTIONAL"),
    (MARKET | {"quantity": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
    (MARKET | {"quantity": None, "quoteOrderQty": "4.99"}, -1013, "Filter failure: NOTIONAL"),
    (LIMIT | {"selfTradePreventionMode": "EXPIRE_MAKER"}, -1013, "This symbol does not allow the specified self-trade prevention mode."),
    (LIMIT | {"price": "100.123456789"}, -1111, "Parameter 'price' has too much precision."),
    (LIMIT | {"quantity": "1.123456789"}, -1111, "Parameter 'quantity' has too much precision."),
    (LIMIT | {"price": "-1"}, -1100, f"Illegal characters found in parameter 'price'; legal range is '{AMOUNT}'."),
    (LIMIT | {"quantity": "1e3"}, -1100, f"Illegal characters found in parameter 'quantity'; legal range is '{AMOUNT}'."),
    (
        LIMIT | {"newClientOrderId": "no spaces"},
        -1100,
        "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
    ),
    (LIMIT | {"newClientOrderId": ""}, -1118, "New client order ID was empty."),
    (LIMIT | {"selfTradePreventionMode": ""}, -1105, "Parameter 'selfTradePreventionMode' was empty."),
    (LIMIT | {"symbol": None}, -1102, MANDATORY % "symbol"),
    (LIMIT | {"side": None}, -1102, MANDATORY % "side"),
    (LIMIT | {"type": None}, -1102, MANDATORY % "type"),
    (LIMIT | {"timeInForce": None}, -1102, MANDATORY % "timeInForce"),
    (LIMIT | {"price": None}, -1102, MANDATORY % "price"),
    (LIMIT | {"quantity": None}, -1102, MANDATORY % "quantity"),
    (MARKET | {"quantity": None}, -1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!"),
    (MARKET | {"price": "100"}, -1106, "Parameter 'price' sent when not required."),
    (MARKET | {"timeInForce": "GTC"}, -1106, "Parameter 'timeInForce' sent when not required."),
    (MARKET | {"quoteOrderQty": "10"}, -1106, "Parameter 'quoteOrderQty' sent when not required."),
    (LIMIT | {"quoteOrderQty": "10"}, -1106, "Parameter 'quoteOrderQty' sent when not required."),
    (LIMIT | {"stopPrice": "10"}, -1106, "Parameter 'stopPrice' sent when not required."),
    (LIMIT | {"type": "LIMIT_MAKER"}, -1106, "Parameter 'timeInForce' sent when not required."),
    (LIMIT | {"timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
    (LIMIT | {"type": "PEGGED"}, -1116, "Invalid orderType."),
    (LIMIT | {"side": "HOLD"}, -1117, "Invalid side."),
    (LIMIT | {"symbol": "NOSUCH"}, -1121, "Invalid symbol."),
    (LIMIT | {"newOrderRespType": "LOUD"}, -1130, "Data sent for parameter 'newOrderRespType' is not valid."),
    (LIMIT | {"colour": "red"}, -1104, "Not all sent parameters were read; read '8' parameter(s) but was sent '9'."),
    (STOP | {"type": "STOP_LOSS"}, -2010, UNSUPPORTED % "Stop loss"),
    (LIMIT | {"type": "STOP_LOSS_LIMIT", "stopPrice": "105"}, -2010, UNSUPPORTED % "Stop loss limit"),
    (STOP | {"type": "TAKE_PROFIT"}, -2010, UNSUPPORTED % "Take profit"),
    (LIMIT | {"type": "TAKE_PROFIT_LIMIT", "stopPrice": "95"}, -2010, UNSUPPORTED % "Take profit limit"),
    (LIMIT | {"icebergQty": "0.1"}, -2010, UNSUPPORTED % "Iceberg"),
    (LIMIT | {"quantity": "10.0001"}, -2010, "Account has insufficient balance for requested action."),
    (LIMIT | {"side": "SELL", "quantity": "1.00001"}, -2010, "Account has insufficient balance for requested action."),
    (MARKET | {"quantity": "11"}, -2010, "Account has insufficient balance for requested action."),
    (LIMIT | {"type": "LIMIT_MAKER", "timeInForce": None, "price": "101"}, -2010, "Order would immediately match and take."),
    (
        MARKET | {"symbol": "ETHUSDT", "quantity": None, "quoteOrderQty": "10"},
        -2010,
        "Order book liquidity is less than symbol minimum quantity.",
    ),
]


@pytest.fixture(scope="module")
def client(exchange: Process) -> Client:
    exchange.book("BTCUSDT", bids=[("99", "20")], asks=[("101", "20")])
    return exchange.account(USDT="1000", BTC="1")


@pytest.mark.parametrize(("params", "code", "msg"), ORDERS, ids=[f"{code}-{number}" for number, (_, code, _) in enumerate(ORDERS)])
def test_an_order_is_refused_with_code_text_and_without_a_trace(
    client: Client, exchange: Process, params: dict[str, str], code: int, msg: str
) -> None:
    before = exchange.admin("GET", f"accounts/{client.name}").json()
    answer = client.order(**params)
    assert (answer.status_code, answer.json()) == (400, {"code": code, "msg": msg})
    assert exchange.admin("GET", f"accounts/{client.name}").json() == before


def test_a_duplicate_among_open_orders_is_refused_and_the_id_is_free_again_afterwards(client: Client) -> None:
    assert client.limit("BUY", "1", "50", newClientOrderId="once").status_code == 200
    refused = client.limit("BUY", "1", "50", newClientOrderId="once")
    assert (refused.status_code, refused.json()) == (400, {"code": -2010, "msg": "Duplicate order sent."})
    cancelled = client.rest("DELETE", "order", symbol="BTCUSDT", origClientOrderId="once", newClientOrderId="the-cancel").json()
    assert (cancelled["origClientOrderId"], cancelled["clientOrderId"], cancelled["status"]) == ("once", "the-cancel", "CANCELED")
    again = client.limit("BUY", "1", "51", newClientOrderId="once").json()
    assert client.rest("GET", "order", symbol="BTCUSDT", origClientOrderId="once").json()["orderId"] == again["orderId"]
    client.rest("DELETE", "openOrders", symbol="BTCUSDT")


@pytest.mark.parametrize(
    ("method", "path", "params", "code", "msg"),
    [
        ("DELETE", "order", {"symbol": "BTCUSDT", "orderId": "999999"}, -2011, "Unknown order sent."),
        ("DELETE", "order", {"symbol": "NOSUCH", "orderId": "1"}, -1121, "Invalid symbol."),
        ("DELETE", "order", {"symbol": "BTCUSDT"}, -1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"),
        ("DELETE", "order", {"symbol": "BTCUSDT", "orderId": "1", "cancelRestrictions": "X"}, -1145, "Invalid cancelRestrictions"),
        ("DELETE", "openOrders", {"symbol": "ETHUSDT"}, -2011, "Unknown order sent."),
        ("GET", "order", {"symbol": "BTCUSDT", "orderId": "999999"}, -2013, "Order does not exist."),
        ("GET", "order", {"symbol": "BTCUSDT", "origClientOrderId": "nobodys"}, -2013, "Order does not exist."),
        (
            "GET",
            "order",
            {"symbol": "BTCUSDT", "orderId": "1.5"},
            -1100,
            "Illegal characters found in parameter 'orderId'; legal range is '^[0-9]{1,20}$'.",
        ),
        ("GET", "order", {"symbol": "BTCUSDT", "orderId": "9" * 20}, -1108, "Parameter 'orderId' overflowed."),
        ("GET", "myTrades", {"symbol": "BTCUSDT", "fromId": "1", "startTime": "1"}, -1128, "Combination of optional parameters invalid."),
        (
            "GET",
            "allOrders",
            {"symbol": "BTCUSDT", "startTime": "1", "endTime": "86400002"},
            -1127,
            "More than 24 hours between startTime and endTime.",
        ),
    ],
)
def test_questions_and_cancels_are_refused(client: Client, method: str, path: str, params: dict[str, str], code: int, msg: str) -> None:
    answer = client.rest(method, path, **params)
    assert (answer.status_code, answer.json()) == (400, {"code": code, "msg": msg})


def test_each_refusal_after_authentication_is_one_request_line_and_before_it_none(client: Client, exchange: Process) -> None:
    def lines() -> int:
        return int(exchange.admin("GET", "ledger").json()["lines"])

    before = lines()
    client.order(**LIMIT | {"colour": "red"})
    client.order(**LIMIT | {"price": "x"})
    client.order(**LIMIT | {"quantity": "0"})
    client.rest("DELETE", "order", symbol="BTCUSDT", orderId="999999")
    assert lines() == before + 4
    client.order(**LIMIT | {"timestamp": "1"})
    client.raw("POST", "order", "symbol=BTCUSDT&timestamp=1&signature=1")
    assert lines() == before + 4
