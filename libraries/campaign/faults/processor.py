"""How long threads have waited for a processor, by the system's own account: what a busy machine adds to every time that is measured."""

from __future__ import annotations

import threading
import time
from pathlib import Path

_NS = 1_000_000_000
_TICK_S, _LATE_S = 0.01, 0.005


class Hiccups:
    """A thread that wants to run every 10 ms: how much of the time it was let down, by more than 5 ms at once."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._late_s = 0.0
        self._thread = threading.Thread(target=self._watch, name="hiccups", daemon=True)
        self._thread.start()

    def moment(self) -> tuple[float, float]:
        """Monotonic seconds, and how many of them the machine was late until now."""
        return time.monotonic(), self._late_s

    def share_since(self, moment: tuple[float, float]) -> float:
        """The part of the time since then in which the machine was late, 0 to 1."""
        at, late_s = moment
        passed = time.monotonic() - at
        return (self._late_s - late_s) / passed if passed > 0 else 0.0

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._over.wait(_TICK_S):
            after = time.monotonic()
            gap = after - before - _TICK_S
            self._late_s += gap if gap > _LATE_S else 0.0
            before = after


def waited_s(pid: int) -> float:
    """Seconds that the main thread of a process was ready to run and was not let; 0 = it is gone, or the system keeps no account."""
    return _read(Path(f"/proc/{pid}/schedstat"))


def own_waited_s() -> float:
    """As `waited_s`, of the calling thread."""
    return _read(Path(f"/proc/self/task/{threading.get_native_id()}/schedstat"))


def _read(path: Path) -> float:
    try:
        return int(path.read_text(encoding="ascii").split()[1]) / _NS
    except (OSError, IndexError, ValueError):
        return 0.0
