"""Corruptions of failover between addresses and venues (I29)."""

from __future__ import annotations

from tests.auditor.audit_corruptions import corrupts, told_world
from tests.auditor.audit_kit import ACCOUNT, VENUE
from tests.auditor.audit_scenario import Scenario

TERMS = {"quantity": "0.1", "price": "100"}


def condition(world: Scenario, name: str, state: str) -> None:
    world.fact("ConditionChanged", name, name=name, state=state, detail="")


def asked(world: Scenario, number: int) -> None:
    """A bid for BTCUSDT is intended."""
    world.signal(number, **TERMS)
    world.intend(number, **TERMS, reserved="0")
    assert world.history is not None
    told = {"op": "ok", "id": f"h{number}", "action": "signal", "mono_ns": world.tick()}
    world.history.append({**told, "signal_id": f"s-{number}", "client_order_id": f"gabcdef-{number}"})


def refused(world: Scenario, number: int) -> None:
    """The venue reads it, and refuses it: nothing else is wrong with it."""
    order = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "time_in_force": None, **TERMS}
    world.request(ACCOUNT, f"gabcdef-{number}", outcome="rejected", **order)
    world.change(number, "REJECTED", pending="NONE", knowledge="KNOWN")
    world.commit()


def at_the_second_address() -> Scenario:
    """The venue is spoken to by its second address, and was read by it; then an entry is made."""
    world = told_world()
    condition(world, f"{VENUE}/address", "api1:443")
    condition(world, f"{VENUE}/address", "api2:443")
    world.fact("Reconciled", venue=VENUE, result="clean", differences=[])
    asked(world, 60)
    refused(world, 60)
    return world


def at_the_reserve() -> Scenario:
    """The venue is the reserve of one that is out, and gets an entry."""
    world = told_world()
    condition(world, f"{VENUE}/reserve", "STANDBY for first")
    condition(world, f"{VENUE}/reserve", "ACTIVE for first")
    asked(world, 60)
    refused(world, 60)
    return world


@corrupts("I29 I37", says="by the address in use", of=at_the_second_address)
def an_entry_before_the_venue_was_read_by_its_new_address(world: Scenario) -> None:
    reading = next(event for event in reversed(world.events) if event["kind"] == "Reconciled")
    change = next(event for event in reversed(world.events) if event["payload"].get("name") == f"{VENUE}/address")
    for key in ("kind", "payload", "correlation_id"):
        reading[key], change[key] = change[key], reading[key]


@corrupts("I29", says="orders of unknown outcome in BTCUSDT", of=at_the_second_address)
def an_entry_while_an_order_of_its_symbol_is_of_unknown_outcome(world: Scenario) -> None:
    asked(world, 61)
    world.change(61, "SUBMITTED", "send")
    world.change(61, "SUBMITTED", "proof", knowledge="UNKNOWN")
    asked(world, 62)
    refused(world, 62)
    refused(world, 61)


@corrupts("I29 I37", says="duty of the reserve", of=at_the_reserve)
def an_entry_at_a_reserve_on_standby(world: Scenario) -> None:
    world.event("ConditionChanged", state="ACTIVE for first")["payload"]["state"] = "STANDBY for first"
