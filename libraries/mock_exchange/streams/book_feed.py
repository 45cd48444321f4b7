"""bookTicker, diff depth and partial depth: what happens to books. Pure.

A depth window exists only while its stream has readers; messages of one symbol and speed leave on one beat, which is armed only when
there is something to say.
"""

from __future__ import annotations

from collections.abc import Callable

from ..core.venue import Venue
from ..core.venue_events import BookChange
from . import payloads
from .depth import DepthWindow
from .names import Stream
from .outlet import Emit, Timers


class _Beat:
    """The depth streams of one symbol at one speed, by the names under which they are read."""

    def __init__(self) -> None:
        self.window: DepthWindow | None = None
        self.diff_names: dict[str, None] = {}
        self.partial_names: dict[int, dict[str, None]] = {}
        self.cancel: Callable[[], None] | None = None

    @property
    def is_read(self) -> bool:
        return bool(self.diff_names or self.partial_names)


class BookFeed:
    """Emits for symbols that are read."""

    def __init__(self, venue: Venue, emit: Emit, timers: Timers) -> None:
        self._venue = venue
        self._emit = emit
        self._timers = timers
        self._beats: dict[str, dict[int, _Beat]] = {}
        self._best: dict[str, payloads.Best] = {}

    @property
    def is_idle(self) -> bool:
        return not self._beats and not self._best

    def begin(self, stream: Stream) -> None:
        if stream.kind == "bookTicker":
            self._best[stream.symbol] = self._venue.best(stream.symbol)
            return
        beat = self._beats.setdefault(stream.symbol, {}).setdefault(stream.speed_ms, _Beat())
        if stream.kind == "depth":
            beat.window = beat.window or DepthWindow(stream.symbol)
            beat.diff_names[stream.name] = None
            return
        # A state, not a change: its first message does not wait for one.
        beat.partial_names.setdefault(stream.levels, {})[stream.name] = None
        self._arm(stream.symbol, stream.speed_ms, beat)

    def end(self, stream: Stream) -> None:
        if stream.kind == "bookTicker":
            self._best.pop(stream.symbol, None)
            return
        beat = self._beats.get(stream.symbol, {}).get(stream.speed_ms)
        if beat is None:
            return
        beat.diff_names.pop(stream.name, None)
        if not beat.diff_names:
            beat.window = None
        names = beat.partial_names.get(stream.levels, {})
        names.pop(stream.name, None)
        if not names:
            beat.partial_names.pop(stream.levels, None)
        if not beat.is_read:
            self._drop(stream.symbol, stream.speed_ms, beat)

    def on_change(self, change: BookChange) -> bool:
        """True where the end of the command matters: somebody reads the best prices."""
        for speed_ms, beat in self._beats.get(change.symbol, {}).items():
            if beat.window is not None:
                beat.window.add(change)
            self._arm(change.symbol, speed_ms, beat)
        return change.symbol in self._best

    def command_over(self, symbol: str) -> None:
        """The best prices are told when the command is over: inside it a book may look crossed."""
        told = self._best.get(symbol)
        best = self._venue.best(symbol)
        if told is None or best == told:
            return
        self._best[symbol] = best
        update_id = self._venue.market(symbol).update_id
        self._emit((f"{symbol.lower()}@bookTicker",), lambda _event_us, _unit: payloads.book_ticker(symbol, update_id, best))

    def flush(self) -> None:
        """Emit at once what still waits for its beat. Ids stay continuous; the window is cut short."""
        waiting = [(symbol, speed_ms) for symbol, beats in self._beats.items() for speed_ms, beat in beats.items() if beat.cancel]
        for symbol, speed_ms in waiting:
            beat = self._beats.get(symbol, {}).get(speed_ms)
            if beat is not None and beat.cancel is not None:  # a reader that is cut by an emission may take other beats with it
                beat.cancel()
                self._strike(symbol, beat)

    def close(self) -> None:
        for beats in self._beats.values():
            for beat in beats.values():
                if beat.cancel is not None:
                    beat.cancel()
                    beat.cancel = None

    def _arm(self, symbol: str, speed_ms: int, beat: _Beat) -> None:
        if beat.cancel is None:
            beat.cancel = self._timers.grid(speed_ms, lambda: self._strike(symbol, beat))

    def _drop(self, symbol: str, speed_ms: int, beat: _Beat) -> None:
        if beat.cancel is not None:
            beat.cancel()
            beat.cancel = None
        del self._beats[symbol][speed_ms]
        if not self._beats[symbol]:
            del self._beats[symbol]

    def _strike(self, symbol: str, beat: _Beat) -> None:
        beat.cancel = None
        diff = beat.window.take() if beat.window is not None else None
        if diff is not None:
            self._emit(list(beat.diff_names), lambda event_us, unit: payloads.depth_update(diff, event_us, unit))
        for levels, names in list(beat.partial_names.items()):
            update_id, bids, asks = self._venue.depth(symbol, levels)
            message = payloads.partial_depth(update_id, bids, asks)
            self._emit(list(names), lambda _event_us, _unit, data=message: data)  # type: ignore[misc]
