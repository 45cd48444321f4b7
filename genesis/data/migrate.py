"""Bring the database to the schema of this version.

A new file gets `head.sql`: the text that Alembic itself writes for all revisions (`alembic upgrade head --sql`), because
importing Alembic costs a start more than everything else here. `python -m genesis.data.ahead` writes it, a test keeps
it equal to what the revisions give. An older schema is migrated by Alembic, in one transaction (I34); an unknown or newer
one is refused, nothing is written (CP-M3).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from genesis.core.errors import MIGRATION, DamagedDatabase

HEAD: Final = "0004"
REVISIONS: Final = ("0001", "0002", "0003", "0004")
FOLDER: Final = Path(__file__).resolve().parent / "migrations"
HEAD_SCRIPT: Final = FOLDER / "head.sql"
POSTGRESQL_SCRIPT: Final = FOLDER / "head.postgresql.sql"
STATEMENTS_FILE: Final = FOLDER.parent / "statements.sql"


def ensure_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Create or migrate the schema on `connection` (autocommit mode) to the file `path`.

    Raises:
        DamagedDatabase: the file holds a schema of a newer version or something else than an engine's database.
        sqlite3.Error: the disk refuses; the schema is as it was.
    """
    revision = revision_of(connection, path)
    if revision is None:
        _create(connection)
    elif revision != HEAD:
        from genesis.data.upgrade import upgrade  # noqa: PLC0415 - Alembic is slow to import and seldom needed

        upgrade(path)


def revision_of(connection: sqlite3.Connection, path: Path) -> str | None:
    """The schema's revision, None for an empty database.

    Raises:
        DamagedDatabase: see `ensure_schema`.
    """
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise DamagedDatabase(
            f"{path}: expected an engine's database or an empty file, got one with other tables",
            MIGRATION,
            way_out="configure another file",
        )
    found = [str(version) for (version,) in connection.execute("SELECT version_num FROM alembic_version")]
    if len(found) != 1 or found[0] not in REVISIONS:
        raise DamagedDatabase(
            f"{path}: expected a schema revision up to {HEAD}, got {', '.join(found) or 'none'}",
            MIGRATION,
            way_out="start the version of the engine that wrote it, nothing was changed",
        )
    return found[0]


def _create(connection: sqlite3.Connection) -> None:
    try:
        connection.executescript(HEAD_SCRIPT.read_text(encoding="utf-8"))
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
