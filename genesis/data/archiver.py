"""Moves the events of closed days from the table into archive files, in small steps between the batches of the journal's writer.

A file is written under another name, synced, renamed, read back and verified against the chain; only then one transaction puts it on
record and deletes its events. Whatever ends the process leaves the events in one place at least, and the next one goes on: a file without
its name is written anew, one with its name that is exactly what it has to be is taken as it is.
"""

from __future__ import annotations

import gzip
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import msgspec
import structlog

from genesis import hooks
from genesis.core.errors import DamagedDatabase, DatabaseError
from genesis.data import anchor, statements
from genesis.data.archive import Archive, ArchivedEvent, archived_until, archives_in, directory_of, verified
from genesis.data.codec import chain_hash
from genesis.data.files import sync_directory
from genesis.engine.ports import Head

FILE_EVENTS: Final = 10_000
"""How many events one file holds at most: what one transaction deletes."""
STEP_EVENTS: Final = 1_000
"""How many are read and packed in one step: some ten milliseconds."""
_LEVEL: Final = 6
_EVENTS: Final = (
    "SELECT seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload, prev_hash, hash, committed_ns "
    "FROM events LEFT JOIN commits ON last_seq = seq WHERE seq BETWEEN ? AND ? ORDER BY seq"
)
_encode = msgspec.json.Encoder().encode


class Range(NamedTuple):
    """Events that go into one file: all after `before`, up to `last`."""

    number: int
    before: Head
    last: Head

    @property
    def name(self) -> str:
        return f"{self.number:04d}-{self.before.seq + 1}-{self.last.seq}.jsonl.gz"


class Archiver:
    """One per writer, in its thread. `days`: how many days stay in the table, the newest of the journal counted."""

    def __init__(self, database: Path, anchor_path: Path, days: int) -> None:
        self.due = True
        """Whether there may be something to do: at the start, after a snapshot, when a day begins."""
        self._directory = directory_of(database)
        self._anchor_path = anchor_path
        self._days = days
        self._steps: Iterator[None] | None = None
        self._connection: sqlite3.Connection

    @property
    def busy(self) -> bool:
        """Whether another step is to be taken soon."""
        return self.due or self._steps is not None

    def step(self, connection: sqlite3.Connection) -> None:
        """Take one step, if there is one. `connection` is in no transaction.

        Raises:
            sqlite3.Error, OSError, DatabaseError: not now; it is begun anew when it is due again.
        """
        self._connection = connection
        if self._steps is None and self.due:
            self._steps, self.due = self._work(), False  # in this order: `busy` is asked by another thread
        if self._steps is None:
            return
        try:
            next(self._steps)
        except StopIteration:
            self._steps = None
        except BaseException:
            self._steps = None
            raise

    def _work(self) -> Iterator[None]:
        while (found := self._next_range()) is not None:
            yield from self._archive(found)

    def _next_range(self) -> Range | None:
        """The next events to leave: of days that are over, before every snapshot that is kept and before the last anchor, which a start
        looks up in the table."""
        ask = self._connection.execute
        before, number = archived_until(self._connection), len(archives_in(self._connection)) + 1
        (stays,) = ask("SELECT min(first_seq) FROM days WHERE number > (SELECT max(number) FROM days) - ?", (self._days,)).fetchone()
        (snapshot,) = ask("SELECT min(seq) FROM snapshots").fetchone()
        anchors = anchor.read(self._anchor_path)
        if stays is None or snapshot is None or not anchors:
            return None
        last = min(stays - 1, snapshot - 1, anchors[-1].seq - 1, before.seq + FILE_EVENTS)
        if last <= before.seq:
            return None
        (last_hash,) = ask("SELECT hash FROM events WHERE seq = ?", (last,)).fetchone()
        return Range(number, before, Head(last, last_hash))

    def _archive(self, found: Range) -> Iterator[None]:
        path = self._directory / found.name
        if not self._is_there(path, found):
            yield from self._write(path, found)
            hooks.reached("CP-A2b")
            yield
        sha256 = verified(path, found.before, found.last)
        yield
        self._record(Archive(found.last.seq, found.before.seq + 1, found.before.hash, found.last.hash, sha256, found.name))
        yield

    def _is_there(self, path: Path, found: Range) -> bool:
        """Whether a process that died has written the file already. Another file of that name is set aside."""
        if not path.exists():
            return False
        try:
            verified(path, found.before, found.last)
        except DamagedDatabase as error:
            path.replace(path.with_name(path.name + ".unexpected"))
            structlog.get_logger("archiver").warning("an unexpected file was set aside", file=str(path), reason=error.message)
            return False
        return True

    def _write(self, path: Path, found: Range) -> Iterator[None]:
        self._directory.mkdir(mode=0o700, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        try:
            with partial.open("wb") as file:
                yield from self._pack(file, found)
                file.flush()
                os.fsync(file.fileno())
            hooks.reached("CP-A2")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        sync_directory(self._directory)
        sync_directory(self._directory.parent)

    def _pack(self, file: BinaryIO, found: Range) -> Iterator[None]:
        """The events, verified on their way: what is not whole is not archived."""
        head = found.before
        with gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=file, mtime=0) as packing:
            for first in range(found.before.seq + 1, found.last.seq + 1, STEP_EVENTS):
                until = min(first + STEP_EVENTS - 1, found.last.seq)
                lines = []
                for row in self._connection.execute(_EVENTS, (first, until)):
                    event = ArchivedEvent(**dict(zip(ArchivedEvent.__struct_fields__, row, strict=True)))
                    head = _followed(head, event)
                    lines.append(_encode(event))
                packing.write(b"\n".join(lines) + b"\n")
                yield

    def _record(self, archive: Archive) -> None:
        connection, held = self._connection, (archive.first_seq, archive.last_seq)
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(statements.INSERT_ARCHIVE, archive)
            connection.execute("DELETE FROM commits WHERE last_seq BETWEEN ? AND ?", held)
            connection.execute("DELETE FROM events WHERE seq BETWEEN ? AND ?", held)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _followed(head: Head, event: ArchivedEvent) -> Head:
    expected = chain_hash(head.hash, event.row)
    if event.seq != head.seq + 1 or event.prev_hash != head.hash or event.hash != expected:
        raise DatabaseError(f"chain broken at event {event.seq}: it stays in the table and is not archived; run `genesis audit`")
    return Head(event.seq, expected)
