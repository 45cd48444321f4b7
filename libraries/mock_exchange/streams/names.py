"""Names of market streams (binance-spot 1.9): what `btcusdt@kline_1m` asks for. Pure."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from ..core.intervals import HOUR_MS, INTERVALS
from ..core.window_statistics import STREAM_WINDOWS_MS

StreamKind = Literal["trade", "aggTrade", "bookTicker", "depth", "partialDepth", "kline", "ticker", "avgPrice", "referencePrice"]

ALL_SYMBOLS = ""
"""`symbol` of the streams that carry every symbol of the venue in one array."""
FAMILIES = ("miniTicker", "ticker", *(f"ticker_{window}" for window in STREAM_WINDOWS_MS))
"""Tickers: of the last 24 hours (mini and whole) and of the rolling windows."""
_ARRAYS = {f"!{family}@arr": family for family in FAMILIES if family != "ticker"}
"""`!ticker@arr` was retired by the venue on 2026-03-26 and is silent."""
_PLAIN: dict[str, StreamKind] = {
    "trade": "trade",
    "aggTrade": "aggTrade",
    "bookTicker": "bookTicker",
    "avgPrice": "avgPrice",
    "referencePrice": "referencePrice",
}
"""`blockTrade` is a name of the venue too; this one has no block trades."""
_DEPTH = re.compile(r"depth(5|10|20)?(?:@(100|1000)ms)?")
_KLINE = re.compile(r"kline_([0-9]+[smhdwM])(@\+08:00)?")
_ZONE_MS = 8 * HOUR_MS
_DEFAULT_SPEED_MS = 1000


class Stream(msgspec.Struct, frozen=True):
    """A stream that carries messages. `symbol` is in capitals.

    `speed_ms` is of both kinds of depth, `levels` of partial depth, `interval` and `offset_ms` (of its time zone) of klines, `family`
    of tickers only.
    """

    name: str
    symbol: str
    kind: StreamKind
    speed_ms: int = 0
    levels: int = 0
    interval: str = ""
    offset_ms: int = 0
    family: str = ""


def parse(name: str) -> Stream | None:
    """The stream of that name, or None for a name that this venue never sends (the venue accepts it silently, as Binance does).

    Names are case sensitive: the symbol part is in small letters.
    """
    if name in _ARRAYS:
        return Stream(name, ALL_SYMBOLS, "ticker", family=_ARRAYS[name])
    symbol, at, rest = name.partition("@")
    if not at or not symbol or symbol != symbol.lower():
        return None
    symbol = symbol.upper()
    if rest in _PLAIN:
        return Stream(name, symbol, _PLAIN[rest])
    if rest in FAMILIES:
        return Stream(name, symbol, "ticker", family=rest)
    return _depth(name, symbol, rest) or _kline(name, symbol, rest)


def _depth(name: str, symbol: str, rest: str) -> Stream | None:
    found = _DEPTH.fullmatch(rest)
    if found is None:
        return None
    levels, speed_ms = int(found.group(1) or 0), int(found.group(2) or _DEFAULT_SPEED_MS)
    return Stream(name, symbol, "partialDepth" if levels else "depth", speed_ms=speed_ms, levels=levels)


def _kline(name: str, symbol: str, rest: str) -> Stream | None:
    found = _KLINE.fullmatch(rest)
    if found is None or found.group(1) not in INTERVALS:
        return None
    return Stream(name, symbol, "kline", interval=found.group(1), offset_ms=_ZONE_MS if found.group(2) else 0)
