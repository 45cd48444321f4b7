"""One engine per database: an advisory lock on `<db>.lock`, and a name of the machine for the identity that the database holds, so that a
copy of it is told apart. Both are released by the system when the process dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
import sys
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
        with contextlib.suppress(OSError):  # who holds it is for people; on a full disk the lock holds all the same
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Give the lock back. The file stays: removing it could let two engines hold two different files."""
        os.close(self._descriptor)


class InstanceLock:
    """One engine of an identity per machine: client order ids bear it, so that two of them would speak for each other's orders. The name
    is an abstract socket of this machine (Linux; elsewhere nothing is held).

    Raises:
        DatabaseError: an engine of that identity runs already, on another file.
    """

    def __init__(self, instance_id: str, database: Path | str) -> None:
        self._socket: socket.socket | None = None
        if sys.platform != "linux":
            return
        name = f"\0genesis-engine-{instance_id}"
        held = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            held.bind(name)
            held.listen(1)
        except OSError as error:
            held.close()
            raise DatabaseError(
                f"{database}: expected to be the only engine of the identity {instance_id} on this machine, but process {_holder(name)} "
                "runs on another file with it: one of the two is a copy; stop that engine, or start this one on a database of its own"
            ) from error
        self._socket = held

    def release(self) -> None:
        """Give the name back."""
        if self._socket is not None:
            self._socket.close()


def _holder(name: str) -> str:
    """The process that listens under a name."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as asking, contextlib.suppress(OSError):
        asking.settimeout(1)
        asking.connect(name)
        size = struct.calcsize("3i")
        pid, _, _ = struct.unpack("3i", asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        return str(pid)
    return "unknown"
