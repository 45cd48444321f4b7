"""Every code and text that order entry can answer with, each next to the smallest cause; the same ones over REST and WebSocket API.

What a symbol's own rules refuse is in test_exchange_refusals_by_rule.py, limits and keys are in test_exchange_limits.py and others.
"""

from __future__ import annotations

import pytest

from tests.mock_exchange.venue_client import Client, Process

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100"}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
STOP = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1", "stopPrice": "105"}
LIMIT_STOP = LIMIT | {"type": "STOP_LOSS_LIMIT", "stopPrice": "105", "price": "106"}
EITHER = "Param '%s' or '%s' must be sent, but both were empty/null!"
AMOUNT = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
INVALID = "Data sent for parameter '%s' is not valid."
ILLEGAL = f"Illegal characters found in parameter '%s'; legal range is '{AMOUNT}'."
MANDATORY = "Mandatory parameter '%s' was not sent, was empty/null, or malformed."

ORDERS = [
    (LIMIT | {"price": "100.001"}, -1013, "Filter failure: PRICE_FILTER"),
    (LIMIT | {"price": "0"}, -1013, "Filter failure: PRICE_FILTER"),
    (LIMIT | {"price": "1000000.01"}, -1013, "Filter failure: PRICE_FILTER"),
    (LIMIT | {"quantity": "0.000011"}, -1013, "Filter failure: LOT_SIZE"),
    (LIMIT | {"quantity": "0"}, -1013, "Filter failure: LOT_SIZE"),
    (LIMIT | {"quantity": "9000.00001"}, -1013, "Filter failure: LOT_SIZE"),
    (LIMIT | {"quantity": "0.04999"}, -1013, "Filter failure: NOTIONAL"),
    (LIMIT | {"symbol": "ETHUSDT", "quantity": "9000", "price": "1000.01"}, -1013, "Filter failure: NOTIONAL"),
    (LIMIT | {"price": "505.01"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    (LIMIT | {"icebergQty": "0.09"}, -1013, "Filter failure: ICEBERG_PARTS"),
    (LIMIT | {"icebergQty": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
    (STOP | {"type": "STOP_LOSS", "stopPrice": "105.001"}, -1013, "Filter failure: PRICE_FILTER"),
    (STOP | {"type": "STOP_LOSS", "trailingDelta": "9"}, -1013, "Filter failure: TRAILING_DELTA"),
    (LIMIT | {"timeInForce": "IOC", "icebergQty": "0.5"}, -1014, "Unsupported order combination."),
    (MARKET | {"quantity": "0.0495", "side": "SELL"}, -1013, "Filter failure: NOTIONAL"),
    (MARKET | {"quantity": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
    (MARKET | {"quantity": None, "quoteOrderQty": "4.99"}, -1013, "Filter failure: NOTIONAL"),
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
    (LIMIT | {"strategyId": "x"}, -1100, "Illegal characters found in parameter 'strategyId'; legal range is '^[0-9]{1,20}$'."),
    (LIMIT | {"strategyType": "9223372036854775808"}, -1108, "Parameter 'strategyType' overflowed."),
    (LIMIT | {"strategyType": "999999"}, -1134, "strategyType was less than 1000000."),
    (LIMIT | {"selfTradePreventionMode": "SOMETIMES"}, -1130, "Data sent for parameter 'selfTradePreventionMode' is not valid."),
    (STOP | {"type": "STOP_LOSS", "stopPrice": None}, -1102, EITHER % ("stopPrice", "trailingDelta")),
    (STOP | {"type": "STOP_LOSS", "timeInForce": "GTC"}, -1106, "Parameter 'timeInForce' sent when not required."),
    (STOP | {"type": "STOP_LOSS", "trailingDelta": "0"}, -1130, "Data sent for parameter 'trailingDelta' is not valid."),
    (MARKET | {"icebergQty": "0.5"}, -1106, "Parameter 'icebergQty' sent when not required."),
    (LIMIT | {"icebergQty": "1.1"}, -2010, "IcebergQty exceeds QTY."),
    (LIMIT_STOP | {"timeInForce": "IOC", "icebergQty": "0.5"}, -2010, "Unsupported order combination"),
    (LIMIT | {"pegPriceType": "PRIMARY_PEG"}, -2010, "Pegged orders are not supported for this symbol."),
    (STOP | {"type": "STOP_LOSS", "stopPrice": "101"}, -2010, "Order would trigger immediately."),
    (STOP | {"type": "STOP_LOSS", "side": "SELL", "stopPrice": "101"}, -2010, "Order would trigger immediately."),
    (STOP | {"type": "TAKE_PROFIT", "stopPrice": "101"}, -2010, "Order would trigger immediately."),
    (STOP | {"type": "TAKE_PROFIT", "side": "SELL", "stopPrice": "101"}, -2010, "Order would trigger immediately."),
    (LIMIT_STOP | {"quantity": "9.5"}, -2010, "Account has insufficient balance for requested action."),
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
    exchange.book("BTCUSDT", bids=[("99", "20")], asks=[("101", "21")])
    exchange.account(USDT="1000").order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1")
    return exchange.account(USDT="1000", BTC="1")


@pytest.mark.parametrize(("params", "code", "msg"), ORDERS, ids=[f"{code}-{number}" for number, (_, code, _) in enumerate(ORDERS)])
def test_an_order_is_refused_with_code_text_and_without_a_trace(
    client: Client, exchange: Process, params: dict[str, str], code: int, msg: str
) -> None:
    before = exchange.admin("GET", f"accounts/{client.name}").json()
    answer = client.order(**params)
    assert (answer.status_code, answer.json()) == (400, {"code": code, "msg": msg})
    sent = {name: value for name, value in params.items() if value is not None}
    with client.ws() as connection:
        frame = connection.signed("order.place", **sent)
        assert (frame["status"], frame["error"]["code"]) == (400, code)
        # The WebSocket API reads one parameter more of each request: apiKey.
        assert frame["error"]["msg"] == (
            msg if code != -1104 else "Not all sent parameters were read; read '9' parameter(s) but was sent '10'."
        )
        assert connection.signed("order.test", **sent)["error"]["code"] == code
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
        ("DELETE", "order", {"symbol": "BTCUSDT", "origClientOrderId": ""}, -1119, "Original client order ID was empty."),
        ("DELETE", "openOrders", {"symbol": "ETHUSDT"}, -2011, "Unknown order sent."),
        ("DELETE", "openOrders", {"symbol": "NOSUCH"}, -1121, "Invalid symbol."),
        ("DELETE", "orderList", {"symbol": "BTCUSDT", "orderListId": "999999"}, -2011, "Unknown order sent."),
        ("DELETE", "orderList", {"symbol": "BTCUSDT"}, -1102, EITHER % ("listClientOrderId", "orderListId")),
        ("GET", "orderList", {"orderListId": "999999"}, -2018, "Order list does not exist."),
        ("GET", "orderList", {"origClientOrderId": "nobody-s"}, -2018, "Order list does not exist."),
        ("GET", "orderList", {}, -1102, EITHER % ("origClientOrderId", "orderListId")),
        ("PUT", "order/amend/keepPriority", {"symbol": "BTCUSDT", "newQty": "1"}, -1102, EITHER % ("origClientOrderId", "orderId")),
        ("PUT", "order/amend/keepPriority", {"symbol": "BTCUSDT", "orderId": "9", "newQty": "x"}, -1100, ILLEGAL % "newQty"),
        ("PUT", "order/amend/keepPriority", {"symbol": "BTCUSDT", "orderId": "999999", "newQty": "1"}, -2038, "Unknown order sent."),
        ("POST", "order/cancelReplace", LIMIT | {"cancelOrderId": "1"}, -1102, MANDATORY % "cancelReplaceMode"),
        (
            "POST",
            "order/cancelReplace",
            LIMIT | {"cancelReplaceMode": "X"},
            -1130,
            "Data sent for parameter 'cancelReplaceMode' is not valid.",
        ),
        ("GET", "myPreventedMatches", {"symbol": "BTCUSDT"}, -1128, "Combination of optional parameters invalid."),
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


@pytest.mark.parametrize("path", ["sor/order", "sor/order/test", "myAllocations"])
def test_smart_order_routing_is_not_supported(client: Client, path: str) -> None:
    answer = client.rest("POST", path, **LIMIT)
    assert (answer.status_code, answer.json()) == (404, {"code": -1020, "msg": "This operation is not supported."})
    with client.ws() as connection:
        frame = connection.signed("sor.order.place", **LIMIT)
        assert (frame["status"], frame["error"]) == (400, {"code": -1020, "msg": "This operation is not supported."})


def test_what_an_open_order_refuses(client: Client) -> None:
    """Cancel restrictions, ids that disagree, and amendments that would not make it smaller."""
    order = client.limit("BUY", "1", "50", newClientOrderId="open").json()["orderId"]
    mine: dict[str, object] = {"symbol": "BTCUSDT", "orderId": order}
    cases: list[tuple[str, str, dict[str, object], int, str]] = [
        ("DELETE", "order", {"cancelRestrictions": "ONLY_PARTIALLY_FILLED"}, -2011, "Order was not canceled due to cancel restrictions."),
        ("DELETE", "order", {"origClientOrderId": "x"}, -2011, "Cancel order is invalid. Check origClOrdId and orderId."),
        ("GET", "order", {"origClientOrderId": "x"}, -2013, "Order does not exist."),
        ("PUT", "order/amend/keepPriority", {"newQty": "1.5"}, -2038, "Order amend (quantity increase) is not supported."),
        ("PUT", "order/amend/keepPriority", {"newQty": "1"}, -2038, "The requested action would change no state; rejecting"),
        ("PUT", "order/amend/keepPriority", {"newQty": "0.09"}, -1013, "Filter failure: NOTIONAL"),
        ("PUT", "order/amend/keepPriority", {"newQty": "0.5000001"}, -1013, "Filter failure: LOT_SIZE"),
        (
            "PUT",
            "order/amend/keepPriority",
            {"newQty": "0.5", "origClientOrderId": "x"},
            -2039,
            "Client order ID is not correct for this order ID.",
        ),
    ]
    for method, path, params, code, msg in cases:
        answer = client.rest(method, path, **mine | params)
        assert (answer.status_code, answer.json()) == (400, {"code": code, "msg": msg})
    assert client.rest("DELETE", "order", **mine, cancelRestrictions="ONLY_NEW").status_code == 200
    assert client.rest("DELETE", "order", **mine).json() == {"code": -2011, "msg": "Unknown order sent."}


def test_an_endpoint_without_parameters_refuses_any(client: Client) -> None:
    answer = client.raw("GET", "ping", "x=1")
    assert (answer.status_code, answer.json()) == (400, {"code": -1101, "msg": "Too many parameters; expected '0' and received '1'."})
