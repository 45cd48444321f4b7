"""Klines: candles of every interval from the public trades. Pure; times in UTC milliseconds, amounts in units of 1e-8.

Stored are the one-second and the one-minute candles in which something traded; every other interval is merged from the minutes when
it is asked for. A candle without trades repeats the last close with zero volume, as Binance's does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

import msgspec

from ..core.venue_events import PublicTrade
from .intervals import next_open_time, open_time

KEEP_SECONDS = 20_000
KEEP_MINUTES = 60_000
"""Bounds of the store per symbol, in candles with trades: at twice as many the older half falls out."""


class Candle(msgspec.Struct):
    """One candle. `first_trade_id` and `last_trade_id` are -1 and `trades` is 0 when nothing traded in it."""

    open_ms: int
    close_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0
    quote_volume: int = 0
    trades: int = 0
    taker_volume: int = 0
    taker_quote_volume: int = 0
    first_trade_id: int = -1
    last_trade_id: int = -1


class _Series:
    """The stored candles of one symbol at one base interval, oldest first."""

    def __init__(self, interval: str, keep: int) -> None:
        self._interval = interval
        self._keep = keep
        self.candles: list[Candle] = []

    def add(self, trade: PublicTrade) -> None:
        last = self.candles[-1] if self.candles else None
        # A venue clock that was set back must not reopen an older candle: the trade counts in the newest one.
        if last is None or trade.time_ms > last.close_ms:
            opened = open_time(self._interval, trade.time_ms)
            closes = next_open_time(self._interval, opened) - 1
            last = Candle(opened, closes, trade.price, trade.price, trade.price, trade.price)
            self.candles.append(last)
            if len(self.candles) > 2 * self._keep:
                del self.candles[: self._keep]
        _count(last, trade)


class KlineStore:
    """Candles of all symbols. `add` takes every public trade in order."""

    def __init__(self) -> None:
        self._seconds: dict[str, _Series] = {}
        self._minutes: dict[str, _Series] = {}

    def add(self, trade: PublicTrade) -> None:
        if trade.symbol not in self._seconds:
            self._seconds[trade.symbol] = _Series("1s", KEEP_SECONDS)
            self._minutes[trade.symbol] = _Series("1m", KEEP_MINUTES)
        self._seconds[trade.symbol].add(trade)
        self._minutes[trade.symbol].add(trade)

    def candles(self, symbol: str, interval: str, first_open_ms: int, now_ms: int) -> Iterator[Candle]:
        """Candles without a hole from the one that opens at or after `first_open_ms` (but not before the first trade) up to the one
        that holds `now_ms`, oldest first. The caller bounds how many it takes. KeyError for an unknown interval.
        """
        stored = self._stored(symbol, interval)
        if not stored:
            return
        current_ms = open_time(interval, max(now_ms, stored[-1].open_ms))
        opened = max(_open_at_or_after(interval, first_open_ms), open_time(interval, stored[0].open_ms))
        index = bisect_left(stored, opened, key=lambda candle: candle.open_ms)
        close = stored[index - 1].close if index else stored[0].open
        while opened <= current_ms:
            closes = next_open_time(interval, opened) - 1
            candle = Candle(opened, closes, close, close, close, close)
            while index < len(stored) and stored[index].open_ms <= closes:
                _merge(candle, stored[index])
                index += 1
            close = candle.close
            yield candle
            opened = closes + 1

    def latest(self, symbol: str, interval: str, count: int, until_ms: int, now_ms: int) -> list[Candle]:
        """The `count` latest candles that open not after `until_ms`, oldest first."""
        first = open_time(interval, min(until_ms, now_ms))
        for _ in range(count - 1):
            first = open_time(interval, first - 1)
        return [candle for candle in self.candles(symbol, interval, first, now_ms) if candle.open_ms <= until_ms]

    def current(self, symbol: str, interval: str, now_ms: int) -> Candle | None:
        """The candle that holds `now_ms`; None before the first trade of the symbol."""
        candles = self.latest(symbol, interval, 1, now_ms, now_ms)
        return candles[-1] if candles else None

    def _stored(self, symbol: str, interval: str) -> list[Candle]:
        series = (self._seconds if interval == "1s" else self._minutes).get(symbol)
        return series.candles if series else []


def _open_at_or_after(interval: str, at_ms: int) -> int:
    opened = open_time(interval, at_ms)
    return opened if opened == at_ms else next_open_time(interval, opened)


def _count(candle: Candle, trade: PublicTrade) -> None:
    taker = not trade.buyer_is_maker
    one = Candle(
        candle.open_ms,
        candle.close_ms,
        trade.price,
        trade.price,
        trade.price,
        trade.price,
        volume=trade.quantity,
        quote_volume=trade.quote_quantity,
        trades=1,
        taker_volume=trade.quantity if taker else 0,
        taker_quote_volume=trade.quote_quantity if taker else 0,
        first_trade_id=trade.trade_id,
        last_trade_id=trade.trade_id,
    )
    _merge(candle, one)


def _merge(into: Candle, part: Candle) -> None:
    """Add a later part with at least one trade to a candle."""
    if not into.trades:
        into.open = into.high = into.low = part.open
        into.first_trade_id = part.first_trade_id
    into.high = max(into.high, part.high)
    into.low = min(into.low, part.low)
    into.close = part.close
    into.volume += part.volume
    into.quote_volume += part.quote_volume
    into.trades += part.trades
    into.taker_volume += part.taker_volume
    into.taker_quote_volume += part.taker_quote_volume
    into.last_trade_id = part.last_trade_id
