"""What the feeds of the streams are given: time, and where their messages go. No sockets here. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from ..core.time_unit import TimeUnit

Build = Callable[[int, TimeUnit], bytes]
"""Encodes a message: event time in microseconds and the reader's unit to JSON."""
Tap = Callable[[str, bytes, Any], None]
"""Stream name, message, subscriber: what stands between the hub and its subscribers while faults wait for a message."""
Emit = Callable[[Iterable[str], Build], None]
"""Sends one message to the readers of these stream names; it is built once per unit, and not at all where nobody reads."""


class Timers(Protocol):
    """Time as the streams need it. `now_us` is the venue's wall clock; `grid` calls back once, at the next multiple of `period_ms` of
    elapsed time (`wall=True`: of the venue's wall clock); `soon` when the running command is over."""

    def now_us(self) -> int: ...

    def soon(self, callback: Callable[[], None]) -> None: ...

    def grid(self, period_ms: int, callback: Callable[[], None], wall: bool = False) -> Callable[[], None]:
        """Returns what cancels the call."""


class Subscriber(Protocol):
    @property
    def combined(self) -> bool: ...

    @property
    def time_unit(self) -> TimeUnit: ...

    def send(self, message: bytes) -> None: ...
