"""I21: the tables are exactly what the journal folds to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from libraries.auditor.examination import Examination
from libraries.auditor.world import World


def replay(world: World) -> Examination:
    """I21: the auditor's own fold of the payloads gives every row of orders, fills, positions, balances, multi_leg_trades and
    strategies, column by column, and no other row; every fact can be folded. Objects: rows.
    """
    found = Examination()
    for where, problem in world.folded.problems:
        found.fail("fact", "one that can be folded", problem, where)
    store, folded = world.store, world.folded
    _same(found, "orders", {row.client_order_id: row for row in store.orders}, folded.orders)
    _same(found, "fills", {(row.venue, row.symbol, row.trade_id): row for row in store.fills}, folded.fills)
    _same(found, "positions", {(row.venue, row.symbol): row for row in store.positions}, folded.positions)
    _same(found, "balances", {(row.venue, row.asset): row for row in store.balances}, folded.balances)
    _same(found, "multi_leg_trades", {row.multi_leg_id: row for row in store.multi_legs}, folded.multi_legs)
    for name in sorted(store.strategies.keys() | folded.strategies.keys()):
        found.look()
        expected, got = folded.strategies.get(name, "no row"), store.strategies.get(name, "no row")
        found.equal(f"state of strategy {name}", expected, got, f"strategies {name}")
    return found


def _same(found: Examination, table: str, rows: Mapping[Any, Any], expected: Mapping[Any, Any]) -> None:
    for key in sorted(rows.keys() | expected.keys(), key=str):
        found.look()
        where = f"{table} {' '.join(map(str, key)) if isinstance(key, tuple) else key}"
        row, folded = rows.get(key), expected.get(key)
        if row is None or folded is None:
            found.fail("row", "none" if folded is None else "the row that the facts give", "no row" if row is None else "a row", where)
            continue
        for column in fields(row):
            found.equal(column.name, getattr(folded, column.name), getattr(row, column.name), where)
