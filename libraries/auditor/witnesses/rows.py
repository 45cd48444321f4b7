"""Rows of the engine's tables (docs/engine.md, Database) as plain data. The fold of the journal builds the same types (I21)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, TypeVar

from libraries.auditor import amounts

AMOUNT_COLUMNS = frozenset(
    {
        "quantity",
        "price",
        "executed",
        "cum_quote",
        "reserved",
        "quote_quantity",
        "fee",
        "cost",
        "realised",
        "stop_price",
        "opening",
        "total",
        "free",
        "locked",
        "target",
        "expected_net",
        "pnl",
    }
)
"""Names that hold an amount in every table; TEXT in canonical form (I06)."""

TERMINAL = frozenset({"FILLED", "CANCELLED", "REJECTED", "EXPIRED", "FAILED", "NOT_SENT"})
RESTING_STOP = "STOP_LOSS_LIMIT"
"""Order type of the stops that rest at the venue (R6)."""
ABSENT = frozenset({"REJECTED", "FAILED", "NOT_SENT"})
"""Terminal states that say: the venue never accepted this order."""


@dataclass
class OrderRow:
    client_order_id: str
    venue: str
    symbol: str
    side: str
    order_type: str
    time_in_force: str | None
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    purpose: str
    strategy: str
    correlation_id: str
    multi_leg_id: str | None
    leg: int | None
    state: str
    pending: str
    knowledge: str
    venue_order_id: int | None
    executed: Decimal
    cum_quote: Decimal
    reserved_asset: str
    reserved: Decimal
    reason: str
    created_ms: int
    updated_ms: int
    epoch: int

    @property
    def terminal(self) -> bool:
        return self.state in TERMINAL


@dataclass
class FillRow:
    venue: str
    symbol: str
    trade_id: int
    client_order_id: str
    side: str
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    fee: Decimal
    fee_asset: str
    maker: int
    venue_time_ms: int


@dataclass
class PositionRow:
    venue: str
    symbol: str
    state: str
    quantity: Decimal
    cost: Decimal
    realised: Decimal
    stop_price: Decimal | None
    stop_order_id: str | None
    opened_ms: int


@dataclass
class BalanceRow:
    venue: str
    asset: str
    opening: Decimal
    total: Decimal
    free: Decimal
    locked: Decimal
    target: Decimal


@dataclass
class MultiLegRow:
    multi_leg_id: str
    kind: str
    strategy: str
    state: str
    legs: Any
    expected_net: Decimal
    created_ms: int
    pnl: Decimal | None


Row = TypeVar("Row", OrderRow, FillRow, PositionRow, BalanceRow, MultiLegRow)


def row_from(kind: type[Row], raw: Mapping[str, Any]) -> Row:
    """Build a row out of columns or payload keys.

    Raises:
        KeyError: a column is missing.
    """
    values: dict[str, Any] = {}
    for column in fields(kind):
        value = raw[column.name]
        values[column.name] = amounts.optional(value) if column.name in AMOUNT_COLUMNS else value
    return kind(**values)


def legs_from(column: object) -> Any:
    """The `legs` column as data; an unreadable text stays a text and equals no list of legs."""
    try:
        return json.loads(str(column), parse_float=amounts.Fractional)
    except ValueError:
        return column
