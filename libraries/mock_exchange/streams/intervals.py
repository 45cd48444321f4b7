"""Kline intervals: where a candle opens and where the next one does. Pure; all times are UTC milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime

_SECOND = 1_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY
_MONDAY = 4 * _DAY
"""The first Monday after the epoch (a Thursday): weekly candles open on Mondays."""

_FIXED: dict[str, int] = {
    "1s": _SECOND,
    "1m": _MINUTE,
    "3m": 3 * _MINUTE,
    "5m": 5 * _MINUTE,
    "15m": 15 * _MINUTE,
    "30m": 30 * _MINUTE,
    "1h": _HOUR,
    "2h": 2 * _HOUR,
    "4h": 4 * _HOUR,
    "6h": 6 * _HOUR,
    "8h": 8 * _HOUR,
    "12h": 12 * _HOUR,
    "1d": _DAY,
    "3d": 3 * _DAY,
    "1w": _WEEK,
}
INTERVALS: tuple[str, ...] = (*_FIXED, "1M")


def open_time(interval: str, at_ms: int) -> int:
    """Opening time of the candle that holds `at_ms`. KeyError for a name that is not in INTERVALS."""
    if interval == "1M":
        moment = datetime.fromtimestamp(at_ms // 1000, UTC)
        return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp()) * 1000
    length = _FIXED[interval]
    if interval == "1w":
        return (at_ms - _MONDAY) // length * length + _MONDAY
    return at_ms // length * length


def next_open_time(interval: str, opened_ms: int) -> int:
    """Opening time of the candle after the one that opened at `opened_ms` (a candle closes one millisecond before)."""
    if interval == "1M":
        return open_time("1M", opened_ms + 32 * _DAY)
    return opened_ms + _FIXED[interval]
