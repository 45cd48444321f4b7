"""Klines of one symbol: candles of every interval from its public trades. Pure; times in UTC milliseconds, amounts in units of 1e-8.

Stored are the one-second and the one-minute candles in which something traded; every other interval is merged from the minutes when
it is asked for. A candle without trades repeats the last close with zero volume, as Binance's does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

import msgspec

from .intervals import MINUTE_MS, next_open_time, open_time
from .venue_events import PublicTrade

KEEP_SECONDS = 5_000
KEEP_MINUTES = 60_000
"""Bounds of the store, in candles with trades: at twice as many the older half falls out."""


MAX_REMEMBERED = 64
"""Merged windows that are remembered until the next minute begins to trade."""


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
    """The stored candles at one base interval, oldest first."""

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
            last = Candle(opened, closes, trade.price, trade.price, trade.price, trade.price, first_trade_id=trade.trade_id)
            self.candles.append(last)
            if len(self.candles) > 2 * self._keep:
                del self.candles[: self._keep]
        _count(last, trade)

    def index_from(self, open_ms: int) -> int:
        """Of the first candle that opens at `open_ms` or later."""
        return bisect_left(self.candles, open_ms, key=lambda candle: candle.open_ms)


class Klines:
    """The candle store of one symbol."""

    def __init__(self) -> None:
        self._seconds = _Series("1s", KEEP_SECONDS)
        self._minutes = _Series("1m", KEEP_MINUTES)
        self._whole: dict[tuple[int, int], Candle] = {}

    def add(self, trade: PublicTrade) -> None:
        self._seconds.add(trade)
        self._minutes.add(trade)

    def candles(self, interval: str, first_open_ms: int, now_ms: int, offset_ms: int = 0) -> Iterator[Candle]:
        """Candles without a hole from the one that opens at or after `first_open_ms` (but not before the first trade) up to the one
        that holds `now_ms`, oldest first. The caller bounds how many it takes. KeyError for an unknown interval.
        """
        series = self._seconds if interval == "1s" else self._minutes
        stored = series.candles
        if not stored:
            return
        current_ms = open_time(interval, max(now_ms, stored[-1].open_ms), offset_ms)
        opened = max(_open_at_or_after(interval, first_open_ms, offset_ms), open_time(interval, stored[0].open_ms, offset_ms))
        index = series.index_from(opened)
        close = stored[index - 1].close if index else stored[0].open
        while opened <= current_ms:
            closes = next_open_time(interval, opened, offset_ms) - 1
            candle = Candle(opened, closes, close, close, close, close)
            while index < len(stored) and stored[index].open_ms <= closes:
                _merge(candle, stored[index])
                index += 1
            close = candle.close
            yield candle
            opened = closes + 1

    def latest(self, interval: str, count: int, until_ms: int, now_ms: int, offset_ms: int = 0) -> list[Candle]:
        """The `count` latest candles that open not after `until_ms`, oldest first."""
        first = open_time(interval, min(until_ms, now_ms), offset_ms)
        for _ in range(count - 1):
            first = open_time(interval, first - 1, offset_ms)
        return [candle for candle in self.candles(interval, first, now_ms, offset_ms) if candle.open_ms <= until_ms]

    def current(self, interval: str, now_ms: int, offset_ms: int = 0) -> Candle | None:
        """The candle that holds `now_ms`, or the newest one where the clock was set back; None before the first trade of the symbol."""
        stored = (self._seconds if interval == "1s" else self._minutes).candles
        if not stored:
            return None
        opened = open_time(interval, max(now_ms, stored[-1].open_ms), offset_ms)
        closes = next_open_time(interval, opened, offset_ms) - 1
        if interval != "1s":
            return self.window(opened, closes)[0]
        newest = stored[-1]
        return newest if newest.open_ms == opened else Candle(opened, closes, newest.close, newest.close, newest.close, newest.close)

    def window(self, open_ms: int, close_ms: int) -> tuple[Candle, int]:
        """Everything that traded since `open_ms` (the start of a minute) as one candle, and the last price before it (0: none).

        Without a trade in it, it is flat at the last price; before the first trade of the symbol all prices are 0.
        """
        minutes = self._minutes
        index = minutes.index_from(open_ms)
        before = minutes.candles[index - 1].close if index else 0
        merged = Candle(open_ms, close_ms, before, before, before, before)
        whole = self._completed(index)
        if whole is not None:
            _merge(merged, whole)
        if index < len(minutes.candles):
            _merge(merged, minutes.candles[-1])
        return merged, before

    def _completed(self, index: int) -> Candle | None:
        """The minutes from `index` up to the one before the newest, merged once per minute: tickers ask for them every second."""
        stored = self._minutes.candles
        if index >= len(stored) - 1:
            return None
        key = (stored[index].open_ms, stored[-1].open_ms)
        known = self._whole.get(key)
        if known is not None:
            return known
        if len(self._whole) >= MAX_REMEMBERED or (self._whole and next(reversed(self._whole))[1] != key[1]):
            self._whole.clear()
        whole = Candle(key[0], key[1] - MINUTE_MS, 0, 0, 0, 0)
        for candle in stored[index:-1]:
            _merge(whole, candle)
        self._whole[key] = whole
        return whole


def _open_at_or_after(interval: str, at_ms: int, offset_ms: int) -> int:
    opened = open_time(interval, at_ms, offset_ms)
    return opened if opened == at_ms else next_open_time(interval, opened, offset_ms)


def _count(candle: Candle, trade: PublicTrade) -> None:
    """Add one trade to its candle: it runs for every trade of the venue."""
    price = trade.price
    candle.high = max(candle.high, price)
    candle.low = min(candle.low, price)
    candle.close = price
    candle.volume += trade.quantity
    candle.quote_volume += trade.quote_quantity
    candle.trades += 1
    if not trade.buyer_is_maker:
        candle.taker_volume += trade.quantity
        candle.taker_quote_volume += trade.quote_quantity
    candle.last_trade_id = trade.trade_id


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
