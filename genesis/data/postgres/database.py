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
from genesis.core.errors import DATABASE_LOCKED, ROLLBACK, SERVER_BEHIND, DamagedDatabase, DatabaseError
from genesis.data import anchor, files, identity, migrate, preflight, recovery, waterline
from genesis.data.journal import ChainJournal
from genesis.data.postgres import copying, lease
from genesis.data.postgres.connection import ServerBehind, Session, connect, connect_newest, must_be_durable, place_of
from genesis.data.postgres.keeper import LeaseKeeper
from genesis.data.postgres.lookout import Lookout, must_see
from genesis.data.postgres.questions import asking
from genesis.data.postgres.settings import PostgresSettings, StandbySettings
from genesis.data.postgres.store import PostgresStore, placed
from genesis.data.recovery import Found, Recovered
from genesis.data.repository import Repository
from genesis.data.statements import UPSERT_META
from genesis.data.store import JournalLost, StoreError

_LOCK_PATIENCE_S: Final = 3.0
"""How long a start waits for the session of an engine that died just now."""
_LOCK_PAUSE_S: Final = 0.1
_LAST: Final = "SELECT coalesce(max(seq), 0) FROM events"
ACCEPT: Final = "python -m genesis rebuild --accept-loss"
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
        self._place: anchor.Place | None = None
        """The newest that this process has seen."""

    @property
    def name(self) -> str:
        return self._settings.url

    def connected(self) -> Session:
        """A session with a node that is no older than what this engine has seen, in this life or, by its anchor file, in one before.

        Raises:
            ServerBehind: only older ones take writes.
            StoreError: none does.
        """
        session, self._place = connect_newest(self._settings, self._place or self._anchored())
        return session

    def _anchored(self) -> anchor.Place | None:
        known = anchor.read(self._anchor_path) if self._anchor_path.exists() else []
        return next((line.place for line in reversed(known) if line.place is not None), None)

    def lock(self, *, accept_loss: bool = False) -> None:
        """Connect and keep every other engine off. `accept_loss`: whatever was seen of the server before.

        Raises:
            DatabaseError: another engine is on it, it does not answer, is behind what was seen, or its commits are not durable.
        """
        with told(self._settings):
            session = connect(self._settings) if accept_loss else self.connected()
            try:
                must_be_durable(session, self._settings)
                if self._settings.standbys:
                    must_see(session, self._settings)
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
            copying.must_be_upgradable(revision, self._settings)
            from genesis.data.upgrade import upgrade_server  # noqa: PLC0415 - Alembic is slow to import and seldom needed

            upgrade_server(connect(self._settings).patient())
        hooks.reached("CP-S3")
        return self._begun(self._read())

    def recover_by(self, session: Session) -> Recovered:
        """As `recover`, by a session that holds the lock."""
        self._session = session
        return self.recover()

    def follow(self, session: Session) -> Found:
        """What another engine has written so far, by a session without the lock. A standby's anchor file begins with what it sees first."""
        self._session = session
        copying.must_be_known(session, self._settings)
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
                found = recovery.read(self.copy, self._anchor_path)
            except DamagedDatabase:
                copying.copy_whole(self.session, self.copy)
                found = recovery.read(self.copy, self._anchor_path)
            self._must_hold_what_was_acknowledged()
        return found

    def _must_hold_what_was_acknowledged(self) -> None:
        lost = self._lost()
        if lost:
            raise DamagedDatabase(
                f"{self.name}: {lost}",
                SERVER_BEHIND,
                way_out=f"start the node that has it, or {INSTEAD}, or take the journal as it is ({ACCEPT})",
            )

    def _lost(self) -> str:
        """What was acknowledged and is not there, "" = nothing."""
        last = waterline.read(self._anchor_path)
        there = self.session.ask("SELECT hash FROM events WHERE seq = %s", (last.seq,)) if last is not None else []
        if last is None or (there and there[0][0] == last.hash):
            return ""
        got = f"has {there[0][0][:12]}... there" if there else f"ends at event {self.session.ask(_LAST)[0][0]}"
        return f"expected event {last.seq} ({last.hash[:12]}...), which was acknowledged, but the journal {got}"

    def behind(self) -> list[str]:
        """What was seen or acknowledged and is not on this server: for who accepts that."""
        known, there = self._anchored(), place_of(self.session)
        older = (
            f"expected timeline {known.timeline}, the server is on {there.timeline}" if known is not None and there.behind(known) else ""
        )
        return [words for words in (older, self._lost()) if words]

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

    def lookout(self, seen: Callable[[int, int], object]) -> Lookout | None:
        required = self._settings.standbys
        return Lookout(self._settings, lambda found: seen(found, required)) if required else None

    def questions(self) -> Repository:
        return Repository(asking(self._settings))

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
    except ServerBehind as error:
        raise DatabaseError(
            f"{settings.url}: {error}; start the node that has it, or take this one as it is ({ACCEPT})", SERVER_BEHIND
        ) from error
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
