"""A standby's side of the database: folds another engine's journal while that one writes it, and takes over when its lease has run out.

Only time in which the database answered counts: after a failover of the database itself the engine that trades has a whole lease again to
renew it. Two standbys are kept apart by the lock, as two engines always are.
"""

from __future__ import annotations

from typing import Any, Final

import structlog

from genesis.core.errors import CHAIN_BROKEN, MIGRATION, DamagedDatabase
from genesis.data.codec import UnknownFact, chain_hash, fact_from
from genesis.data.postgres import copying, lease
from genesis.data.postgres.connection import Session, must_be_durable
from genesis.data.postgres.database import INSTEAD, PostgresDatabase
from genesis.data.postgres.keeper import boot_ns
from genesis.data.postgres.lease import Seen
from genesis.data.postgres.settings import StandbySettings
from genesis.data.recovery import Found, Recovered
from genesis.data.store import JournalLost, StoreError
from genesis.engine.ports import Head

_TAIL: Final = (
    "SELECT seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload, prev_hash, hash FROM events WHERE seq > %s ORDER BY seq LIMIT 5000"
)
_NO_LEASE: Final = "the engine that trades has no lease: give its configuration a table [standby] as well"


class Follower:
    """Used by one thread at a time."""

    def __init__(self, database: PostgresDatabase, standby: StandbySettings) -> None:
        self._database = database
        self._standby = standby
        self._session: Session | None = None
        self._found: Found | None = None
        self._seen: Seen | None = None
        self._since_ns = 0
        self._log = structlog.get_logger("standby")
        self.trouble = ""
        """Why it cannot follow, or could not take over; "" = it can."""

    @property
    def epoch(self) -> int:
        """The one that is followed, 0 = none yet."""
        return self._seen.epoch if self._seen is not None else 0

    @property
    def head(self) -> int:
        """The last event that is folded."""
        return self._found.head.seq if self._found is not None else 0

    def step(self) -> Recovered | None:
        """Fold what is new; what was recovered if this engine trades from now on.

        Raises:
            DatabaseError: what is there cannot be believed, or is of another version.
        """
        try:
            session = self._connected()
            taken = self._followed(session)
        except (StoreError, JournalLost) as error:
            self._stumbled(str(error))
            return None
        return taken

    def _followed(self, session: Session) -> Recovered | None:
        if self._found is None and copying.revision_of(session) is None:
            return self._first(session)
        self._found = found = self._found or self._database.follow(session)
        seen = lease.look(session)
        self._catch_up(session, found)
        if seen != self._seen:
            self._seen, self._since_ns = seen, boot_ns()
        self.trouble = "" if seen.leased or not seen.epoch else _NO_LEASE
        if self.trouble or self.left_ms() > 0:
            return None
        return self._take_over(session, seen)

    def left_ms(self) -> int:
        """Milliseconds until the lease is over, unless it is renewed."""
        whole = max(self._standby.lease_ms, self._seen.lease_ms if self._seen is not None else 0)
        return whole - (boot_ns() - self._since_ns) // 1_000_000

    def _first(self, session: Session) -> Recovered | None:
        """On an empty database there is nobody to wait for."""
        if not lease.lock(session):
            return None
        return self._database.recover_by(session)

    def _take_over(self, session: Session, seen: Seen) -> Recovered | None:
        self._log.warning("the lease has run out: taking over", epoch=seen.epoch, lease=seen.lease)
        lease.end_epoch(session, seen.epoch)
        if not lease.lock(session):
            return None
        if lease.look(session) != seen:
            lease.unlock(session)
            return None
        assert self._found is not None
        copying.must_be_known(session, self._database.settings)
        self._catch_up(session, self._found)
        meta = dict(session.ask("SELECT key, value FROM meta"))
        return self._database.take_over(session, self._found._replace(meta=meta))

    def _catch_up(self, session: Session, found: Found) -> None:
        while rows := session.ask(_TAIL, (found.head.seq,)):
            head = found.head
            for row in rows:
                head = self._folded(row, head, found)
            found.state.take_dirty()  # the rows of the tables are written by who wrote the fact
            self._found = found = found._replace(head=head)

    def _folded(self, row: tuple[Any, ...], head: Head, found: Found) -> Head:
        seq, _, _, _, kind, correlation_id, payload, previous, digest = row
        if seq != head.seq + 1 or previous != head.hash or digest != chain_hash(head.hash, row[:7]):
            raise DamagedDatabase(
                f"{self._database.name}: chain broken at event {seq}: expected it to follow event {head.seq} ({head.hash[:12]}...)",
                CHAIN_BROKEN,
                way_out=INSTEAD,
            )
        try:
            found.state.apply(fact_from(kind, correlation_id, payload))
        except UnknownFact as error:
            raise DamagedDatabase(
                f"{self._database.name}: event {seq}: {error}", MIGRATION, way_out="start the version of the engine that wrote it"
            ) from error
        return Head(seq, digest)

    def _connected(self) -> Session:
        if self._session is None:
            session = self._database.connected()
            self._session = session
            must_be_durable(session, self._database.settings)
        return self._session

    def _stumbled(self, reason: str) -> None:
        """Begin again with a fresh connection; the lease is counted anew."""
        if not self.trouble:
            self._log.warning("the database does not answer the standby", reason=reason)
        self.trouble = reason
        self._seen = None
        self.close()

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()
