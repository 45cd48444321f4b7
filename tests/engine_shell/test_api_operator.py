"""What an operator does over the control API: pause, halt, kill switch, emergency close, quiesce."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.engine_shell.api_world import SIGNAL, World
from tests.engine_shell.support import SYMBOL


async def test_pause_halt_and_resume(world: World) -> None:
    for action, state in (("pause", "PAUSED"), ("halt", "HALTED"), ("resume", "RUNNING")):
        assert await world.post(f"/control/{action}") == (200, {"state": state})
        assert (await world.get("/health"))["state"] == state
        status, answer = await world.post("/signals", SIGNAL)
        assert status == (201 if state == "RUNNING" else 503)
        assert state == "RUNNING" or answer["error"]["code"] == "GENESIS-5501"


async def test_the_kill_switch_is_pressed_shown_and_released_by_its_phrase(world: World) -> None:
    assert (await world.post("/control/kill", {"reason": "a test"}))[0] == 202
    assert (await world.post("/signals", SIGNAL))[1]["error"]["code"] == "GENESIS-5901"
    shown = await world.get("/emergency")
    assert [(halt["kind"], halt["until_ms"]) for halt in shown["halts"]] == [("KILL_SWITCH", 0)]
    assert (await world.get("/health"))["halts"] == ["KILL_SWITCH"]
    assert (await world.post("/control/release", {"phrase": "RELEASE KILL SWITCH"}))[0] == 200
    assert (await world.post("/signals", SIGNAL))[0] == 201


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/control/kill", {"reason": 5}, "reason"),
        ("/control/kill", {"reasons": "typo"}, "reasons"),
        ("/control/kill", {"reason": "x" * 201}, "at most 200"),
        ("/control/release", {}, "phrase"),
        ("/control/emergency-close", {"dry_run": "yes"}, "dry_run"),
        ("/control/release", {"phrase": ["RELEASE KILL SWITCH"]}, "phrase"),
    ],
)
async def test_a_bad_emergency_is_named_field_by_field(world: World, path: str, body: dict[str, Any], sentence: str) -> None:
    status, answer = await world.post(path, body)
    assert status == 400
    assert answer["error"]["code"] == "GENESIS-4501"
    assert sentence in answer["error"]["message"]
    assert not world.loop.engine.state.halts


async def test_an_emergency_close_is_tried_dry_and_then_done(world: World) -> None:
    assert (await world.post("/signals", SIGNAL))[0] == 201
    status, dry = await world.post("/control/emergency-close", {"dry_run": True})
    assert (status, dry["plan"][0]["side"], dry["plan"][0]["price"]) == (200, "SELL", "98")
    status, begun = await world.post("/control/emergency-close", {"reason": "a test"})
    assert (status, begun["plan"][0]["symbol"]) == (202, SYMBOL)
    shown = await world.get("/emergency")
    assert begun["run_id"] in json.dumps(shown)


async def test_quiesce_is_a_cut_and_stops_the_sources(world: World) -> None:
    await world.post("/signals", SIGNAL)
    status, answer = await world.post("/control/quiesce", {"timeout_ms": 3000})
    assert (status, answer["quiet"]) == (200, True)
    assert answer["journal_seq"] == world.durable_seq()
    assert answer["head_hash"] == world.book.journal.head.hash
    assert (await world.post("/signals", SIGNAL))[0] == 503
    assert (await world.post("/control/resume"))[0] == 200
    assert (await world.post("/signals", SIGNAL))[0] == 201


async def test_quiesce_names_what_is_in_flight(world: World) -> None:
    world.venue.silent = True
    _, placed = await world.post("/signals", SIGNAL)
    status, answer = await world.post("/control/quiesce", {"timeout_ms": 150})
    assert status == 409
    assert [order["client_order_id"] for order in answer["error"]["in_flight"]] == [placed["client_order_id"]]
    assert answer["error"]["in_flight"][0]["pending"] == "NEW"


async def test_quiesce_wants_the_barrier_of_the_venue(world: World) -> None:
    world.venue.reached = False
    status, answer = await world.post("/control/quiesce", {"timeout_ms": 150})
    assert (status, answer["error"]["in_flight"]) == (409, [])
    assert (await world.post("/control/quiesce", {"timeout_ms": "5"}))[0] == 400


async def test_quiesce_waits_for_a_stop_that_is_about_to_be_placed(world: World) -> None:
    """The stop of what was bought did not leave; between its two tries nothing is in flight, and that is no rest."""
    world.venue.refuses_stops = 1
    await world.post("/signals", SIGNAL)
    status, answer = await world.post("/control/quiesce", {"timeout_ms": 5000})
    assert (status, answer["quiet"]) == (200, True)
    assert [order.purpose for order in world.venue.placed] == ["ENTRY", "STOP", "STOP"]


async def test_quiesce_names_what_is_about_to_be_done(world: World) -> None:
    world.venue.refuses_stops = 1
    await world.post("/signals", SIGNAL)
    async with asyncio.timeout(10):
        await world.loop.callers.until(lambda: len(world.venue.placed) == 2 and not world.loop.in_flight())
    status, answer = await world.post("/control/quiesce", {"timeout_ms": 50})
    assert (status, answer["error"]["in_flight"]) == (409, [])
    assert answer["error"]["impending"] == [f"a stop that rests (binance/{SYMBOL}) is tried again"]
