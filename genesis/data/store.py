"""What the journal's writer needs of a database. `SqliteStore` and `postgres.store.PostgresStore` fulfil it; nothing else of the engine
knows which of the two it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from genesis.data.anchor import Place
from genesis.data.rows import Row
from genesis.engine.ports import Head, Sizes

Execute = Callable[[str, list[Row]], object]
"""Run a statement of `genesis.data.statements` once for each row."""


def nothing() -> None:
    """Nothing more is to be done."""


class StoreError(Exception):
    """Not done, or nobody knows: the head of the chain on a fresh connection decides. `locked`: another writer is at work, which passes."""

    def __init__(self, text: str, *, locked: bool = False) -> None:
        super().__init__(text)
        self.locked = locked


class Refused(StoreError):
    """Surely not done: the database's own rules forbid it (the chain's trigger, a key)."""


class JournalLost(Exception):
    """The journal cannot go on: given up, its chain or epoch was continued by somebody else, or the disk cannot be believed any more."""


class Store(Protocol):
    """One writer's access. All methods but the properties are called in the writer's thread and may wait, each for a bounded time."""

    @property
    def name(self) -> str:
        """For messages: which database."""

    @property
    def patient(self) -> bool:
        """Whether an outage is waited out for ever, because another node may take over; else the writer gives up."""

    @property
    def place(self) -> Place | None:
        """Which server writes it, on which timeline; None = a file."""

    @property
    def sizes(self) -> Sizes: ...

    @property
    def log_trouble(self) -> str:
        """Why the write-ahead log is too large, "" = it is not."""

    @property
    def busy(self) -> bool:
        """Whether `tidy` has another step to take soon."""

    def newest_day(self) -> int:
        """Number of the newest UTC day that has an event, -1 = none."""

    def write(self, work: Callable[[Execute], object], done: Callable[[], object] = nothing) -> None:
        """One transaction, durable when this returns. `done` is called when it is, and fails as the commit would (CP-O3c).

        Raises:
            Refused, StoreError, JournalLost: see there.
        """

    def settle(self, head: Head) -> bool:
        """After Refused: whether these very rows are there already and durable, from an attempt whose outcome could not be read.

        Raises:
            StoreError: it does not answer.
        """

    def reopen(self) -> Head:
        """A fresh connection, and the end of the chain as it is there; durable when this returns. Reaches CP-O3d.

        Raises:
            StoreError: it does not answer now.
            JournalLost: this writer may not go on.
        """

    def tidy(self, *, step: bool) -> None:
        """Keep the files small; `step`: also take a step of longer work. What cannot be done now is done later.

        Raises:
            StoreError, OSError, DatabaseError: why not now.
        """

    def due(self) -> None:
        """There may be longer work to do: a snapshot was written, a day began."""

    def finish(self) -> None:
        """The last words are written: leave the files as small as they can be.

        Raises:
            StoreError: it does not answer.
        """

    def close(self) -> None: ...
