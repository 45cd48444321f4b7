"""The instance that client order ids bear: minted once for a database, and anew whenever the journal may be older than what the venue has
seen. Under a new name no number is ever given twice (R26); the names of before are kept, so that orders that bear them are known."""

from __future__ import annotations

import secrets
import sqlite3
from typing import Final

from genesis.data import statements

INSTANCE: Final = "instance_id"
FORMER: Final = "former_instances"
"""Keys of the table `meta`."""
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_LENGTH: Final = 8


def new_instance() -> str:
    """A name for an engine's orders that no other has."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def successor(meta: dict[str, str]) -> dict[str, str]:
    """What `meta` says from now on: another instance, and the present one among those of before."""
    former = [*meta.get(FORMER, "").split(), *([meta[INSTANCE]] if INSTANCE in meta else [])]
    return {INSTANCE: new_instance(), FORMER: " ".join(former)}


def renew(connection: sqlite3.Connection) -> str:
    """Give the database another instance, in a transaction of its own; its name."""
    connection.execute("BEGIN IMMEDIATE")
    changed = successor(dict(connection.execute("SELECT key, value FROM meta")))
    connection.executemany(statements.UPSERT_META, list(changed.items()))
    connection.execute("COMMIT")
    return changed[INSTANCE]
