"""What ends by the venue's clock: a WebSocket connection after 24 hours, a listenKey after 60 minutes.

Looked at once a second, and at once when the clock is moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .clock import VenueClock

LIFE_MS = 24 * 60 * 60_000
SHUTDOWN_NOTICE_MS = 10 * 60_000
"""How long before its end a connection is told (the documentation promises no time). A test that lets a day pass goes on in steps of a
minute or so: its client has some of them to replace the connection."""
_LOOK_EVERY_S = 1.0


class Lifetimes:
    """Calls each watcher with the venue's time. `start` needs a running event loop."""

    def __init__(self, clock: VenueClock, watchers: list[Callable[[int], None]]) -> None:
        self._clock = clock
        self._watchers = watchers
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._clock.moved.append(self.look)
        self._again()

    def look(self) -> None:
        now_ms = self._clock.now_ms()
        for watcher in self._watchers:
            watcher(now_ms)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_LOOK_EVERY_S, self._look_again)

    def _look_again(self) -> None:
        self.look()
        self._again()
