"""When a kline stream speaks: every 1000 ms (interval 1s) or 2000 ms while its candle changes, and once with x=true when it closes.

Pure: the caller says when a second begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec

from ..core.intervals import open_time
from ..core.klines import Candle, Klines
from ..core.venue import Venue
from .names import Stream

MAX_CLOSED_AT_ONCE = 1000
"""After a jump of the venue's clock, at most this many closed candles are sent per stream the oldest (a REST answer holds as many)."""


class KlineUpdate(msgspec.Struct, frozen=True):
    stream: Stream
    candle: Candle
    closed: bool


class _Position(msgspec.Struct):
    """How far a stream has spoken: the candle that it is in, and the trades of it already told."""

    open_ms: int
    trades: int


class KlineTicker:
    """Decides at each second of the venue's clock what the kline streams send."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.streams: dict[Stream, _Position] = {}

    def begin(self, stream: Stream, now_ms: int) -> None:
        """A stream gained its first reader: it hears of the candle that is open now at the next tick."""
        self.streams[stream] = _Position(open_time(stream.interval, now_ms, stream.offset_ms), -1)

    def end(self, stream: Stream) -> None:
        self.streams.pop(stream, None)

    def due(self, now_ms: int) -> Iterator[KlineUpdate]:
        """What is to be sent at the second that `now_ms` lies in."""
        even = now_ms // 1000 % 2 == 0
        for stream, position in list(self.streams.items()):
            yield from self._closed(stream, position, now_ms)
            if stream.interval == "1s" or even:
                yield from self._changed(stream, position, now_ms)

    def _closed(self, stream: Stream, position: _Position, now_ms: int) -> Iterator[KlineUpdate]:
        current_ms = open_time(stream.interval, now_ms, stream.offset_ms)
        if position.open_ms >= current_ms:
            return
        since = self._klines(stream).candles(stream.interval, position.open_ms, now_ms, stream.offset_ms)
        for candle in islice(since, MAX_CLOSED_AT_ONCE):
            if candle.open_ms < current_ms:
                yield KlineUpdate(stream, candle, True)
        position.open_ms, position.trades = current_ms, -1

    def _changed(self, stream: Stream, position: _Position, now_ms: int) -> Iterator[KlineUpdate]:
        candle = self._klines(stream).current(stream.interval, now_ms, stream.offset_ms)
        if candle is not None and candle.open_ms == position.open_ms and candle.trades != position.trades:
            position.trades = candle.trades
            yield KlineUpdate(stream, candle, False)

    def _klines(self, stream: Stream) -> Klines:
        return self._venue.market(stream.symbol).recent.klines
