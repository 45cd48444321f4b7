"""From what the venue's core says to the messages that subscribers get. No sockets here: time and subscribers are given.

Each message is encoded once per time unit and wrapped once per stream name, however many read it. Feeds keep something of a stream only
while it has subscribers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..core.time_unit import PER_MS, TimeUnit
from ..core.venue import Venue
from ..core.venue_events import BookChange, PublicTrade, VenueEvent
from . import payloads
from .book_feed import BookFeed
from .kline_ticker import KlineTicker, KlineUpdate
from .names import ALL_SYMBOLS, Stream, parse
from .outlet import Build, Subscriber, Tap, Timers
from .ticker_feed import TickerFeed
from .trade_feed import TradeFeed

_SECOND_MS = 1000


class Hub:
    """Turns venue events into stream messages for subscribers, who are told by stream name."""

    def __init__(self, timers: Timers, venue: Venue) -> None:
        self._timers = timers
        self._venue = venue
        self._subscribers: dict[str, dict[Subscriber, None]] = {}
        self._trades = TradeFeed(venue, self.emit)
        self._book = BookFeed(venue, self.emit, timers)
        self._klines = KlineTicker(venue)
        self._tickers = TickerFeed(venue, self.emit)
        self._waiting: dict[str, None] = {}
        self._cancel_tick: Callable[[], None] | None = None
        self._last_event_us = 0
        self.tap: Tap | None = None
        """Takes every message on its way to a subscriber, while faults wait for some."""

    # ------------------------------------------------------------------ subscribers

    def subscribe(self, name: str, subscriber: Subscriber) -> None:
        """Add a subscriber. A name that no stream has is accepted and stays silent, as at Binance."""
        readers = self._subscribers.setdefault(name, {})
        if not readers:
            self._begin(name)
        readers[subscriber] = None

    def unsubscribe(self, name: str, subscriber: Subscriber) -> None:
        readers = self._subscribers.get(name, {})
        readers.pop(subscriber, None)
        if not readers and name in self._subscribers:
            del self._subscribers[name]
            self._end(name)

    def publish(self, name: str, data: bytes) -> None:
        """Send a payload, byte for byte, to the subscribers of that stream; wrapped for those of combined streams."""
        self.emit((name,), lambda _event_us, _unit: data)

    def emit(self, names: Iterable[str], build: Build) -> None:
        """Send one message to the subscribers of these streams."""
        event_us = 0
        built: dict[TimeUnit, bytes] = {}
        for name in names:
            readers = self._subscribers.get(name)
            if not readers:
                continue
            event_us = event_us or self.event_us()
            wrapped: dict[TimeUnit, bytes] = {}
            for subscriber in list(readers):
                unit = subscriber.time_unit
                data = built.get(unit)
                if data is None:
                    data = built[unit] = build(event_us, unit)
                if subscriber.combined:
                    if unit not in wrapped:
                        wrapped[unit] = payloads.combined(name, data)
                    data = wrapped[unit]
                if self.tap is None:
                    subscriber.send(data)
                else:
                    self.tap(name, data, subscriber)

    def event_us(self) -> int:
        """E: the venue's clock, held back so that it never runs backwards on any connection."""
        self._last_event_us = max(self._last_event_us, self._timers.now_us())
        return self._last_event_us

    # ------------------------------------------------------------------ the venue's events

    def on_event(self, event: VenueEvent) -> None:
        """The venue's listener: called inside a command, never blocks."""
        if isinstance(event, BookChange):
            if self._book.on_change(event):
                self._wait_for_end(event.symbol)
        elif isinstance(event, PublicTrade) and self._trades.on_trade(event):
            self._wait_for_end(event.symbol)

    def flush(self) -> None:
        """Emit at once what still waits for the end of its command or of its window."""
        self._end_of_command()
        self._book.flush()

    @property
    def is_idle(self) -> bool:
        """Nobody reads, and nothing is kept for readers."""
        feeds_idle = self._trades.is_idle and self._book.is_idle and self._tickers.is_idle
        return feeds_idle and not self._subscribers and not self._klines.streams

    def close(self) -> None:
        """Cancel every timer."""
        self._book.close()
        if self._cancel_tick is not None:
            self._cancel_tick()
            self._cancel_tick = None

    def _wait_for_end(self, symbol: str) -> None:
        """Best prices and aggregates are told when the command is over: inside it a book may look crossed and a fill be one of many."""
        if not self._waiting:
            self._timers.soon(self._end_of_command)
        self._waiting[symbol] = None

    def _end_of_command(self) -> None:
        symbols, self._waiting = self._waiting, {}
        for symbol in symbols:
            self._trades.command_over(symbol)
            self._book.command_over(symbol)

    # ------------------------------------------------------------------ what streams need while they are read

    def _begin(self, name: str) -> None:
        stream = self._known(name)
        if stream is None:
            return
        match stream.kind:
            case "trade" | "aggTrade":
                self._trades.begin(stream)
            case "depth" | "partialDepth" | "bookTicker":
                self._book.begin(stream)
            case "kline":
                self._klines.begin(stream, self._timers.now_us() // PER_MS)
                self._keep_ticking()
            case "ticker" | "avgPrice" | "referencePrice":
                self._tickers.begin(stream)
                self._keep_ticking()

    def _end(self, name: str) -> None:
        stream = self._known(name)
        if stream is None:
            return
        match stream.kind:
            case "trade" | "aggTrade":
                self._trades.end(stream)
            case "depth" | "partialDepth" | "bookTicker":
                self._book.end(stream)
            case "kline":
                self._klines.end(stream)
            case "ticker" | "avgPrice" | "referencePrice":
                self._tickers.end(stream)

    def _known(self, name: str) -> Stream | None:
        stream = parse(name)
        known = stream is not None and (stream.symbol == ALL_SYMBOLS or stream.symbol in self._venue.symbols)
        return stream if known else None

    # ------------------------------------------------------------------ every second

    def _keep_ticking(self) -> None:
        if self._cancel_tick is None:
            self._cancel_tick = self._timers.grid(_SECOND_MS, self._tick, wall=True)

    def _tick(self) -> None:
        self._cancel_tick = None
        if self._klines.streams or not self._tickers.is_idle:
            self._keep_ticking()
        now_ms = self._timers.now_us() // PER_MS
        for update in self._klines.due(now_ms):
            self._emit_kline(update)
        self._tickers.tick(now_ms)

    def _emit_kline(self, update: KlineUpdate) -> None:
        stream, candle, closed = update.stream, update.candle, update.closed
        self.emit((stream.name,), lambda event_us, unit: payloads.kline(stream, candle, closed, event_us, unit))
