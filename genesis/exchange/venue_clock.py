"""The venue's clock as we know it: timestamps of signed requests follow it, not ours."""

from __future__ import annotations

from genesis.engine.ports import Clock

_NS_PER_MS = 1_000_000


class VenueClock:
    """Estimates the venue's time from its answers and our monotonic clock, so that a step of our wall clock changes nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_ms: int | None = None

    def now_ms(self) -> int:
        """The venue's time in ms; our wall clock until the first measurement."""
        if self._offset_ms is None:
            return self._clock.wall_ms()
        return self._clock.mono_ns() // _NS_PER_MS + self._offset_ms

    def observe(self, server_ms: int, sent_ns: int, received_ns: int) -> None:
        """Take a measurement: the venue said `server_ms` between our monotonic `sent_ns` and `received_ns`."""
        self._offset_ms = server_ms - (sent_ns + received_ns) // (2 * _NS_PER_MS)
