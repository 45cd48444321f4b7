"""Rows of the projection tables, each a pure function of the engine's state (I21). Values stand in the order of the columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from genesis.core import money
from genesis.core.models import Balance, Fill, MultiLegTrade, Order, Position
from genesis.core.state import Dirty, State
from genesis.data import statements
from genesis.data.codec import compact_json

Row = tuple[Any, ...]
Upserts = list[tuple[str, list[Row]]]
"""Statements with the rows to give each, parents before children (foreign keys)."""

_text = money.text


def order_row(order: Order, epoch: int) -> Row:
    return (
        order.client_order_id,
        order.venue,
        order.symbol,
        order.side.value,
        order.order_type.value,
        order.time_in_force.value if order.time_in_force else None,
        _text(order.quantity),
        _text(order.price) if order.price is not None else None,
        _text(order.stop_price) if order.stop_price is not None else None,
        order.purpose.value,
        order.strategy,
        order.correlation_id,
        order.multi_leg_id,
        order.leg,
        order.state.value,
        order.pending.value,
        order.knowledge.value,
        order.venue_order_id,
        _text(order.executed),
        _text(order.cum_quote),
        order.reserved_asset,
        _text(order.reserved),
        order.reason,
        order.created_ms,
        order.updated_ms,
        epoch,
    )


def fill_row(fill: Fill) -> Row:
    return (
        fill.venue,
        fill.symbol,
        fill.trade_id,
        fill.client_order_id,
        fill.side.value,
        _text(fill.price),
        _text(fill.quantity),
        _text(fill.quote_quantity),
        _text(fill.fee),
        fill.fee_asset,
        int(fill.maker),
        fill.venue_time_ms,
    )


def position_row(position: Position) -> Row:
    return (
        position.venue,
        position.symbol,
        position.state.value,
        _text(position.quantity),
        _text(position.cost),
        _text(position.realised),
        _text(position.stop_price) if position.stop_price is not None else None,
        position.stop_order_id,
        position.opened_ms,
    )


def balance_row(balance: Balance) -> Row:
    return (
        balance.venue,
        balance.asset,
        _text(balance.opening),
        _text(balance.total),
        _text(balance.free),
        _text(balance.locked),
        _text(balance.target),
    )


def multi_leg_row(trade: MultiLegTrade) -> Row:
    return (
        trade.multi_leg_id,
        trade.kind,
        trade.strategy,
        trade.state.value,
        compact_json(trade.legs),
        _text(trade.expected_net),
        trade.created_ms,
        _text(trade.pnl) if trade.pnl is not None else None,
    )


def upserts_of(state: State, dirty: Dirty, epoch: int) -> Upserts:
    """The rows of what `dirty` names, as they are in `state` now."""
    candidates: Upserts = [
        (statements.UPSERT_ORDER, [order_row(state.orders.get(key) or dirty.gone_orders[key], epoch) for key in dirty.orders]),
        (statements.INSERT_FILL, [fill_row(state.fills.get(key) or dirty.gone_fills[key]) for key in dirty.fills]),
        (statements.UPSERT_POSITION, [position_row(state.positions[key]) for key in dirty.positions]),
        (statements.UPSERT_BALANCE, [balance_row(state.balances[key]) for key in dirty.balances]),
        (statements.UPSERT_MULTI_LEG, [multi_leg_row(state.multi_legs.get(key) or dirty.gone_multi_legs[key]) for key in dirty.multi_legs]),
        (statements.UPSERT_STRATEGY, [(key, str(state.strategies[key])) for key in dirty.strategies]),
    ]
    return [(statement, rows) for statement, rows in candidates if rows]


def tables_of(state: State) -> dict[str, list[Row]]:
    """Every projection table as `state` says it has to be, sorted by key; the epoch column of orders is left out. What was forgotten
    has its rows all the same: `state` was folded from the first fact on, and `take_dirty` was not called."""
    gone = state.dirty
    return {
        "orders": sorted(order_row(order, 0)[:-1] for order in (*state.orders.values(), *gone.gone_orders.values())),
        "fills": sorted(fill_row(fill) for fill in (*state.fills.values(), *gone.gone_fills.values())),
        "positions": sorted(position_row(position) for position in state.positions.values()),
        "balances": sorted(balance_row(balance) for balance in state.balances.values()),
        "multi_leg_trades": sorted(multi_leg_row(trade) for trade in (*state.multi_legs.values(), *gone.gone_multi_legs.values())),
        "strategies": sorted((name, str(value)) for name, value in state.strategies.items()),
    }


def differing_rows(table: str, expected: Iterable[Row], found: Iterable[Row]) -> list[str]:
    """In words: the rows that are not there, and those that should not be."""
    wanted, there = set(expected), set(found)
    lines = [f"table {table}: expected the row {_shown(row)}, it is not there" for row in sorted(wanted - there, key=repr)]
    unexplained = sorted(there - wanted, key=repr)
    return lines + [f"table {table}: found the row {_shown(row)}, which the journal does not explain" for row in unexplained]


def _shown(row: Row) -> str:
    return ", ".join("-" if value is None else str(value) for value in row)
