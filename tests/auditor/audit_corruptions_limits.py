"""Corruptions of what the venue may see (I23): entries beyond the exposure of R5, order entry while its circuit breaker is open (R24)."""

from __future__ import annotations

from typing import Any

from tests.auditor.audit_corruptions import ask_for, corrupts
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


def accepted(world: Scenario, symbol: str = "BTCUSDT", price: str = "90", quantity: str = "0.1", middle: int = 100) -> None:
    """A bid that the engine decides on and the venue takes; it rests. 9 USDT."""
    number = 60
    world.signal(number, symbol=symbol, price=price, quantity=quantity, time_in_force="GTC")
    signal = world.event("SignalReceived", -1)["payload"]
    signal["top"] = {**signal["top"], "symbol": symbol, "bid": str(middle - 1), "ask": str(middle + 1)}
    terms = {"symbol": symbol, "side": "BUY", "order_type": "LIMIT", "quantity": quantity, "price": price, "time_in_force": "GTC"}
    world.intend(number, **terms, reserved="9")
    world.request(ACCOUNT, f"gabcdef-{number}", **terms)
    world.order(ACCOUNT, number, f"gabcdef-{number}", ("USDT", "9"), **terms)
    world.change(number, "SUBMITTED")
    world.change(number, "OPEN", pending="NONE", venue_order_id=number)
    world.row("balances", asset="USDT").update(free="959.651599", locked="24")
    if symbol == "ETHUSDT":
        world.row("positions", symbol=symbol)["state"] = "PENDING"
    ask_for(world, number)


def limited(world: Scenario, **limits: str) -> None:
    """From now on these limits hold."""
    changes = [{"key": key, "before": "", "after": value} for key, value in limits.items()]
    world.fact("LimitsChanged", "epoch-1", changes=changes, first=False)


@corrupts("I23", says="exposure with entry gabcdef-60: expected at most 0.039 of 110")
def an_entry_beyond_the_exposure_beside_another_asset(world: Scenario) -> None:
    """0.34935 BTC at 100 at least, 15 that rest, and 9: 58.9 of 983.6 USDT, 1.24935 BTC at 101 at most and 0.00009 ETH at 900."""
    limited(world, **{"risk.max_exposure": "0.039"})
    accepted(world, symbol="ETHUSDT", price="900", quantity="0.01", middle=900)


@corrupts("I23", says="got 143.935")
def an_entry_beyond_the_exposure_beside_slices_that_were_not_sent(world: Scenario) -> None:
    """85 of an iceberg are still to come."""
    parent = {"parent_id": "s-70", "venue": VENUE, "symbol": "BTCUSDT", "state": "WORKING", "execution": "ICEBERG", "orders": []}
    planned = {"quantity": "0.85", "slices": ["0.3", "0.3", "0.25"], "arrival_price": "100"}
    world.fact("ParentChanged", "s-70", parent={**parent, **planned}, before="", inputs={})
    limited(world, **{"risk.max_exposure": "0.12"})
    accepted(world)


# R4


@corrupts("I23", says="open positions with entry gabcdef-60: expected at most 1 (R4), got 2")
def an_entry_that_opens_more_positions_than_the_tier_may_have(world: Scenario) -> None:
    limited(world, **{"risk.tiers.SNIPER.open_positions": "1"})
    world.fact("TierAssigned", "tier", before="", after="SNIPER", equity="1")
    accepted(world, symbol="ETHUSDT", price="900", quantity="0.01", middle=900)


# R3, R22


def with_a_loss(world: Scenario, **limits: str) -> None:
    """Trading had made 8.935949 as the day began, with the middle at 101; at 100 it is 0.34935 less."""
    limited(world, **limits)
    world.fact("TierAssigned", "tier", before="", after="HUNTER", equity="1")
    world.fact("DayBegan", "day-0", day=0, value="8.935949", equity="3", at_ms=1)


@corrupts("I23", says="expected less than 0.34935 (LIMIT, R3 and R22), got 0.34935")
def an_entry_when_the_days_loss_has_reached_its_limit(world: Scenario) -> None:
    with_a_loss(world, **{"risk.tiers.HUNTER.daily_loss": "0.34935"})
    accepted(world)


@corrupts("I23", says="expected less than 0.3 (NO_ENTRIES, R3 and R22), got 0.34935")
def an_entry_when_the_loss_is_a_tenth_of_the_equity(world: Scenario) -> None:
    with_a_loss(world, **{"day.no_entries_at": "0.1"})
    accepted(world)


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
