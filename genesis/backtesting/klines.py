"""The simulated venue's klines: closed bars of the tape so far, of every interval that a strategy asks for. Nothing of the future."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from genesis.backtesting.tape import Print
from genesis.core.commands import FetchBars
from genesis.core.events import BarsFetched
from genesis.core.models import Bar

KEPT = 1_000
"""Bars of one answer, as at the venue."""
_FeedKey = tuple[str, str, int]


class Klines:
    """Bars in which something traded; silence between them is the engine's to fill."""

    def __init__(self, feeds: Iterable[_FeedKey]) -> None:
        self._bars: dict[_FeedKey, deque[Bar]] = {key: deque(maxlen=KEPT) for key in feeds}
        self._intervals: dict[tuple[str, str], list[int]] = {}
        for venue, symbol, interval_ms in self._bars:
            self._intervals.setdefault((venue, symbol), []).append(interval_ms)

    def take(self, traded: Print) -> None:
        """A public trade."""
        for interval_ms in self._intervals.get((traded.venue, traded.symbol), ()):
            bars = self._bars[(traded.venue, traded.symbol, interval_ms)]
            open_ms = traded.at_ms - traded.at_ms % interval_ms
            before = bars.pop() if bars and bars[-1].open_ms == open_ms else None
            bars.append(_with(traded, before, open_ms, interval_ms))

    def answer(self, asked: FetchBars, at_ms: int) -> BarsFetched:
        """What is closed of it at `at_ms`."""
        known = self._bars.get((asked.venue, asked.symbol, asked.interval_ms), ())
        closed = tuple(bar for bar in known if asked.from_ms <= bar.open_ms < asked.until_ms and bar.close_ms < at_ms)
        return BarsFetched(venue=asked.venue, symbol=asked.symbol, interval_ms=asked.interval_ms, until_ms=asked.until_ms, bars=closed)


def _with(traded: Print, bar: Bar | None, open_ms: int, interval_ms: int) -> Bar:
    return Bar(
        venue=traded.venue,
        symbol=traded.symbol,
        open_ms=open_ms,
        close_ms=open_ms + interval_ms - 1,
        open=bar.open if bar is not None else traded.price,
        high=max(bar.high, traded.price) if bar is not None else traded.price,
        low=min(bar.low, traded.price) if bar is not None else traded.price,
        close=traded.price,
        volume=traded.quantity + (bar.volume if bar is not None else 0),
        trades=1 + (bar.trades if bar is not None else 0),
    )
