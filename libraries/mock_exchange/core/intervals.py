"""Kline intervals: where a candle opens and where the next one does. Pure; all times are UTC milliseconds.

`offset_ms` is the distance of a time zone from UTC (+08:00 is 28,800,000): days, weeks and months begin at that zone's midnight.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_SECOND = 1_000
MINUTE_MS = 60 * _SECOND
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
_WEEK = 7 * DAY_MS
_MONDAY = 4 * DAY_MS
"""The first Monday after the epoch (a Thursday): weekly candles open on Mondays."""

_FIXED: dict[str, int] = {
    "1s": _SECOND,
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
    "6h": 6 * HOUR_MS,
    "8h": 8 * HOUR_MS,
    "12h": 12 * HOUR_MS,
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": _WEEK,
}
INTERVALS: tuple[str, ...] = (*_FIXED, "1M")
_ZONE = re.compile(r"([+-]?)([0-9]{1,2})(?::([0-9]{2}))?")
_ZONES_MS = (-12 * HOUR_MS, 14 * HOUR_MS)
_WINDOW = re.compile(r"([1-9][0-9]?)([mhd])")
_WINDOW_UNITS = {"m": (MINUTE_MS, 59), "h": (HOUR_MS, 23), "d": (DAY_MS, 7)}


def open_time(interval: str, at_ms: int, offset_ms: int = 0) -> int:
    """Opening time of the candle that holds `at_ms`. KeyError for a name that is not in INTERVALS."""
    return _opened(interval, at_ms + offset_ms) - offset_ms


def next_open_time(interval: str, opened_ms: int, offset_ms: int = 0) -> int:
    """Opening time of the candle after the one that opened at `opened_ms` (a candle closes one millisecond before)."""
    if interval == "1M":
        return open_time("1M", opened_ms + 32 * DAY_MS, offset_ms)
    return opened_ms + _FIXED[interval]


def zone_offset(text: str) -> int | None:
    """`timeZone`: hours and minutes ("-1:00", "05:45") or hours ("8"), from -12:00 to +14:00. None for anything else."""
    found = _ZONE.fullmatch(text)
    if found is None:
        return None
    sign, hours, minutes = found.group(1), int(found.group(2)), int(found.group(3) or 0)
    offset = (hours * HOUR_MS + minutes * MINUTE_MS) * (-1 if sign == "-" else 1)
    return offset if minutes < 60 and _ZONES_MS[0] <= offset <= _ZONES_MS[1] else None


def window_length(text: str) -> int | None:
    """`windowSize` in milliseconds: 1m to 59m, 1h to 23h, 1d to 7d; None for anything else."""
    found = _WINDOW.fullmatch(text)
    if found is None:
        return None
    length, largest = _WINDOW_UNITS[found.group(2)]
    count = int(found.group(1))
    return count * length if count <= largest else None


def _opened(interval: str, at_ms: int) -> int:
    if interval == "1M":
        moment = datetime.fromtimestamp(at_ms // 1000, UTC)
        return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp()) * 1000
    length = _FIXED[interval]
    if interval == "1w":
        return (at_ms - _MONDAY) // length * length + _MONDAY
    return at_ms // length * length
