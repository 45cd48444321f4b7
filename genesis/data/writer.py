"""The journal's writer thread: one connection, one transaction per batch, and what to do when a commit goes wrong.

A batch that surely was not committed is written again, byte for byte. When the outcome is unknown, the head of the chain
in a fresh connection decides: equal to the batch's last hash = committed; equal to its predecessor's = write the identical
bytes again; anything else = somebody else wrote, the journal gives up (the engine halts).
"""

from __future__ import annotations

import queue
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
from genesis.core.state import digest_of
from genesis.data import anchor, statements
from genesis.data.codec import EventRow, chain_hash
from genesis.data.rows import Row, Upserts
from genesis.data.store import Execute, JournalLost, Refused, Store, StoreError
from genesis.data.waterline import Waterline
from genesis.engine.ports import Committed, Head

GIVE_UP_S: Final = 30.0
"""How long a full disk or an I/O error is retried. A lock, and servers that are away, are retried for ever: nothing leaves meanwhile."""
SNAPSHOTS_KEPT: Final = 3
PACE_S: Final = 0.05
"""At least so long between two steps of the archiver: under load it takes a small part of the writer's time."""
IDLE_S: Final = 1.0
"""How long the writer waits for a batch before it looks after its files."""
_FIRST_PAUSE_S: Final = 0.02
_LONGEST_PAUSE_S: Final = 0.5


class SnapshotOrder(msgspec.Struct, kw_only=True):
    """The state as of the cut of its batch, made in the loop's thread; digested and written after the batch, while the loop goes on."""

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


class Writer(threading.Thread):
    """Takes batches from `inbox`; `post` runs a callback in the loop's thread."""

    def __init__(
        self,
        *,
        store: Store,
        anchor_path: Path,
        head: Head,
        meta: dict[str, str],
        post: Callable[[Callable[[], object]], object],
    ) -> None:
        super().__init__(name="journal", daemon=True)
        self.inbox: queue.SimpleQueue[Batch | Closing] = queue.SimpleQueue()
        self.trouble = ""
        self.hurried = threading.Event()
        self._store = store
        self._anchor_path = anchor_path
        self._head = head
        self._meta: list[Row] = list(meta.items())
        self._witness: tuple[int, int] | None = None
        self._post = post
        self._place: anchor.Place | None = None
        self._waterline = Waterline(anchor_path)
        self._stepped_ns = 0
        self._day = store.newest_day()

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
            return self.inbox.get(timeout=PACE_S if self._store.busy else IDLE_S)
        except queue.Empty:
            return None

    def _tidy(self) -> None:
        """Between two batches, or when there is nothing to write: keep the files small. What cannot be done now is done later."""
        step = time.monotonic_ns() - self._stepped_ns >= PACE_S * 1e9
        try:
            self._store.tidy(step=step)
        except (StoreError, OSError, DatabaseError) as error:
            structlog.get_logger("journal").warning("the database was not tidied", reason=_text(error))
        else:
            if step:
                self._stepped_ns = time.monotonic_ns()

    def _write(self, batch: Batch) -> Committed:
        try:
            if batch.events:
                self._commit(batch)
            failure = self._snapshot(batch.snapshot) if batch.snapshot else ""
            reason = batch.anchor_reason or ("timeline" if batch.events and self._store.place != self._place else "")
            if reason:
                hooks.reached("CP-O9")
                failure = self._anchor(reason, batch.events[-1][2]) or failure
            if self._store.place is not None:
                self._waterline.rise(self._head)
        except (JournalLost, StoreError, DatabaseError, OSError) as error:
            return Committed(self._head, failure=_text(error))
        finally:
            self.trouble = ""
        return Committed(self._head, snapshot_failure=failure, tried=bool(batch.snapshot or reason))

    def _commit(self, batch: Batch) -> None:
        rows, head = self._chained(batch)
        days = self._days_begun(batch)
        upserts = [*batch.upserts, (statements.INSERT_DAY, days)] if days else batch.upserts
        started = time.monotonic()
        pause = _FIRST_PAUSE_S
        while not self._attempt(rows, upserts, head):
            if self.hurried.wait(pause):
                raise JournalLost(f"asked to stop while waiting: {self.trouble}")
            if not (self._store.patient or self.trouble.startswith("locked")) and time.monotonic() - started > GIVE_UP_S:
                raise JournalLost(f"given up after {GIVE_UP_S:.0f} s: {self.trouble}")
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        self._witness = (head.seq, time.monotonic_ns())
        self._head = head
        if days:
            self._day = days[-1][0]
            self._store.due()
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
        kinds = {row[4] for row in rows} if hooks.active() else set()
        try:
            self._store.write(
                lambda execute: self._insert(execute, rows, upserts, kinds), lambda: _reached("CP-O3c", "OrderIntended", kinds)
            )
        except Refused:
            # The chain's trigger or a key. Either these very bytes are there already, from an attempt whose outcome could not be
            # read at once, or they would fail again, whoever is at fault.
            if not self._store.settle(head):
                raise
        except StoreError as error:
            self.trouble = str(error)
            return self._outcome(head)
        return True

    def _insert(self, execute: Execute, rows: list[Row], upserts: Upserts, kinds: set[str]) -> None:
        execute(statements.INSERT_EVENT, rows)
        _reached("CP-O3a", "OrderIntended", kinds)
        for statement, changed in upserts:
            execute(statement, changed)
            if statement == statements.INSERT_FILL:
                hooks.reached("CP-F3")
        self._bear_witness(execute)
        if self._meta:
            execute(statements.UPSERT_META, self._meta)
        _reached("CP-O3b", "OrderIntended", kinds)

    def _bear_witness(self, execute: Execute) -> None:
        """Say when the previous commit returned: what left earlier than that left too early (I16)."""
        if self._witness is not None:
            execute(statements.UPSERT_COMMIT, [self._witness])

    def _outcome(self, head: Head) -> bool:
        try:
            found = self._store.reopen()
        except (StoreError, DatabaseError) as error:
            self.trouble = str(error)
            return False
        if found == head:
            return True
        if found == self._head:
            return False
        raise JournalLost(
            f"{self._store.name}: expected the chain to end at {self._head.seq} or {head.seq}, "
            f"but it ends at {found.seq} with another hash: another process wrote to this database"
        )

    def _snapshot(self, order: SnapshotOrder) -> str:
        """Write a snapshot in a transaction of its own; why it could not be done, or "". The journal does not need it."""
        row = (self._head.seq, self._head.hash, digest_of(order.document), order.wall_ms, msgspec.json.encode(order.document).decode())

        def insert(execute: Execute) -> None:
            execute(statements.UPSERT_SNAPSHOT, [row])
            execute(statements.DROP_OLD_SNAPSHOTS, [(SNAPSHOTS_KEPT,)])
            hooks.reached("CP-W1")

        try:
            self._store.write(insert)
        except StoreError as error:
            return str(error)
        hooks.reached("CP-O9")
        self._store.due()
        return self._anchor("snapshot", order.wall_ms)

    def _anchor(self, reason: str, wall_ms: int) -> str:
        """Anchor the head; why it could not be done, or "". The facts are durable without it: what is missing is who would notice that
        their end was cut off later."""
        try:
            place = self._store.place
            anchor.append(self._anchor_path, seq=self._head.seq, chain_hash=self._head.hash, wall_ms=wall_ms, reason=reason, place=place)
        except OSError as error:
            return f"{self._anchor_path}: {error.strerror}"
        self._place = place
        return ""

    def _close(self, closing: Closing) -> None:
        try:
            if self._witness is not None:
                self._store.write(self._bear_witness)
            if closing.clean:
                hooks.reached("CP-D3")
                self.trouble = self._anchor("stop", closing.wall_ms)
                self._store.finish()
        except (StoreError, JournalLost) as error:
            self.trouble = str(error)
        finally:
            self._waterline.close()
            self._store.close()


def _text(error: Exception) -> str:
    """`Refused` and its like are told by their own words, which name what the database said."""
    return str(error) if isinstance(error, StoreError) else f"{type(error).__name__}: {error}"


def _reached(point: str, kind: str, kinds: set[str]) -> None:
    """A crash point of transactions that hold such a fact."""
    if kind in kinds:
        hooks.reached(point)


def _leaves_rest(batch: Batch) -> bool:
    """Whether a fill was booked of an order that stays open: it was filled in part."""
    filled = {event[5] for event in batch.events if event[4] == "OrderFilled"}
    return any('"after":"PARTIALLY_FILLED"' in event[6] and event[5] in filled for event in batch.events if event[4] == "OrderChanged")
