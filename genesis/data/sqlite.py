"""Connections to the SQLite file: durable by pragma, asserted at open (I18)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from genesis.core.errors import MIGRATION, DamagedDatabase, DatabaseError

BUSY_TIMEOUT_MS: Final = 250
_FULL: Final = 2


def path_of(url: str) -> Path:
    """The file of a `sqlite:////absolute/path` URL, already validated by the configuration."""
    return Path(url.removeprefix("sqlite:///"))


def open_writer(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode (transactions are explicit) with WAL, synchronous=FULL and foreign keys.

    Raises:
        DatabaseError: the file is no database or refuses one of the three.
        sqlite3.OperationalError: it is locked or the system refuses.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False)
    try:
        make_durable(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def make_durable(connection: sqlite3.Connection, path: Path) -> None:
    """Set and assert what makes a commit durable (I18).

    Raises:
        DatabaseError, sqlite3.OperationalError: see `open_writer`.
    """
    try:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA fullfsync=ON")
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise no_database(path, error) from error
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    foreign_keys = connection.execute("PRAGMA foreign_keys").fetchone()[0]
    if mode != "wal" or synchronous < _FULL or foreign_keys != 1:
        raise DatabaseError(
            f"{path}: expected journal_mode=wal, synchronous=2, foreign_keys=1, "
            f"got {mode}, {synchronous}, {foreign_keys}; put the file on a local disk that can do this"
        )


def no_database(path: Path, error: sqlite3.Error) -> DamagedDatabase:
    """What is said of a file that SQLite does not take for one of its own."""
    return DamagedDatabase(f"{path}: expected a SQLite database, got a file that is none ({error})", MIGRATION)


def open_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False
    )
    connection.execute("PRAGMA query_only=ON")
    return connection


def is_locked(error: sqlite3.Error) -> bool:
    """Whether another writer holds the database (SQLITE_BUSY or SQLITE_LOCKED, any extended code)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite says that the file is damaged (SQLITE_CORRUPT, any extended code)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_CORRUPT


def is_foreign(error: sqlite3.Error) -> bool:
    """Whether SQLite says that the file is no database of its own."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_NOTADB
