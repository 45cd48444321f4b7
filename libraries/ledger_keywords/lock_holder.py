"""`python -m libraries.ledger_keywords.lock_holder DATABASE`: a second writer that holds the write lock until SIGTERM.

DATABASE is a SQLite file, or a postgresql:// URL, with the password in PGPASSWORD.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from contextlib import closing
from typing import Any

import psycopg


def main(database: str) -> int:
    """Take the write lock, say so, wait for the end, give it back."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    with closing(_locked(database)) as connection:
        ready = {"instance": os.environ.get("LOCK_HOLDER_INSTANCE", ""), "pid": os.getpid()}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGTERM})
        connection.rollback()
    return 0


def _locked(database: str) -> sqlite3.Connection | psycopg.Connection[Any]:
    if database.startswith("postgresql://"):
        server = psycopg.connect(database, target_session_attrs="read-write", connect_timeout=5)
        server.execute("LOCK TABLE events IN SHARE MODE")  # reading goes on
        return server
    file = sqlite3.connect(database, timeout=5, isolation_level=None)
    file.execute("BEGIN IMMEDIATE")
    return file


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
