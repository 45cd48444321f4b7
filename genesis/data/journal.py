"""The journal as the loop sees it: facts are recorded into a filling batch, batches are cut and written by one thread.

While one batch is being synced the next one fills, so that commits group themselves under load and cost no wait without.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from genesis.core.events import Now
from genesis.core.facts import Fact
from genesis.core.state import State
from genesis.data.codec import EventRow, payload_of
from genesis.data.recovery import Recovered
from genesis.data.rows import Upserts, upserts_of
from genesis.data.sqlite_store import SqliteStore
from genesis.data.storage import StorageSettings
from genesis.data.store import Store
from genesis.data.writer import Batch, Closing, SnapshotOrder, Writer
from genesis.engine.ports import Committed, Head, Sizes


class ChainJournal:
    """Implements `genesis.engine.ports.Journal` on any store. `post` runs a callback in the loop's thread (`call_soon_threadsafe`)."""

    def __init__(
        self,
        *,
        store: Store,
        anchor_path: Path,
        recovered: Recovered,
        post: Callable[[Callable[[], object]], object],
        ahead_ns: Callable[[], int] = lambda: 0,
    ) -> None:
        """`ahead_ns`: how far the engine's monotonic clock is ahead of the machine's. Rows bear the machine's, as other processes' do."""
        self._epoch = recovered.epoch + 1
        self._head = recovered.head
        self._recorded = recovered.head.seq
        self._filling: list[EventRow] = []
        self._last_now = Now(0, 0)
        self._ahead_ns = ahead_ns
        self._busy = False
        self._anchored = False
        self._store = store
        self._writer = Writer(
            store=store,
            anchor_path=anchor_path,
            head=recovered.head,
            meta={"instance_id": recovered.instance_id, "epoch": str(self._epoch)},
            post=post,
        )
        self._writer.start()

    @property
    def epoch(self) -> int:
        return self._epoch

    @property
    def head(self) -> Head:
        return self._head

    @property
    def recorded(self) -> int:
        return self._recorded

    @property
    def unwritten(self) -> int:
        return len(self._filling)

    @property
    def busy(self) -> bool:
        return self._busy

    @property
    def trouble(self) -> str:
        return self._writer.trouble

    @property
    def log_trouble(self) -> str:
        return self._store.log_trouble

    @property
    def archiving(self) -> bool:
        """Whether the database is being put in order: closed days are on their way into archives."""
        return self._store.busy

    @property
    def sizes(self) -> Sizes:
        return self._store.sizes

    def record(self, facts: Sequence[Fact], now: Now) -> None:
        self._last_now = now
        mono_ns = now.mono_ns - self._ahead_ns()
        for fact in facts:
            self._recorded += 1
            self._filling.append(
                (self._recorded, self._epoch, now.wall_ms, mono_ns, type(fact).__name__, fact.correlation_id, payload_of(fact))
            )

    def commit(self, state: State, *, snapshot: bool, done: Callable[[Committed], None]) -> None:
        order = None
        if snapshot:
            order = SnapshotOrder(wall_ms=self._last_now.wall_ms, document=state.document())
        self._hand_over(upserts_of(state, state.take_dirty(), self._epoch), order, done)

    def record_last_words(self, facts: Sequence[Fact], now: Now, done: Callable[[Committed], None]) -> None:
        self._filling = []
        self._recorded = self._head.seq
        self.record(facts, now)
        self._hand_over([], None, done)

    def hurry(self) -> None:
        self._writer.hurried.set()

    async def close(self, *, clean: bool) -> None:
        self._writer.inbox.put(Closing(clean, self._last_now.wall_ms))
        await asyncio.get_running_loop().run_in_executor(None, self._writer.join, 5.0)

    def _hand_over(self, upserts: Upserts, snapshot: SnapshotOrder | None, done: Callable[[Committed], None]) -> None:
        assert not self._busy, "one batch at a time"
        batch = Batch(events=self._filling, upserts=upserts, snapshot=snapshot, done=lambda outcome: self._done(outcome, done))
        if self._filling and not self._anchored:
            batch.anchor_reason = "start"
            self._anchored = True
        self._filling = []
        self._busy = True
        self._writer.inbox.put(batch)

    def _done(self, outcome: Committed, done: Callable[[Committed], None]) -> None:
        self._busy = False
        self._head = outcome.head
        done(outcome)


class SqliteJournal(ChainJournal):
    """A journal in a SQLite file."""

    def __init__(
        self,
        *,
        path: Path,
        anchor_path: Path,
        recovered: Recovered,
        post: Callable[[Callable[[], object]], object],
        ahead_ns: Callable[[], int] = lambda: 0,
        storage: StorageSettings = StorageSettings(),  # noqa: B008 - frozen
    ) -> None:
        store = SqliteStore(path, anchor_path, recovered.connection, storage)
        super().__init__(store=store, anchor_path=anchor_path, recovered=recovered, post=post, ahead_ns=ahead_ns)
