"""Answers and user data events in microseconds, for whoever asks for them (binance-spot 1.1).

The venue counts in milliseconds; what leaves is scaled on its way out, and only for those who asked. Market streams build their
messages in either unit by themselves.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..core.time_unit import MICROSECOND, TimeUnit, last_stamp, stamp

_ANSWER_TIMES = frozenset(
    {
        "authorizedSince",
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
_CLOSE = "closeTime"
_EVENT_TIMES = frozenset({"D", "E", "O", "T", "W"})
_POSITION_TIMES = _EVENT_TIMES | {"u"}
"""`u` is a time in outboundAccountPosition and nowhere else; `O` is a list in listStatus, which stays one."""
_KLINE_ROW = 12
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def answer_in(unit: TimeUnit, encoded: bytes) -> bytes:
    """A JSON answer of REST or WebSocket API with its times in that unit."""
    return _encode(_answer(_decode(encoded))) if unit == MICROSECOND else encoded


def event_in(unit: TimeUnit, encoded: bytes) -> bytes:
    """A JSON event of a user data stream, bare or wrapped, with its times in that unit."""
    return _encode(_event(_decode(encoded))) if unit == MICROSECOND else encoded


def _answer(value: Any) -> Any:
    if isinstance(value, list):
        if len(value) == _KLINE_ROW and isinstance(value[0], int):
            return [_scaled(value[0]), *value[1:6], last_stamp(value[6], MICROSECOND), *value[7:]]
        return [_answer(item) for item in value]
    if isinstance(value, dict):
        return {name: _named(name, item) for name, item in value.items()}
    return value


def _named(name: str, value: Any) -> Any:
    if name == _CLOSE:
        return last_stamp(value, MICROSECOND)
    return _scaled(value) if name in _ANSWER_TIMES else _answer(value)


def _event(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    times = _POSITION_TIMES if value.get("e") == "outboundAccountPosition" else _EVENT_TIMES
    return {name: _scaled(item) if name in times else _event(item) for name, item in value.items()}


def _scaled(value: Any) -> Any:
    return stamp(value, MICROSECOND) if type(value) is int and value > 0 else value
