"""Closed days leave the journal for archive files: where they are, and with which event each day began.

Revision 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from genesis import hooks
from genesis.data.migrations.dialects import INTEGER, forbid, permit

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_DAY_MS = 86_400_000
_BATCH = 1_000
"""Events that are looked at in one statement."""


def upgrade() -> None:
    op.create_table(
        "archives",
        sa.Column("last_seq", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("first_seq", INTEGER, nullable=False),
        sa.Column("prev_hash", sa.Text, nullable=False),
        sa.Column("last_hash", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "days",
        sa.Column("number", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("first_seq", INTEGER, nullable=False),
        sqlite_strict=True,
    )
    _triggers()
    if not context.is_offline_mode():  # a new database has no days
        _fill_days(op.get_bind())


def _triggers() -> None:
    """An event is deleted only after its archive is on record, and the record stays (I19)."""
    permit("events_no_delete", "events")
    archived = "OLD.seq > coalesce((SELECT max(last_seq) FROM archives), 0)"
    forbid("events_no_delete", "DELETE", "events", "events is append-only, but for what is archived", when=archived)
    for action in ("UPDATE", "DELETE"):
        forbid(f"archives_no_{action.lower()}", action, "archives", "archives is append-only")


def _fill_days(connection: sa.Connection) -> None:
    """The first event of each UTC day; where the clock went back, the day goes on."""
    (last,) = connection.exec_driver_sql("SELECT coalesce(max(seq), 0) FROM events").one()
    newest = -1
    for first in range(1, last + 1, _BATCH):
        if first > 1:
            hooks.reached("CP-M2")
        found = connection.execute(
            sa.text(f"SELECT wall_ms / {_DAY_MS}, min(seq) FROM events WHERE seq BETWEEN :first AND :last GROUP BY 1 ORDER BY 2"),  # noqa: S608 - a constant
            {"first": first, "last": first + _BATCH - 1},
        ).all()
        for number, seq in found:
            if number > newest:
                connection.execute(sa.text("INSERT INTO days (number, first_seq) VALUES (:number, :seq)"), {"number": number, "seq": seq})
                newest = number
