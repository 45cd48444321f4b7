"""What the two databases say differently, for the revisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64 bits in both."""


def on_postgresql() -> bool:
    """Whether this revision is written for PostgreSQL."""
    return op.get_context().dialect.name == "postgresql"


def rowid() -> list[sa.Column[int]]:
    """The order in which rows came: SQLite has it in every table, PostgreSQL as a column."""
    return [sa.Column("rowid", sa.BigInteger, sa.Identity(always=False), nullable=False)] if on_postgresql() else []


def by_insertion(column: str) -> list[str]:
    """The columns of an index that gives the rows of one value in the order in which they came: SQLite's has it of itself."""
    return [column, "rowid"] if on_postgresql() else [column]


def forbid(name: str, action: str, table: str, why: str, *, when: str = "") -> None:
    """A trigger that refuses UPDATE, DELETE or INSERT of rows of `table`, those for which `when` holds."""
    if not on_postgresql():
        condition = f" WHEN {when}" if when else ""
        op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {table}{condition} BEGIN SELECT RAISE(ABORT, '{why}'); END")
        return
    refuse = f"RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation';"
    body = f"IF {when} THEN {refuse} END IF;" if when else refuse
    row = "OLD" if action == "DELETE" else "NEW"
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN {row}; END $$")
    op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def forbid_truncate(table: str) -> None:
    """PostgreSQL empties a table without a look at its rows' triggers; SQLite has no such statement."""
    if on_postgresql():
        op.execute(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_no_update()")


def permit(name: str, table: str) -> None:
    """Take a trigger of `forbid` away."""
    if not on_postgresql():
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"DROP FUNCTION {name}()")
