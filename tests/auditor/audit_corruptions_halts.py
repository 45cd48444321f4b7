"""Corruptions of what must be still: orders that arrive after a halt (I24)."""

from __future__ import annotations

from typing import Any

from tests.auditor.audit_corruptions import ask_for, corrupts, say, told_world
from tests.auditor.audit_kit import ACCOUNT
from tests.auditor.audit_scenario import Scenario

MS = 1_000_000
TERMS = {"quantity": "0.1", "price": "100"}


def paused(world: Scenario) -> None:
    """An operator pauses; the answer may leave once this is durable."""
    world.fact("OperatorActed", "operator", action="PAUSE", detail="")
    world.fact("EngineStateChanged", before="RUNNING", after="PAUSED", reason="operator: PAUSE")
    world.commit()


def resumed(world: Scenario) -> None:
    world.fact("OperatorActed", "operator", action="RESUME", detail="")
    world.fact("EngineStateChanged", before="PAUSED", after="RUNNING", reason="operator: RESUME")
    world.commit()


def paused_once() -> Scenario:
    world = told_world()
    paused(world)
    resumed(world)
    return world


def intended(world: Scenario, **terms: Any) -> None:
    world.signal(60, **TERMS, **terms)
    world.intend(60, **TERMS, **terms, reserved="0")
    ask_for(world, 60)


def arrives(world: Scenario, after_ms: float) -> None:
    """The venue reads the request so long after the last commit, and refuses it: nothing else is wrong with it."""
    committed_ns = world.commits[-1]["committed_ns"]
    order = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "time_in_force": None, **TERMS}
    request = world.request(ACCOUNT, "gabcdef-60", outcome="rejected", **order)
    request["received_ns"] = world.now = committed_ns + round(after_ms * MS)
    world.change(60, "REJECTED", pending="NONE")


@corrupts("I24", says="within 100 ms in flight, got received 100.001 ms after that", of=paused_once)
def an_order_arrives_after_an_acknowledged_pause(world: Scenario) -> None:
    intended(world)
    paused(world)
    arrives(world, after_ms=100.001)


@corrupts("I24", says="after PAUSE", of=paused_once)
def an_order_is_intended_during_a_pause(world: Scenario) -> None:
    paused(world)
    intended(world)
    arrives(world, after_ms=1)


@corrupts("I24 I20", says="after KILL_SWITCH", of=paused_once)
def an_order_leaves_while_the_kill_switch_is_pressed(world: Scenario) -> None:
    world.fact("HaltBegan", "KILL_SWITCH", halt={"kind": "KILL_SWITCH", "until_ms": 0})
    world.commit()
    intended(world)
    arrives(world, after_ms=1)


@corrupts("I24", says="after HALT", of=paused_once)
def an_order_arrives_after_a_halt_of_which_only_its_answer_is_known(world: Scenario) -> None:
    """The process did not live to say when it committed; but a test had its answer."""
    intended(world)
    say(world, "invoke", "halt")
    world.fact("OperatorActed", "operator", action="HALT", detail="")
    say(world, "ok", "halt")
    arrives(world, after_ms=101)


@corrupts("I24", says="after shutdown", of=paused_once)
def an_order_arrives_during_the_shutdown(world: Scenario) -> None:
    intended(world)
    world.fact("EngineStateChanged", before="RUNNING", after="STOPPING", reason="SIGTERM")
    world.commit()
    arrives(world, after_ms=200)


@corrupts("I24", says="after state HALTED", of=paused_once)
def an_order_that_is_said_to_have_left_in_time_arrives_seconds_later(world: Scenario) -> None:
    """What the engine says of its sending is believed for two seconds, not for ever."""
    intended(world)
    world.change(60, "SUBMITTED", source="send")
    world.fact("EngineStateChanged", before="RUNNING", after="HALTED", reason="x")
    world.commit()
    arrives(world, after_ms=2_001)
