"""Load inside the venue: ticks on a schedule, real trades, and their times by the venue's own clock."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.mock_exchange.venue_client import Process

SYMBOLS = ["BTCUSDT", "ETHUSDT"]


@pytest.fixture
def offered(exchange: Process) -> Process:
    for symbol in SYMBOLS:
        exchange.book(symbol, bids=[("99.00", "100")], asks=[("101.00", "100")])
    return exchange


def ended(exchange: Process) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        shown: dict[str, Any] = exchange.admin("GET", "load").json()
        if not shown["running"]:
            return shown
        time.sleep(0.02)
    raise AssertionError("the load did not end within 60 s")


def begin(exchange: Process, symbols: list[str], *phases: dict[str, int]) -> dict[str, Any]:
    answer = exchange.admin("POST", "load", {"phases": list(phases), "symbols": symbols, "lead_ms": 20})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_every_tick_is_a_trade_of_its_own_and_is_due_when_the_schedule_says(offered: Process) -> None:
    begun = begin(offered, SYMBOLS, {"rate": 100, "seconds": 1}, {"rate": 0, "seconds": 1, "at_once": 10})
    shown = ended(offered)
    ticks = offered.admin("GET", "load/ticks").json()
    assert (shown["sent"], shown["refused"], ticks["symbols"], len(ticks["rows"])) == (110, 0, SYMBOLS, 110)
    dues = [due - begun["begun_ns"] for _, _, due, _ in ticks["rows"]]
    assert dues == [number * 10_000_000 for number in range(100)] + [1_000_000_000] * 10
    assert all(sent >= due for _, _, due, sent in ticks["rows"])
    assert shown["latest_ns"] == max(sent - due for _, _, due, sent in ticks["rows"])
    for at, symbol in enumerate(SYMBOLS):
        numbers = [trade for index, trade, _, _ in ticks["rows"] if index == at]
        printed = {trade["id"] for trade in offered_trades(offered, symbol)}
        assert len(numbers) == 55
        assert set(numbers) <= printed
        assert numbers == sorted(set(numbers))
    assert offered.admin("GET", "load/ticks?from=100").json()["rows"] == ticks["rows"][100:]


def offered_trades(exchange: Process, symbol: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{exchange.ready['rest_url']}/api/v3/trades", params={"symbol": symbol, "limit": 1000}, timeout=20)
    return list(answer.json())


def test_one_load_at_a_time_and_an_end_before_its_time(offered: Process) -> None:
    begin(offered, ["BTCUSDT"], {"rate": 50, "seconds": 60})
    second = offered.admin("POST", "load", {"phases": [{"rate": 1, "seconds": 1}]})
    assert (second.status_code, "expected no load under way" in second.json()["error"]) == (400, True)
    stopped = offered.admin("DELETE", "load").json()
    assert (stopped["running"], stopped["sent"] < stopped["total"]) == (False, True)


def test_a_quiesce_ends_it(offered: Process) -> None:
    begin(offered, ["BTCUSDT"], {"rate": 50, "seconds": 60})
    assert offered.admin("POST", "quiesce", {}).status_code == 200
    assert not offered.admin("GET", "load").json()["running"]
    assert offered.admin("POST", "resume", {}).status_code == 200


def test_what_nobody_offers_is_counted_and_named(exchange: Process) -> None:
    begin(exchange, ["BNBUSDT"], {"rate": 20, "seconds": 1})
    shown = ended(exchange)
    assert (shown["sent"], shown["refused"]) == (0, 20)
    assert shown["refusal"]


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({"phases": []}, 400, "phases: expected at least one"),
        ({"phases": [{"rate": -1, "seconds": 1}]}, 400, "rate: expected 0 to 1000000 a second, got -1"),
        ({"phases": [{"rate": 1, "seconds": 1}], "symbols": ["NOSUCH"]}, 404, "no symbol 'NOSUCH'"),
        ({"phases": [{"rate": 1, "seconds": 1}], "lead_ms": -1}, 400, "lead_ms: expected 0 to 60000, got -1"),
        ({"phases": [{"rate": 1}]}, 400, "missing required field `seconds`"),
        ({"rate": 1}, 400, "expected a JSON body such as"),
    ],
)
def test_wrong_loads_are_refused_by_name(exchange: Process, body: Any, status: int, text: str) -> None:
    answer = exchange.admin("POST", "load", body)
    assert (answer.status_code, text in answer.json()["error"]) == (status, True), answer.text


def test_a_tick_to_begin_with_is_a_number(exchange: Process) -> None:
    assert exchange.admin("GET", "load/ticks?from=x").status_code == 400
