"""Microseconds, for whoever asks for them: `X-MBX-TIME-UNIT` (REST) and `timeUnit` in a WebSocket URL (binance-spot 1.1).

The venue counts in milliseconds; answers and events are scaled on their way out, and only for those who asked.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..core.time_unit import MICROSECOND, time_unit_of

_ANSWER_TIMES = frozenset(
    {
        "authorizedSince",
        "closeTime",
        "connectedSince",
        "openTime",
        "retryAfter",
        "serverTime",
        "T",
        "time",
        "timestamp",
        "trailingTime",
        "transactTime",
        "transactionTime",
        "updateTime",
        "workingTime",
    }
)
_EVENT_TIMES = frozenset({"C", "D", "E", "O", "T", "W"})
"""`C` and `O` are times of a 24hrTicker; elsewhere they are texts and lists, which stay as they are."""
_KLINE_ROW = 12
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def wants_microseconds(unit: str | None) -> bool:
    """What the client asked for; None = nothing. Raises VenueError -1194."""
    return time_unit_of(unit) == MICROSECOND


def answer_in_microseconds(encoded: bytes) -> bytes:
    """A JSON answer of REST or WebSocket API with every time in microseconds."""
    return _encode(_scaled_answer(_decode(encoded)))


def event_in_microseconds(encoded: bytes) -> bytes:
    """A JSON event of a user data or market stream, bare or wrapped, with every time in microseconds."""
    return _encode(_scaled_event(_decode(encoded)))


def _scaled_answer(value: Any) -> Any:
    if isinstance(value, list):
        if len(value) == _KLINE_ROW and isinstance(value[0], int):
            return [_scaled(item) if place in (0, 6) else item for place, item in enumerate(value)]
        return [_scaled_answer(item) for item in value]
    if isinstance(value, dict):
        return {name: _scaled(item) if name in _ANSWER_TIMES else _scaled_answer(item) for name, item in value.items()}
    return value


def _scaled_event(value: Any) -> Any:
    if isinstance(value, list):
        return [_scaled_event(item) for item in value]
    if not isinstance(value, dict):
        return value
    times = _times_of(value)
    return {name: _scaled(item) if name in times else _scaled_event(item) for name, item in value.items()}


def _times_of(event: dict[str, Any]) -> frozenset[str]:
    """`u` is a time in outboundAccountPosition and an id elsewhere; `t` begins a candle and numbers a trade elsewhere."""
    if event.get("e") == "outboundAccountPosition":
        return _EVENT_TIMES | {"u"}
    if "t" in event and "e" not in event and "i" in event:
        return _EVENT_TIMES | {"t"}
    return _EVENT_TIMES


def _scaled(value: Any) -> Any:
    return value * 1_000 if type(value) is int and value > 0 else value
