"""Archives of closed days: files of events that have left the table, each linked to the one before by the chain's hash (I19).

`<db>.archive/0001-1-10000.jsonl.gz` holds events 1 to 10,000: one JSON object a line, the columns of `events` and, of the last event of a
transaction, when it was durable (`committed_ns`). The table `archives` says which files there are and what they have to hold.
"""

from __future__ import annotations

import gzip
import hashlib
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from genesis.core.errors import CHAIN_BROKEN, DamagedDatabase
from genesis.data.codec import GENESIS_HASH, EventRow, chain_hash
from genesis.engine.ports import Head

WAY_OUT: Final = "bring that file back from a backup: the state and all that came later do not need it"


class ArchivedEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line."""

    seq: int
    epoch: int
    wall_ms: int
    mono_ns: int
    kind: str
    correlation_id: str
    payload: str
    prev_hash: str
    hash: str
    committed_ns: int | None

    @property
    def row(self) -> EventRow:
        return self.seq, self.epoch, self.wall_ms, self.mono_ns, self.kind, self.correlation_id, self.payload


class Archive(NamedTuple):
    """A row of `archives`, in the order of its columns."""

    last_seq: int
    first_seq: int
    prev_hash: str
    last_hash: str
    sha256: str
    file: str

    @property
    def number(self) -> int:
        return int(self.file.partition("-")[0])


_read_lines = msgspec.json.Decoder(ArchivedEvent).decode_lines
_COLUMNS: Final = "last_seq, first_seq, prev_hash, last_hash, sha256, file"


def directory_of(database: Path) -> Path:
    """Where the archives of a database are."""
    return database.with_name(database.name + ".archive")


def archives_in(connection: sqlite3.Connection, after: int = 0) -> list[Archive]:
    """The archives that hold an event after `after`, the oldest first; none in a schema of before there were any."""
    (known,) = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'archives'").fetchone()
    if not known:
        return []
    question = f"SELECT {_COLUMNS} FROM archives WHERE last_seq > ? ORDER BY last_seq"  # noqa: S608 - constant columns
    return [Archive(*row) for row in connection.execute(question, (after,))]


def archived_until(connection: sqlite3.Connection) -> Head:
    """The last event that is archived."""
    known = archives_in(connection)
    return Head(known[-1].last_seq, known[-1].last_hash) if known else Head(0, GENESIS_HASH)


def events_in(archive: Archive, directory: Path) -> Iterator[ArchivedEvent]:
    """The events of an archive, after the file was compared with what was written; the hashes within are the caller's to verify, as
    those of the table are.

    Raises:
        DamagedDatabase: the file is missing or another one.
    """
    path = directory / archive.file
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise _damaged(path, f"expected events {archive.first_seq} to {archive.last_seq}, got: {error.strerror}") from error
    found = hashlib.sha256(packed).hexdigest()
    if found != archive.sha256:
        raise _damaged(
            path, f"expected the file that was written (sha256 {archive.sha256[:12]}...), got {len(packed)} bytes ({found[:12]}...)"
        )
    yield from unpacked(packed, path)


def unpacked(packed: bytes, path: Path) -> list[ArchivedEvent]:
    """The events of a file.

    Raises:
        DamagedDatabase: it is none of ours.
    """
    try:
        return _read_lines(gzip.decompress(packed))
    except (OSError, EOFError, zlib.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _damaged(path, f"expected events, one a line, got: {error}") from error


def verified(path: Path, before: Head, last: Head) -> str:
    """sha256 (hex) of a file that holds exactly the events after `before` up to `last`, each hash computed anew.

    Raises:
        DamagedDatabase: it holds anything else.
        OSError: it cannot be read.
    """
    packed = path.read_bytes()
    head = before
    for event in unpacked(packed, path):
        expected = Head(head.seq + 1, chain_hash(head.hash, event.row))
        if event.prev_hash != head.hash or (event.seq, event.hash) != (expected.seq, expected.hash):
            raise _damaged(path, f"chain broken at event {event.seq}")
        head = expected
    if head != last:
        raise _damaged(path, f"expected the events up to {last.seq}, got {head.seq}")
    return hashlib.sha256(packed).hexdigest()


def _damaged(path: Path, what: str) -> DamagedDatabase:
    return DamagedDatabase(f"archive {path}: {what}", CHAIN_BROKEN, way_out=WAY_OUT)
