"""Corruptions of what strategies did beside each other: their states, conflicts nobody was told of, slices without a parent."""

from __future__ import annotations

from typing import Any

from tests.auditor.audit_corruptions import corrupts
from tests.auditor.audit_kit import VENUE
from tests.auditor.audit_scenario import Scenario


@corrupts("I11")
def a_strategy_rises_from_stopped_to_running(world: Scenario) -> None:
    for before, after in (("RUNNING", "STOPPING"), ("STOPPING", "STOPPED"), ("STOPPED", "RUNNING")):
        world.fact("StrategyChanged", strategy="simple_arbitrage", before=before, after=after, reason="")


@corrupts("I11")
def a_paused_strategy_recovers_by_itself(world: Scenario) -> None:
    for before, after in (("RUNNING", "PAUSED"), ("PAUSED", "RECOVERING"), ("RECOVERING", "RUNNING")):
        world.fact("StrategyChanged", strategy="simple_arbitrage", before=before, after=after, reason="")


def entry(world: Scenario, name: str, side: str, received_ms: int) -> None:
    """An entry signal of a strategy; the multi-leg trade's correlation id gives it an order."""
    signal = {"signal_id": name, "source": "strategy", "strategy": name, "venue": VENUE, "symbol": "BTCUSDT", "side": side}
    world.fact("SignalReceived", name, signal={**signal, "purpose": "ENTRY", "received_ms": received_ms}, top=None)
    world.fact("ParentChanged", name, parent=parent(name), before="", inputs={})


def parent(name: str, **changes: Any) -> dict[str, Any]:
    values = {"parent_id": name, "execution": "ICEBERG", "strategy": name, "state": "WORKING", "quantity": "3", "orders": []}
    return {**values, "slices": ["0.9", "1.1", "1"], **changes}


@corrupts("I20")
def a_conflict_that_the_loser_was_not_told_of(world: Scenario) -> None:
    entry(world, "long", "BUY", 50_000)
    entry(world, "short", "SELL", 59_999)


@corrupts("I20")
def a_loser_that_was_told_of_another_winner_than_the_one_there_was(world: Scenario) -> None:
    entry(world, "long", "BUY", 50_000)
    entry(world, "short", "SELL", 55_000)
    entry(world, "shorter", "SELL", 56_000)
    lost = {"strategy": "long", "winner": "short", "message": ""}
    world.fact("ConflictLost", "long", signal_id="nobody", winning_signal_id="short", **lost)


@corrupts("I20")
def an_iceberg_of_two_slices(world: Scenario) -> None:
    entry(world, "large", "BUY", 50_000)
    world.fact("ParentChanged", "large", parent=parent("large", slices=["1.5", "1.5"]), before="WORKING", inputs={})


@corrupts("I20")
def slices_that_do_not_add_up(world: Scenario) -> None:
    entry(world, "large", "BUY", 50_000)
    world.fact("ParentChanged", "large", parent=parent("large", slices=["1", "1", "1.1"]), before="WORKING", inputs={})


@corrupts("I20")
def a_slice_that_is_no_order(world: Scenario) -> None:
    entry(world, "large", "BUY", 50_000)
    world.fact("ParentChanged", "large", parent=parent("large", orders=["gabcdef-77"]), before="WORKING", inputs={})


@corrupts("I20")
def a_slice_of_a_twap_beyond_a_tenth_of_the_volume(world: Scenario) -> None:
    """Order 1 is of 0.6; 5 were traded."""
    twap = parent("s-1", execution="TWAP", orders=["gabcdef-1"], slices=["3"])
    world.fact("ParentChanged", "s-1", parent=twap, before="", inputs={"volume": "5"})


@corrupts("I11")
def a_parent_that_ended_works_again(world: Scenario) -> None:
    entry(world, "large", "BUY", 50_000)
    world.fact("ParentChanged", "large", parent=parent("large", state="DONE"), before="WORKING", inputs={})
    world.fact("ParentChanged", "large", parent=parent("large"), before="DONE", inputs={})
