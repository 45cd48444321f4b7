"""How large the files of the database are, and what keeps them small."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from genesis.engine.ports import Sizes

MIB: Final = 1 << 20


class StorageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The `[database]` table beside the paths. A log that is larger than `wal_checkpoint_mb` is emptied as soon as no reader needs it;
    one that is larger than `wal_alarm_mb` is told. The events of the newest `days` UTC days stay in the table, older ones are archived."""

    wal_checkpoint_mb: int = 16
    wal_alarm_mb: int = 64
    days: int = 2


class LogKeeper:
    """Keeps the write-ahead log small. SQLite copies the log into the database by itself, but begins it anew only when no reader needs the
    old one, and never makes its file smaller."""

    def __init__(self, path: Path, settings: StorageSettings) -> None:
        self._database = path
        self._log = str(path.with_name(path.name + "-wal"))
        self._settings = settings
        self._alarmed = False

    @property
    def sizes(self) -> Sizes:
        """What the files have now; 0 where there is none."""
        return Sizes(_size(self._database), _size(self._log))

    @property
    def trouble(self) -> str:
        """Why the log is too large, "" = it is not; told until it is half as large."""
        size, most = _size(self._log), self._settings.wal_alarm_mb * MIB
        self._alarmed = size > (most // 2 if self._alarmed else most)
        if not self._alarmed:
            return ""
        return (
            f"the write-ahead log has {size} bytes, expected at most {most}: a reader keeps it from being emptied; "
            f"end what reads {self._database.name} for so long (a backup, a shell)"
        )

    def tidy(self, connection: sqlite3.Connection) -> None:
        """Empty a log that is too large, as far as nobody reads it. Waits for nobody. `connection` is in no transaction."""
        if _size(self._log) <= self._settings.wal_checkpoint_mb * MIB:
            return
        _, frames, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if copied < frames:
            return
        (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
        connection.execute("PRAGMA busy_timeout=0")
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # says busy, and does nothing, if somebody reads
        finally:
            connection.execute(f"PRAGMA busy_timeout={patience}")


def _size(path: Path | str) -> int:
    try:
        return os.stat(path).st_size  # after every batch: `Path.stat` costs four times as much
    except OSError:
        return 0
