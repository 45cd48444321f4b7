"""Multi-leg trades: their states (I11), their profit and the move of the inventory targets recomputed from the fills of their legs,
and pairs that are held whole or not at all (I04)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from libraries.auditor.amounts import ZERO, amount, truncate8
from libraries.auditor.average_cost import asset_changes
from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.witnesses.rows import FillRow, MultiLegRow
from libraries.auditor.world import World

QUOTE = "USDT"
"""Profit is counted in it (domain "Balance")."""

PAIR = "PAIR"
Key = tuple[str, str]

STATES: dict[str, frozenset[str]] = {
    "": frozenset({"PLANNED"}),
    "PLANNED": frozenset({"LEGGING", "UNWINDING"}),
    "LEGGING": frozenset({"LEGGING", "COMPLETE", "UNWINDING"}),
    "COMPLETE": frozenset({"UNWINDING", "CLOSED"}),
    "UNWINDING": frozenset({"UNWINDING", "CLOSED"}),
}
"""State of a multi-leg trade -> states that may follow it."""


def transition(found: Examination, event: Event) -> None:
    """One change of a multi-leg trade is a step that its table knows; a pair is CLOSED by unwinding it only."""
    before, after = str(event.data["before"]), str(event.data["after"])
    legal = after in STATES.get(before, frozenset())
    if event.data.get("opportunity") == PAIR and (before, after) == ("COMPLETE", "CLOSED"):
        legal = False
    found.require(legal, "transition", f"legal from {before or 'nothing'}", f"{before} -> {after}", event.where)


def pairs_held_whole(found: Examination, world: World) -> None:
    """A pair that was COMPLETE had one BUY and one SELL of two symbols, each filled whole; a CLOSED one left nothing that could be
    traded (by its last price; up to twice the least notional passes, since what it was found too small at is not on record)."""
    orders = {row.client_order_id: row for row in world.store.orders}
    for event in world.journal.by_kind["MultiLegChanged"]:
        if event.data.get("opportunity") == PAIR and event.data["after"] == "COMPLETE":
            found.look()
            legs = event.data["legs"]
            sides = sorted(str(leg["side"]) for leg in legs)
            found.equal("legs of a pair that is COMPLETE", ["BUY", "SELL"], sides, event.where)
            found.equal("symbols of a pair", len(legs), len({(leg["venue"], leg["symbol"]) for leg in legs}), event.where)
            for leg in legs:
                order = orders.get(str(leg["client_order_id"]))
                executed = order.executed if order is not None else ZERO
                found.equal(f"executed of leg {leg['symbol']} of a pair that is COMPLETE", amount(leg["quantity"]), executed, event.where)
    for trade in world.store.multi_legs:
        if trade.kind == PAIR and trade.state == "CLOSED":
            _left_nothing(found, world, trade)


def _left_nothing(found: Examination, world: World, trade: MultiLegRow) -> None:
    named = {str(leg["client_order_id"]) for leg in trade.legs}
    held: dict[Key, Decimal] = defaultdict(Decimal)
    prices: dict[Key, Decimal] = {}
    for fill in sorted(world.store.fills, key=lambda row: row.trade_id):
        key = (fill.venue, fill.symbol)
        if fill.client_order_id not in named or key not in world.folded.assets:
            continue
        base = world.folded.assets[key][0]
        held[key] += sum((change for asset, change in asset_changes(fill, *world.folded.assets[key]) if asset == base), ZERO)
        prices[key] = fill.price
    where = f"multi_leg_trades {trade.multi_leg_id}"
    for key, quantity in held.items():
        step, least = bounds(world, key)
        tradable = abs(quantity) >= step and abs(quantity) * prices[key] >= 2 * least
        found.require(
            not tradable, f"rest of {key[1]} in a CLOSED pair", f"below the step {step} or worth less than {least}", quantity, where
        )


def bounds(world: World, key: Key, before: int | None = None) -> tuple[Decimal, Decimal]:
    """Step and least notional of a symbol as the last RulesLoaded (before event `before`) states them; 0 = no such bound."""
    found = (ZERO, ZERO)
    for event in world.journal.by_kind["RulesLoaded"]:
        if before is None or event.seq < before:
            for rules in event.data.get("rules", ()):
                if (rules["venue"], rules["symbol"]) == key:
                    found = (amount(rules["step_size"]), amount(rules["min_notional"]))
    return found


def closed_trades(found: Examination, world: World) -> None:
    """Profit of each closed trade = quote changes + every residual at the trade's own last price of it, cut to 8 places (decision 3).

    A residual that the trade itself never exchanged for the quote asset has no price here; such a profit is not recomputed.
    """
    fills: dict[str, list[FillRow]] = defaultdict(list)
    for row in sorted(world.store.fills, key=lambda row: row.trade_id):
        fills[row.client_order_id].append(row)
    for trade in world.store.multi_legs:
        if trade.pnl is not None:
            found.look()
            of_legs = [fill for leg in trade.legs for fill in fills.get(str(leg["client_order_id"]), ())]
            _examine(found, world, trade, of_legs)


def _examine(found: Examination, world: World, trade: MultiLegRow, fills: Iterable[FillRow]) -> None:
    changes: dict[Key, Decimal] = defaultdict(Decimal)
    prices: dict[str, Decimal] = {QUOTE: Decimal(1)}
    for fill in fills:
        assets = world.folded.assets.get((fill.venue, fill.symbol))
        if assets is None:
            found.fail(f"rules of {fill.symbol}", "a RulesLoaded fact that names base and quote", "none", f"fills {fill.trade_id}")
            return
        base, quote = assets
        for asset, change in asset_changes(fill, base, quote):
            changes[(fill.venue, asset)] += change
        if quote == QUOTE:
            prices[base] = fill.price
    left = {key: change for key, change in changes.items() if change != ZERO}
    where = f"multi_leg_trades {trade.multi_leg_id}"
    moved: dict[Key, Decimal] = defaultdict(Decimal)
    for event in world.journal.by_kind["TargetAdjusted"]:
        if event.data.get("reason") == "multi-leg" and event.correlation_id == trade.multi_leg_id:
            moved[(str(event.data["venue"]), str(event.data["asset"]))] += amount(event.data["amount"])
    residuals = {key: change for key, change in left.items() if key[1] != QUOTE}
    for key in sorted(residuals.keys() | moved.keys()):
        found.equal(f"move of the {key[1]} target at {key[0]}", residuals.get(key, ZERO), moved.get(key, ZERO), where)
    if all(asset in prices for _, asset in left):
        profit = sum((truncate8(change * prices[asset]) for (_, asset), change in left.items()), ZERO)
        found.equal("profit of the multi-leg trade", profit, trade.pnl, where)
