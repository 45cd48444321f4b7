"""The lease of the engine that trades: renewed in the database by a thread with a session of its own, looked at before every order.

It counts on CLOCK_BOOTTIME, which goes on while a process is frozen and while the machine sleeps, from the moment before a renewal was
written; a standby counts from the moment after it has read it. So it is over here before it is over there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from genesis.data.postgres import lease
from genesis.data.postgres.connection import Session, connect
from genesis.data.postgres.lease import Superseded
from genesis.data.postgres.settings import PostgresSettings
from genesis.data.store import StoreError

_RENEWALS: Final = 10
"""In the time of one lease: a slow commit or a lost connection is no lost lease."""


def boot_ns() -> int:
    """Nanoseconds since the machine was started, its sleep included."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class LeaseKeeper(threading.Thread):
    """`lost` is called in this thread, once, when another engine has taken over."""

    def __init__(self, settings: PostgresSettings, lease_ms: int, epoch: int, recv_window_ms: int, lost: Callable[[str], object]) -> None:
        super().__init__(name="lease", daemon=True)
        self._settings = settings
        self._lease_ms = lease_ms
        self._epoch = epoch
        self._window_ns = recv_window_ms * 1_000_000
        self._lost = lost
        self._number = 0
        self._until_ns = 0
        self._session: Session | None = None
        self._first_host = 0
        self._over = threading.Event()

    def holds(self) -> bool:
        """Whether an order that was signed just now is no longer accepted by the venue when the lease is over."""
        return boot_ns() + self._window_ns <= self._until_ns

    def begin(self) -> None:
        """Renew it once, then for ever. What the first renewal does not do a later one does."""
        self._renew()
        self.start()

    def stop(self) -> None:
        """It runs out by itself."""
        self._over.set()
        if self.is_alive():
            self.join(self._settings.commit_timeout_ms / 1_000)

    def run(self) -> None:
        while not self._over.wait(self._lease_ms / _RENEWALS / 1_000):
            self._renew()
        self._disconnect()

    def _renew(self) -> None:
        began_ns = boot_ns()
        try:
            session = self._connected()
            session.write(self._write)
        except Superseded as error:
            self._over.set()
            self._lost(str(error))
        except StoreError:
            self._disconnect()  # the writer says what is wrong with the database; here the lease runs out
        else:
            self._until_ns = began_ns + self._lease_ms * 1_000_000

    def _write(self, cursor: lease.Cursor) -> None:
        lease.hold(cursor, self._epoch)
        self._number += 1
        lease.renew(cursor, self._epoch, self._number, self._lease_ms)

    def _connected(self) -> Session:
        if self._session is None:
            session = connect(self._settings, self._first_host)
            self._first_host = (session.host + 1) % len(self._settings.hosts)
            self._session = session
            lease.must_be_ours(session, self._epoch)
            lease.sign(session, self._epoch)
        return self._session

    def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()
