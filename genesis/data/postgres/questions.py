"""Questions to PostgreSQL, on a connection of their own that only reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genesis.data.postgres.connection import Session, connect
from genesis.data.postgres.settings import PostgresSettings
from genesis.data.postgres.store import placed


class Questions:
    """Implements `genesis.data.repository.Answering`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, question: str, values: tuple[str, ...]) -> list[dict[str, Any]]:
        def asked() -> list[dict[str, Any]]:
            cursor = self._session.raw.execute(placed(question), values)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor]

        return self._session.supervised(asked)

    def close(self) -> None:
        self._session.close()


def asking(settings: PostgresSettings) -> Callable[[], Questions]:
    """Opens one connection after the other; the host of the one before, which failed, is tried last."""
    first = 0

    def opened() -> Questions:
        nonlocal first
        session = connect(settings, first)
        first = (session.host + 1) % len(settings.hosts)
        return Questions(session)

    return opened
