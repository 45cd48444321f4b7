"""One engine per database file: an advisory lock on `<db>.lock`, released by the system when the process dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from genesis.core.errors import DatabaseError


class DatabaseLock:
    """Held from `__init__` until `release` or the end of the process.

    Raises:
        DatabaseError: another engine holds it, or the lock file cannot be created.
    """

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".lock")
        try:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise DatabaseError(f"{self.path}: cannot create the lock file: {error.strerror}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            raise DatabaseError(
                f"{database}: expected to be the only engine on this database, "
                f"but process {holder} holds {self.path.name}; stop that engine or configure another database"
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Give the lock back. The file stays: removing it could let two engines hold two different files."""
        os.close(self._descriptor)
