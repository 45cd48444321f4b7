"""The admin API: its token, its bodies, clock, connections, the audit cut."""

from __future__ import annotations

import os
from typing import Any

import pytest
import requests
import websocket

from tests.mock_exchange.venue_client import Client, Process


@pytest.fixture
def client(exchange: Process) -> Client:
    return exchange.account(USDT="1000", BTC="2")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}])
def test_nothing_without_the_token(exchange: Process, headers: dict[str, str]) -> None:
    answer = requests.get(f"{exchange.ready['admin_url']}/admin/health", headers=headers, timeout=10)
    assert answer.status_code == 401
    assert "Authorization: Bearer" in answer.json()["error"]


def test_health_echoes_the_instance(exchange: Process) -> None:
    health = exchange.admin("GET", "health").json()
    assert (health["instance"], health["pid"], health["symbols"][0]) == ("token", exchange.process.pid, "BTCUSDT")
    assert exchange.ready["instance"] == "token"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("GET", "nothing", None, 404, "no such admin request"),
        ("GET", "accounts/nobody", None, 404, "no account 'nobody'"),
        ("GET", "orders", None, 404, "no account ''"),
        ("GET", "book/NOSUCH", None, 404, "no symbol 'NOSUCH'"),
        ("POST", "accounts", b"{", 400, "expected a JSON body such as"),
        ("POST", "accounts", {"name": "x", "balances": {"USDT": 1}}, 400, "Expected `str`, got `int`"),
        ("POST", "accounts", {"name": "x", "balances": {"USDT": "1e3"}}, 400, "plain decimal"),
        ("POST", "accounts", {"name": "x", "balances": {"usdt": "1"}}, 400, "asset: expected"),
        ("POST", "accounts", {"name": "market"}, 400, "name: expected"),
        ("POST", "accounts", {"name": "x", "colour": "red"}, 400, "unknown field `colour`"),
        ("PUT", "book/BTCUSDT", {"bids": [["100", "1"]], "asks": [["100", "1"]]}, 400, "best bid below the best ask"),
        ("PUT", "book/BTCUSDT", {"bids": [["100.001", "1"]]}, 400, "PRICE_FILTER"),
        ("POST", "orders", {"symbol": "BTCUSDT", "side": "UP", "type": "MARKET", "quantity": "1"}, 400, "Invalid side."),
        ("POST", "clock", {}, 400, "exactly one of advance_ms, skew_ms"),
        ("POST", "clock", {"advance_ms": -1}, 400, "expected advance_ms >= 0"),
        ("DELETE", "connections/w999", None, 404, "no connection 'w999'"),
        ("POST", "market/advance", {"until_trade_id": 1}, 400, "nothing here is counted in trades"),
        ("POST", "market/advance", {}, 400, "exactly one of steps, until_trade_id, for_ms, to_end"),
        ("GET", "requests?since=x", None, 400, "since: expected"),
    ],
)
def test_refusals_say_what_to_do(exchange: Process, method: str, path: str, body: Any, status: int, text: str) -> None:
    answer = exchange.admin(method, path, body)
    assert (answer.status_code, text in answer.json()["error"]) == (status, True), answer.text


def test_an_account_exists_once(exchange: Process, client: Client) -> None:
    answer = exchange.admin("POST", "accounts", {"name": client.name})
    assert (answer.status_code, "exists already" in answer.text) == (400, True)


def test_orders_and_trades_of_an_account(exchange: Process, client: Client) -> None:
    exchange.book("BTCUSDT", asks=[("101", "1")])
    client.limit("BUY", "1.5", "101", newClientOrderId="mine")
    order = exchange.admin("GET", f"orders?account={client.name}&symbol=BTCUSDT").json()[0]
    received = order.pop("received_ns")
    assert received > 0
    assert order == {
        "order_id": order["order_id"],
        "client_order_id": "mine",
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "time_in_force": "GTC",
        "status": "PARTIALLY_FILLED",
        "price": "101",
        "stop_price": "0",
        "quantity": "1.5",
        "executed": "1",
        "cum_quote": "101",
    }
    trade = exchange.admin("GET", f"trades?account={client.name}").json()[0]
    assert (trade["price"], trade["fee"], trade["fee_asset"], trade["maker"], trade["client_order_id"]) == (
        "101",
        "0.001",
        "BTC",
        False,
        "mine",
    )
    shown = exchange.admin("GET", f"accounts/{client.name}").json()
    assert shown["balances"] == {"BTC": {"free": "2.999", "locked": "0"}, "USDT": {"free": "848.5", "locked": "50.5"}}
    assert (shown["open_orders"], shown["trades"]) == (1, 1)
    client.rest("DELETE", "openOrders", symbol="BTCUSDT")


def test_all_open_orders_of_an_account_are_withdrawn(exchange: Process, client: Client) -> None:
    exchange.book("BTCUSDT")
    client.limit("BUY", "1", "90")
    client.limit("BUY", "1", "91")
    assert exchange.admin("DELETE", f"orders?account={client.name}").json() == {"cancelled": 2}
    assert exchange.admin("GET", "book/BTCUSDT").json()["bids"] == []
    assert exchange.admin("DELETE", f"orders?account={client.name}").json() == {"cancelled": 0}


def test_a_withdrawal_takes_only_what_is_free(exchange: Process, client: Client) -> None:
    answer = exchange.admin("POST", f"accounts/{client.name}/transfer", {"asset": "USDT", "amount": "-1000.01"})
    assert (answer.status_code, answer.json()["code"]) == (400, -2010)
    assert exchange.admin("POST", f"accounts/{client.name}/transfer", {"asset": "USDT", "amount": "0.5"}).status_code == 200
    assert exchange.admin("GET", f"accounts/{client.name}").json()["balances"]["USDT"]["free"] == "1000.5"


def test_an_order_of_another_account_needs_funds_and_the_markets_none(exchange: Process, client: Client) -> None:
    order = {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "quantity": "3", "price": "200"}
    assert exchange.admin("POST", "orders", order | {"account": client.name}).json()["code"] == -2010
    assert exchange.admin("POST", "orders", order).json()["status"] == "NEW"
    exchange.book("BTCUSDT")


def test_the_transcript_goes_on_from_a_number(exchange: Process, client: Client) -> None:
    client.limit("BUY", "1", "0")
    entries = exchange.admin("GET", f"requests?account={client.name}").json()
    assert (entries[0]["via"], entries[0]["method"], entries[0]["path"], entries[0]["status"], entries[0]["code"]) == (
        "rest",
        "POST",
        "/api/v3/order",
        400,
        -1013,
    )
    assert exchange.admin("GET", f"requests?account={client.name}&since={entries[-1]['seq']}").json() == []


def test_the_clock_moves_for_clients(exchange: Process, client: Client) -> None:
    try:
        assert exchange.admin("POST", "clock", {"advance_ms": 60_000}).json()["offset_ms"] == 60_000
        assert client.rest("GET", "account").json()["code"] == -1021
        assert exchange.admin("POST", "clock", {"skew_ms": -2_000}).json()["offset_ms"] == -2_000
        assert client.rest("GET", "account").json()["msg"] == "Timestamp for this request was 1000ms ahead of the server's time."
    finally:
        assert exchange.admin("POST", "clock", {"skew_ms": 0}).json()["offset_ms"] == 0


def test_a_connection_is_listed_with_its_account_and_can_be_cut(exchange: Process, client: Client) -> None:
    with client.ws() as ws:
        ws.subscribe()
        shown = [each for each in exchange.admin("GET", "connections").json() if each["account"] == client.name]
        host, port = ws.connection.sock.getsockname()
        assert [(each["kind"], each["peer"]) for each in shown] == [("ws-api", f"{host}:{port}")]
        assert exchange.admin("DELETE", f"connections/{shown[0]['id']}").status_code == 200
        with pytest.raises((ConnectionResetError, websocket.WebSocketConnectionClosedException)):
            ws.connection.recv()


def test_the_cut_is_behind_every_answered_request(exchange: Process, client: Client) -> None:
    client.limit("BUY", "1", "50")
    cut = exchange.admin("POST", "quiesce").json()
    ledger = exchange.admin("GET", "ledger").json()
    assert (cut["ledger_offset"], cut["ledger_lines"]) == (ledger["offset"], ledger["lines"])
    assert os.path.getsize(ledger["path"]) == ledger["offset"]
    assert exchange.admin("POST", "resume").status_code == 200
