"""The last event that was acknowledged, in a file beside the anchor: rises with every commit, is synced by none.

It survives the engine's process, not its machine. A server that was restored, or promoted without what was acknowledged, is found out by
it up to the last fact; the anchor file, which is synced, names fewer.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from genesis.engine.ports import Head

_LINE: Final = re.compile(r"(\d{20}) ([0-9a-f]{64})\n")


class Waterline:
    """Opened when it rises first. What the disk refuses is left out: nobody is told less by it."""

    def __init__(self, anchor_path: Path) -> None:
        self._path = beside(anchor_path)
        self._descriptor: int | None = None

    def rise(self, head: Head) -> None:
        """Up to here everything is acknowledged."""
        with suppress(OSError):
            if self._descriptor is None:
                self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            os.pwrite(self._descriptor, f"{head.seq:020d} {head.hash}\n".encode(), 0)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)


def beside(anchor_path: Path) -> Path:
    """Where it is."""
    return anchor_path.with_name(anchor_path.name + ".last")


def read(anchor_path: Path) -> Head | None:
    """How far it rose; None: not at all, or a crash of the machine left nothing whole."""
    try:
        found = _LINE.fullmatch(beside(anchor_path).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return Head(int(found[1]), found[2]) if found is not None else None


def forget(anchor_path: Path) -> None:
    """What it says does not count any more: a loss was accepted.

    Raises:
        OSError: the disk refuses.
    """
    beside(anchor_path).unlink(missing_ok=True)
