"""An engine's database on PostgreSQL: from the lock to the journal. Implements `genesis.data.database.Database`."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import psycopg

from genesis import hooks
from genesis.core.errors import DATABASE_LOCKED, MIGRATION, ROLLBACK, DamagedDatabase, DatabaseError
from genesis.data import anchor, files, identity, migrate, preflight, recovery
from genesis.data.journal import ChainJournal
from genesis.data.postgres import copying, lease
from genesis.data.postgres.connection import Session, connect, must_be_durable
from genesis.data.postgres.keeper import LeaseKeeper
from genesis.data.postgres.questions import Questions
from genesis.data.postgres.settings import PostgresSettings, StandbySettings
from genesis.data.postgres.store import PostgresStore, placed
from genesis.data.recovery import Found, Recovered
from genesis.data.repository import Repository
from genesis.data.statements import UPSERT_META
from genesis.data.store import JournalLost, StoreError

_LOCK_PATIENCE_S: Final = 3.0
"""How long a start waits for the session of an engine that died just now."""
_LOCK_PAUSE_S: Final = 0.1
INSTEAD: Final = "restore a base backup of the server (pg_basebackup, or its archives)"


class PostgresDatabase:
    """One engine's access. `anchor_path` and `base` are files of this machine; `base` names those that are made beside."""

    def __init__(self, settings: PostgresSettings, anchor_path: Path, base: Path, standby: StandbySettings | None = None) -> None:
        self.base = base
        self.settings = settings
        self._settings = settings
        self._standby = standby
        self._epoch = 0
        self._anchor_path = anchor_path
        self.copy = base.with_name(base.name + ".copy")
        self._session: Session | None = None

    @property
    def name(self) -> str:
        return self._settings.url

    def lock(self) -> None:
        """Connect and keep every other engine off.

        Raises:
            DatabaseError: another engine is on it, it does not answer, or its commits are not durable.
        """
        with told(self._settings):
            session = connect(self._settings)
            try:
                must_be_durable(session, self._settings)
                until = time.monotonic() + _LOCK_PATIENCE_S
                while not lease.lock(session):
                    if time.monotonic() > until:
                        raise lease.refused(session, self._settings)
                    time.sleep(_LOCK_PAUSE_S)
            except BaseException:
                session.close()
                raise
        self._session = session

    def recover(self) -> Recovered:
        """As `genesis.data.recovery.recover`."""
        with told(self._settings), self.renamed():
            try:
                return self._recovered()
            except (sqlite3.Error, OSError) as error:
                raise DatabaseError(
                    f"{self.copy}: cannot be read: {type(error).__name__}: {error}; free or repair the disk", ROLLBACK
                ) from error
            finally:
                self.forget_copy()

    def forget_copy(self) -> None:
        """Remove the file of this machine that everything was read from."""
        files.forget(self.copy)

    def _recovered(self) -> Recovered:
        session = self.session
        revision = copying.revision_of(session)
        if revision is None:
            preflight.must_be_new(self.copy, self._anchor_path, "a database without tables")
            session.run(migrate.POSTGRESQL_SCRIPT.read_text(encoding="utf-8"))
        elif revision != migrate.HEAD:
            raise DamagedDatabase(
                f"{self.name}: expected schema revision {migrate.HEAD}, got {revision or 'none'}",
                MIGRATION,
                way_out="start the version of the engine that wrote it, nothing was changed",
            )
        hooks.reached("CP-S3")
        return self._begun(self._read())

    def recover_by(self, session: Session) -> Recovered:
        """As `recover`, by a session that holds the lock."""
        self._session = session
        return self.recover()

    def follow(self, session: Session) -> Found:
        """What another engine has written so far, by a session without the lock. A standby's anchor file begins with what it sees first."""
        self._session = session
        with self.renamed():
            try:
                if not self._anchor_path.exists():
                    anchor.create(self._anchor_path)
                return self._read()
            finally:
                self.forget_copy()

    def take_over(self, session: Session, found: Found) -> Recovered:
        """Begin an epoch where the followed one ended; the session holds the lock.

        Raises:
            StoreError, JournalLost: it did not end there, or the database does not answer.
        """
        self._session = session
        return self._begun(found)

    def _begun(self, found: Found) -> Recovered:
        session = self.session
        if found.head.seq == 0 and not self._anchor_path.exists():
            anchor.create(self._anchor_path)
        meta = {identity.INSTANCE: identity.new_instance(), **found.meta}
        epoch = self._epoch = lease.raise_epoch(session, found.head, self._standby.lease_ms if self._standby else 0)
        if found.damaged:
            session.write(lambda cursor: cursor.execute("DELETE FROM snapshots WHERE seq = ANY(%s)", (list(found.damaged),)))
        return Recovered(
            connection=self._ending(),
            state=found.state,
            head=found.head,
            epoch=epoch - 1,
            instance_id=meta[identity.INSTANCE],
            former=tuple(meta.get(identity.FORMER, "").split()),
            notices=found.notices,
        )

    def _read(self) -> Found:
        """What the tail says; where that is not whole (no snapshot is), what all of it says."""
        with recovery.believing(self.copy, self._anchor_path):
            anchors = anchor.read(self._anchor_path) if self._anchor_path.exists() else []
            copying.copy_for_a_start(self.session, self.copy, anchors[-1].seq if anchors else 0)
            try:
                return recovery.read(self.copy, self._anchor_path)
            except DamagedDatabase:
                copying.copy_whole(self.session, self.copy)
            return recovery.read(self.copy, self._anchor_path)

    def _ending(self) -> sqlite3.Connection:
        """The end of the journal, in memory: how the process before this one ended is asked of it."""
        kept = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        kept.execute("CREATE TABLE events (seq, kind, payload)")
        kept.executemany(
            "INSERT INTO events VALUES (?, ?, ?)", self.session.ask("SELECT seq, kind, payload FROM events ORDER BY seq DESC LIMIT 1")
        )
        return kept

    @contextlib.contextmanager
    def renamed(self) -> Iterator[None]:
        """What is said of the copy is said of the database."""
        try:
            yield
        except DatabaseError as error:
            text = error.message.replace(f"{self.copy}:", f"{self.name}:")
            text = text.replace("restore a backup (python -m genesis restore)", INSTEAD).replace(f"sqlite:///{self.copy}", self.name)
            raise DatabaseError(text, error.code) from error

    def journal(self, recovered: Recovered, post: Callable[[Callable[[], object]], object], ahead_ns: Callable[[], int]) -> ChainJournal:
        store = PostgresStore(self._settings, self.session, recovered.epoch + 1)
        return ChainJournal(store=store, anchor_path=self._anchor_path, recovered=recovered, post=post, ahead_ns=ahead_ns)

    def keeper(self, recv_window_ms: int, lost: Callable[[str], object]) -> LeaseKeeper | None:
        if self._standby is None:
            return None
        return LeaseKeeper(self._settings, self._standby.lease_ms, self._epoch, recv_window_ms, lost)

    def questions(self) -> Repository:
        return Repository(lambda: Questions(self._settings))

    def release(self) -> None:
        """Whoever waits may have the database."""
        if self._session is not None:
            self._session.close()

    @property
    def session(self) -> Session:
        assert self._session is not None, "locked first"
        return self._session


@contextlib.contextmanager
def told(settings: PostgresSettings) -> Iterator[None]:
    """What the server refuses, as the error that a start ends with."""
    try:
        yield
    except (StoreError, JournalLost) as error:
        raise DatabaseError(f"{settings.url}: {error}; start the server, or correct [database] url", DATABASE_LOCKED) from error


def renew_identity(session: Session) -> str:
    """Another instance for the orders of this database (R26)."""
    changed: dict[str, str] = {}

    def work(cursor: psycopg.Cursor[Any]) -> None:
        rows: Any = cursor.execute("SELECT key, value FROM meta").fetchall()
        changed.update(identity.successor(dict(rows)))
        cursor.executemany(placed(UPSERT_META), list(changed.items()))

    session.write(work)
    return changed[identity.INSTANCE]
