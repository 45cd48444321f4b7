"""The instance that client order ids bear: minted once for a database, and anew whenever the journal may be older than what the venue has
seen. Under a new name no number is ever given twice (R26); the names of before are kept, so that orders that bear them are known."""

from __future__ import annotations

import secrets
import sqlite3
from typing import Final

from genesis.data import statements

INSTANCE: Final = "instance_id"
FORMER: Final = "former_instances"
RESTORED: Final = "restored"
"""Keys of the table `meta`. RESTORED: the epoch of the backup, a colon, and what is to be said at the first start after it."""
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_LENGTH: Final = 8


def new_instance() -> str:
    """A name for an engine's orders that no other has."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def successor(meta: dict[str, str]) -> dict[str, str]:
    """What `meta` says from now on: another instance, and the present one among those of before."""
    former = [*meta.get(FORMER, "").split(), *([meta[INSTANCE]] if INSTANCE in meta else [])]
    return {INSTANCE: new_instance(), FORMER: " ".join(former)}


def renew(connection: sqlite3.Connection, **beside: str) -> str:
    """Give the database another instance, in a transaction of its own, and write more of `meta` with it; its name."""
    connection.execute("BEGIN IMMEDIATE")
    changed = successor(dict(connection.execute("SELECT key, value FROM meta"))) | beside
    connection.executemany(statements.UPSERT_META, list(changed.items()))
    connection.execute("COMMIT")
    return changed[INSTANCE]


def restored(meta: dict[str, str]) -> str:
    """What is to be said of a database that came from a backup and that no engine has written to since, else ""."""
    epoch, _, words = meta.get(RESTORED, "").partition(":")
    return words if epoch == meta.get("epoch", "0") else ""
