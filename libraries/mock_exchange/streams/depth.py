"""Depth: windows that gather level changes into one diff event. Pure.

The rule of the local book (binance-spot 1.9) holds by construction: a window's U is the id after the last event's u, because every
change of a symbol passes through the window and none is left out.
"""

from __future__ import annotations

import msgspec

from ..core.venue_events import BookChange

Levels = list[tuple[int, int]]
"""(price, quantity) in units of 1e-8."""


class DepthDiff(msgspec.Struct, frozen=True):
    """One depthUpdate: update ids first..last, and each level that changed once, with its last quantity (0 = gone). Units 1e-8."""

    symbol: str
    first_id: int
    last_id: int
    bids: Levels
    asks: Levels


class DepthWindow:
    """Gathers the changes of one symbol between two depth events."""

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._first_id = 0
        self._last_id = 0
        self._bids: dict[int, int] = {}
        self._asks: dict[int, int] = {}

    @property
    def dirty(self) -> bool:
        return bool(self._first_id)

    def add(self, change: BookChange) -> None:
        """Take one change. A gap in update ids is an error of the venue itself and is asserted, never sent on."""
        expected = self._last_id + 1
        assert self._last_id == 0 or change.update_id == expected, (
            f"{self._symbol}: update id {change.update_id} after {self._last_id}, expected {expected}"
        )
        if not self._first_id:
            self._first_id = change.update_id
        self._last_id = change.update_id
        levels = self._bids if change.side == "BUY" else self._asks
        levels[change.price] = change.quantity

    def take(self) -> DepthDiff | None:
        """The event of this window, best prices first, and a new empty window; None if nothing changed."""
        if not self._first_id:
            return None
        diff = DepthDiff(self._symbol, self._first_id, self._last_id, sorted(self._bids.items(), reverse=True), sorted(self._asks.items()))
        self._first_id = 0
        self._bids = {}
        self._asks = {}
        return diff
