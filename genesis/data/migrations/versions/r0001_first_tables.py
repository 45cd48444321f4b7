"""The first tables: the journal and its projections.

Revision 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from genesis.data.migrations.dialects import INTEGER, forbid, forbid_truncate, on_postgresql, rowid

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, INTEGER, nullable=nullable)


def upgrade() -> None:
    _journal()
    _orders_and_fills()
    _holdings()
    _trades_and_strategies()
    _triggers()


def _journal() -> None:
    op.create_table(
        "events",
        sa.Column("seq", INTEGER, primary_key=True, autoincrement=False),
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
    op.create_table(
        "commits",
        sa.Column("last_seq", INTEGER, sa.ForeignKey("events.seq"), primary_key=True, autoincrement=False),
        _number("committed_ns"),
        sqlite_strict=True,
    )
    op.create_table(
        "snapshots",
        sa.Column("seq", INTEGER, sa.ForeignKey("events.seq"), primary_key=True, autoincrement=False),
        _text("hash"),
        _text("digest"),
        _number("wall_ms"),
        _text("document"),
        sqlite_strict=True,
    )
    op.create_table("meta", sa.Column("key", sa.Text, primary_key=True, nullable=False), _text("value"), sqlite_strict=True)


def _orders_and_fills() -> None:
    op.create_table(
        "orders",
        sa.Column("client_order_id", sa.Text, primary_key=True, nullable=False),
        _text("venue"),
        _text("symbol"),
        _text("side"),
        _text("order_type"),
        _text("time_in_force", nullable=True),
        _text("quantity"),
        _text("price", nullable=True),
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
        *rowid(),
        sqlite_strict=True,
    )
    op.create_index("orders_by_correlation", "orders", ["correlation_id"])
    op.create_table(
        "fills",
        sa.Column("venue", sa.Text, primary_key=True, nullable=False),
        sa.Column("symbol", sa.Text, primary_key=True, nullable=False),
        sa.Column("trade_id", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("client_order_id", sa.Text, sa.ForeignKey("orders.client_order_id"), nullable=False),
        _text("side"),
        _text("price"),
        _text("quantity"),
        _text("quote_quantity"),
        _text("fee"),
        _text("fee_asset"),
        sa.Column("maker", INTEGER, sa.CheckConstraint("maker IN (0, 1)"), nullable=False),
        _number("venue_time_ms"),
        *rowid(),
        sqlite_strict=True,
    )
    op.create_index("fills_by_order", "fills", ["client_order_id"])


def _holdings() -> None:
    op.create_table(
        "positions",
        sa.Column("venue", sa.Text, primary_key=True, nullable=False),
        sa.Column("symbol", sa.Text, primary_key=True, nullable=False),
        _text("state"),
        _text("quantity"),
        _text("cost"),
        _text("realised"),
        _text("stop_price", nullable=True),
        _text("stop_order_id", nullable=True),
        _number("opened_ms"),
        sqlite_strict=True,
    )
    op.create_table(
        "balances",
        sa.Column("venue", sa.Text, primary_key=True, nullable=False),
        sa.Column("asset", sa.Text, primary_key=True, nullable=False),
        _text("opening"),
        _text("total"),
        _text("free"),
        _text("locked"),
        _text("target"),
        sqlite_strict=True,
    )


def _trades_and_strategies() -> None:
    op.create_table(
        "multi_leg_trades",
        sa.Column("multi_leg_id", sa.Text, primary_key=True, nullable=False),
        _text("kind"),
        _text("strategy"),
        _text("state"),
        _text("legs"),
        _text("expected_net"),
        _number("created_ms"),
        _text("pnl", nullable=True),
        *rowid(),
        sqlite_strict=True,
    )
    op.create_table("strategies", sa.Column("name", sa.Text, primary_key=True, nullable=False), _text("state"), sqlite_strict=True)


def _triggers() -> None:
    """The store itself refuses to change history, to leave a gap, to break the chain, or to go back an epoch (I19, I27)."""
    for action in ("UPDATE", "DELETE"):
        forbid(f"events_no_{action.lower()}", action, "events", "events is append-only")
    forbid_truncate("events")
    whole = (  # noqa: S608 - constants
        "NEW.seq = (SELECT coalesce(max(seq), 0) + 1 FROM events) "
        "AND NEW.prev_hash = coalesce((SELECT hash FROM events WHERE seq = NEW.seq - 1), {zeros}) "
        "AND NEW.epoch >= coalesce((SELECT epoch FROM events WHERE seq = NEW.seq - 1), 1)"
    ).format(zeros="repeat('0', 64)" if on_postgresql() else "printf('%064d', 0)")
    forbid("events_chain", "INSERT", "events", "events is a chain: wrong seq, prev_hash or epoch", when=f"NOT ({whole})")


def downgrade() -> None:
    for table in ("strategies", "multi_leg_trades", "balances", "positions", "fills", "orders", "meta", "snapshots", "commits", "events"):
        op.drop_table(table)
