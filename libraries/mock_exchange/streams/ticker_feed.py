"""Tickers, average and reference prices: at each second, what changed since the last one (binance-spot 1.9). Pure.

The first reader of a stream hears its state at the next second; from then on a message comes only when something but the time changed.
"""

from __future__ import annotations

import msgspec

from ..core.intervals import DAY_MS
from ..core.time_unit import TimeUnit
from ..core.venue import Venue
from ..core.window_statistics import STREAM_WINDOWS_MS, WindowStatistics, rolling
from . import payloads
from .names import ALL_SYMBOLS, Stream
from .outlet import Emit


class _Row(msgspec.Struct, frozen=True):
    """A ticker of one symbol as it is now. `best` only of the family that shows it."""

    symbol: str
    statistics: WindowStatistics
    best: payloads.Best | None

    @property
    def content(self) -> object:
        return self.statistics.content, self.best


class TickerFeed:
    """Emits for streams that are read. The caller says when a second begins."""

    def __init__(self, venue: Venue, emit: Emit) -> None:
        self._venue = venue
        self._emit = emit
        self._read: dict[str, dict[str, str]] = {}
        self._told: dict[tuple[str, str], object] = {}
        self._averages: dict[str, tuple[int, int]] = {}
        self._references: dict[str, str] = {}

    @property
    def is_idle(self) -> bool:
        return not (self._read or self._averages or self._references)

    def begin(self, stream: Stream) -> None:
        if stream.kind == "avgPrice":
            self._averages[stream.symbol] = (-1, -1)
            return
        if stream.kind == "referencePrice":
            self._references[stream.symbol] = stream.name
            return
        self._read.setdefault(stream.family, {})[stream.symbol] = stream.name
        self._told.pop((stream.family, stream.symbol), None)

    def end(self, stream: Stream) -> None:
        if stream.kind == "avgPrice":
            self._averages.pop(stream.symbol, None)
            return
        if stream.kind == "referencePrice":
            self._references.pop(stream.symbol, None)
            return
        readers = self._read.get(stream.family, {})
        readers.pop(stream.symbol, None)
        if ALL_SYMBOLS not in readers:
            for key in [key for key in self._told if key[0] == stream.family and key[1] not in readers]:
                del self._told[key]
        if not readers:
            self._read.pop(stream.family, None)

    def tick(self, now_ms: int) -> None:
        for family, readers in list(self._read.items()):
            self._tick_family(family, dict(readers), now_ms)
        for symbol in list(self._averages):
            self._tick_average(symbol, now_ms)
        for symbol, name in list(self._references.items()):
            self._tick_reference(symbol, name)

    def _tick_family(self, family: str, readers: dict[str, str], now_ms: int) -> None:
        array = readers.pop(ALL_SYMBOLS, None)
        rows = []
        for symbol in readers if array is None else self._venue.symbols:
            row = self._row(family, symbol, now_ms)
            if self._told.get((family, symbol)) == row.content:
                continue
            self._told[family, symbol] = row.content
            rows.append(row)
            if symbol in readers:
                self._emit_row(family, readers[symbol], row)
        traded = [row for row in rows if row.statistics.last]
        if array is not None and traded:
            self._emit((array,), lambda event_us, unit: payloads.encode([_shown(family, row, event_us, unit) for row in traded]))

    def _emit_row(self, family: str, name: str, row: _Row) -> None:
        self._emit((name,), lambda event_us, unit: payloads.encode(_shown(family, row, event_us, unit)))

    def _row(self, family: str, symbol: str, now_ms: int) -> _Row:
        length_ms = STREAM_WINDOWS_MS.get(family.removeprefix("ticker_"), DAY_MS)
        statistics = rolling(self._venue.market(symbol).recent, length_ms, now_ms)
        return _Row(symbol, statistics, self._venue.best(symbol) if family == "ticker" else None)

    def _tick_average(self, symbol: str, now_ms: int) -> None:
        market = self._venue.market(symbol)
        last = market.recent.last
        if last is None:
            return
        average = (market.prices.price(now_ms), last.time_ms)
        if self._averages[symbol] == average:
            return
        self._averages[symbol] = average
        name = f"{symbol.lower()}@avgPrice"
        self._emit((name,), lambda event_us, unit: payloads.average_price(market.spec, *average, event_us=event_us, unit=unit))

    def _tick_reference(self, symbol: str, name: str) -> None:
        """A symbol that never had a reference price is silent; one that has says every second that it is still valid."""
        spec = self._venue.market(symbol).spec
        if spec.reference_price:
            self._emit((name,), lambda event_us, unit: payloads.reference_price(spec, event_us, unit))


def _shown(family: str, row: _Row, event_us: int, unit: TimeUnit) -> payloads.Json:
    if family == "miniTicker":
        return payloads.mini_ticker(row.symbol, row.statistics, event_us, unit)
    if row.best is not None:
        return payloads.ticker(row.symbol, row.statistics, row.best, event_us, unit)
    return payloads.window_ticker(row.symbol, family.removeprefix("ticker_"), row.statistics, event_us, unit)
