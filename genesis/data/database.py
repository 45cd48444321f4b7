"""The engine's database as `genesis.app` sees it: lock, recovery, journal, questions. The one place that knows that there are two kinds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from genesis.data.journal import ChainJournal, SqliteJournal
from genesis.data.lock import DatabaseLock
from genesis.data.postgres.settings import PostgresSettings, StandbySettings
from genesis.data.recovery import Recovered, recover
from genesis.data.repository import Repository, SqliteAnswers
from genesis.data.storage import StorageSettings

Post = Callable[[Callable[[], object]], object]


class Keeper(Protocol):
    """The lease of the engine that trades, where others wait for its end."""

    def holds(self) -> bool:
        """Whether an order may leave now."""

    def begin(self) -> None: ...

    def stop(self) -> None: ...


class Lookout(Protocol):
    """Who counts the standbys of the database."""

    def begin(self) -> None: ...

    def stop(self) -> None: ...


class Database(Protocol):
    """Used in this order: lock, recover, journal and questions, release."""

    base: Path
    """The file that others of this machine stand beside: `<base>.stuck`."""

    @property
    def name(self) -> str: ...

    def lock(self) -> None:
        """Raises DatabaseError: another engine is on it."""

    def recover(self) -> Recovered:
        """Raises DatabaseError: it is not whole, of another schema, or does not answer."""

    def journal(self, recovered: Recovered, post: Post, ahead_ns: Callable[[], int]) -> ChainJournal: ...

    def keeper(self, recv_window_ms: int, lost: Callable[[str], object]) -> Keeper | None:
        """None: nobody waits for this engine's end. `lost` is called in a thread of its own when another engine has taken over."""

    def lookout(self, seen: Callable[[int, int], object]) -> Lookout | None:
        """None: no standbys are asked for. `seen` is called in a thread of its own with how many there are, and how many are required."""

    def questions(self) -> Repository: ...

    def release(self) -> None: ...


class SqliteDatabase:
    """A file."""

    def __init__(self, path: Path, anchor_path: Path, storage: StorageSettings) -> None:
        self.base = path
        self._anchor_path = anchor_path
        self._storage = storage
        self._lock: DatabaseLock | None = None

    @property
    def name(self) -> str:
        return str(self.base)

    def lock(self) -> None:
        self._lock = DatabaseLock(self.base)

    def recover(self) -> Recovered:
        return recover(self.base, self._anchor_path)

    def journal(self, recovered: Recovered, post: Post, ahead_ns: Callable[[], int]) -> ChainJournal:
        return SqliteJournal(
            path=self.base, anchor_path=self._anchor_path, recovered=recovered, post=post, ahead_ns=ahead_ns, storage=self._storage
        )

    def keeper(self, _recv_window_ms: int, _lost: Callable[[str], object]) -> Keeper | None:
        return None

    def lookout(self, _seen: Callable[[int, int], object]) -> Lookout | None:
        return None

    def questions(self) -> Repository:
        return Repository(partial(SqliteAnswers, self.base))

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()


def database_of(
    where: Path | PostgresSettings, anchor_path: Path, storage: StorageSettings, standby: StandbySettings | None = None
) -> Database:
    """What the configuration names."""
    if isinstance(where, Path):
        return SqliteDatabase(where, anchor_path, storage)
    from genesis.data.postgres.database import PostgresDatabase  # noqa: PLC0415 - its driver is slow to import and not always needed

    return PostgresDatabase(where, anchor_path, anchor_path.with_suffix(""), standby)
