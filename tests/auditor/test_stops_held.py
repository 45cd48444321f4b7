"""A part of I04: a stop that rests at the venue belongs to a position, and closes no more than it (R6)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from libraries.auditor.examination import Examination
from libraries.auditor.invariants.stops import resting_stops
from libraries.auditor.witnesses.rows import OrderRow, PositionRow, row_from
from libraries.auditor.world import World
from tests.auditor.audit_corruptions import told_world
from tests.auditor.audit_corruptions_stops import cancelled, configured, placed
from tests.auditor.audit_scenario import VENUE, Scenario, intent_of


def a_stop(number: int = 1, **changes: Any) -> OrderRow:
    terms = {"order_type": "STOP_LOSS_LIMIT", "purpose": "STOP", "side": "SELL", "state": "OPEN", "stop_price": "98.1", "quantity": "0.999"}
    return row_from(OrderRow, {**intent_of(number, **terms), "epoch": 1, **changes})


def a_position(quantity: str, stop: str | None = "98.1") -> PositionRow:
    row = {"venue": VENUE, "symbol": "BTCUSDT", "state": "OPEN", "quantity": quantity, "cost": "100", "realised": "0", "stop_price": stop}
    return row_from(PositionRow, {**row, "stop_order_id": None, "opened_ms": 1})


def found_in(orders: list[OrderRow], positions: list[PositionRow], *, agreed: bool = True) -> list[str]:
    world = SimpleNamespace(agreed=agreed, store=SimpleNamespace(orders=orders, positions=positions))
    found = Examination()
    resting_stops(found, cast(World, world))
    return [str(violation) for violation in found.violations]


def test_the_stop_of_a_position_holds() -> None:
    assert found_in([a_stop()], [a_position("0.999")]) == []
    assert found_in([a_stop(side="BUY", quantity="1.00101")], [a_position("-1")]) == []


@pytest.mark.parametrize(
    ("changes", "quantity", "named"),
    [
        ({"quantity": "1"}, "0.999", "never reverses"),
        ({"stop_price": "98.2"}, "0.999", "price of a stop"),
        ({"side": "BUY"}, "0.999", "side of a stop"),
        ({}, "0", "an open position"),
        ({"side": "BUY", "quantity": "1.021"}, "-1", "never reverses"),
    ],
)
def test_one_that_is_not_its_positions_is_found(changes: dict[str, Any], quantity: str, named: str) -> None:
    assert any(named in one for one in found_in([a_stop(**changes)], [a_position(quantity)]))


def test_a_second_one_is_found() -> None:
    assert any("open stops of BTCUSDT" in one for one in found_in([a_stop(1), a_stop(2)], [a_position("2")]))


def test_what_ended_and_what_is_not_quiet_is_not_asked() -> None:
    assert found_in([a_stop(state="FILLED")], []) == []
    assert found_in([a_stop()], [], agreed=False) == []


def test_one_that_executed_in_part_counts_what_is_left() -> None:
    assert found_in([a_stop(executed="0.5")], [a_position("0.499")]) == []


# a position without a stop, where none could be placed


def without_a_stop(tmp_path: Path, *changes: Callable[[Scenario], object], **limits: str) -> set[str]:
    """What is violated by a world whose position has no stop at the venue, with these changes."""
    tmp_path.mkdir(exist_ok=True)
    world = configured(told_world(), **limits)
    placed(world)
    cancelled(world)
    for change in changes:
        change(world)
    return world.write(tmp_path).audit().violated


def says(name: str, state: str) -> Callable[[Scenario], object]:
    return lambda world: world.fact("ConditionChanged", name=f"{VENUE}/{name}", state=state, detail="")


@pytest.mark.parametrize(
    "change",
    [
        says("orders", "DOWN"),
        says("circuit/orders", "OPEN"),
        says("requests", "ORDERS_HELD"),
        says("key", "REFUSED"),
        lambda world: world.fact("EmergencyCloseBegan", "run", run_id="run", plan=[], trades=[], until_ms=9_000, at_ms=1),
        lambda world: world.fact("EngineStateChanged", before="RUNNING", after="DEGRADED", reason="x"),
        lambda world: world.event("RulesLoaded")["payload"]["rules"][0].update(status="BREAK"),
        lambda world: world.event("RulesLoaded")["payload"]["rules"][0].update(min_notional="40"),
    ],
)
def test_a_position_may_be_without_one_where_none_could_be_placed(tmp_path: Path, change: Callable[[Scenario], object]) -> None:
    assert without_a_stop(tmp_path, change) == set()


def test_a_position_may_be_without_one_where_stops_do_not_rest(tmp_path: Path) -> None:
    assert without_a_stop(tmp_path, **{"protection.rest_at_venue": "false"}) == set()


def test_the_engine_has_a_moment_after_an_emergency_close(tmp_path: Path) -> None:
    def closed(world: Scenario) -> None:
        world.fact("EmergencyCloseBegan", "run", run_id="run", plan=[], trades=[], until_ms=9_000, at_ms=1)
        world.fact("EmergencyCloseEnded", "run", run_id="run", left=[], attempts=0, at_ms=2)

    def later(world: Scenario) -> None:
        closed(world)
        world.now += 1_000_000_000
        world.fact("OperatorActed", "operator", action="QUIESCE", detail="")

    assert without_a_stop(tmp_path / "soon", closed) == set()
    assert without_a_stop(tmp_path / "later", later) == {"I04"}
