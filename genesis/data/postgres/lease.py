"""Who may write: an advisory lock keeps a second engine off the server, the row `lease` of `meta` keeps an old engine off for ever.

The row holds the epoch that may write (`epoch` is the one that wrote last). Every transaction of the writer holds it FOR SHARE and sees
its own epoch in it; whoever takes over raises it. So an engine that was
frozen, or whose session was ended, commits nothing more, whatever it believes (I27).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import psycopg

from genesis.core.errors import SUPERSEDED, DatabaseError
from genesis.data.codec import GENESIS_HASH
from genesis.data.postgres.connection import Session
from genesis.data.postgres.settings import PostgresSettings
from genesis.data.store import JournalLost
from genesis.engine.ports import Head

KEY: Final = (0x47454E45, 1)  # "GENE"
_HOLDER: Final = (
    "SELECT l.pid, coalesce(a.client_addr::text, ''), coalesce(a.client_port, 0) FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid) "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s::oid AND l.objid = %s::oid "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


_OF_EPOCH: Final = (
    "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND usename = current_user AND application_name = %s AND pid <> pg_backend_pid()"
)
_LEASE: Final = "SELECT (SELECT value FROM meta WHERE key = 'lease'), (SELECT value FROM meta WHERE key = 'renewed')"
_RENEWED: Final = "INSERT INTO meta (key, value) VALUES ('renewed', %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


Cursor = psycopg.Cursor[Any]


class Superseded(JournalLost):
    """Another engine has taken over."""


class Seen(NamedTuple):
    """What the database says of the engine that trades. `lease`: "EPOCH:NUMBER:MS", another text with every renewal; "" = none yet."""

    epoch: int
    lease: str

    @property
    def leased(self) -> bool:
        """Whether the engine of this epoch has a lease at all: one that has none looks at none before it sends."""
        return self.lease.startswith(f"{self.epoch}:")

    @property
    def lease_ms(self) -> int:
        """For how long a renewal holds."""
        return int(self.lease.rpartition(":")[2] or 0)


def look(session: Session) -> Seen:
    """The epoch and its lease, now."""
    epoch, lease = session.ask(_LEASE)[0]
    return Seen(int(epoch or 0), str(lease or ""))


def renew(cursor: psycopg.Cursor[Any], epoch: int, number: int, lease_ms: int) -> None:
    """In a transaction of the engine of that epoch."""
    cursor.execute(_RENEWED, (f"{epoch}:{number}:{lease_ms}",))


def sign(session: Session, epoch: int) -> None:
    """From now on the session is known as one of that epoch, so that who takes over can end it."""
    session.ask("SELECT set_config('application_name', %s, false)", (_name(epoch),))


def end_epoch(session: Session, epoch: int) -> None:
    """End all sessions of the engine of that epoch; returns when they are gone, or after a second for each."""
    session.ask(_OF_EPOCH, (_name(epoch),))


def _name(epoch: int) -> str:
    return f"genesis-epoch-{epoch}"


def must_be_ours(session: Session, epoch: int) -> None:
    """Raises Superseded: another engine has raised the epoch."""
    _compare(look(session).epoch, epoch)


def _compare(found: int, epoch: int) -> None:
    if found != epoch:
        raise Superseded(
            f"{SUPERSEDED}: expected epoch {epoch}, the database is in epoch {found}: another engine has taken over; "
            "start this one again as its standby"
        )


def lock(session: Session) -> bool:
    """Take the advisory lock for as long as the session lives; False = another session has it."""
    return bool(session.ask("SELECT pg_try_advisory_lock(%s, %s)", KEY)[0][0])


def unlock(session: Session) -> None:
    """Let another engine have it."""
    session.ask("SELECT pg_advisory_unlock(%s, %s)", KEY)


def holder(session: Session) -> tuple[int, str]:
    """The server process that holds the lock (0 = none any more), and where its client is."""
    found = session.ask(_HOLDER, KEY)
    return (found[0][0], f"{found[0][1]}:{found[0][2]}") if found else (0, "nobody")


def refused(session: Session, settings: PostgresSettings) -> DatabaseError:
    """What is said to a second engine."""
    process, client = holder(session)
    return DatabaseError(
        f"{settings.url}: expected to be the only engine on this database, but server process {process} holds its lock for a client at "
        f"{client}; stop that engine or configure another database"
    )


def end(session: Session, process: int) -> None:
    """End another session of this engine's own role."""
    session.ask("SELECT pg_terminate_backend(%s)", (process,))


def raise_epoch(session: Session, head: Head, lease_ms: int = 0) -> int:
    """Begin an epoch of one's own, while the chain still ends at `head`; its number. `lease_ms`: with a lease, 0 = none.

    Raises:
        JournalLost: it does not any more.
        StoreError: the database does not answer, or a transaction of the old epoch does not end.
    """
    raised: list[int] = []

    def work(cursor: psycopg.Cursor[Any]) -> None:
        cursor.execute("INSERT INTO meta (key, value) VALUES ('lease', '0') ON CONFLICT (key) DO NOTHING")
        row = cursor.execute("SELECT value FROM meta WHERE key = 'lease' FOR UPDATE").fetchone()
        assert row is not None
        if head_of(cursor) != head:
            raise JournalLost(f"expected the chain to end at event {head.seq}, as it was read, but another process goes on writing")
        raised.append(int(row[0]) + 1)
        cursor.execute("UPDATE meta SET value = %s WHERE key = 'lease'", (str(raised[0]),))
        if lease_ms:
            renew(cursor, raised[0], 0, lease_ms)

    session.write(work)
    sign(session, raised[0])
    return raised[0]


def hold(cursor: psycopg.Cursor[Any], epoch: int) -> None:
    """In a transaction: nobody raises the epoch until it ends.

    Raises:
        Superseded: it was raised.
    """
    row = cursor.execute("SELECT value FROM meta WHERE key = 'lease' FOR SHARE").fetchone()
    _compare(int(row[0]) if row else 0, epoch)


def head_of(cursor: psycopg.Cursor[Any]) -> Head:
    """The end of the chain."""
    row = cursor.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, GENESIS_HASH)
