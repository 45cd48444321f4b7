"""The system's two clocks."""

from __future__ import annotations

import time


class SystemClock:
    """Implements `genesis.engine.ports.Clock`."""

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def mono_ns(self) -> int:
        return time.monotonic_ns()
