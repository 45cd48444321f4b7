"""The tables (docs/engine.md, Database).

Every table is STRICT. Amounts are canonical TEXT (I06): no arithmetic on money happens in SQL. The tables beside
`events`, `archives`, `days`, `commits`, `snapshots` and `meta` are projections: what folding the events gives (I21).
`genesis/data/ahead.py` compiles the statements that the running engine uses, so that it need not import this module.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

metadata = sa.MetaData()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True, nullable=False)


events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    _number("epoch"),
    _number("wall_ms"),
    _number("mono_ns"),
    _text("kind"),
    _text("correlation_id"),
    _text("payload"),
    _text("prev_hash"),
    _text("hash"),
    sqlite_strict=True,
)

commits = sa.Table(
    "commits",
    metadata,
    sa.Column("last_seq", sa.Integer, sa.ForeignKey("events.seq"), primary_key=True, autoincrement=False),
    _number("committed_ns"),
    sqlite_strict=True,
)

orders = sa.Table(
    "orders",
    metadata,
    _key("client_order_id"),
    _text("venue"),
    _text("symbol"),
    _text("side"),
    _text("order_type"),
    _text("time_in_force", nullable=True),
    _text("quantity"),
    _text("price", nullable=True),
    _text("stop_price", nullable=True),
    _text("purpose"),
    _text("strategy"),
    _text("correlation_id"),
    _text("multi_leg_id", nullable=True),
    _number("leg", nullable=True),
    _text("state"),
    _text("pending"),
    _text("knowledge"),
    _number("venue_order_id", nullable=True),
    _text("executed"),
    _text("cum_quote"),
    _text("reserved_asset"),
    _text("reserved"),
    _text("reason"),
    _number("created_ms"),
    _number("updated_ms"),
    _number("epoch"),
    sa.Index("orders_by_correlation", "correlation_id"),
    sa.Index("orders_by_state", "state"),
    sqlite_strict=True,
)

fills = sa.Table(
    "fills",
    metadata,
    _key("venue"),
    _key("symbol"),
    sa.Column("trade_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("client_order_id", sa.Text, sa.ForeignKey("orders.client_order_id"), nullable=False),
    _text("side"),
    _text("price"),
    _text("quantity"),
    _text("quote_quantity"),
    _text("fee"),
    _text("fee_asset"),
    sa.Column("maker", sa.Integer, sa.CheckConstraint("maker IN (0, 1)"), nullable=False),
    _number("venue_time_ms"),
    sa.Index("fills_by_order", "client_order_id"),
    sqlite_strict=True,
)

positions = sa.Table(
    "positions",
    metadata,
    _key("venue"),
    _key("symbol"),
    _text("state"),
    _text("quantity"),
    _text("cost"),
    _text("realised"),
    _text("stop_price", nullable=True),
    _text("stop_order_id", nullable=True),
    _number("opened_ms"),
    sqlite_strict=True,
)

balances = sa.Table(
    "balances",
    metadata,
    _key("venue"),
    _key("asset"),
    _text("opening"),
    _text("total"),
    _text("free"),
    _text("locked"),
    _text("target"),
    sqlite_strict=True,
)

multi_leg_trades = sa.Table(
    "multi_leg_trades",
    metadata,
    _key("multi_leg_id"),
    _text("kind"),
    _text("strategy"),
    _text("state"),
    _text("legs"),
    _text("expected_net"),
    _number("created_ms"),
    _text("pnl", nullable=True),
    sqlite_strict=True,
)

strategies = sa.Table("strategies", metadata, _key("name"), _text("state"), sqlite_strict=True)

snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("seq", sa.Integer, sa.ForeignKey("events.seq"), primary_key=True, autoincrement=False),
    _text("hash"),
    _text("digest"),
    _number("wall_ms"),
    _text("document"),
    sqlite_strict=True,
)

archives = sa.Table(
    "archives",
    metadata,
    sa.Column("last_seq", sa.Integer, primary_key=True, autoincrement=False),
    _number("first_seq"),
    _text("prev_hash"),
    _text("last_hash"),
    _text("sha256"),
    _text("file"),
    sqlite_strict=True,
)

days = sa.Table(
    "days", metadata, sa.Column("number", sa.Integer, primary_key=True, autoincrement=False), _number("first_seq"), sqlite_strict=True
)

meta = sa.Table("meta", metadata, _key("key"), _text("value"), sqlite_strict=True)

PROJECTIONS: Final = (orders, fills, positions, balances, multi_leg_trades, strategies)
