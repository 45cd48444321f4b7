"""Limits over real sockets: headers, 429 and 418 with Retry-After, `error.data`, connection attempts, what the admin API sets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket

from tests.mock_exchange.venue_client import Client, Process

LIMIT = {"symbol": "BTCUSDT", "type": "LIMIT", "timeInForce": "GTC", "side": "BUY", "quantity": "1", "price": "50"}


@pytest.fixture
def strict() -> Iterator[Process]:
    process = Process(strict=True)
    yield process
    assert process.terminate() == 0


@pytest.fixture
def client(strict: Process) -> Client:
    return strict.account(USDT="100000")


def set_limits(process: Process, **change: Any) -> dict[str, Any]:
    answer = process.admin("POST", "limits", change)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ping(process: Process) -> requests.Response:
    return requests.get(f"{process.ready['rest_url']}/api/v3/ping", timeout=10)


def test_the_documented_limits_are_in_force_without_any_option(strict: Process) -> None:
    limits = requests.get(f"{strict.ready['rest_url']}/api/v3/exchangeInfo", timeout=10).json()["rateLimits"]
    assert [(each["rateLimitType"], each["limit"]) for each in limits] == [
        ("REQUEST_WEIGHT", 6_000),
        ("ORDERS", 100),
        ("ORDERS", 200_000),
        ("RAW_REQUESTS", 61_000),
    ]


def test_used_weight_is_on_every_answer_and_the_refusal_says_when_to_come_back(strict: Process) -> None:
    set_limits(strict, remaining_weight=2, at_least_ms=20_000)
    assert [ping(strict).headers["X-MBX-USED-WEIGHT-1M"] for _ in range(2)] == ["5999", "6000"]
    answer = ping(strict)
    assert (answer.status_code, answer.json()["code"], answer.headers["X-MBX-USED-WEIGHT"]) == (429, -1003, "6001")
    assert answer.json()["msg"].startswith("Too much request weight used; current limit is 6000 request weight per 1 MINUTE.")
    assert 20 <= int(answer.headers["Retry-After"]) <= 80
    strict.admin("POST", "clock", {"advance_ms": int(answer.headers["Retry-After"]) * 1_000})
    assert ping(strict).status_code == 200


def test_an_unknown_path_and_bytes_that_cannot_be_read_weigh_one(strict: Process) -> None:
    before = int(ping(strict).headers["X-MBX-USED-WEIGHT"])
    url = strict.ready["rest_url"]
    weights = [
        requests.get(f"{url}/api/v3/nothing", timeout=10).headers["X-MBX-USED-WEIGHT"],
        requests.get(f"{url}/api/v3/depth?symbol=A&symbol=B", timeout=10).headers["X-MBX-USED-WEIGHT"],
        requests.post(f"{url}/api/v3/order", data=b"x" * 2_000_000, timeout=10).headers["X-MBX-USED-WEIGHT"],
    ]
    assert weights == [str(before + 1), str(before + 2), str(before + 3)]


def test_ignoring_the_refusal_ends_in_a_ban_that_says_until_when(strict: Process) -> None:
    set_limits(strict, remaining_weight=0, at_least_ms=50_000)
    answers = [ping(strict) for _ in range(11)]
    assert [each.status_code for each in answers] == [429] * 10 + [418]
    assert answers[-1].headers["Retry-After"] == "120"
    assert "IP banned until" in ping(strict).json()["msg"]
    assert strict.admin("GET", "limits").json()["banned_until_ms"] > 0
    strict.admin("POST", "clock", {"advance_ms": 120_000})
    assert ping(strict).status_code == 200


def test_a_banned_address_is_refused_on_the_websocket_api_and_disconnected(strict: Process, client: Client) -> None:
    with client.ws() as ws:
        set_limits(strict, ban_ms=120_000)
        answer = ws.ask("ping")
        assert (answer["status"], answer["error"]["code"]) == (418, -1003)
        data = answer["error"]["data"]
        assert data["retryAfter"] > data["serverTime"] > 1_600_000_000_000
        assert str(data["retryAfter"]) in answer["error"]["msg"]
        assert ws.connection.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    with pytest.raises(websocket.WebSocketBadStatusException) as refused, client.ws():
        pass
    assert refused.value.status_code == 418
    set_limits(strict, ban_ms=0)
    with client.ws() as ws:
        assert ws.ask("ping")["status"] == 200


def test_weight_on_the_websocket_api_is_shared_with_rest(strict: Process, client: Client) -> None:
    with client.ws() as ws:
        used = int(ping(strict).headers["X-MBX-USED-WEIGHT"])
        assert ws.ask("ping")["rateLimits"] == [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000, "count": used + 1}
        ]
        ws.connection.send("{")
        assert ws.answer()["rateLimits"][0]["count"] == used + 2
        set_limits(strict, remaining_weight=0, at_least_ms=20_000)
        refused = ws.ask("ping")
        assert (refused["status"], refused["error"]["code"], refused["rateLimits"][0]["count"]) == (429, -1003, 6_001)
        assert refused["error"]["data"]["retryAfter"] - refused["error"]["data"]["serverTime"] >= 15_000


def test_connecting_weighs_two(strict: Process, client: Client) -> None:
    before = strict.admin("GET", "limits").json()["used_weight"]
    with client.ws() as ws:
        assert ws.ask("ping")["rateLimits"][0]["count"] == before + 3


def test_order_counts_are_in_the_headers_of_accepted_orders_only(client: Client) -> None:
    assert [client.order(**LIMIT).headers["X-MBX-ORDER-COUNT-1D"] for _ in range(2)] == ["1", "2"]
    refused = client.order(**LIMIT | {"price": "0"})
    assert (refused.status_code, "X-MBX-ORDER-COUNT-10S" in refused.headers) == (400, False)
    assert "X-MBX-ORDER-COUNT-10S" not in client.rest("GET", "openOrders").headers


def test_the_order_limit_refuses_orders_and_lets_cancels_pass_on_both_apis(strict: Process, client: Client) -> None:
    placed = client.order(**LIMIT).json()
    set_limits(strict, account=client.name, remaining_orders=0, at_least_ms=10_000)
    answer = client.order(**LIMIT)
    text = "Too many new orders; current limit is 100 orders per 10 SECOND."
    assert (answer.status_code, answer.json()) == (429, {"code": -1015, "msg": text})
    assert 10 <= int(answer.headers["Retry-After"]) <= 20
    with client.ws() as ws:
        refused = ws.signed("order.place", **LIMIT)
        assert (refused["status"], refused["error"]["code"], "retryAfter" in refused["error"]["data"]) == (429, -1015, True)
        cancelled = ws.signed("order.cancel", symbol="BTCUSDT", orderId=placed["orderId"])
        assert cancelled["result"]["status"] == "CANCELED"
        strict.admin("POST", "clock", {"advance_ms": 20_000})
        accepted = ws.signed("order.place", **LIMIT | {"timestamp": strict.admin("GET", "clock").json()["server_ms"]})
        assert [(each["rateLimitType"], each["count"]) for each in accepted["rateLimits"][:2]] == [("ORDERS", 1), ("ORDERS", 2)]


def test_what_an_address_and_an_account_used_can_be_forgotten(strict: Process, client: Client) -> None:
    client.order(**LIMIT)
    set_limits(strict, remaining_weight=0, ban_ms=600_000)
    assert ping(strict).status_code == 418
    shown = set_limits(strict, forget=True, account=client.name)
    assert (shown["used_weight"], shown["banned_until_ms"], shown["orders_10s"], shown["orders_1d"]) == (0, None, 0, 0)
    assert ping(strict).headers["X-MBX-USED-WEIGHT"] == "1"


def test_attempts_to_connect_are_limited_on_both_kinds_of_websocket(tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("connections_5m = 2\n")
    process = Process("--limits", limits)
    websocket.create_connection(process.ready["ws_api_url"], timeout=10).close()
    websocket.create_connection(process.ready["stream_url"] + "/ws", timeout=10).close()
    for url in (process.ready["ws_api_url"], process.ready["stream_url"] + "/stream"):
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            websocket.create_connection(url, timeout=10)
        assert refused.value.status_code == 429
        assert json.loads(refused.value.resp_body)["code"] == -1034
        assert 0 < int(refused.value.resp_headers["retry-after"]) <= 300
    process.terminate()


def test_the_market_files_limits_come_before_those_of_the_option(tmp_path: Path) -> None:
    market, limits = tmp_path / "market.toml", tmp_path / "limits.toml"
    market.write_text('[limits]\norders_10s = 7\n[[symbol]]\nsymbol = "BTCUSDT"\nbase = "BTC"\nquote = "USDT"\n')
    limits.write_text("orders_10s = 8\norders_1d = 9\n")
    process = Process("--market", market, "--limits", limits)
    shown = process.admin("GET", "limits").json()["limits"]
    assert (shown["orders_10s"], shown["orders_1d"], shown["request_weight"]) == (7, 9, 6_000)
    process.terminate()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "expected at least one of remaining_weight"),
        ({"remaining_orders": 1}, "account: expected the account"),
        ({"remaining_orders": 1, "account": "nobody"}, "no account 'nobody'"),
        ({"remaining_weight": -1}, "remaining_weight: expected 0 or more"),
        ({"ban_ms": 1, "at_least_ms": -1}, "at_least_ms: expected 0 to"),
        ({"weight": 1}, "unknown field `weight`"),
    ],
)
def test_wrong_changes_of_limits_say_what_to_do(exchange: Process, body: dict[str, Any], text: str) -> None:
    answer = exchange.admin("POST", "limits", body)
    assert answer.status_code in (400, 404)
    assert text in answer.json()["error"]
