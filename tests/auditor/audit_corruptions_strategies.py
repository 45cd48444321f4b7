"""Corruptions of what strategies did beside each other: their states, conflicts nobody was told of, slices without a parent."""

from __future__ import annotations

import json
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


# multi-leg trades, and pairs among them (R19)

LEG = {"venue": VENUE, "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.1", "client_order_id": "gabcdef-7"}
BOUGHT = {"venue": VENUE, "symbol": "ETHUSDT", "side": "BUY", "quantity": "0.01", "client_order_id": "gabcdef-8"}
SHORT = {"venue": VENUE, "symbol": "ETHUSDT", "side": "SELL", "quantity": "0.0099", "client_order_id": "gabcdef-9"}


def trade(world: Scenario, state: str, legs: list[dict[str, Any]], *, ways: str = "PLANNED LEGGING", pnl: str = "0") -> None:
    """A pair with a row that its facts explain; its orders are those of others."""
    told = {"multi_leg_id": "t-2", "opportunity": "PAIR", "strategy": "one", "expected_net": "0", "changed_ms": 88, "reason": ""}
    before, result = "", None
    for after in (*ways.split(), state):
        result = pnl if after == "CLOSED" else None
        world.fact("MultiLegChanged", "t-2", **told, before=before, after=after, legs=legs, pnl=result)
        before = after
    row = {"multi_leg_id": "t-2", "kind": "PAIR", "strategy": "one", "state": state, "legs": json.dumps(legs), "expected_net": "0"}
    world.tables["multi_leg_trades"].append(row | {"created_ms": 88, "pnl": result})


@corrupts("I11")
def a_pair_is_complete_that_never_had_legs_on_their_way(world: Scenario) -> None:
    trade(world, "COMPLETE", [LEG, BOUGHT], ways="PLANNED")


@corrupts("I11 I04")
def a_pair_is_closed_without_being_unwound(world: Scenario) -> None:
    trade(world, "CLOSED", [LEG, BOUGHT], ways="PLANNED LEGGING COMPLETE")


@corrupts("I04")
def a_pair_is_held_with_a_leg_that_was_not_filled(world: Scenario) -> None:
    trade(world, "COMPLETE", [LEG, {**BOUGHT, "client_order_id": "gabcdef-2", "quantity": "0.2"}])


@corrupts("I04")
def a_pair_is_held_of_two_legs_in_one_direction(world: Scenario) -> None:
    trade(world, "COMPLETE", [LEG, SHORT])


@corrupts("I04")
def a_pair_is_held_of_one_symbol(world: Scenario) -> None:
    trade(world, "COMPLETE", [BOUGHT, SHORT])


@corrupts("I04")
def a_pair_is_closed_with_a_leg_that_could_have_been_traded(world: Scenario) -> None:
    """0.6 BTC for 60.7, less 0.0006: 0.5994 are left, at 102."""
    bought = {**LEG, "side": "BUY", "quantity": "0.6", "client_order_id": "gabcdef-1"}
    trade(world, "CLOSED", [bought], ways="PLANNED LEGGING UNWINDING", pnl="0.4388")
    moved = {"venue": VENUE, "asset": "BTC", "amount": "0.5994", "reason": "multi-leg", "symbol": "", "quantity": "0", "cost": "0"}
    world.fact("TargetAdjusted", "t-2", **moved)
    world.row("balances", asset="BTC")["target"] = "1.4994"


# how often (R9)


def trades(world: Scenario, strategies: list[str], apart_ms: int, pair: str = "") -> None:
    """Accepted entries in one direction, so much apart; `pair` = that they are legs of."""
    for number, strategy in enumerate(strategies):
        name = f"{strategy}-{number}"
        signal = {"signal_id": name, "source": "strategy", "strategy": strategy, "venue": VENUE, "symbol": "BTCUSDT", "side": "BUY"}
        world.fact(
            "SignalReceived", name, signal={**signal, "purpose": "ENTRY", "received_ms": 50_000 + number * apart_ms, "pair": pair}, top=None
        )
        world.fact("ParentChanged", name, parent=parent(name), before="", inputs={})


@corrupts("I20")
def a_sixth_signal_of_a_strategy_in_ten_seconds(world: Scenario) -> None:
    trades(world, ["hasty"] * 6, 1_999)


@corrupts("I20")
def a_twenty_first_signal_of_a_strategy_in_a_minute(world: Scenario) -> None:
    trades(world, ["hasty"] * 21, 2_999)


@corrupts("I20")
def a_hundred_and_first_trade_of_a_day(world: Scenario) -> None:
    trades(world, [f"one-of-many-{number}" for number in range(101)], 0)
