"""The side file that anchors the chain's head, so that a cut-off tail of the journal is noticed (I19)."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Final, NamedTuple

from genesis import hooks
from genesis.core.errors import CHAIN_BROKEN, DamagedDatabase
from genesis.data.files import sync_directory

WAY_OUT: Final = (
    "put the file back, or restore a backup (python -m genesis restore), or take the journal for whole as it is "
    "(python -m genesis rebuild --accept-loss)"
)


class Place(NamedTuple):
    """Which server a journal was on, and which of its timelines: every promotion begins one, and none goes back."""

    server: str
    timeline: int

    def behind(self, other: Place | None) -> bool:
        """Whether this is an older timeline of the same server; those of two servers say nothing of each other."""
        return other is not None and self.server == other.server and self.timeline < other.timeline


class Anchor(NamedTuple):
    seq: int
    hash: str
    place: Place | None = None
    """None: a file, or a line from before places were kept."""


def beside(database: Path) -> Path:
    """Where the anchor of a database is unless the configuration says otherwise."""
    return database.with_name(database.name + ".anchor")


def whole_lines(path: Path) -> bytes:
    """What a copy of the file has to hold: all its lines but a torn last one.

    Raises:
        DamagedDatabase: see `read`.
    """
    read(path)
    content = path.read_bytes()
    return content[: content.rfind(b"\n") + 1]


def write(path: Path, lines: bytes) -> None:
    """A new anchor file that holds this, on disk.

    Raises:
        OSError: there is such a file, or the disk refuses.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def replace(path: Path, *, seq: int, chain_hash: str, reason: str) -> None:
    """An anchor file that holds nothing but this line, in place of what was there.

    Raises:
        OSError: the disk refuses.
    """
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    create(new)
    if seq:
        append(new, seq=seq, chain_hash=chain_hash, wall_ms=int(time.time() * 1_000), reason=reason)
    new.replace(path)
    sync_directory(path.parent)


def create(path: Path) -> None:
    """Make sure that the file exists on disk (empty), so that its absence later means that somebody removed it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    os.fsync(descriptor)
    os.close(descriptor)
    sync_directory(path.parent)


def append(path: Path, *, seq: int, chain_hash: str, wall_ms: int, reason: str, place: Place | None = None) -> None:
    """Add one line and fsync it. A torn line that a crash left at the end is cut off first.

    Raises:
        OSError: the disk refuses.
    """
    said = {"seq": seq, "hash": chain_hash, "wall_ms": wall_ms, "reason": reason, **(place._asdict() if place is not None else {})}
    line = json.dumps(said, separators=(",", ":")) + "\n"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _drop_torn_tail(descriptor)
        _write(descriptor, line.encode())
        hooks.reached("CP-A1b")
        os.fsync(descriptor)
        hooks.reached("CP-A1c")
    finally:
        os.close(descriptor)


def _write(descriptor: int, line: bytes) -> None:
    if hooks.fires_next("CP-A1a"):
        written = os.write(descriptor, line[: len(line) // 2])
        line = line[written:]
    hooks.reached("CP-A1a")
    os.write(descriptor, line)


def _drop_torn_tail(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    if size == 0 or os.pread(descriptor, 1, size - 1) == b"\n":
        return
    tail = os.pread(descriptor, min(size, 4096), max(0, size - 4096))
    os.ftruncate(descriptor, size - len(tail) + tail.rfind(b"\n") + 1)


def read(path: Path) -> list[Anchor]:
    """All anchors in order; a torn last line (no line end: the crash came while it was written) is left out.

    Raises:
        DamagedDatabase: the file is missing, unreadable, or a whole line of it is damaged.
    """
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except OSError as error:
        raise DamagedDatabase(
            f"{path}: expected the anchor file of the journal's chain, got: {error.strerror}", CHAIN_BROKEN, way_out=WAY_OUT
        ) from error
    anchors = []
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            place = Place(str(record["server"]), int(record["timeline"])) if "timeline" in record else None
            anchors.append(Anchor(int(record["seq"]), str(record["hash"]), place))
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedDatabase(f"{path}:{number}: damaged line of the anchor file", CHAIN_BROKEN, way_out=WAY_OUT) from error
    return anchors
