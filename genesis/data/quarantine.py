"""A copy of files that are not believed, before anything else happens to them: `<db>.quarantine/<UTC time>/`.

The copy is whole and on disk before it bears its name, is never overwritten, and only its owner may read it. What was copied
already is not copied again, so that a supervisor that starts a refused engine over and over does not fill the disk.
"""

from __future__ import annotations

import datetime
import filecmp
from pathlib import Path
from typing import Final

from genesis.data.files import copy, sync_directory

_BESIDE: Final = ("", "-wal", "-shm")
_INDEX: Final = "-shm"  # which every opening writes anew: no evidence of its own
_PARTIAL: Final = ".partial"


def files_of(database: Path, anchor: Path) -> list[Path]:
    """The files that a database consists of, those that are there."""
    candidates = [*(database.with_name(database.name + suffix) for suffix in _BESIDE), anchor]
    return [path for path in candidates if path.is_file()]


def keep(database: Path, anchor: Path) -> Path:
    """Copy the files of `database` and its anchor; the folder that holds the copy. The originals are only read.

    Raises:
        OSError: the disk refuses.
    """
    files = files_of(database, anchor)
    shelf = database.with_name(database.name + ".quarantine")
    shelf.mkdir(mode=0o700, exist_ok=True)
    for known in _copies(shelf):
        if _same(files, known):
            return known
    folder = shelf / datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    partial = folder.with_name(folder.name + _PARTIAL)
    partial.mkdir(mode=0o700)
    for path in files:
        copy(path, partial / path.name)
    sync_directory(partial)
    partial.rename(folder)
    sync_directory(shelf)
    sync_directory(shelf.parent)
    return folder


def _copies(shelf: Path) -> list[Path]:
    """The finished copies, newest first."""
    return sorted((path for path in shelf.iterdir() if path.is_dir() and path.suffix != _PARTIAL), reverse=True)


def _same(files: list[Path], folder: Path) -> bool:
    evidence = {path.name: path for path in files if not path.name.endswith(_INDEX)}
    kept = {path.name: path for path in folder.iterdir() if not path.name.endswith(_INDEX)}
    return evidence.keys() == kept.keys() and all(filecmp.cmp(path, kept[name], shallow=False) for name, path in evidence.items())
