"""A database as an engine that was killed leaves it, of any length: facts folded by the engine's state, forgotten by its rule, written by
its journal, archived by its archiver."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks.recovery.life import BEGAN_MS, INSTANCE, SETTINGS, Lives
from genesis.core.day import DAY_MS
from genesis.core.events import Now
from genesis.core.facts import Fact
from genesis.data import anchor
from genesis.data.journal import SqliteJournal
from genesis.data.recovery import recover
from genesis.data.storage import StorageSettings
from genesis.engine import history
from genesis.engine.desk import Desk
from genesis.engine.ports import Committed

TRIPS_A_BATCH: Final = 200
SNAPSHOT_EVERY: Final = 200_000  # R28
MS_A_FACT: Final = 1


class Built:
    """Builds at `path`. `facts` of history over `days` days, a snapshot, then `later` facts, and no clean end."""

    def __init__(self, path: Path, *, facts: int, days: int, later: int) -> None:
        self.path = path
        self._lives = Lives()
        self._facts, self._days, self._later = facts, days, later
        self._recovered = recover(path, anchor.beside(path))
        self._desk = Desk(SETTINGS, self._recovered.state, INSTANCE)
        self._trips = itertools.count()
        self._now = Now(BEGAN_MS, 0)

    async def write(self) -> None:
        self._journal = SqliteJournal(
            path=self.path,
            anchor_path=anchor.beside(self.path),
            recovered=self._recovered,
            post=asyncio.get_running_loop().call_soon_threadsafe,
            storage=StorageSettings(),
        )
        self._take(self._lives.opening)
        await self._commit(snapshot=False)
        await self._live(self._facts, self._days, snapshots=True)
        await self._commit(snapshot=True)
        await self._archived()
        await self._live(self._later, 0, snapshots=False)
        await self._journal.close(clean=False)

    async def _live(self, facts: int, days: int, *, snapshots: bool) -> None:
        """As many facts, spread evenly over so many days from now on."""
        begun, began_ms, since = self._journal.recorded, self._now.wall_ms, self._journal.recorded
        while (done := self._journal.recorded - begun) < facts:
            wall_ms = began_ms + days * DAY_MS * done // facts + done * MS_A_FACT
            self._now = Now(wall_ms, (wall_ms - BEGAN_MS) * 1_000_000)
            for number in itertools.islice(self._trips, TRIPS_A_BATCH):
                self._take(self._lives.trip(number, self._now.wall_ms))
            self._forget()
            due = snapshots and self._journal.recorded - since >= SNAPSHOT_EVERY
            since = self._journal.recorded if due else since
            await self._commit(snapshot=due)

    def _take(self, facts: Iterable[Fact]) -> None:
        taken = list(facts)
        for fact in taken:
            self._recovered.state.apply(fact)
        self._journal.record(taken, self._now)

    def _forget(self) -> None:
        """What the engine's timer forgets by now."""
        while True:
            self._desk.begin(self._now)
            history.settle(self._desk)
            if not self._desk.facts:
                return
            self._journal.record(self._desk.facts, self._now)

    async def _commit(self, *, snapshot: bool) -> None:
        done: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
        self._journal.commit(self._recovered.state, snapshot=snapshot, done=done.set_result)
        outcome = await done
        assert not outcome.failure, outcome.failure

    async def _archived(self) -> None:
        """Until all is archived that is due: between two batches a step of the archiver is taken."""
        while self._journal.archiving:
            await self._commit(snapshot=False)
