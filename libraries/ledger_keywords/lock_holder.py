"""`python -m libraries.ledger_keywords.lock_holder DATABASE`: a second writer that holds SQLite's write lock until SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys


def main(path: str) -> int:
    """Take the write lock, say so, wait for the end, give it back."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        ready = {"instance": os.environ.get("LOCK_HOLDER_INSTANCE", ""), "pid": os.getpid()}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGTERM})
        connection.execute("ROLLBACK")
    finally:
        connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
