"""Files that are whole or not there: copied with their bytes on disk, and named only then."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database."""
_CHUNK: Final = 1 << 20


def copy(source: Path, target: Path) -> None:
    """Copy a file to one that is not there yet, for its owner only, and have it on disk.

    Raises:
        OSError: the target is there, or the disk refuses.
    """
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with source.open("rb") as reading, os.fdopen(descriptor, "wb") as writing:
        shutil.copyfileobj(reading, writing, _CHUNK)
        writing.flush()
        os.fsync(writing.fileno())


def sync(path: Path) -> None:
    """Have a file's bytes on disk."""
    _sync(path, os.O_RDONLY)


def sync_directory(folder: Path) -> None:
    """Have the names in a folder on disk."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def forget(database: Path) -> None:
    """Remove a database that was not finished, with all that is beside it."""
    for suffix in ("", *BESIDE, ".anchor"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    shutil.rmtree(database.with_name(database.name + ".archive"), ignore_errors=True)


def beside(database: Path) -> list[Path]:
    """What SQLite keeps beside a database, what of it is there."""
    return [path for path in (database.with_name(database.name + suffix) for suffix in BESIDE) if path.exists()]
