"""Corruptions of the likeness of two engines: one decides otherwise than its twin, that was given the same script (I26)."""

from __future__ import annotations

from typing import Any

from tests.auditor.audit_corruptions import corrupts, told_world
from tests.auditor.audit_scenario import Scenario, consistent_world


def twins() -> Scenario:
    world = told_world()
    world.twin = consistent_world()
    return world


def twin_of(world: Scenario) -> Any:
    assert world.twin is not None
    return world.twin


@corrupts("I26", says="quantity=0.6", of=twins)
def the_twin_orders_another_quantity(world: Scenario) -> None:
    twin_of(world).event("OrderIntended")["payload"]["order"]["quantity"] = "0.1"


@corrupts("I26", says="expected no such decision", of=twins)
def the_twin_does_not_order_at_all(world: Scenario) -> None:
    twin = twin_of(world)
    twin.events.remove([event for event in twin.events if event["kind"] == "OrderIntended"][-1])
    twin.renumber()


@corrupts("I26", says="got no such decision", of=twins)
def only_the_twin_is_denied(world: Scenario) -> None:
    denial = {"signal_id": "s-1", "rule": "R24", "code": "GENESIS-2901", "limit": "0", "value": "1", "message": "the cache is away"}
    twin_of(world).fact("RiskDenied", "s-1", **denial)


@corrupts("I26", says="rule=R1", of=twins)
def the_twin_is_denied_for_another_reason(world: Scenario) -> None:
    twin_of(world).event("RiskDenied", rule="R1")["payload"]["rule"] = "R7"


@corrupts("I26", says="bid=99, ask=101", of=twins)
def the_twin_saw_another_price(world: Scenario) -> None:
    twin_of(world).event("SignalReceived")["payload"]["top"] = {"bid": "98", "ask": "101"}


@corrupts("I26", says="stop_price=99.25", of=twins)
def the_twin_protects_at_another_price(world: Scenario) -> None:
    twin_of(world).event("StopArmed")["payload"]["stop_price"] = "90"
