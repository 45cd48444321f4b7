"""Order entry over REST and WebSocket API: every type, amendments, order/test, cancel-replace and its table, prevented matches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.mock_exchange.venue_client import Client, Process, WsClient

ACK = ["symbol", "orderId", "orderListId", "clientOrderId", "transactTime"]
STATE = ["price", "origQty", "executedQty", "origQuoteOrderQty", "cummulativeQuoteQty", "status", "timeInForce", "type", "side"]
BUY = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1"}
LIMIT = BUY | {"type": "LIMIT", "timeInForce": "GTC", "price": "90"}


@pytest.fixture
def client(exchange: Process) -> Client:
    """Last price 100, book 99 / 101, nothing else."""
    exchange.book("BTCUSDT", bids=[], asks=[("100", "1")])
    client = exchange.account(USDT="100000", BTC="20")
    client.order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1")
    exchange.book("BTCUSDT", bids=[("99", "5")], asks=[("101", "5")])
    return client


@pytest.fixture
def ws(client: Client) -> Iterator[WsClient]:
    with client.ws() as connection:
        yield connection


def placed(client: Client, **params: Any) -> dict[str, Any]:
    answer = client.order(**params)
    assert answer.status_code == 200, answer.text
    return answer.json()


TYPES: list[tuple[dict[str, str], list[str], str]] = [
    (LIMIT, [*STATE, "workingTime", "selfTradePreventionMode", "fills"], "NEW"),
    (BUY | {"type": "MARKET"}, [*STATE, "workingTime", "selfTradePreventionMode", "fills"], "FILLED"),
    (BUY | {"type": "LIMIT_MAKER", "price": "90"}, [], "NEW"),
    (BUY | {"type": "STOP_LOSS", "stopPrice": "110"}, [], "NEW"),
    (LIMIT | {"type": "STOP_LOSS_LIMIT", "stopPrice": "110", "price": "111"}, [], "NEW"),
    (BUY | {"type": "TAKE_PROFIT", "trailingDelta": "100"}, [], "NEW"),
    (LIMIT | {"type": "TAKE_PROFIT_LIMIT", "stopPrice": "95"}, [], "NEW"),
]


@pytest.mark.parametrize(("params", "keys", "status"), TYPES, ids=[case[0]["type"] for case in TYPES])
def test_every_type_is_placed_answered_by_default_and_found_again(
    client: Client, params: dict[str, str], keys: list[str], status: str
) -> None:
    answer = placed(client, **params)
    assert list(answer) == ACK + keys
    found = client.rest("GET", "order", symbol="BTCUSDT", orderId=answer["orderId"]).json()
    assert (found["type"], found["status"], found["isWorking"]) == (
        params["type"],
        status,
        "PROFIT" not in params["type"] and "STOP" not in params["type"],
    )
    if status == "NEW":
        assert client.rest("DELETE", "order", symbol="BTCUSDT", orderId=answer["orderId"]).json()["status"] == "CANCELED"


def test_conditional_fields_stand_where_the_documentation_has_them(client: Client) -> None:
    params = LIMIT | {"type": "STOP_LOSS_LIMIT", "stopPrice": "110", "price": "111", "trailingDelta": "100", "icebergQty": "0.5"}
    labels = {"strategyId": "7", "strategyType": "1000000", "selfTradePreventionMode": "EXPIRE_MAKER"}
    answer = placed(client, **params, **labels, newOrderRespType="RESULT")
    extra = [
        "stopPrice",
        "trailingDelta",
        "trailingTime",
        "workingTime",
        "icebergQty",
        "strategyId",
        "strategyType",
        "selfTradePreventionMode",
    ]
    assert list(answer) == ACK + STATE + extra
    shown = {name: answer[name] for name in extra}
    assert shown == {
        "stopPrice": "110.00000000",
        "trailingDelta": 100,
        "trailingTime": -1,
        "workingTime": -1,
        "icebergQty": "0.50000000",
        "strategyId": 7,
        "strategyType": 1_000_000,
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    found = client.rest("GET", "order", symbol="BTCUSDT", orderId=answer["orderId"]).json()
    assert {name: found[name] for name in extra} == shown
    cancelled = client.rest("DELETE", "order", symbol="BTCUSDT", orderId=answer["orderId"]).json()
    del shown["workingTime"]
    assert {name: cancelled[name] for name in shown} == shown


def test_a_quote_quantity_buys_what_it_can(client: Client) -> None:
    answer = placed(client, symbol="BTCUSDT", side="BUY", type="MARKET", quoteOrderQty="202")
    assert (answer["executedQty"], answer["origQuoteOrderQty"], answer["status"]) == ("2.00000000", "202.00000000", "FILLED")


def test_an_expired_placement_says_why(client: Client) -> None:
    answer = placed(client, **LIMIT | {"timeInForce": "FOK", "price": "101", "quantity": "6"})
    assert (answer["status"], answer["expiryReason"]) == ("EXPIRED", "UNFILLED_FOK_ORDER_EXPIRED")


def test_a_test_order_is_checked_and_leaves_no_trace(client: Client, exchange: Process, ws: WsClient) -> None:
    lines = exchange.admin("GET", "ledger").json()["lines"]
    answer = client.rest("POST", "order/test", **LIMIT)
    assert (answer.status_code, answer.json()) == (200, {})
    assert "X-MBX-ORDER-COUNT-10S" not in answer.headers
    assert ws.signed("order.test", **LIMIT)["result"] == {}
    refused = client.rest("POST", "order/test", **LIMIT | {"quantity": "5000"}).json()
    assert refused == {"code": -2010, "msg": "Account has insufficient balance for requested action."}
    assert client.rest("POST", "order/test", **LIMIT | {"price": "0.001"}).json()["msg"] == "Filter failure: PRICE_FILTER"
    rates = client.rest("POST", "order/test", **LIMIT, computeCommissionRates="true").json()
    assert rates["standardCommissionForOrder"] == {"maker": "0.00100000", "taker": "0.00100000"}
    assert exchange.admin("GET", "ledger").json()["lines"] == lines


def test_an_amendment_keeps_the_order_and_answers_as_documented(client: Client, ws: WsClient) -> None:
    order = placed(client, **LIMIT, newClientOrderId="before")
    answer = client.rest(
        "PUT", "order/amend/keepPriority", symbol="BTCUSDT", orderId=order["orderId"], newQty="0.4", newClientOrderId="after"
    )
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["transactTime", "executionId", "amendedOrder"]
    amended = answer.json()["amendedOrder"]
    assert list(amended) == [
        *("symbol", "orderId", "orderListId", "origClientOrderId", "clientOrderId", "price", "qty", "executedQty", "preventedQty"),
        *("quoteOrderQty", "cumulativeQuoteQty", "status", "timeInForce", "type", "side", "workingTime", "selfTradePreventionMode"),
    ]
    assert (amended["origClientOrderId"], amended["clientOrderId"], amended["qty"]) == ("before", "after", "0.40000000")
    again = ws.signed("order.amend.keepPriority", symbol="BTCUSDT", origClientOrderId="after", newQty="0.3")
    assert (again["status"], again["result"]["amendedOrder"]["qty"]) == (200, "0.30000000")


def test_self_trade_prevention_is_reported_and_the_matches_are_found(client: Client, ws: WsClient) -> None:
    maker = placed(client, **LIMIT | {"side": "SELL", "price": "100.5"})
    taker = placed(client, **LIMIT | {"price": "100.5", "selfTradePreventionMode": "EXPIRE_TAKER"})
    assert (taker["status"], taker["preventedQuantity"]) == ("EXPIRED_IN_MATCH", "1.00000000")
    match = {"symbol": "BTCUSDT", "preventedMatchId": taker["preventedMatchId"]}
    row = client.rest("GET", "myPreventedMatches", **match).json()
    assert [(each["takerOrderId"], each["makerOrderId"], each["tradeGroupId"]) for each in row] == [
        (taker["orderId"], maker["orderId"], -1)
    ]
    assert (row[0]["takerPreventedQuantity"], "makerPreventedQuantity" in row[0]) == ("1.00000000", False)
    by_order = {"symbol": "BTCUSDT", "orderId": taker["orderId"]}
    assert client.rest("GET", "myPreventedMatches", **by_order, fromPreventedMatchId=taker["preventedMatchId"]).json() == row
    assert ws.signed("myPreventedMatches", **by_order)["result"] == row
    for wrong in ({"symbol": "BTCUSDT"}, match | by_order, match | {"limit": 5}):
        assert client.rest("GET", "myPreventedMatches", **wrong).json()["code"] == -1128


UNKNOWN = {"code": -2011, "msg": "Unknown order sent."}
WOULD_TAKE = {"code": -2010, "msg": "Order would immediately match and take."}
TAKER = {"type": "LIMIT_MAKER", "timeInForce": None, "price": "101"}
TABLE: list[tuple[str, bool, dict[str, Any], int, int | None, str, str]] = [
    ("STOP_ON_FAILURE", True, {}, 200, None, "SUCCESS", "SUCCESS"),
    ("ALLOW_FAILURE", True, {}, 200, None, "SUCCESS", "SUCCESS"),
    ("STOP_ON_FAILURE", False, {}, 400, -2022, "FAILURE", "NOT_ATTEMPTED"),
    ("STOP_ON_FAILURE", True, TAKER, 409, -2021, "SUCCESS", "FAILURE"),
    ("ALLOW_FAILURE", True, TAKER, 409, -2021, "SUCCESS", "FAILURE"),
    ("ALLOW_FAILURE", False, {}, 409, -2021, "FAILURE", "SUCCESS"),
    ("ALLOW_FAILURE", False, TAKER, 400, -2022, "FAILURE", "FAILURE"),
]
"""Mode, whether there is an order to cancel, changes to the new order; HTTP status, code, results of both halves."""


@pytest.mark.parametrize("over_ws", [False, True], ids=["rest", "ws"])
@pytest.mark.parametrize(
    ("mode", "exists", "new", "status", "code", "cancel", "order"), TABLE, ids=[f"{t[0]}-{t[5]}-{t[6]}" for t in TABLE]
)
def test_cancel_replace(
    client: Client,
    ws: WsClient,
    mode: str,
    exists: bool,
    new: dict[str, Any],
    status: int,
    code: int | None,
    cancel: str,
    order: str,
    over_ws: bool,
) -> None:
    old = placed(client, **LIMIT)["orderId"] if exists else 999_999
    params = {name: value for name, value in (LIMIT | {"price": "91"} | new).items() if value is not None}
    params |= {"cancelReplaceMode": mode, "cancelOrderId": str(old)}
    if over_ws:
        answer = ws.signed("order.cancelReplace", **params)
        assert answer["status"] == status
        body = answer.get("error") or answer["result"]
    else:
        reply = client.rest("POST", "order/cancelReplace", **params)
        assert reply.status_code == status
        assert ("X-MBX-ORDER-COUNT-10S" in reply.headers) is True
        body = reply.json()
    if code is not None:
        assert (body["code"], body["msg"].endswith("failed.")) == (code, True)
        body = body["data"]
    assert list(body) == ["cancelResult", "newOrderResult", "cancelResponse", "newOrderResponse"]
    assert (body["cancelResult"], body["newOrderResult"]) == (cancel, order)
    expected_cancel = UNKNOWN if cancel == "FAILURE" else old
    assert expected_cancel == (body["cancelResponse"] if cancel == "FAILURE" else body["cancelResponse"]["orderId"])
    expected_order = {"NOT_ATTEMPTED": None, "FAILURE": WOULD_TAKE}.get(order, "91.00000000")
    assert expected_order == (body["newOrderResponse"]["price"] if order == "SUCCESS" else body["newOrderResponse"])


def test_filters_are_looked_at_before_anything_is_cancelled(client: Client) -> None:
    old = placed(client, **LIMIT)
    reply = client.rest(
        "POST", "order/cancelReplace", **LIMIT | {"price": "0.001"}, cancelReplaceMode="ALLOW_FAILURE", cancelOrderId=old["orderId"]
    )
    assert (reply.status_code, reply.json()) == (400, {"code": -1013, "msg": "Filter failure: PRICE_FILTER"})
    assert client.rest("GET", "order", symbol="BTCUSDT", orderId=old["orderId"]).json()["status"] == "NEW"


LIMITED = "Too many new orders; current limit is 1 orders per 1 DAY."
OVER: list[tuple[str, str, bool, int, int, str, str]] = [
    ("STOP_ON_FAILURE", "CANCEL_ONLY", False, 429, -2022, "FAILURE", "NOT_ATTEMPTED"),
    ("STOP_ON_FAILURE", "CANCEL_ONLY", True, 429, -2021, "SUCCESS", "FAILURE"),
    ("ALLOW_FAILURE", "CANCEL_ONLY", False, 400, -2022, "FAILURE", "FAILURE"),
    ("ALLOW_FAILURE", "CANCEL_ONLY", True, 409, -2021, "SUCCESS", "FAILURE"),
]


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A venue that takes one order a day."""
    market = tmp_path_factory.mktemp("narrow") / "market.toml"
    market.write_text('[limits]\norders_1d = 1\n[[symbol]]\nsymbol = "BTCUSDT"\nbase = "BTC"\nquote = "USDT"\n')
    process = Process("--market", market)
    yield process
    assert process.terminate() == 0


@pytest.mark.parametrize(
    ("mode", "limit_mode", "exists", "status", "code", "cancel", "order"), OVER, ids=[f"{t[0]}-{t[5]}-{t[6]}" for t in OVER]
)
def test_cancel_replace_over_the_order_count(
    narrow: Process, mode: str, limit_mode: str, exists: bool, status: int, code: int, cancel: str, order: str
) -> None:
    client = narrow.account(USDT="1000")
    params, old = _replacement(client, mode, exists=exists)
    reply = client.rest("POST", "order/cancelReplace", **params, orderRateLimitExceededMode=limit_mode)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    data = reply.json()["data"]
    assert (data["cancelResult"], data["newOrderResult"]) == (cancel, order)
    assert (data["newOrderResponse"] or {"msg": LIMITED})["msg"] == LIMITED
    still_open = [each["orderId"] for each in client.rest("GET", "openOrders").json()]
    assert still_open == ([old] if cancel == "FAILURE" else [])


@pytest.mark.parametrize("mode", ["STOP_ON_FAILURE", "ALLOW_FAILURE"])
def test_cancel_replace_over_the_order_count_does_nothing_by_default(narrow: Process, mode: str) -> None:
    client = narrow.account(USDT="1000")
    params, old = _replacement(client, mode, exists=True)
    reply = client.rest("POST", "order/cancelReplace", **params)
    assert (reply.status_code, reply.json()) == (429, {"code": -1015, "msg": LIMITED})
    assert [each["orderId"] for each in client.rest("GET", "openOrders").json()] == [old]


def _replacement(client: Client, mode: str, *, exists: bool) -> tuple[dict[str, Any], int]:
    """A replacement by a client that has placed its only order of the day; with the id of that order."""
    old = placed(client, **LIMIT)["orderId"]
    return LIMIT | {"cancelReplaceMode": mode, "cancelOrderId": old if exists else 999_999}, old
