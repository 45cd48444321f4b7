"""What is written ahead of time: the script of a new database, and the statements of the running engine.

`python -m genesis.data.ahead` writes `migrations/head.sql` and `head.postgresql.sql` (Alembic's own offline text of all revisions) and
`statements.sql` (compiled by SQLAlchemy from `schema.py`). Importing the two libraries would be half of an engine's start;
tests keep both files equal to what this module gives today.
"""

from __future__ import annotations

import io
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from sqlalchemy.dialects import sqlite

from genesis.data import schema
from genesis.data.migrate import HEAD_SCRIPT, POSTGRESQL_SCRIPT, STATEMENTS_FILE
from genesis.data.upgrade import alembic_config

MOST_ROWS: Final = 10_000
"""Longest answer to a question: the newest rows."""
_DIALECT: Final = sqlite.dialect(paramstyle="qmark")


def head_script(dialect: str = "sqlite") -> str:
    """What `head.sql` or `head.postgresql.sql` has to be."""
    output = io.StringIO()
    command.upgrade(alembic_config(output, dialect), "head", sql=True)
    return output.getvalue()


def statements_file() -> str:
    """What `statements.sql` has to be: each statement after a line with its name."""
    statements = {
        "INSERT_EVENT": sqlite.insert(schema.events),
        "INSERT_ARCHIVE": sqlite.insert(schema.archives),
        "INSERT_DAY": sqlite.insert(schema.days),
        "UPSERT_SNAPSHOT": _upsert(schema.snapshots),
        "UPSERT_COMMIT": _upsert(schema.commits),
        "UPSERT_META": _upsert(schema.meta),
        "UPSERT_ORDER": _upsert(schema.orders),
        "INSERT_FILL": sqlite.insert(schema.fills),
        "UPSERT_POSITION": _upsert(schema.positions),
        "UPSERT_BALANCE": _upsert(schema.balances),
        "UPSERT_MULTI_LEG": _upsert(schema.multi_leg_trades),
        "UPSERT_STRATEGY": _upsert(schema.strategies),
        "DROP_OLD_SNAPSHOTS": _drop_old_snapshots(),
        "SELECT_ORDER": sa.select(schema.orders).where(schema.orders.c.client_order_id == sa.bindparam("client_order_id")),
        "SELECT_ORDERS": _newest(sa.select(schema.orders)),
        "SELECT_ORDERS_IN_STATE": _newest(sa.select(schema.orders).where(schema.orders.c.state == sa.bindparam("state"))),
        "SELECT_POSITIONS": sa.select(schema.positions).order_by(schema.positions.c.venue, schema.positions.c.symbol),
        "SELECT_FILLS": _newest(sa.select(schema.fills)),
        "SELECT_TRADES": _newest(sa.select(schema.multi_leg_trades)),
    }
    lines = [f"-- {name}\n{_text(statement)};\n" for name, statement in statements.items()]
    return "-- Written by python -m genesis.data.ahead; values are positional, in the order of the table's columns.\n\n" + "\n".join(lines)


def _upsert(table: sa.Table) -> sqlite.Insert:
    """`INSERT ... ON CONFLICT (key) DO UPDATE` of one whole row."""
    statement = sqlite.insert(table)
    changed = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changed)


def _drop_old_snapshots() -> sa.Delete:
    kept = (
        sa.select(schema.snapshots.c.seq).order_by(schema.snapshots.c.seq.desc()).limit(sa.bindparam("kept")).offset(sa.literal_column("0"))
    )
    return sa.delete(schema.snapshots).where(schema.snapshots.c.seq.not_in(kept))


def _newest(question: sa.Select[Any]) -> sa.Select[Any]:
    return question.order_by(sa.text("rowid DESC")).limit(sa.literal_column(str(MOST_ROWS))).offset(sa.literal_column("0"))


def _text(statement: sa.ClauseElement) -> str:
    return "\n".join(line.strip() for line in str(statement.compile(dialect=_DIALECT)).splitlines())


if __name__ == "__main__":
    HEAD_SCRIPT.write_text(head_script(), encoding="utf-8")
    POSTGRESQL_SCRIPT.write_text(head_script("postgresql"), encoding="utf-8")
    STATEMENTS_FILE.write_text(statements_file(), encoding="utf-8")
