"""Closed bars, out of public trades, without a hole: what the engine did not see whole is read from the venue's klines.

A bar is whole if every trade of it was seen: the market channel was up before it began, and no trade id is missing. Bars close
by the venue's time, which is that of its last word plus what our monotonic clock says has passed since. No bar is given out
before the one that precedes it. Pure.
"""

from __future__ import annotations

from collections import deque

import msgspec

from genesis.analytics.bars import BarBuilder
from genesis.core.commands import FetchBars
from genesis.core.events import MarketTrade, Now
from genesis.core.models import Bar

NS_PER_MS = 1_000_000
NEVER_MS = 1 << 62
MOST_AT_ONCE = 1_000
"""Klines in one answer of the venue."""


class VenueTime(msgspec.Struct):
    """The venue's time as its own words and our monotonic clock tell it; it never goes back."""

    said_ms: int = 0
    at_ns: int = 0

    def hear(self, venue_ms: int, now: Now) -> None:
        """The venue named a time."""
        if venue_ms > self.now_ms(now):
            self.said_ms, self.at_ns = venue_ms, now.mono_ns

    def now_ms(self, now: Now) -> int:
        """The venue's time; 0 before its first word."""
        return self.said_ms + (now.mono_ns - self.at_ns) // NS_PER_MS if self.said_ms else 0


class BarFeed:
    """The bars of one symbol and interval. `keep` = how many closed ones are remembered for those who start later."""

    def __init__(self, venue: str, symbol: str, interval_ms: int, keep: int) -> None:
        self.venue = venue
        self.symbol = symbol
        self.interval_ms = interval_ms
        self.history: deque[Bar] = deque(maxlen=keep)
        self.late = 0
        """Trades that came after their bar had closed, and are in none."""
        self._keep = keep
        self._trades: list[MarketTrade] = []
        self._next_ms: int | None = None  # open time of the first bar that was not given out
        self._whole_from_ms = NEVER_MS
        self._last_id = 0
        self._asked = False
        self._not_before_ns = 0

    def connected(self, venue_ms: int) -> None:
        """The market channel is up: the bar that has begun already is not whole."""
        self._whole_from_ms = self._floor(venue_ms) + self.interval_ms
        self._trades, self._last_id = [], 0

    def disconnected(self) -> None:
        self._whole_from_ms = NEVER_MS

    def take(self, trade: MarketTrade) -> None:
        """A public trade. A missing trade id makes the bars between the two trades not whole."""
        missing = self._last_id and trade.trade_id and trade.trade_id != self._last_id + 1
        if missing and self._whole_from_ms != NEVER_MS:
            self._whole_from_ms = max(self._whole_from_ms, self._floor(trade.venue_time_ms) + self.interval_ms)
        self._last_id = trade.trade_id
        if self._next_ms is not None and trade.venue_time_ms < self._next_ms:
            self.late += 1
            return
        self._trades.append(trade)

    @property
    def quiet_until_ms(self) -> int:
        """Before this time of the venue there is nothing to close and nothing to ask for: what was asked for comes first."""
        if self._asked:
            return NEVER_MS
        return self._next_ms + self.interval_ms if self._next_ms is not None else 0

    def close(self, closed_ms: int) -> list[Bar]:
        """The bars that are over at the venue's time `closed_ms` and whole, in order; stops at one that has to be fetched."""
        if self._next_ms is None or self._whole_from_ms > self._next_ms:
            return []
        end_ms = self._floor(closed_ms)
        due = [trade for trade in self._trades if trade.venue_time_ms < end_ms]
        self._trades = self._trades[len(due) :]
        builder = self._builder()
        closed = [bar for trade in due for bar in builder.on_trade(trade.price, trade.quantity, trade.venue_time_ms)]
        return self._give([*closed, *builder.on_time(end_ms)], end_ms)

    def wanted(self, closed_ms: int, now: Now) -> FetchBars | None:
        """What has to be read from the venue, if it is time to ask."""
        if self._next_ms is None:
            self._next_ms = self._floor(closed_ms) - self._keep * self.interval_ms
        until_ms = min(self._floor(closed_ms), self._whole_from_ms, self._next_ms + MOST_AT_ONCE * self.interval_ms)
        if self._asked or until_ms <= self._next_ms or now.mono_ns < self._not_before_ns:
            return None
        self._asked = True
        return FetchBars(venue=self.venue, symbol=self.symbol, interval_ms=self.interval_ms, from_ms=self._next_ms, until_ms=until_ms)

    def failed(self, not_before_ns: int) -> None:
        """The klines could not be read."""
        self._asked, self._not_before_ns = False, not_before_ns

    def fetched(self, bars: tuple[Bar, ...], until_ms: int) -> list[Bar]:
        """The venue's bars up to `until_ms`, given out in order, silence between them as flat bars."""
        self._asked = False
        given: list[Bar] = []
        for bar in bars:
            if bar.open_ms >= self._next_or(0):
                given += self._give([*self._builder().on_time(bar.open_ms), bar], bar.close_ms + 1)
        given += self._give(self._builder().on_time(until_ms), until_ms)
        self._trades = [trade for trade in self._trades if trade.venue_time_ms >= self._next_or(0)]
        return given

    def _builder(self) -> BarBuilder:
        """Goes on after the last bar that was given out."""
        last = self.history[-1] if self.history else None
        return BarBuilder(self.venue, self.symbol, self.interval_ms, from_ms=self._next_or(0), last=last)

    def _give(self, bars: list[Bar], next_ms: int) -> list[Bar]:
        self._next_ms = max(self._next_or(0), next_ms)
        self.history.extend(bars)
        return bars

    def _next_or(self, otherwise: int) -> int:
        return self._next_ms if self._next_ms is not None else otherwise

    def _floor(self, at_ms: int) -> int:
        return at_ms - at_ms % self.interval_ms
