"""The journal's writer on a SQLite file: one connection, WAL, archives of closed days."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from genesis import hooks
from genesis.data.anchor import Place
from genesis.data.archiver import Archiver
from genesis.data.codec import GENESIS_HASH
from genesis.data.sqlite import is_locked, open_writer
from genesis.data.storage import LogKeeper, StorageSettings
from genesis.data.store import Execute, JournalLost, Refused, StoreError, nothing
from genesis.engine.ports import Head, Sizes

_NOT_SYNCED: Final = (sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC)
"""After these nobody knows what is on the disk: the system may hold pages for written that are not, and a second sync succeeds
without writing them. The process ends; what left the engine before was synced by a commit that returned."""


def read_head(connection: sqlite3.Connection) -> Head:
    """The end of the chain as the database has it."""
    row = connection.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, GENESIS_HASH)


class SqliteStore:
    """Implements `genesis.data.store.Store`."""

    def __init__(self, path: Path, anchor_path: Path, connection: sqlite3.Connection, storage: StorageSettings) -> None:
        self.connection = connection
        self.archiver = Archiver(path, anchor_path, storage.days)
        self._path = path
        self._log = LogKeeper(path, storage)

    @property
    def name(self) -> str:
        return str(self._path)

    @property
    def patient(self) -> bool:
        return False

    @property
    def place(self) -> Place | None:
        return None

    @property
    def sizes(self) -> Sizes:
        return self._log.sizes

    @property
    def log_trouble(self) -> str:
        return self._log.trouble

    @property
    def busy(self) -> bool:
        return self.archiver.busy

    def newest_day(self) -> int:
        (number,) = self.connection.execute("SELECT coalesce(max(number), -1) FROM days").fetchone()
        return int(number)

    def write(self, work: Callable[[Execute], object], done: Callable[[], object] = nothing) -> None:
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            work(self.connection.executemany)
            self.connection.execute("COMMIT")
            done()
        except sqlite3.IntegrityError as error:
            self._roll_back()
            raise Refused(f"{type(error).__name__}: {error}") from error
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) in _NOT_SYNCED:
                raise JournalLost(f"the disk did not sync: {error}; what is read back now need not be on it") from error
            self._roll_back()
            raise _trouble(error) from error

    def settle(self, head: Head) -> bool:
        try:
            return read_head(self.connection) == head
        except sqlite3.Error as error:
            raise _trouble(error) from error

    def reopen(self) -> Head:
        try:
            hooks.reached("CP-O3d")
            self.connection.close()
            self.connection = open_writer(self._path)
            return read_head(self.connection)
        except sqlite3.Error as error:
            raise _trouble(error) from error

    def tidy(self, *, step: bool) -> None:
        try:
            self._log.tidy(self.connection)
            if step:
                self.archiver.step(self.connection)
        except sqlite3.Error as error:
            raise _trouble(error) from error

    def due(self) -> None:
        self.archiver.due = True

    def finish(self) -> None:
        try:
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise _trouble(error) from error

    def close(self) -> None:
        self.connection.close()

    def _roll_back(self) -> None:
        """Where even this fails, the connection is replaced: nothing of it was committed."""
        try:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise _trouble(error) from error


def _trouble(error: sqlite3.Error) -> StoreError:
    if is_locked(error):
        return StoreError(f"locked by another writer: {error}", locked=True)
    return StoreError(f"{type(error).__name__}: {error}")
