"""Names of market streams (binance-spot 1.9): what `btcusdt@kline_1m` asks for. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from .intervals import INTERVALS

StreamKind = Literal["depth", "bookTicker", "trade", "aggTrade", "kline"]

_DEPTH_SPEEDS_MS = {"depth": 1000, "depth@1000ms": 1000, "depth@100ms": 100}
_PLAIN: dict[str, StreamKind] = {"bookTicker": "bookTicker", "trade": "trade", "aggTrade": "aggTrade"}


class Stream(msgspec.Struct, frozen=True):
    """A stream that carries messages. `symbol` is in capitals; `speed_ms` is of depth, `interval` of kline streams only."""

    name: str
    symbol: str
    kind: StreamKind
    speed_ms: int = 0
    interval: str = ""


def parse(name: str) -> Stream | None:
    """The stream of that name, or None for a name that this venue never sends (the venue accepts it silently, as Binance does).

    Names are case sensitive: the symbol part is in small letters.
    """
    symbol, at, rest = name.partition("@")
    if not at or not symbol or symbol != symbol.lower():
        return None
    symbol = symbol.upper()
    if rest in _DEPTH_SPEEDS_MS:
        return Stream(name, symbol, "depth", speed_ms=_DEPTH_SPEEDS_MS[rest])
    if rest in _PLAIN:
        return Stream(name, symbol, _PLAIN[rest])
    if rest.startswith("kline_") and rest[6:] in INTERVALS:
        return Stream(name, symbol, "kline", interval=rest[6:])
    return None
