"""Whatever rules are armed and whatever is asked: the venue stays up, its ledger balances, and nobody else notices."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libraries.mock_exchange.faults.rules import ALLOWED
from tests.mock_exchange.venue_client import ROOT, Client, Process, WsClient

PARAMETERS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "delay": st.fixed_dictionaries({"ms": st.integers(0, 30)}, optional={"overtaken": st.booleans(), "after_bytes": st.integers(0, 300)}),
    "duplicate": st.fixed_dictionaries({}, optional={"copies": st.integers(1, 3)}),
    "reorder": st.fixed_dictionaries({"within_ms": st.integers(0, 30)}, optional={"by": st.integers(1, 3)}),
    "swap_id": st.fixed_dictionaries({"within_ms": st.integers(0, 30)}),
    "reset": st.fixed_dictionaries({}, optional={"after_bytes": st.integers(0, 500)}),
    "half_open": st.fixed_dictionaries({}, optional={"after_bytes": st.integers(0, 500)}),
    "corrupt": st.fixed_dictionaries({}, optional={"count": st.integers(1, 9)}),
    "truncate": st.fixed_dictionaries({}, optional={"keep": st.integers(0, 300)}),
    "slow": st.fixed_dictionaries({"bytes": st.integers(50, 500), "every_ms": st.integers(0, 3)}),
    "status": st.fixed_dictionaries({"status": st.sampled_from([403, 418, 429, 500, 503]), "code": st.sampled_from([-1000, -1007])}),
    "replace": st.fixed_dictionaries({}, optional={"body": st.sampled_from(["", "<html>", "{}", "é"]), "size": st.integers(0, 9_000)}),
    "edit": st.fixed_dictionaries(
        {},
        optional={
            "set": st.dictionaries(st.sampled_from(["symbol", "event.e", "a.b.c", "0", ""]), st.none() | st.text(max_size=3)),
            "add": st.dictionaries(st.sampled_from(["orderId", "event.i", "symbol"]), st.integers(-9, 9)),
            "swap": st.lists(st.just(["orderId", "clientOrderId"]), max_size=2),
        },
    ),
    "hide": st.fixed_dictionaries({"ms": st.integers(0, 60)}),
    "close": st.fixed_dictionaries({}, optional={"code": st.sampled_from([1000, 1001, 1008, 4000])}),
    "skew": st.fixed_dictionaries({"ms": st.integers(-300, 300)}),
    "server_shutdown": st.fixed_dictionaries({"after_ms": st.integers(0, 30)}),
}
"""Actions that stay with the one whom they hit, and (the last two) actions that everybody notices."""
EVERYBODYS = ("skew", "server_shutdown")
POINTS = [point for point in ALLOWED if point not in ("now", "connect", "after_headers")]


@st.composite
def rules(draw: st.DrawFn, everybodys: bool) -> dict[str, Any]:
    """A rule of any shape; the account is filled in by the test."""
    point = draw(st.sampled_from(POINTS))
    names = [name for name in ALLOWED[point] if name in PARAMETERS and name not in EVERYBODYS] + (list(EVERYBODYS) if everybodys else [])
    kinds = st.sampled_from(names).flatmap(lambda name: PARAMETERS[name].map(lambda keys: {"type": name} | keys))
    match = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "side": st.sampled_from(["BUY", "SELL", "*"]),
                "event": st.sampled_from(["executionReport", "outbound*"]),
                "operation": st.sampled_from(["order.*", "account.status", ["order.place", "order.cancel"]]),
                "probability": st.floats(0, 1),
            },
        )
    )
    match |= draw(st.sampled_from([{}, {"nth": 1}, {"nth": 2}, {"every": 2}]))
    actions = draw(st.lists(kinds, min_size=1, max_size=3))
    if point == "before_reply" and {"duplicate", "reorder", "swap_id"} & {action["type"] for action in actions}:
        match |= {"api": "ws-api"}
    rule = {"point": point, "match": match, "action": actions, "seed": draw(st.integers(0, 99))}
    return rule | draw(st.sampled_from([{}, {"times": 1}, {"times": 3}]))


ORDERS = st.sampled_from(["BUY 1 99", "BUY 1 101", "SELL 0.5 99", "SELL 1 101", "BUY 0 5", "cancel", "account", "open"])


def ask(client: Client, order: str, timeout: float) -> requests.Response:
    """One request of an account."""
    if order == "cancel":
        return short(client, "DELETE", "openOrders", timeout, symbol="BTCUSDT")
    if order in ("account", "open"):
        return short(client, "GET", "account" if order == "account" else "openOrders", timeout)
    side, quantity, price = order.split()
    params = {"symbol": "BTCUSDT", "type": "LIMIT", "timeInForce": "GTC", "side": side, "quantity": quantity, "price": price}
    return short(client, "POST", "order", timeout, **params)


def short(client: Client, method: str, path: str, timeout: float, **params: str) -> requests.Response:
    stamp = {"timestamp": client.process.admin("GET", "clock").json()["server_ms"], "recvWindow": 60_000}
    query = "&".join(f"{name}={value}" for name, value in (params | stamp).items())
    url = f"{client.process.ready['rest_url']}/api/v3/{path}?{query}&signature={client.sign(query)}"
    return requests.request(method, url, headers={"X-MBX-APIKEY": client.key}, timeout=timeout)


def over_the_socket(ws: WsClient, client: Client) -> None:
    """The victim's socket asks without waiting; it may be dead by now."""
    params = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "98"}
    with contextlib.suppress(OSError):
        ws.connection.send(json.dumps({"id": 7, "method": "order.place", "params": client.signed_ws(**params)}))


@pytest.fixture(scope="module")
def ledger_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults") / "ledger.jsonl"


@pytest.fixture(scope="module")
def exchange(ledger_file: Path) -> Any:
    process = Process("--ledger", ledger_file, "--limits", _no_limits(ledger_file))
    yield process
    assert process.terminate() == 0
    lines = [json.loads(line) for line in ledger_file.read_text().splitlines()]
    assert sum(line["type"] == "fault" for line in lines) > 20, "the rules hit nothing"
    audit = [sys.executable, "-m", "libraries.auditor", "--ledger", str(ledger_file)]
    done = subprocess.run(audit, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    again = Process("--ledger", ledger_file)
    assert again.terminate() == 0


def run(exchange: Process, drawn: list[dict[str, Any]], commands: list[tuple[str, str]]) -> tuple[list[int], list[str]]:
    """What the bystander was answered, and the events it saw."""
    exchange.book("BTCUSDT")
    victim, bystander = exchange.account(USDT="100000", BTC="100"), exchange.account(USDT="100000", BTC="100")
    armed = [rule | {"match": rule["match"] | {"account": victim.name}} for rule in drawn]
    with victim.ws() as spoiled, bystander.ws() as watching:
        spoiled.subscribe()
        watching.subscribe()
        assert exchange.admin("POST", "faults", armed).status_code == 200
        statuses = []
        for who, order in commands:
            if who == "bystander":
                statuses.append(ask(bystander, order, 10).status_code)
            elif who == "socket":
                over_the_socket(spoiled, victim)
            else:
                with contextlib.suppress(requests.RequestException, UnicodeDecodeError):
                    ask(victim, order, 0.15)
        assert exchange.admin("DELETE", "faults").status_code == 200
        assert exchange.admin("POST", "quiesce").status_code == 200
        assert exchange.admin("POST", "resume").status_code == 200
        seen = _events(watching)
    for client in (victim, bystander):
        exchange.admin("DELETE", f"orders?account={client.name}")
    return statuses, seen


def _events(watching: WsClient) -> list[str]:
    with contextlib.suppress(Exception):
        watching.ask("ping")
    return [each["event"].get("x", each["event"]["e"]) for each in watching.events]


COMMANDS = st.lists(st.tuples(st.sampled_from(["victim", "victim", "socket", "bystander"]), ORDERS), min_size=3, max_size=10)
QUIET = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@QUIET
@given(st.lists(rules(everybodys=False), min_size=1, max_size=4), COMMANDS)
def test_nobody_else_notices(exchange: Process, drawn: list[dict[str, Any]], commands: list[tuple[str, str]]) -> None:
    statuses, seen = run(exchange, drawn, commands)
    mine = [order for who, order in commands if who == "bystander"]
    expected = [400 if order == "BUY 0 5" else 200 for order in mine if order != "cancel"]
    assert [status for status, order in zip(statuses, mine, strict=True) if order != "cancel"] == expected
    assert seen.count("NEW") == sum(order[:1] in "BS" and order != "BUY 0 5" for order in mine)


@QUIET
@given(st.lists(rules(everybodys=True), min_size=1, max_size=4), COMMANDS)
def test_the_venue_stays_up(exchange: Process, drawn: list[dict[str, Any]], commands: list[tuple[str, str]]) -> None:
    run(exchange, drawn, commands)
    exchange.admin("POST", "clock", {"skew_ms": 0})
    assert exchange.admin("GET", "health").status_code == 200
    assert requests.get(f"{exchange.ready['rest_url']}/api/v3/ping", timeout=5).status_code == 200


def _no_limits(beside: Path) -> Path:
    """Limits that this test cannot reach."""
    path = beside.with_name("limits.toml")
    path.write_text("request_weight = 1000000\norders_10s = 1000000\nraw_requests = 1000000\nconnections_5m = 1000000\n")
    return path
