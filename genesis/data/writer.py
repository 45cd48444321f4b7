"""The journal's writer thread: one connection, one transaction per batch, and what to do when a commit goes wrong.

A batch that surely was not committed is written again, byte for byte. When the outcome is unknown, the head of the chain
in a fresh connection decides: equal to the batch's last hash = committed; equal to its predecessor's = write the identical
bytes again; anything else = somebody else wrote, the journal gives up (the engine halts).
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from genesis import hooks
from genesis.core.day import DAY_MS
from genesis.core.errors import DatabaseError
from genesis.data import anchor, statements
from genesis.data.archiver import Archiver
from genesis.data.codec import GENESIS_HASH, EventRow, chain_hash
from genesis.data.rows import Row, Upserts
from genesis.data.sqlite import is_locked, open_writer
from genesis.data.storage import LogKeeper
from genesis.engine.ports import Committed, Head

GIVE_UP_S: Final = 30.0
"""How long a full disk or an I/O error is retried. A lock is retried for ever: nothing leaves meanwhile."""
SNAPSHOTS_KEPT: Final = 3
PACE_S: Final = 0.05
"""At least so long between two steps of the archiver: under load it takes a small part of the writer's time."""
IDLE_S: Final = 1.0
"""How long the writer waits for a batch before it looks after its files."""
_NOT_SYNCED: Final = (sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC)
"""After these nobody knows what is on the disk: the system may hold pages for written that are not, and a second sync succeeds
without writing them. The process ends; what left the engine before was synced by a commit that returned."""
_FIRST_PAUSE_S: Final = 0.02
_LONGEST_PAUSE_S: Final = 0.5


class SnapshotOrder(msgspec.Struct, kw_only=True):
    """The state as of the cut of its batch, made in the loop's thread; written after the batch."""

    digest: str
    wall_ms: int
    document: dict[str, Any]


class Batch(msgspec.Struct, kw_only=True):
    """Event rows without their two hashes, and the rows of the tables that they change."""

    events: list[EventRow]
    upserts: Upserts
    done: Callable[[Committed], None]
    snapshot: SnapshotOrder | None = None
    anchor_reason: str = ""


class Closing(msgspec.Struct):
    clean: bool
    wall_ms: int


class JournalLost(Exception):
    """The journal cannot go on: given up, or its chain was continued by somebody else."""


def read_head(connection: sqlite3.Connection) -> Head:
    """The end of the chain as the database has it."""
    row = connection.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, GENESIS_HASH)


class Writer(threading.Thread):
    """Takes batches from `inbox`; `post` runs a callback in the loop's thread."""

    def __init__(
        self,
        *,
        path: Path,
        anchor_path: Path,
        connection: sqlite3.Connection,
        head: Head,
        meta: dict[str, str],
        post: Callable[[Callable[[], object]], object],
        log: LogKeeper,
        archiver: Archiver,
    ) -> None:
        super().__init__(name="journal", daemon=True)
        self.inbox: queue.SimpleQueue[Batch | Closing] = queue.SimpleQueue()
        self.trouble = ""
        self.hurried = threading.Event()
        self._path = path
        self._anchor_path = anchor_path
        self._connection = connection
        self._head = head
        self._meta: list[Row] = list(meta.items())
        self._witness: tuple[int, int] | None = None
        self._post = post
        self._log = log
        self._archiver = archiver
        self._stepped_ns = 0
        (self._day,) = connection.execute("SELECT coalesce(max(number), -1) FROM days").fetchone()

    def run(self) -> None:
        while True:
            work = self._next()
            if isinstance(work, Closing):
                self._close(work)
                return
            if work is not None:
                outcome = self._write(work)
                self._post(lambda done=work.done, outcome=outcome: done(outcome))  # type: ignore[misc]
            self._tidy()

    def _next(self) -> Batch | Closing | None:
        try:
            return self.inbox.get(timeout=PACE_S if self._archiver.busy else IDLE_S)
        except queue.Empty:
            return None

    def _tidy(self) -> None:
        """Between two batches, or when there is nothing to write: keep the files small. What cannot be done now is done later."""
        try:
            self._log.tidy(self._connection)
            if time.monotonic_ns() - self._stepped_ns >= PACE_S * 1e9:
                self._archiver.step(self._connection)
                self._stepped_ns = time.monotonic_ns()
        except (sqlite3.Error, OSError, DatabaseError) as error:
            structlog.get_logger("journal").warning("the database was not tidied", reason=f"{type(error).__name__}: {error}")

    def _write(self, batch: Batch) -> Committed:
        try:
            if batch.events:
                self._commit(batch)
            failure = self._snapshot(batch.snapshot) if batch.snapshot else ""
            if batch.anchor_reason:
                hooks.reached("CP-O9")
                failure = self._anchor(batch.anchor_reason, batch.events[-1][2]) or failure
        except (JournalLost, sqlite3.Error, DatabaseError, OSError) as error:
            return Committed(self._head, failure=f"{type(error).__name__}: {error}")
        finally:
            self.trouble = ""
        return Committed(self._head, snapshot_failure=failure, tried=bool(batch.snapshot or batch.anchor_reason))

    def _commit(self, batch: Batch) -> None:
        rows, head = self._chained(batch)
        days = self._days_begun(batch)
        upserts = [*batch.upserts, (statements.INSERT_DAY, days)] if days else batch.upserts
        started = time.monotonic()
        pause = _FIRST_PAUSE_S
        while not self._attempt(rows, upserts, head):
            if self.hurried.wait(pause):
                raise JournalLost(f"asked to stop while waiting: {self.trouble}")
            if not self.trouble.startswith("locked") and time.monotonic() - started > GIVE_UP_S:
                raise JournalLost(f"given up after {GIVE_UP_S:.0f} s: {self.trouble}")
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        self._witness = (head.seq, time.monotonic_ns())
        self._head = head
        if days:
            self._day, self._archiver.due = days[-1][0], True
        if hooks.active() and _leaves_rest(batch):
            hooks.reached("CP-F1")
        self._meta = []

    def _chained(self, batch: Batch) -> tuple[list[Row], Head]:
        previous = self._head.hash
        rows: list[Row] = []
        for event in batch.events:
            digest = chain_hash(previous, event)
            rows.append((*event, previous, digest))
            previous = digest
        assert batch.events[0][0] == self._head.seq + 1, "a batch continues the chain"
        return rows, Head(batch.events[-1][0], previous)

    def _days_begun(self, batch: Batch) -> list[Row]:
        """UTC days that begin in this batch, each with its first event. Where the clock goes back, the day goes on."""
        begun: list[Row] = []
        newest = self._day
        for seq, _, wall_ms, *_ in batch.events:
            if wall_ms // DAY_MS > newest:
                newest = wall_ms // DAY_MS
                begun.append((newest, seq))
        return begun

    def _attempt(self, rows: list[Row], upserts: Upserts, head: Head) -> bool:
        """Whether the batch is committed now. False = surely not, and worth another try."""
        try:
            self._transaction(rows, upserts)
        except sqlite3.IntegrityError:
            # The chain's trigger or a key. Either these very bytes are there already, from an attempt whose outcome could not be
            # read at once, or they would fail again, whoever is at fault.
            self._roll_back()
            if read_head(self._connection) != head:
                raise
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) in _NOT_SYNCED:
                raise JournalLost(f"the disk did not sync: {error}; what is read back now need not be on it") from error
            self.trouble = f"locked by another writer: {error}" if is_locked(error) else f"{type(error).__name__}: {error}"
            return self._outcome(head)
        return True

    def _transaction(self, rows: list[Row], upserts: Upserts) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statements.INSERT_EVENT, rows)
        kinds = {row[4] for row in rows} if hooks.active() else set()
        _reached("CP-O3a", "OrderIntended", kinds)
        for statement, changed in upserts:
            connection.executemany(statement, changed)
            if statement == statements.INSERT_FILL:
                hooks.reached("CP-F3")
        self._bear_witness()
        if self._meta:
            connection.executemany(statements.UPSERT_META, self._meta)
        _reached("CP-O3b", "OrderIntended", kinds)
        connection.execute("COMMIT")
        _reached("CP-O3c", "OrderIntended", kinds)

    def _bear_witness(self) -> None:
        """Say when the previous commit returned: what left earlier than that left too early (I16)."""
        if self._witness is not None:
            self._connection.execute(statements.UPSERT_COMMIT, self._witness)

    def _outcome(self, head: Head) -> bool:
        try:
            hooks.reached("CP-O3d")
            self._connection.close()
            self._connection = open_writer(self._path)
            found = read_head(self._connection)
        except (sqlite3.Error, DatabaseError) as error:
            self.trouble = f"locked by another writer: {error}" if _locked(error) else f"{type(error).__name__}: {error}"
            return False
        if found == head:
            return True
        if found == self._head:
            return False
        raise JournalLost(
            f"{self._path}: expected the chain to end at {self._head.seq} or {head.seq}, but it ends at {found.seq} with another hash: "
            "another process wrote to this database"
        )

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _snapshot(self, order: SnapshotOrder) -> str:
        """Write a snapshot in a transaction of its own; why it could not be done, or "". The journal does not need it."""
        row = (self._head.seq, self._head.hash, order.digest, order.wall_ms, msgspec.json.encode(order.document).decode())
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(statements.UPSERT_SNAPSHOT, row)
            self._connection.execute(statements.DROP_OLD_SNAPSHOTS, (SNAPSHOTS_KEPT,))
            hooks.reached("CP-W1")
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            return f"{type(error).__name__}: {error}"
        hooks.reached("CP-O9")
        self._archiver.due = True
        return self._anchor("snapshot", order.wall_ms)

    def _anchor(self, reason: str, wall_ms: int) -> str:
        """Anchor the head; why it could not be done, or "". The facts are durable without it: what is missing is who would notice that
        their end was cut off later."""
        try:
            anchor.append(self._anchor_path, seq=self._head.seq, chain_hash=self._head.hash, wall_ms=wall_ms, reason=reason)
        except OSError as error:
            return f"{self._anchor_path}: {error.strerror}"
        return ""

    def _close(self, closing: Closing) -> None:
        try:
            if self._witness is not None:
                self._bear_witness()
            if closing.clean:
                hooks.reached("CP-D3")
                self.trouble = self._anchor("stop", closing.wall_ms)
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            self.trouble = f"{type(error).__name__}: {error}"
        finally:
            self._connection.close()


def _reached(point: str, kind: str, kinds: set[str]) -> None:
    """A crash point of transactions that hold such a fact."""
    if kind in kinds:
        hooks.reached(point)


def _leaves_rest(batch: Batch) -> bool:
    """Whether a fill was booked of an order that stays open: it was filled in part."""
    filled = {event[5] for event in batch.events if event[4] == "OrderFilled"}
    return any('"after":"PARTIALLY_FILLED"' in event[6] and event[5] in filled for event in batch.events if event[4] == "OrderChanged")


def _locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.Error) and is_locked(error)
