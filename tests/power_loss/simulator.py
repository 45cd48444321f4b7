"""The engine's own writer on a recording disk, and its own recovery on what power cuts leave.

The writer thread, its statements and its transactions are those of `genesis.data.writer`; only the connection is one of apsw, which has
the methods that the writer uses and lets its files be watched.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from genesis.core.errors import DatabaseError
from genesis.core.money import install_context
from genesis.data.anchor import beside
from genesis.data.audit import audit
from genesis.data.journal import SqliteJournal
from genesis.data.recovery import Recovered, recover
from genesis.data.sqlite import make_durable
from tests.engine_shell.support import Book, life_of_an_order, opening_facts
from tests.power_loss.disk import Acknowledged, Disk, RecordingVfs, Sync, Write

TRANSACTIONS = 150
SNAPSHOT_EVERY = 20
_NUMBERS = itertools.count(1)


class Trace(NamedTuple):
    """What a run did to its disk, and where its transactions ended."""

    disk: Disk
    ends: frozenset[int]

    @property
    def syncs(self) -> int:
        return sum(isinstance(operation, Sync) for operation in self.disk.operations)

    @property
    def taken_in(self) -> int:
        """Pages that went from the log into the database."""
        return sum(isinstance(operation, Write) and operation.file == "engine.db" for operation in self.disk.operations)


class Figures(NamedTuple):
    """Of some images: in how many acknowledged facts were lost, a transaction was half there, or recovery gave up."""

    images: int
    lost: int
    half: int
    unreadable: int
    first: str = ""

    def text(self) -> str:
        return f"{self.images} images: {self.lost} lost an acknowledged fact, {self.half} half transactions, {self.unreadable} unreadable"


async def record(folder: Path, synchronous: str = "FULL", transactions: int = TRANSACTIONS) -> Trace:
    """Let the engine's writer write: orders one after the other, a snapshot now and then."""
    first = Book(folder)
    await first.write(opening_facts())
    await first.close()
    recovered = recover(first.path, first.anchor)
    recovered.connection.close()
    disk = Disk(folder)
    vfs = RecordingVfs(f"recording-{next(_NUMBERS)}", disk)
    connection: Any = apsw.Connection(str(first.path), vfs=vfs.name)
    make_durable(connection, first.path)
    connection.execute(f"PRAGMA synchronous={synchronous}")
    book = _on(connection, first, recovered)
    ends = {recovered.head.seq}
    for number in range(1, transactions + 1):
        outcome = await book.write(life_of_an_order(number), snapshot=number % SNAPSHOT_EVERY == 0)
        assert not outcome.failure, outcome.failure
        disk.note_anchor(book.anchor)
        disk.note(Acknowledged(outcome.head.seq))
        ends.add(outcome.head.seq)
    disk.over = True
    await book.close(clean=False)
    return Trace(disk, frozenset(ends))


def _on(connection: Any, first: Book, recovered: Recovered) -> Book:
    """A book that goes on where the first ended, on this connection."""
    book = Book.__new__(Book)
    book.path, book.anchor, book.ticks = first.path, first.anchor, first.ticks
    book.recovered, book.state = recovered._replace(connection=connection), recovered.state
    book.journal = SqliteJournal(
        path=book.path, anchor_path=book.anchor, recovered=book.recovered, post=asyncio.get_running_loop().call_soon_threadsafe
    )
    book.day = 0
    return book


def judge(trace: Trace, images: int, seed: int) -> Figures:
    """Cut the power at random moments; what the engine's own recovery finds on what is left."""
    install_context()
    chance = random.Random(seed)
    lost = half = unreadable = 0
    first = ""
    for number in range(images):
        moment = chance.randint(1, len(trace.disk.operations))
        with tempfile.TemporaryDirectory(prefix="power-loss-") as folder:
            problem = _problem(trace, moment, Path(folder), chance)
        lost += problem.startswith("lost")
        half += problem.startswith("half")
        unreadable += problem.startswith("unreadable")
        first = first or (problem and f"image {number}, before operation {moment}: {problem}")
    return Figures(images, lost, half, unreadable, first)


def _problem(trace: Trace, moment: int, folder: Path, chance: random.Random) -> str:
    """What is wrong with one image; "" when nothing is."""
    for name, content in trace.disk.image(moment, chance).items():
        (folder / name).write_bytes(content)
    path = folder / "engine.db"
    try:
        found = recover(path, beside(path))
        found.connection.close()
        violations = audit(path).violations
    except DatabaseError as error:
        return f"unreadable: {error.message}"
    promised = trace.disk.acknowledged_before(moment)
    if found.head.seq < promised:
        return f"lost: promised up to event {promised}, found up to {found.head.seq}"
    if found.head.seq not in trace.ends or violations:
        return f"half: ends at event {found.head.seq}: {violations[:1]}"
    return ""
