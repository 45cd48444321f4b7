"""Closed bars out of public trades: any interval, aligned to the epoch, without a hole and never changed afterwards."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.models import Bar
from genesis.core.money import ZERO

MOST_FLAT = 2_000
"""After a longer silence only so many of its last flat bars are given: no strategy may need more (`MOST_BARS` of a parameter, twice
for pairs)."""


class BarBuilder:
    """The bars of one symbol. A trade of a later interval closes a bar, and so does time; whoever comes later is late.

    The first bar is that of the first trade from `from_ms` on (its interval must begin there or later: one of which only a
    part was seen is none). With `last` it goes on after that closed bar.
    """

    def __init__(self, venue: str, symbol: str, interval_ms: int, *, from_ms: int = 0, last: Bar | None = None) -> None:
        assert interval_ms > 0, interval_ms
        self.venue = venue
        self.symbol = symbol
        self.interval_ms = interval_ms
        self.late = 0
        """Trades that belong to a bar which was closed before they came (or to none that is built); they are in no bar."""
        self._next_ms = -(-from_ms // interval_ms) * interval_ms if last is None else last.close_ms + 1
        self._last_close = None if last is None else last.close
        self._open: _Open | None = None

    def on_trade(self, price: Decimal, quantity: Decimal, time_ms: int) -> list[Bar]:
        """The next public trade; the bars that are closed by it, in order."""
        if time_ms < self._next_ms:
            self.late += 1
            return []
        closed = self._close_before(time_ms - time_ms % self.interval_ms)
        if self._open is None:
            self._open = _Open(price)
        self._open.add(price, quantity)
        return closed

    def on_time(self, now_ms: int) -> list[Bar]:
        """The venue's time is `now_ms`: the bars that are over, in order."""
        return self._close_before(now_ms - now_ms % self.interval_ms)

    def _close_before(self, open_ms: int) -> list[Bar]:
        """Close every bar that opens before `open_ms`, which is the beginning of an interval."""
        if open_ms <= self._next_ms:
            return []
        closed = []
        if self._open is not None:
            closed.append(self._open.bar(self.venue, self.symbol, self._next_ms, self.interval_ms))
            self._last_close, self._open = self._open.close, None
            self._next_ms += self.interval_ms
        if self._last_close is not None:
            first_ms = max(self._next_ms, open_ms - MOST_FLAT * self.interval_ms)
            closed += [self._flat(at_ms, self._last_close) for at_ms in range(first_ms, open_ms, self.interval_ms)]
        self._next_ms = open_ms
        return closed

    def _flat(self, open_ms: int, price: Decimal) -> Bar:
        return _Open(price).bar(self.venue, self.symbol, open_ms, self.interval_ms)


class _Open:
    """The bar that is being built."""

    __slots__ = ("close", "high", "low", "open", "trades", "volume")

    def __init__(self, price: Decimal) -> None:
        self.open = self.high = self.low = self.close = price
        self.volume = ZERO
        self.trades = 0

    def add(self, price: Decimal, quantity: Decimal) -> None:
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.close = price
        self.volume += quantity
        self.trades += 1

    def bar(self, venue: str, symbol: str, open_ms: int, interval_ms: int) -> Bar:
        return Bar(
            venue=venue,
            symbol=symbol,
            open_ms=open_ms,
            close_ms=open_ms + interval_ms - 1,
            open=self.open,
            high=self.high,
            low=self.low,
            close=self.close,
            volume=self.volume,
            trades=self.trades,
        )
