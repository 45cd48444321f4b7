"""The WebSocket API over real sockets: answers, wrapped events, order of both."""

from __future__ import annotations

import json

import pytest
import requests
import websocket

from tests.mock_exchange.venue_client import Client, Process

LIMIT = {"symbol": "BTCUSDT", "type": "LIMIT", "timeInForce": "GTC"}


@pytest.fixture
def client(exchange: Process) -> Client:
    exchange.book("BTCUSDT", bids=[("99", "1")], asks=[("101", "1")])
    return exchange.account(USDT="1000", BTC="2")


@pytest.mark.parametrize("identity", [7, "abc-1", "", 0])
def test_the_id_comes_back_as_it_was_sent(client: Client, identity: object) -> None:
    with client.ws() as ws:
        answer = ws.ask("ping", identity=identity)
        assert (answer["id"], answer["status"], answer["result"]) == (identity, 200, {})


def test_questions_without_a_signature(client: Client) -> None:
    with client.ws() as ws:
        assert ws.ask("v3/time")["result"]["serverTime"] > 0
        assert ws.ask("depth", {"symbol": "BTCUSDT", "limit": 5})["result"]["bids"] == [["99.00000000", "1.00000000"]]
        assert len(ws.ask("exchangeInfo", {"symbols": ["BTCUSDT", "ETHUSDT"]})["result"]["symbols"]) == 2


def test_limits_are_shown_unless_asked_not_to(client: Client) -> None:
    with client.ws() as ws:
        assert [each["rateLimitType"] for each in ws.ask("ping")["rateLimits"]] == ["REQUEST_WEIGHT"]
        assert "rateLimits" not in ws.ask("ping", {"returnRateLimits": False})
        placed = ws.signed("order.place", **LIMIT, side="BUY", quantity="1", price="50", returnRateLimits=True)
        assert [(each["rateLimitType"], each.get("count")) for each in placed["rateLimits"][:2]] == [("ORDERS", 1), ("ORDERS", 1)]


@pytest.mark.parametrize(
    ("text", "code", "msg"),
    [
        ("{", -1135, "Invalid JSON Request"),
        ('{"id": 1}', -1135, "Invalid JSON Request"),
        ('{"id": 1.5, "method": "ping"}', -1135, "Invalid JSON Request"),
        ('{"id": 1, "method": "ping", "params": []}', -1135, "Invalid JSON Request"),
        ('{"id": 1, "method": "no.such"}', -1020, "This operation is not supported."),
        ('{"id": 1, "method": "depth", "params": {"symbol": "NOSUCH"}}', -1121, "Invalid symbol."),
        (
            '{"id": 1, "method": "depth", "params": {"symbol": "BTCUSDT", "x": 1}}',
            -1104,
            "Not all sent parameters were read; read '1' parameter(s) but was sent '2'.",
        ),
        (
            '{"id": 1, "method": "order.place", "params": {}}',
            -1102,
            "Mandatory parameter 'apiKey' was not sent, was empty/null, or malformed.",
        ),
        (
            '{"id": 1, "method": "account.status", "params": {"apiKey": "k"}}',
            -1102,
            "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_on_a_connection_that_goes_on(client: Client, text: str, code: int, msg: str) -> None:
    with client.ws() as ws:
        ws.connection.send(text)
        answer = ws.answer()
        assert (answer["status"], answer["error"]) == (400, {"code": code, "msg": msg})
        assert ws.ask("ping")["status"] == 200


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe",
        b'{"id":1,"method":"ping","params":{"a":"\xff"}}',
        '{"id":1,"method":"userDataStream.unsubscribe","params":{"subscriptionId":"²"}}'.encode(),
    ],
)
def test_bytes_that_are_no_text_are_refused_and_the_venue_goes_on(client: Client, data: bytes) -> None:
    with client.ws() as ws:
        ws.connection.send_binary(data)
        assert ws.answer()["status"] == 400
        assert ws.ask("ping")["status"] == 200


def test_an_unknown_key_has_status_401(client: Client) -> None:
    stranger = Client(client.process, "nobody", "k" * 64, "secret")
    with stranger.ws() as ws:
        answer = ws.signed("account.status")
        assert (answer["status"], answer["error"]["code"]) == (401, -2015)


def test_events_come_before_the_answer_of_the_order_that_caused_them_in_order(client: Client) -> None:
    with client.ws() as ws:
        assert ws.subscribe()["result"] == {"subscriptionId": 0}
        placed = ws.signed("order.place", **LIMIT, side="BUY", quantity="1.5", price="101", newClientOrderId="mine")
        assert placed["result"]["status"] == "PARTIALLY_FILLED"
        events = [each["event"] for each in ws.events]
        assert all(each["subscriptionId"] == 0 for each in ws.events)
        assert [(each["e"], each.get("x"), each.get("X")) for each in events] == [
            ("executionReport", "NEW", "NEW"),
            ("executionReport", "TRADE", "PARTIALLY_FILLED"),
            ("outboundAccountPosition", None, None),
        ]
        trade = events[1]
        assert (trade["c"], trade["C"], trade["l"], trade["L"], trade["n"], trade["N"], trade["m"], trade["z"], trade["Z"]) == (
            "mine",
            "",
            "1.00000000",
            "101.00000000",
            "0.00100000",
            "BTC",
            False,
            "1.00000000",
            "101.00000000",
        )
        assert events[2]["B"] == [
            {"a": "USDT", "f": "848.50000000", "l": "50.50000000"},
            {"a": "BTC", "f": "2.99900000", "l": "0.00000000"},
        ]


def test_a_cancel_tells_its_own_id_and_the_original_one(client: Client) -> None:
    with client.ws() as ws:
        ws.signed("order.place", **LIMIT, side="BUY", quantity="1", price="50", newClientOrderId="mine")
        ws.subscribe()
        answer = ws.signed("order.cancel", symbol="BTCUSDT", origClientOrderId="mine", newClientOrderId="the-cancel")
        assert (answer["result"]["origClientOrderId"], answer["result"]["clientOrderId"]) == ("mine", "the-cancel")
        report = ws.events[0]["event"]
        assert (report["x"], report["X"], report["c"], report["C"], report["t"], report["w"]) == (
            "CANCELED",
            "CANCELED",
            "the-cancel",
            "mine",
            -1,
            False,
        )


def test_a_maker_hears_of_trades_that_others_cause_and_of_deposits(exchange: Process, client: Client) -> None:
    with client.ws() as ws:
        ws.signed("order.place", **LIMIT, side="BUY", quantity="1", price="100")
        ws.subscribe()
        exchange.admin("POST", "orders", {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "quantity": "0.4", "price": "100"})
        exchange.admin("POST", f"accounts/{client.name}/transfer", {"asset": "USDT", "amount": "-5"})
        ws.ask("ping")
        events = [each["event"] for each in ws.events]
        assert [each["e"] for each in events] == [
            "executionReport",
            "outboundAccountPosition",
            "balanceUpdate",
            "outboundAccountPosition",
        ]
        assert (events[0]["m"], events[2]["a"], events[2]["d"]) == (True, "USDT", "-5.00000000")


def test_an_expired_market_order_says_why(exchange: Process, client: Client) -> None:
    with client.ws() as ws:
        ws.subscribe()
        answer = ws.signed("order.place", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="2")
        assert (answer["result"]["status"], answer["result"]["executedQty"]) == ("EXPIRED", "1.00000000")
        reports = [each["event"] for each in ws.events if each["event"]["e"] == "executionReport"]
        assert [(each["x"], each.get("eR")) for each in reports] == [("NEW", None), ("TRADE", None), ("EXPIRED", "INSUFFICIENT_LIQUIDITY")]


def test_one_subscription_per_account_that_can_be_listed_and_ended(client: Client) -> None:
    with client.ws() as ws:
        ws.subscribe()
        assert ws.subscribe()["error"] == {"code": -2035, "msg": "User Data Stream subscription already active."}
        assert ws.ask("session.subscriptions")["result"] == [{"subscriptionId": 0}]
        assert ws.ask("userDataStream.unsubscribe", {"subscriptionId": 0})["result"] == {}
        assert ws.ask("userDataStream.unsubscribe")["error"]["code"] == -2036
        ws.signed("order.place", **LIMIT, side="BUY", quantity="1", price="50")
        assert [each["event"]["e"] for each in ws.events] == ["eventStreamTerminated"]
        assert ws.subscribe()["result"] == {"subscriptionId": 1}


def test_questions_about_orders(client: Client) -> None:
    with client.ws() as ws:
        placed = ws.signed("order.place", **LIMIT, side="BUY", quantity="1", price="50")["result"]
        assert ws.signed("order.status", symbol="BTCUSDT", orderId=placed["orderId"])["result"]["status"] == "NEW"
        assert len(ws.signed("openOrders.status")["result"]) == 1
        assert ws.signed("openOrders.cancelAll", symbol="BTCUSDT")["result"][0]["status"] == "CANCELED"
        assert ws.signed("allOrders", symbol="BTCUSDT")["result"][0]["status"] == "CANCELED"
        assert ws.signed("myTrades", symbol="BTCUSDT")["result"] == []


def test_a_ping_frame_is_answered_with_its_payload(client: Client) -> None:
    with client.ws() as ws:
        ws.connection.ping("payload")
        opcode, data = ws.connection.recv_data(control_frame=True)
        assert (opcode, data) == (websocket.ABNF.OPCODE_PONG, b"payload")


def test_answers_longer_than_one_frame_length_class(client: Client) -> None:
    """125, 65,535 and more bytes have different headers."""
    with client.ws() as ws:
        for _ in range(200):
            ws.signed("order.place", **LIMIT, side="BUY", quantity="0.1", price="50")
        answer = ws.signed("openOrders.status")
        assert len(answer["result"]) == 200
        assert len(json.dumps(answer)) > 65_535


def test_a_plain_request_is_told_to_upgrade(exchange: Process) -> None:
    answer = requests.get(exchange.ready["ws_api_url"].replace("ws://", "http://"), timeout=10)
    assert answer.status_code == 400
    assert "WebSocket" in answer.json()["msg"]
