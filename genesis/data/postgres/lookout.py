"""How many synchronous standbys the server has: asked by a thread with a session of its own, which needs no commit for an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from genesis.core.errors import DatabaseError
from genesis.data.anchor import Place
from genesis.data.postgres.connection import Session, connect_newest
from genesis.data.postgres.settings import PostgresSettings
from genesis.data.store import StoreError

LOOK_S: Final = 0.25
_STANDBYS: Final = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')"
_MAY_SEE: Final = "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"


class Lookout(threading.Thread):
    """`seen` is called in this thread with every number that is another one than before, and with the first."""

    def __init__(self, settings: PostgresSettings, seen: Callable[[int], object]) -> None:
        super().__init__(name="lookout", daemon=True)
        self._settings = settings
        self._seen = seen
        self._last: int | None = None
        self._place: Place | None = None
        self._session: Session | None = None
        self._first_host = 0  # the one that failed is asked last
        self._over = threading.Event()

    def begin(self) -> None:
        self.start()

    def stop(self) -> None:
        self._over.set()
        if self.is_alive():
            self.join(self._settings.commit_timeout_ms / 1_000)

    def run(self) -> None:
        while not self._over.is_set():
            self._look()
            self._over.wait(LOOK_S)
        self._disconnect()

    def _look(self) -> None:
        try:
            found = int(self._connected().ask(_STANDBYS)[0][0])
        except StoreError:
            self._disconnect()  # the writer says what is wrong with the database; of its standbys nothing is known then
            return
        if found != self._last and not self._over.is_set():
            self._last = found
            self._seen(found)

    def _connected(self) -> Session:
        if self._session is None:
            self._session, self._place = connect_newest(self._settings, self._place, self._first_host)
            self._first_host = (self._session.host + 1) % len(self._settings.hosts)
        return self._session

    def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


def must_see(session: Session, settings: PostgresSettings) -> None:
    """The engine's role may read who follows the server.

    Raises:
        DatabaseError: it may not.
    """
    if not session.ask(_MAY_SEE)[0][0]:
        raise DatabaseError(
            f"{settings.url}: expected a role that sees the server's standbys, since [database] standbys is {settings.standbys}, "
            f"but {settings.user} does not; run GRANT pg_monitor TO {settings.user}, or leave standbys out"
        )
