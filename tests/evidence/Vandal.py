"""What no keyword offers: hurts the world behind the keywords' back, so that a test is red."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from contextlib import closing

from libraries.world.processes import Child
from libraries.world.session import session


def kill_behind_the_keywords() -> None:
    _kill(session.engine().child)


def kill_the_venue_behind_the_keywords() -> None:
    _kill(session.exchange().child)


def _kill(child: Child | None) -> None:
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)
    child.wait(2)


def falsify_the_database(statement: str) -> None:
    with closing(sqlite3.connect(session.engine().database_path)) as connection, connection:
        assert connection.execute(statement).rowcount, "nothing was falsified"


def leave_a_process() -> None:
    subprocess.Popen(["sleep", "30"], stdin=subprocess.DEVNULL)
