"""The chain of a long tail of the journal is verified by a process of its own, while this one folds what the tail says.

Verifying and folding take the same time, and a start with a million facts since its snapshot has to wait for both. Nothing is believed
before the verdict is there; without one (no process, no answer, another end) this process verifies for itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Final

from genesis.data.sqlite import open_reader
from genesis.engine.ports import Head

PATIENCE_S: Final = 120.0
_LINKS: Final = (  # what `chain_hash` hashes is put together by SQLite: half the time of doing it here
    "SELECT seq, prev_hash, hash, prev_hash || '|' || seq || '|' || epoch || '|' || wall_ms || '|' || mono_ns || '|' || kind || '|' "
    "|| correlation_id || '|' || payload FROM events WHERE seq > ? AND seq <= ? ORDER BY seq"
)
_LOOK_EVERY: Final = 10_000
"""After so many events the process looks whether there is still somebody who waits for it."""


class Verdict:
    """Begins to verify all events after `after` up to `until`. A context: whatever happens, no process is left."""

    def __init__(self, path: Path, after: Head, until: int) -> None:
        arguments = [sys.executable, "-m", "genesis.data.apart", str(path), str(after.seq), after.hash, str(until), str(os.getpid())]
        self._process: subprocess.Popen[str] | None = None
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": os.environ.get("PATH", "")},
            )

    def __enter__(self) -> Verdict:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def is_whole(self, last_hash: str) -> bool:
        """Waits for the verdict: the chain is whole, and its last event has this hash."""
        if self._process is None:
            return False
        try:
            said, _ = self._process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            return False
        return self._process.returncode == 0 and said.strip() == last_hash


def main(path: Path, after: Head, until: int, parent: int) -> int:
    """Verify and say the hash of the last event; 1 = the chain is not whole, or nobody waits any more."""
    with contextlib.closing(open_reader(path)) as connection:
        last = _verified(connection, after, until, parent)
    if last is None or last.seq != until:
        return 1
    sys.stdout.write(last.hash + "\n")
    return 0


def _verified(connection: sqlite3.Connection, after: Head, until: int, parent: int) -> Head | None:
    last = after
    for seq, previous, found, said in connection.execute(_LINKS, (after.seq, until)):
        if seq != last.seq + 1 or previous != last.hash or found != hashlib.sha256(said.encode()).hexdigest():
            return None
        if seq % _LOOK_EVERY == 0 and os.getppid() != parent:
            return None
        last = Head(seq, found)
    return last


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Head(int(sys.argv[2]), sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])))
