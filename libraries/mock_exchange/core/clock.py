"""The clocks that the venue's core is given."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The venue's time. `now_ms` is the wall clock that clients see (`serverTime`); it may step."""

    def now_ms(self) -> int: ...

    def now_us(self) -> int: ...

    def monotonic_ns(self) -> int: ...
