"""Corruptions of what blocks entries and of emergency closes (R23, R34, kill switch)."""

from __future__ import annotations

from typing import Any

from tests.auditor.audit_corruptions import corrupts
from tests.auditor.audit_kit import VENUE
from tests.auditor.audit_scenario import Scenario


def halt(world: Scenario, kind: str = "FLASH_CRASH", until_ms: int = 900) -> None:
    values = {"kind": kind, "rule": "R23", "code": "GENESIS-5901", "limit": "", "value": "", "reason": "", "began_ms": 1}
    world.fact("HaltBegan", kind, halt={**values, "until_ms": until_ms})


def ended(world: Scenario, kind: str = "FLASH_CRASH", at_ms: int = 900) -> None:
    world.fact("HaltEnded", kind, halt=kind, reason="", at_ms=at_ms)


def entered(world: Scenario, number: int = 99) -> None:
    """An entry that was accepted and not sent after all; its intent says 100 ms and its number."""
    world.signal(number, source="strategy")
    world.intend(number, price="100", reserved="20")
    world.change(number, "NOT_SENT", pending="NONE", reserved="0", reason="too old")


def close_began(world: Scenario, run_id: str = "run") -> None:
    values: dict[str, Any] = {"reason": "", "plan": [], "trades": [], "collar": "0.02", "until_ms": 9_000, "at_ms": 1}
    world.fact("EmergencyCloseBegan", run_id, run_id=run_id, **values)


def attempt(world: Scenario, run_id: str = "run", **changes: Any) -> None:
    step = {"venue": VENUE, "symbol": "BTCUSDT", "side": "SELL", "position": "1", "quantity": "1", "price": "98", "reference": "100"}
    step |= {"notional": "100", "loss": "0", "why_not": "", **changes}
    world.fact("EmergencyCloseAttempted", run_id, run_id=run_id, attempt=1, step=step, client_order_id="gabcdef-999")


def close_ended(world: Scenario, run_id: str = "run") -> None:
    world.fact("EmergencyCloseEnded", run_id, run_id=run_id, left=[], attempts=0, at_ms=2)


@corrupts("I20")
def an_entry_while_entries_are_blocked(world: Scenario) -> None:
    halt(world, until_ms=200)
    entered(world)


@corrupts("I20")
def an_entry_after_the_kill_switch(world: Scenario) -> None:
    halt(world, "KILL_SWITCH", 0)
    entered(world)


@corrupts("I20")
def a_flash_crash_that_ends_early(world: Scenario) -> None:
    halt(world, until_ms=900)
    ended(world, at_ms=899)


@corrupts("I20")
def a_halt_that_ends_and_never_began(world: Scenario) -> None:
    ended(world)


@corrupts("I20")
def everything_cancelled_but_an_order_that_is_open(world: Scenario) -> None:
    world.fact("CancelAllBegan", "KILL_SWITCH", run_id="KILL_SWITCH", reason="", orders=["gabcdef-999"], until_ms=9)
    world.fact("CancelAllEnded", "KILL_SWITCH", run_id="KILL_SWITCH", at_ms=9)


@corrupts("I20")
def two_emergency_closes_at_a_time(world: Scenario) -> None:
    close_began(world)
    close_began(world, "another")


@corrupts("I20")
def an_attempt_of_no_emergency_close(world: Scenario) -> None:
    attempt(world)


@corrupts("I20")
def an_emergency_exit_that_is_more_than_the_position(world: Scenario) -> None:
    close_began(world)
    attempt(world, quantity="1.1")


@corrupts("I20")
def an_emergency_exit_beyond_the_collar(world: Scenario) -> None:
    close_began(world)
    attempt(world, price="97.99")


@corrupts("I20")
def an_emergency_exit_that_enters(world: Scenario) -> None:
    close_began(world)
    attempt(world, side="BUY")
