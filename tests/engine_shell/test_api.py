"""Signals and questions over the control API: what comes back, and nothing of it before it is on disk."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from tests.engine_shell.api_world import SIGNAL, World
from tests.engine_shell.support import SYMBOL, VENUE


async def test_a_signal_becomes_a_fill_that_every_question_shows(world: World) -> None:
    status, answer = await world.post("/signals", {**SIGNAL, "signal_id": "first"})
    assert (status, answer["signal_id"]) == (201, "first")
    order_id = answer["client_order_id"]
    await world.loop.callers.until(lambda: bool(world.book.state.fills) and world.loop.idle)
    order = await world.get(f"/orders/{order_id}")
    assert (order["state"], order["quantity"], order["executed"], order["cum_quote"]) == ("FILLED", "0.2", "0.2", "20.2")
    assert await world.get("/orders?state=FILLED") == [order]
    resting = [(one["purpose"], one["side"], one["quantity"]) for one in await world.get("/orders?state=OPEN")]
    assert resting == [("STOP", "SELL", "0.1998")]
    fill = (await world.get("/fills"))[0]
    assert (fill["price"], fill["fee"], fill["fee_asset"], fill["maker"]) == ("101", "0.0002", "BTC", False)
    position = (await world.get("/positions"))[0]
    assert (position["quantity"], position["cost"], position["state"]) == ("0.1998", "20.2", "OPEN")
    assert (await world.get("/signals"))[0] == {
        "signal_id": "first",
        "status": "accepted",
        "client_order_id": order_id,
        "rule": "",
        "code": "",
        "message": "",
    }
    state = await world.get("/state")
    assert state["digest"] == world.book.state.digest()
    assert state["journal_seq"] == world.durable_seq()
    assert {row["asset"]: row["total"] for row in state["balances"]} == {"USDT": "4979.8", "BTC": "1.1998"}
    assert state["pnl"]["realised"] == "0"
    assert await world.get("/trades") == []
    assert await world.get("/opportunities") == []


async def test_health_names_instance_package_and_conditions(world: World) -> None:
    answer = await world.get("/health")
    assert answer["state"] == "RUNNING"
    assert (answer["instance"], answer["package_path"], answer["epoch"], answer["test_hooks"]) == ("test-instance", "/nowhere", 1, False)
    address = answer["venues"][VENUE].pop("address")
    assert answer["venues"] == {VENUE: {"orders": True, "market": True, "reconciled": True, "differences": "none"}}
    assert (address["number"], address["of"], address["changes"]) == (1, 1, 0)
    assert answer["books"] == {f"{VENUE}/{SYMBOL}": True}
    assert answer["database"] == {"ok": True, "detail": "", "standbys": 0, "required": 0, "alone": ""}


async def test_a_person_who_goes_on_alone_has_a_name_and_a_reason(world: World) -> None:
    status, answer = await world.post("/control/go-on-alone", {})
    assert status == 400
    assert all(f"{field}: expected" in answer["error"]["message"] for field in ("who", "why"))
    world.loop.standbys(0, 1)
    status, answer = await world.post("/control/go-on-alone", {"who": "Ada", "why": "both burn"})
    assert (status, answer) == (200, {"alone": "Ada: both burn", "standbys": 0})
    assert (await world.get("/health"))["database"] == {"ok": True, "detail": "", "standbys": 0, "required": 1, "alone": "Ada: both burn"}


async def test_a_denial_names_rule_limit_and_value(world: World) -> None:
    status, answer = await world.post("/signals", {**SIGNAL, "signal_id": "big", "quantity": "40"})
    assert status == 422
    assert answer["error"]["code"] == "GENESIS-5701"
    assert {"rule", "limit", "value", "message"} <= answer["error"].keys()
    seen = (await world.get("/signals"))[0]
    assert (seen["signal_id"], seen["status"], seen["rule"]) == ("big", "denied", answer["error"]["rule"])


async def test_the_same_signal_twice_is_refused(world: World) -> None:
    body = {**SIGNAL, "signal_id": "once"}
    answers = await asyncio.gather(*(world.post("/signals", body) for _ in range(5)))
    assert sorted(status for status, _ in answers) == [201, 409, 409, 409, 409]


async def test_a_book_is_shown_as_text(world: World) -> None:
    metrics = {"spread": "2", "spread_bps": "200", "bid_depth": "0", "ask_depth": "0", "bid_liquidity": "0", "ask_liquidity": "0"}
    assert await world.get(f"/books/{VENUE}/{SYMBOL}") == {
        "update_id": 7,
        "bids": [["99", "1"]],
        "asks": [["101", "2.5"]],
        "metrics": {**metrics, "imbalance": "-0.42857142"},
    }


async def test_what_is_used_of_the_venues_limits_is_shown(world: World) -> None:
    limits = await world.get("/rates")
    assert limits[VENUE]["limits"][0]["used"] == 7
    assert (limits[VENUE]["held_ms"], limits[VENUE]["kept_back"]) == (250, {"ENTRY": 3})
    async with world.client.get(f"{world.metrics_url}/metrics") as response:
        text = await response.text()
    assert f'genesis_rate_limit_used{{interval_ms="60000",kind="REQUEST_WEIGHT",venue="{VENUE}"}} 7.0' in text
    assert f'genesis_rate_limit{{interval_ms="60000",kind="REQUEST_WEIGHT",venue="{VENUE}"}} 6000.0' in text
    assert f'genesis_rate_held_ms{{venue="{VENUE}"}} 250.0' in text
    assert f'genesis_rate_kept_back{{use="ENTRY",venue="{VENUE}"}} 3.0' in text


async def test_what_went_wrong_at_a_venue_and_was_dealt_with_is_shown(world: World) -> None:
    """An unreadable message that never came is 0, so that an alarm has something to look at."""
    async with world.client.get(f"{world.metrics_url}/metrics") as response:
        text = await response.text()
    assert f'genesis_venue_counter{{name="malformed_messages",venue="{VENUE}"}} 0.0' in text
    assert f'genesis_venue_counter{{name="late_answers",venue="{VENUE}"}} 2.0' in text


async def test_metrics_are_counted_from_durable_facts(world: World) -> None:
    await world.post("/signals", SIGNAL)
    await world.loop.callers.until(lambda: bool(world.book.state.fills) and world.loop.idle)
    async with world.client.get(f"{world.metrics_url}/metrics") as response:
        text = await response.text()
    for line in (
        'genesis_orders_total{side="BUY",type="MARKET"} 1.0',
        'genesis_trades_total{side="BUY",symbol="BTCUSDT"} 1.0',
        "genesis_position_count 1.0",
        'genesis_connection_status{channel="orders",venue="binance"} 1.0',
        "genesis_order_execution_time_seconds_count 1.0",
        'genesis_engine_state{state="RUNNING"} 1.0',
    ):
        assert line in text


async def test_no_answer_tells_of_what_is_not_on_disk(world: World) -> None:
    rival = sqlite3.connect(world.book.path, isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    signal = asyncio.ensure_future(world.post("/signals", SIGNAL))
    await world.loop.callers.until(lambda: bool(world.loop.trouble))
    state = asyncio.ensure_future(world.get("/state"))
    health = await world.get("/health")
    assert health["database"]["ok"] is False
    assert "locked" in health["database"]["detail"]
    assert await world.get("/orders") == []
    assert not signal.done()
    assert not state.done()
    rival.execute("ROLLBACK")
    rival.close()
    assert (await asyncio.wait_for(signal, 10))[0] == 201
    assert (await asyncio.wait_for(state, 10))["journal_seq"] > health["journal_seq"]


async def test_a_failure_in_a_route_is_told_without_a_traceback_and_journaled(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> None:
        raise ZeroDivisionError("of a programmer")

    monkeypatch.setattr(world.questions, "fills", broken)
    async with world.client.get("/fills") as response:
        assert response.status == 500
        assert await response.json() == {"error": {"code": "GENESIS-6902", "message": "internal failure; see the engine's log"}}
    await world.loop.callers.until(lambda: world.loop.idle)
    found = world.reader.execute("SELECT payload FROM events WHERE kind = 'ErrorRecorded'").fetchall()
    assert "GET /fills: ZeroDivisionError: of a programmer" in found[0][0]
