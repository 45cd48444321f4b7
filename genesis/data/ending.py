"""How the process before this one ended, by the last fact in its journal (R29, R30)."""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec

FIRST: Final = "first"
CLEAN: Final = "clean"
RECOVERED: Final = "recovered"
_LAST: Final = "SELECT kind, payload FROM events ORDER BY seq DESC LIMIT 1"


def previous_ending(connection: sqlite3.Connection) -> str:
    """FIRST: the journal is empty. CLEAN: the last process did all that its shutdown has to do. RECOVERED: it was killed, ended by a
    failure, or left something behind at the deadline of its shutdown."""
    row = connection.execute(_LAST).fetchone()
    if row is None:
        return FIRST
    kind, payload = row
    return CLEAN if kind == "EngineStopped" and msgspec.json.decode(payload)["clean"] else RECOVERED
