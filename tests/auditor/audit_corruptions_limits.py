"""Corruptions of what the venue may see (I23): entries beyond the exposure of R5, order entry while its circuit breaker is open (R24)."""

from __future__ import annotations

from typing import Any

from tests.auditor.audit_corruptions import corrupts
from tests.auditor.audit_kit import ACCOUNT, VENUE, Row
from tests.auditor.audit_scenario import Scenario

TERMS = {"symbol": "BTCUSDT", "side": "SELL", "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "0.1", "price": "105"}


def exposure_limit(world: Scenario, part: str) -> None:
    """From the start on this part of the balance may be open."""
    fact = world.fact("LimitsChanged", "epoch-1", changes=[{"key": "risk.max_exposure", "before": "", "after": part}], first=True)
    world.events.remove(fact)
    first = world.events[0]
    world.events.insert(1, {**fact, "wall_ms": first["wall_ms"], "mono_ns": first["mono_ns"] + 1})
    for number, event in enumerate(world.events, start=1):
        event["new"] = number
    commits = {event["seq"]: event["new"] for event in world.events if event is not world.events[1]}
    world.commits = [{**commit, "last_seq": commits[commit["last_seq"]]} for commit in world.commits]
    for event in world.events:
        event["seq"] = event.pop("new")


def circuit(world: Scenario, state: str, *, venue: str = VENUE) -> None:
    world.fact("ConditionChanged", f"{venue}/circuit/orders", name=f"{venue}/circuit/orders", state=state, detail="")
    world.commit()


def intended(world: Scenario, number: int) -> None:
    """An exit of a strategy, durable."""
    world.signal(number, source="strategy", side="SELL", quantity="0.1", price="105", purpose="EXIT")
    terms = {"side": "SELL", "quantity": "0.1", "price": "105", "purpose": "EXIT", "time_in_force": "GTC"}
    world.intend(number, **terms, reserved_asset="BTC", reserved="0.1")


def received(world: Scenario, number: int, **changes: Any) -> Row:
    """The venue receives the order and refuses it."""
    return world.request(ACCOUNT, f"gabcdef-{number}", outcome="rejected", **{**TERMS, **changes})


def sent(world: Scenario, number: int) -> None:
    world.change(number, "SUBMITTED")["payload"]["source"] = "send"
    world.commit()


def refused(world: Scenario, number: int, reason: str = "-2010") -> None:
    world.change(number, "REJECTED", pending="NONE", reserved="0", reason=reason)["payload"]["source"] = "answer"
    world.commit()


def probe(world: Scenario, number: int, reason: str = "-2010") -> None:
    """An order that is sent and answered with a refusal."""
    intended(world, number)
    received(world, number)
    sent(world, number)
    refused(world, number, reason)


# R5


@corrupts("I23")
def an_entry_beyond_the_exposure_that_is_allowed(world: Scenario) -> None:
    exposure_limit(world, "0.0726")


# R24


@corrupts("I23")
def an_order_is_sent_while_the_circuit_breaker_is_open(world: Scenario) -> None:
    circuit(world, "OPEN")
    probe(world, 40)
    circuit(world, "HALF_OPEN")


@corrupts("I23")
def an_order_from_before_is_sent_while_it_is_open(world: Scenario) -> None:
    intended(world, 40)
    circuit(world, "OPEN")
    received(world, 40)
    sent(world, 40)
    refused(world, 40)


@corrupts("I23")
def an_order_that_was_to_be_kept_is_answered_before_it_is_half_open(world: Scenario) -> None:
    circuit(world, "OPEN")
    intended(world, 40)
    received(world, 40)
    refused(world, 40)
    circuit(world, "HALF_OPEN")


@corrupts("I23")
def an_order_that_was_to_be_kept_is_received_long_before_it_is_half_open(world: Scenario) -> None:
    circuit(world, "OPEN")
    intended(world, 40)
    received(world, 40)
    for _ in range(2):
        world.fact("ConditionChanged", f"{VENUE}/market", name=f"{VENUE}/other", state="UP", detail="")
        world.commit()
    circuit(world, "HALF_OPEN")
    sent(world, 40)
    refused(world, 40)


@corrupts("I23")
def an_order_reaches_the_venue_and_it_never_became_half_open(world: Scenario) -> None:
    circuit(world, "OPEN")
    intended(world, 40)
    received(world, 40)
    world.change(40, "NOT_SENT", pending="NONE", reserved="0", reason="open")["payload"]["source"] = "send"
    world.commit()


@corrupts("I23")
def a_cancel_is_asked_for_while_it_is_open(world: Scenario) -> None:
    circuit(world, "OPEN")
    world.change(2, "PARTIALLY_FILLED", pending="CANCEL")
    world.commit()
    world.request(ACCOUNT, "gabcdef-2", action="cancel", outcome="rejected", symbol="BTCUSDT")
    world.change(2, "PARTIALLY_FILLED", pending="NONE")
    world.commit()
    circuit(world, "HALF_OPEN")


@corrupts("I23")
def two_probes_at_once(world: Scenario) -> None:
    circuit(world, "OPEN")
    circuit(world, "HALF_OPEN")
    for number in (40, 41):
        intended(world, number)
        received(world, number)
        sent(world, number)
    for number in (40, 41):
        refused(world, number)


@corrupts("I23")
def one_probe_more_than_closes_it(world: Scenario) -> None:
    circuit(world, "OPEN")
    circuit(world, "HALF_OPEN")
    for number in (40, 41, 42):
        probe(world, number)
