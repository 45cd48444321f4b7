"""Faults of a running venue as REST clients meet them, and what the ledger says of it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.mock_exchange.fault_kit import PLACE, arm, eventually, fault_lines, hits, orders
from tests.mock_exchange.venue_client import Client, Process


@pytest.fixture
def client(exchange: Process) -> Iterator[Client]:
    """An account on an empty book; every test ends with a healed venue."""
    exchange.book("BTCUSDT")
    yield exchange.account(USDT="1000000", BTC="2")
    assert exchange.admin("DELETE", "faults").status_code == 200


def raw_answer(exchange: Process, client: Client, timeout: float = 5, then: float = 5) -> tuple[bytes, str]:
    """Place an order over a socket of our own: the bytes that came, and how it ended. `timeout`: of the first one; `then`: of others."""
    host, port = exchange.ready["rest_url"].removeprefix("http://").split(":")
    query = f"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=100&timestamp={time.time_ns() // 1_000_000}"
    request = f"POST /api/v3/order?{query}&signature={client.sign(query)} HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: {client.key}\r\n\r\n"
    got = b""
    try:
        with socket.create_connection((host, int(port)), timeout=timeout) as link:
            link.sendall(request.encode())
            while chunk := link.recv(65536):
                got += chunk
                link.settimeout(then)
                if b"\r\n\r\n" in got and got.endswith(b"}"):
                    return got, "whole"
    except ConnectionResetError:
        return got, "reset"
    except TimeoutError:
        return got, "silent"
    return got, "closed"


@pytest.mark.parametrize(
    ("point", "executed"), [("after_headers", 0), ("before_parse", 0), ("after_validate", 0), ("after_match", 1), ("before_reply", 1)]
)
def test_503_before_and_after_matching(exchange: Process, client: Client, point: str, executed: int) -> None:
    rule = arm(exchange, match={"path": "/api/v3/order"}, point=point, action={"type": "status", "status": 503, "code": -1007}, times=1)
    answer = client.limit("BUY", "1", "100")
    assert (answer.status_code, answer.json()) == (
        503,
        {"code": -1007, "msg": "Timeout waiting for response from backend server. Send status unknown; execution status unknown."},
    )
    assert (len(orders(exchange, client)), hits(exchange, rule)) == (executed, 1)
    assert client.limit("BUY", "1", "100").status_code == 200


def test_what_is_not_valid_is_refused_before_the_fault_behind_validation(exchange: Process, client: Client) -> None:
    rule = arm(exchange, match=PLACE, point="after_validate", action={"type": "status", "status": 503, "code": -1007})
    assert client.limit("BUY", "1", "-5").json()["code"] == -1100
    assert hits(exchange, rule) == 0


def test_a_delay_before_matching_runs_into_recv_window(exchange: Process, client: Client) -> None:
    arm(exchange, match=PLACE, point="after_validate", action={"type": "delay", "ms": 150})
    answer = client.limit("BUY", "1", "100", recvWindow=100)
    assert answer.json()["code"] == -1021
    assert orders(exchange, client) == []
    assert client.limit("BUY", "1", "100", recvWindow=5000).status_code == 200


def test_a_delayed_request_holds_up_nobody_else(exchange: Process, client: Client) -> None:
    arm(exchange, match={"account": client.name}, point="before_parse", action={"type": "delay", "ms": 60_000}, times=1)
    other = exchange.account(USDT="1000000")
    with socket.create_connection(exchange.ready["rest_url"].removeprefix("http://").split(":"), timeout=5) as link:
        query = f"timestamp={time.time_ns() // 1_000_000}"
        request = f"GET /api/v3/account?{query}&signature={client.sign(query)} HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: {client.key}\r\n\r\n"
        link.sendall(request.encode())
        while not exchange.admin("GET", "faults").json()["hits"]:
            pass
        assert other.limit("BUY", "1", "100").status_code == 200
        exchange.admin("DELETE", "faults")  # healing lets the answer go
        assert link.recv(12) == b"HTTP/1.1 200"


def test_headers_body_and_retry_after_of_an_answer(exchange: Process, client: Client) -> None:
    arm(exchange, match=PLACE, point="before_parse", action={"type": "status", "status": 429, "code": -1003, "retry_after_s": 7}, times=1)
    answer = client.limit("BUY", "1", "100")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, -1003, "7")
    html = {"type": "status", "status": 403, "body": "<html>WAF</html>", "headers": {"X-Cache": "Error"}}
    arm(exchange, match=PLACE, point="before_parse", action=html, times=1)
    answer = client.limit("BUY", "1", "100")
    assert (answer.status_code, answer.text, answer.headers["Content-Type"], answer.headers["X-Cache"]) == (
        403,
        "<html>WAF</html>",
        "text/html",
        "Error",
    )


@pytest.mark.parametrize(
    ("action", "check"),
    [
        ({"type": "truncate"}, lambda answer: answer.text.startswith('{"symbol"') and not answer.text.endswith("}")),
        ({"type": "corrupt", "count": 2}, lambda answer: "\x01" in answer.text),
        ({"type": "replace"}, lambda answer: answer.text == ""),
        ({"type": "replace", "body": "<html></html>", "content_type": "text/html"}, lambda answer: answer.text == "<html></html>"),
        ({"type": "replace", "body": "{}", "size": 3_000_000}, lambda answer: len(answer.content) == 3_000_000),
        (
            {"type": "replace", "body": "x", "size": 3_000_000, "packed": "gzip"},
            lambda answer: (answer.headers["Content-Encoding"], len(answer.content)) == ("gzip", 3_000_000),
        ),
        (
            {"type": "replace", "body": "x", "size": 3_000_000, "packed": "deflate"},
            lambda answer: (answer.headers["Content-Encoding"], len(answer.content)) == ("deflate", 3_000_000),
        ),
        ({"type": "replace", "body": "{}", "headers": {"X-Long": "x" * 9_000}}, lambda answer: len(answer.headers["X-Long"]) == 9_000),
        ({"type": "edit", "set": {"clientOrderId": "another"}}, lambda answer: answer.json()["clientOrderId"] == "another"),
    ],
)
def test_bodies_that_are_not_what_they_should_be(exchange: Process, client: Client, action: dict[str, Any], check: Any) -> None:
    arm(exchange, match=PLACE, point="before_reply", action=action, times=1)
    answer = client.limit("BUY", "1", "100")
    assert (answer.status_code, check(answer), len(orders(exchange, client))) == (200, True, 1)


def test_several_faults_and_several_actions_at_once_in_order(exchange: Process, client: Client) -> None:
    arm(exchange, match=PLACE, point="after_match", action=[{"type": "delay", "ms": 30}, {"type": "status", "status": 500, "code": -1000}])
    arm(exchange, match=PLACE, point="before_reply", action=[{"type": "edit", "set": {"seen": 1}}, {"type": "truncate", "keep": 20}])
    begun = time.monotonic()
    answer = client.limit("BUY", "1", "100")
    assert (answer.status_code, answer.text, time.monotonic() - begun >= 0.03) == (500, '{"code":-1000,"msg":', True)


@pytest.mark.parametrize("count", [0, 1, 17, 200])
def test_a_reset_after_any_byte_of_the_answer(exchange: Process, client: Client, count: int) -> None:
    arm(exchange, match=PLACE, point="mid_body", action={"type": "reset", "after_bytes": count}, times=1)
    got, end = raw_answer(exchange, client)
    assert (len(got), end, len(orders(exchange, client))) == (count, "reset", 1)


def test_a_reset_while_the_request_is_read(exchange: Process, client: Client) -> None:
    for point, match in (("connect", {"api": "tcp"}), ("after_headers", {"api": "rest"})):
        rule = arm(exchange, match=match, point=point, action="reset", times=1)
        assert raw_answer(exchange, client) == (b"", "reset")
        assert (orders(exchange, client), hits(exchange, rule)) == ([], 1)


@pytest.mark.parametrize(("point", "action"), [("after_match", "drop"), ("after_match", "half_open"), ("before_reply", "drop")])
def test_an_answer_that_never_comes(exchange: Process, client: Client, point: str, action: str) -> None:
    arm(exchange, match=PLACE, point=point, action=action, times=1)
    assert raw_answer(exchange, client, timeout=0.3) == (b"", "silent")
    assert len(eventually(lambda: orders(exchange, client), "the order")) == 1
    assert exchange.admin("POST", "quiesce").status_code == 200
    exchange.admin("POST", "resume")


def test_half_open_in_the_middle_of_an_answer(exchange: Process, client: Client) -> None:
    arm(exchange, match=PLACE, point="mid_body", action={"type": "half_open", "after_bytes": 30}, times=1)
    got, end = raw_answer(exchange, client, then=0.3)
    assert (len(got), end) == (30, "silent")


def test_slow_bytes_arrive_whole(exchange: Process, client: Client) -> None:
    arm(exchange, match=PLACE, point="mid_body", action={"type": "slow", "bytes": 100, "every_ms": 10}, times=1)
    begun = time.monotonic()
    answer = client.limit("BUY", "1", "100")
    assert (answer.status_code, answer.json()["status"]) == (200, "NEW")
    assert time.monotonic() - begun >= 0.05


def test_an_answer_that_ends_before_its_length(exchange: Process, client: Client) -> None:
    arm(exchange, match=PLACE, point="mid_body", action={"type": "truncate", "keep": 300}, times=1)
    got, end = raw_answer(exchange, client)
    assert (len(got), end) == (300, "closed")
    arm(exchange, match=PLACE, point="mid_body", action={"type": "truncate", "keep": 3}, times=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        client.limit("BUY", "1", "100")


def test_an_accepted_order_is_hidden_from_queries_for_a_while(exchange: Process, client: Client) -> None:
    arm(exchange, match=PLACE, point="after_match", action={"type": "hide", "ms": 60_000}, times=1)
    placed = client.limit("BUY", "1", "100").json()
    reference = {"symbol": "BTCUSDT", "orderId": placed["orderId"]}
    assert client.rest("GET", "order", **reference).json() == {"code": -2013, "msg": "Order does not exist."}
    assert client.rest("GET", "openOrders", symbol="BTCUSDT").json() == []
    assert client.rest("GET", "allOrders", symbol="BTCUSDT").json() == []
    assert len(orders(exchange, client)) == 1
    exchange.admin("DELETE", "faults")
    assert client.rest("GET", "order", **reference).json()["orderId"] == placed["orderId"]


def test_a_hidden_order_is_seen_when_its_time_is_over(exchange: Process, client: Client) -> None:
    arm(exchange, match=PLACE, point="after_match", action={"type": "hide", "ms": 50}, times=1)
    placed = client.limit("BUY", "1", "100").json()
    deadline = time.monotonic() + 10
    while client.rest("GET", "order", symbol="BTCUSDT", orderId=placed["orderId"]).status_code == 400:
        assert time.monotonic() < deadline


def test_the_venue_goes_down_and_comes_back_at_the_same_port(exchange: Process, client: Client) -> None:
    kept = requests.Session()
    assert kept.get(f"{exchange.ready['rest_url']}/api/v3/ping", timeout=5).status_code == 200
    arm(exchange, point="now", action={"type": "down", "ms": 300})
    begun = time.monotonic()
    with pytest.raises(requests.exceptions.ConnectionError):
        kept.get(f"{exchange.ready['rest_url']}/api/v3/ping", timeout=5)
    refused = 0
    while time.monotonic() - begun < 10:
        try:
            requests.get(f"{exchange.ready['rest_url']}/api/v3/ping", timeout=5)
            break
        except requests.exceptions.ConnectionError as error:
            refused += "refused" in str(error)
    assert (refused > 0, time.monotonic() - begun >= 0.28) == (True, True)
    assert client.limit("BUY", "1", "100").status_code == 200


def test_a_balance_moves_and_a_clock_is_off(exchange: Process, client: Client) -> None:
    arm(exchange, point="now", action={"type": "move_balance", "account": client.name, "asset": "BTC", "amount": "-0.5"})
    assert exchange.admin("GET", f"accounts/{client.name}").json()["balances"]["BTC"]["free"] == "1.5"
    arm(exchange, point="now", action={"type": "skew", "ms": -3000})
    assert client.limit("BUY", "1", "100").json()["msg"] == "Timestamp for this request was 1000ms ahead of the server's time."
    arm(exchange, point="now", action={"type": "skew", "ms": 0})
    assert client.limit("BUY", "1", "100").status_code == 200


def test_all_keys_of_an_account_are_revoked(exchange: Process, client: Client) -> None:
    arm(exchange, match=PLACE, point="after_match", action={"type": "revoke_key", "account": client.name}, times=1)
    assert client.limit("BUY", "1", "100").status_code == 200
    answer = client.limit("BUY", "1", "100")
    assert (answer.status_code, answer.json()["code"], len(orders(exchange, client))) == (401, -2015, 1)


def test_what_was_hit_is_in_the_ledger_and_in_the_admin_api(exchange: Process, client: Client) -> None:
    rule = arm(exchange, match=PLACE, point="after_match", action=["drop"], times=1)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.request("POST", _signed(exchange, client), headers={"X-MBX-APIKEY": client.key}, timeout=0.3)
    (asked,) = eventually(lambda: exchange.admin("GET", f"requests?account={client.name}").json(), "the request, which is over")
    (order,) = orders(exchange, client)
    (line,) = fault_lines(exchange, rule)
    shown = [each for each in exchange.admin("GET", "faults").json()["hits"] if each["rule"] == rule]
    assert (line["account"], line["order_id"], line["client_order_id"], line["point"], line["actions"], line["request"]) == (
        client.name,
        order["order_id"],
        order["client_order_id"],
        "after_match",
        ["drop"],
        "POST /api/v3/order",
    )
    assert (len(shown), shown[0]["mono_ns"], shown[0]["t"]) == (1, line["hit_ns"], line["hit_ms"])
    assert asked["status"] == 0


def test_a_rule_that_never_fired_is_seen(exchange: Process, client: Client) -> None:
    rule = arm(exchange, match=PLACE | {"symbol": "ETHUSDT"}, point="after_match", action="drop")
    client.limit("BUY", "1", "100")
    shown = next(each for each in exchange.admin("GET", "faults").json()["rules"] if each["id"] == rule)
    assert (shown["armed"], shown["seen"], shown["hits"], shown["rule"]["match"]) == (True, 0, 0, PLACE | {"symbol": "ETHUSDT"})
    assert exchange.admin("DELETE", f"faults/{rule}").status_code == 200
    assert exchange.admin("DELETE", f"faults/{rule}").status_code == 404
    assert client.limit("BUY", "1", "100").status_code == 200


def test_several_rules_are_armed_all_or_none(exchange: Process, client: Client) -> None:
    good = {"point": "event", "action": "drop", "id": "twice"}
    before = len(exchange.admin("GET", "faults").json()["rules"])
    answer = exchange.admin("POST", "faults", [good, {"point": "event", "action": "slow"}])
    assert (answer.status_code, "action: expected one of" in answer.json()["error"]) == (400, True)
    answer = exchange.admin("POST", "faults", [good, good])
    assert (answer.status_code, "each once, got twice" in answer.json()["error"]) == (400, True)
    wrong = {"point": "now", "action": {"type": "move_balance", "account": "nobody", "asset": "BTC", "amount": "1"}}
    answer = exchange.admin("POST", "faults", [good, wrong])
    assert (answer.status_code, "action.account: expected the name of an account, got 'nobody'" in answer.json()["error"]) == (400, True)
    assert len(exchange.admin("GET", "faults").json()["rules"]) == before
    assert client.limit("BUY", "1", "100").status_code == 200


def _signed(exchange: Process, client: Client) -> str:
    query = f"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=100&timestamp={time.time_ns() // 1_000_000}"
    return f"{exchange.ready['rest_url']}/api/v3/order?{query}&signature={client.sign(query)}"
