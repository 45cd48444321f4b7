"""A listener that takes the machine before the suites start, and lets go when the world has said that it waits, and 1.2 s later."""

from __future__ import annotations

import threading
from typing import Any

from libraries.world import locks, session
from libraries.world.deadlines import Deadline
from libraries.world.locks import Mode, hold_machine

ROBOT_LISTENER_API_VERSION = 3
_show = session.Session.show_waiting


def start_suite(data: Any, result: Any) -> None:
    if data.parent is None:
        locks._QUIET_S = 0.05
        held = hold_machine(Mode.SHARED, Deadline(5))

        def shown(self: session.Session, seconds: float) -> None:
            _show(self, seconds)
            threading.Timer(1.2, held.release).start()

        session.Session.show_waiting = shown  # type: ignore[method-assign]
