"""Milliseconds or microseconds: what `timeUnit` (URL) and `X-MBX-TIME-UNIT` (header) ask for (binance-spot 1.1)."""

from __future__ import annotations

from typing import Literal

from .errors import VenueError

TimeUnit = Literal["MILLISECOND", "MICROSECOND"]
MILLISECOND: TimeUnit = "MILLISECOND"
MICROSECOND: TimeUnit = "MICROSECOND"
PER_MS = 1_000
"""Microseconds in a millisecond."""


def time_unit_of(asked: str | None) -> TimeUnit:
    """The unit that a client asked for, in capitals or small letters; milliseconds where it did not.

    Raises:
        VenueError: -1194, neither of the two.
    """
    if asked in (None, "MILLISECOND", "millisecond"):
        return MILLISECOND
    if asked in ("MICROSECOND", "microsecond"):
        return MICROSECOND
    raise VenueError(-1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")


def stamp(time_ms: int, unit: TimeUnit) -> int:
    """A moment of the venue's clock as the client wants it."""
    return time_ms if unit == MILLISECOND else time_ms * PER_MS


def stamp_us(time_us: int, unit: TimeUnit) -> int:
    """As `stamp`, of a moment known in microseconds."""
    return time_us // PER_MS if unit == MILLISECOND else time_us


def last_stamp(time_ms: int, unit: TimeUnit) -> int:
    """The last instant of the millisecond `time_ms`: where a candle or a trading day closes."""
    return time_ms if unit == MILLISECOND else time_ms * PER_MS + PER_MS - 1
