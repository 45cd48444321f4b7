"""A callback at a fixed rate, for deadlines and idle times of a connection. Needs no task; an exception ends in the loop's handler."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_SHORTEST_S = 0.01
_LONGEST_S = 0.25


class Ticker:
    """Calls `tick` about twenty times within `span_s`, between 10 and 250 ms apart, from `start` until `stop`."""

    def __init__(self, span_s: float, tick: Callable[[], None]) -> None:
        self._interval_s = min(max(span_s / 20, _SHORTEST_S), _LONGEST_S)
        self._tick = tick
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self.stop()
        self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._run)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run(self) -> None:
        self.start()
        self._tick()
