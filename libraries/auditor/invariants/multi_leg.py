"""I04 for multi-leg trades: their profit and the move of the inventory targets, recomputed from the fills of their legs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from libraries.auditor.amounts import ZERO, amount, truncate8
from libraries.auditor.average_cost import asset_changes
from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.rows import FillRow, MultiLegRow
from libraries.auditor.world import World

QUOTE = "USDT"
"""Profit is counted in it (domain "Balance")."""

Key = tuple[str, str]


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
