"""Corruptions of stops that rest at the venue: a position that has none, or too small a one (I04, R6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.auditor.audit_corruptions import corrupts, told_world
from tests.auditor.audit_kit import ACCOUNT, plain
from tests.auditor.audit_scenario import Scenario

LIMITS = {"protection.rest_at_venue": "true", "protection.limit_collar": "0.05"}


def configured(world: Scenario, **changes: str) -> Scenario:
    limits = {**LIMITS, **changes}
    world.fact("LimitsChanged", "epoch-1", first=True, changes=[{"key": key, "before": "", "after": limits[key]} for key in limits])
    return world


def placed(world: Scenario, quantity: str = "0.34935") -> None:
    """The stop of the long of 0.34935 BTC, as the engine sends it and the venue takes it."""
    terms: dict[str, Any] = {"side": "SELL", "order_type": "STOP_LOSS_LIMIT", "quantity": quantity, "price": "94.28"}
    own = {"stop_price": "99.25", "purpose": "STOP", "strategy": "stop-loss", "correlation_id": "stop-loss-10"}
    world.intend(10, **terms, **own, time_in_force="GTC", reserved_asset="BTC", reserved=quantity)
    sent = {**terms, "symbol": "BTCUSDT", "time_in_force": "GTC"}
    world.request(ACCOUNT, "gabcdef-10", **sent)
    world.order(ACCOUNT, 40, "gabcdef-10", ("BTC", quantity), **sent)
    world.change(10, "SUBMITTED")
    world.change(10, "OPEN", pending="NONE", venue_order_id=40)
    world.row("balances", asset="BTC").update(free=plain(Decimal("1.24935") - Decimal(quantity)), locked=quantity)
    world.commit()


def cancelled(world: Scenario) -> None:
    """Somebody has it cancelled, and no other follows."""
    quantity = world.row("orders", client_order_id="gabcdef-10")["quantity"]
    world.closed(ACCOUNT, 40, "gabcdef-10", "BTCUSDT", "CANCELED", "0", "0", ("BTC", quantity))
    world.change(10, "CANCELLED", pending="NONE", reserved="0")
    world.row("balances", asset="BTC").update(free="1.24935", locked="0")


def protected() -> Scenario:
    world = configured(told_world())
    placed(world)
    return world


@corrupts("I04", says="stop of BTCUSDT at the venue: expected one of at least 0.34935, got none", of=protected)
def a_position_has_no_stop_at_the_venue(world: Scenario) -> None:
    cancelled(world)


def hardly_protected() -> Scenario:
    """Its stop is meant for a part only: an exit of the rest rests beside it."""
    world = configured(told_world())
    placed(world, "0.14935")
    terms: dict[str, Any] = {"side": "SELL", "order_type": "LIMIT", "quantity": "0.2", "price": "120", "time_in_force": "GTC"}
    world.signal(11, **terms, purpose="EXIT", source="strategy")
    world.intend(11, **terms, purpose="EXIT", reserved_asset="BTC", reserved="0.2")
    sent = {**terms, "symbol": "BTCUSDT"}
    world.request(ACCOUNT, "gabcdef-11", **sent)
    world.order(ACCOUNT, 41, "gabcdef-11", ("BTC", "0.2"), **sent)
    world.change(11, "SUBMITTED")
    world.change(11, "OPEN", pending="NONE", venue_order_id=41)
    world.row("balances", asset="BTC").update(free="0.9", locked="0.34935")
    world.row("positions", symbol="BTCUSDT")["state"] = "CLOSING"
    return world


@corrupts("I04", says="expected one of at least 0.34935, got 0.14935", of=hardly_protected)
def a_stop_does_not_grow_when_the_exit_beside_it_has_ended(world: Scenario) -> None:
    world.closed(ACCOUNT, 41, "gabcdef-11", "BTCUSDT", "CANCELED", "0", "0", ("BTC", "0.2"))
    world.change(11, "CANCELLED", pending="NONE", reserved="0")
    world.row("balances", asset="BTC").update(free="1.1", locked="0.14935")
    world.row("positions", symbol="BTCUSDT")["state"] = "OPEN"
