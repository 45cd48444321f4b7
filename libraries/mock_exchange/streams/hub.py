"""From what the venue's core says to the messages that subscribers get. No sockets here: time and subscribers are given.

Each message is encoded once, however many read it. A depth window, a book mirror or a kline ticker exists only while its stream has
subscribers; trades always reach the kline store.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..core.venue_events import BookChange, PublicTrade, VenueEvent
from . import payloads
from .agg_trades import AggTrade, AggTrades
from .depth import BookMirror, DepthDiff, DepthWindow
from .kline_ticker import KlineTicker
from .klines import KlineStore
from .names import Stream, parse

Levels = list[tuple[int, int]]
ReadBook = Callable[[str], tuple[Levels, Levels] | None]
"""Whole book of a symbol (bids, asks; price and quantity in 1e-8), None for a symbol that the venue has not. Read between commands."""


class Timers(Protocol):
    """Time as the hub needs it. `now_ms` is the venue's wall clock; `grid` calls back once, at the next multiple of `period_ms` of
    elapsed time (`wall=True`: of the venue's wall clock); `soon` when the running command is over."""

    def now_ms(self) -> int: ...

    def soon(self, callback: Callable[[], None]) -> None: ...

    def grid(self, period_ms: int, callback: Callable[[], None], wall: bool = False) -> Callable[[], None]:
        """Returns what cancels the call."""


class Subscriber(Protocol):
    @property
    def combined(self) -> bool: ...

    def send(self, message: bytes) -> None: ...


class Hub:
    """Turns venue events into stream messages for subscribers, who are told by stream name."""

    def __init__(self, timers: Timers, read_book: ReadBook, klines: KlineStore) -> None:
        self._timers = timers
        self._read_book = read_book
        self._klines = klines
        self._subscribers: dict[str, dict[Subscriber, None]] = {}
        self._windows: dict[str, dict[int, DepthWindow]] = {}
        self._mirrors: dict[str, BookMirror] = {}
        self._trades: dict[str, str] = {}
        self._aggregates: dict[str, AggTrades] = {}
        self._waiting: dict[str, None] = {}
        self._ticker = KlineTicker(klines)
        self._cancel_tick: Callable[[], None] | None = None
        self._pending: dict[tuple[str, int], Callable[[], None]] = {}
        self._last_event_ms = 0

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
        readers = self._subscribers.get(name)
        if not readers:
            return
        wrapped = b""
        for subscriber in list(readers):
            if subscriber.combined:
                wrapped = wrapped or payloads.combined(name, data)
                subscriber.send(wrapped)
            else:
                subscriber.send(data)

    # ------------------------------------------------------------------ the venue's events

    def remember(self, trade: PublicTrade) -> None:
        """A trade from before this process (the venue goes on from a ledger): it counts in the klines, and aggregates are numbered on."""
        self._klines.add(trade)
        self._aggregates[trade.symbol] = AggTrades(trade.symbol, trade.trade_id + 1)

    def on_event(self, event: VenueEvent) -> None:
        """The venue's listener: called inside a command, never blocks."""
        if isinstance(event, BookChange):
            self._on_change(event)
        elif isinstance(event, PublicTrade):
            self._on_trade(event)

    def flush(self) -> None:
        """Emit at once what still waits for the end of its command or of its window. Ids stay continuous; the window is cut short."""
        self._end_of_command()
        while self._pending:  # a reader that is cut by an emission may take other windows with it
            symbol, speed_ms = next(iter(self._pending))
            self._pending[symbol, speed_ms]()
            self._emit_depth(symbol, speed_ms)

    @property
    def is_idle(self) -> bool:
        """Nobody reads, and nothing is kept for readers."""
        return not (
            self._subscribers or self._pending or self._mirrors or self._trades or any(self._windows.values()) or self._ticker.streams
        )

    def close(self) -> None:
        """Cancel every timer."""
        for cancel in self._pending.values():
            cancel()
        self._pending.clear()
        if self._cancel_tick is not None:
            self._cancel_tick()
            self._cancel_tick = None

    def _on_change(self, change: BookChange) -> None:
        for speed_ms, window in self._windows.get(change.symbol, {}).items():
            window.add(change)
            if (change.symbol, speed_ms) not in self._pending:
                self._arm_depth(change.symbol, speed_ms)
        mirror = self._mirrors.get(change.symbol)
        if mirror is not None:
            mirror.add(change)
            self._wait_for_end(change.symbol)

    def _on_trade(self, trade: PublicTrade) -> None:
        self._klines.add(trade)
        name = self._trades.get(trade.symbol)
        if name is not None:
            self.publish(name, payloads.trade(trade, self._event_ms()))
        aggregates = self._aggregates.get(trade.symbol)
        if aggregates is None:
            aggregates = self._aggregates[trade.symbol] = AggTrades(trade.symbol)
        self._emit_aggregate(aggregates.add(trade))
        self._wait_for_end(trade.symbol)

    def _wait_for_end(self, symbol: str) -> None:
        """Best prices and aggregates are told when the command is over: inside it a book may look crossed and a fill be one of many."""
        if not self._waiting:
            self._timers.soon(self._end_of_command)
        self._waiting[symbol] = None

    # ------------------------------------------------------------------ what streams need while they are read

    def _begin(self, name: str) -> None:
        stream = parse(name)
        book = self._read_book(stream.symbol) if stream is not None else None
        if stream is None or book is None:
            return
        match stream.kind:
            case "depth":
                self._windows.setdefault(stream.symbol, {}).setdefault(stream.speed_ms, DepthWindow(stream.symbol))
            case "bookTicker":
                self._mirrors[stream.symbol] = BookMirror(*book)
            case "trade":
                self._trades[stream.symbol] = name
            case "kline":
                self._ticker.begin(stream, self._timers.now_ms())
                if self._cancel_tick is None:
                    self._cancel_tick = self._timers.grid(1000, self._tick, wall=True)
            case "aggTrade":
                pass

    def _end(self, name: str) -> None:
        stream = parse(name)
        if stream is None:
            return
        match stream.kind:
            case "depth":
                self._end_depth(stream)
            case "bookTicker":
                self._mirrors.pop(stream.symbol, None)
            case "trade":
                self._trades.pop(stream.symbol, None)
            case "kline":
                self._ticker.end(stream)
            case "aggTrade":
                pass

    def _end_depth(self, stream: Stream) -> None:
        """Both names of the 1000 ms stream share one window: it goes when neither is read."""
        if any(name in self._subscribers for name in _depth_names(stream.symbol, stream.speed_ms)):
            return
        self._windows.get(stream.symbol, {}).pop(stream.speed_ms, None)
        cancel = self._pending.pop((stream.symbol, stream.speed_ms), None)
        if cancel is not None:
            cancel()

    # ------------------------------------------------------------------ emission

    def _arm_depth(self, symbol: str, speed_ms: int) -> None:
        self._pending[symbol, speed_ms] = self._timers.grid(speed_ms, lambda: self._emit_depth(symbol, speed_ms))

    def _emit_depth(self, symbol: str, speed_ms: int) -> None:
        del self._pending[symbol, speed_ms]
        diff: DepthDiff | None = self._windows[symbol][speed_ms].take()
        assert diff is not None, f"a depth window of {symbol} was armed without a change"
        message = payloads.depth_update(diff, self._event_ms())
        for name in _depth_names(symbol, speed_ms):
            self.publish(name, message)

    def _end_of_command(self) -> None:
        symbols, self._waiting = self._waiting, {}
        for symbol in symbols:
            if symbol in self._aggregates:
                self._emit_aggregate(self._aggregates[symbol].end())
            mirror = self._mirrors.get(symbol)
            best = mirror.news() if mirror is not None else None
            if mirror is not None and best is not None:
                self.publish(f"{symbol.lower()}@bookTicker", payloads.book_ticker(symbol, mirror.update_id, best))

    def _emit_aggregate(self, aggregate: AggTrade | None) -> None:
        if aggregate is None:
            return
        name = f"{aggregate.symbol.lower()}@aggTrade"
        if name in self._subscribers:
            self.publish(name, payloads.agg_trade(aggregate, self._event_ms()))

    def _tick(self) -> None:
        self._cancel_tick = self._timers.grid(1000, self._tick, wall=True) if self._ticker.streams else None
        now_ms = self._timers.now_ms()
        for update in self._ticker.due(now_ms):
            stream = update.stream
            message = payloads.kline(stream.symbol, stream.interval, update.candle, update.closed, self._event_ms())
            self.publish(stream.name, message)

    def _event_ms(self) -> int:
        """E: the venue's clock, held back so that it never runs backwards on any connection."""
        self._last_event_ms = max(self._last_event_ms, self._timers.now_ms())
        return self._last_event_ms


def _depth_names(symbol: str, speed_ms: int) -> tuple[str, ...]:
    small = symbol.lower()
    return (f"{small}@depth@100ms",) if speed_ms == 100 else (f"{small}@depth", f"{small}@depth@1000ms")
