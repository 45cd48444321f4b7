"""A probe beside a measurement: how much of the time the machine itself stood still."""

from __future__ import annotations

import threading
import time
from types import TracebackType

STALL_S = 0.005
_NAP_S = 0.001


class Probe:
    """Naps of a millisecond in a thread of its own; what a nap takes longer than 5 ms is a stall."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._stalled = 0.0
        self._watched = 0.0

    @property
    def stalled_share(self) -> float:
        return self._stalled / self._watched if self._watched else 0.0

    def __enter__(self) -> Probe:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        before = time.perf_counter()
        while not self._stop.is_set():
            time.sleep(_NAP_S)
            now = time.perf_counter()
            self._watched += now - before
            self._stalled += now - before if now - before > STALL_S else 0.0
            before = now
