"""Depth: windows that gather level changes into one diff event, and a mirror that knows the best prices. Pure.

The rule of the local book (binance-spot 1.9) holds by construction: a window's U is the id after the last event's u, because every
change of a symbol passes through the window and none is left out.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

import msgspec

from ..core.venue_events import BookChange


class DepthDiff(msgspec.Struct, frozen=True):
    """One depthUpdate: update ids first..last, and each level that changed once, with its last quantity (0 = gone). Units 1e-8."""

    symbol: str
    first_id: int
    last_id: int
    bids: list[tuple[int, int]]
    asks: list[tuple[int, int]]


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


class BestPrices(msgspec.Struct, frozen=True):
    """Best bid and ask with the whole level's quantity; an empty side is 0, 0. Units 1e-8."""

    bid: int = 0
    bid_quantity: int = 0
    ask: int = 0
    ask_quantity: int = 0


class BookMirror:
    """The whole book of one symbol, kept from changes, to see when the best bid or ask changes."""

    def __init__(self, bids: Iterable[tuple[int, int]] = (), asks: Iterable[tuple[int, int]] = ()) -> None:
        self._bids = dict(bids)
        self._asks = dict(asks)
        self._bid_prices = sorted(self._bids)
        self._ask_prices = sorted(self._asks)
        self.update_id = 0
        self._told = self.best()

    def add(self, change: BookChange) -> None:
        self.update_id = change.update_id
        if change.side == "BUY":
            _put(self._bids, self._bid_prices, change)
        else:
            _put(self._asks, self._ask_prices, change)

    def best(self) -> BestPrices:
        bid = self._bid_prices[-1] if self._bid_prices else 0
        ask = self._ask_prices[0] if self._ask_prices else 0
        return BestPrices(bid, self._bids.get(bid, 0), ask, self._asks.get(ask, 0))

    def news(self) -> BestPrices | None:
        """Best bid and ask, if price or quantity of one is another than when this was asked last."""
        best = self.best()
        if best == self._told:
            return None
        self._told = best
        return best


def _put(levels: dict[int, int], prices: list[int], change: BookChange) -> None:
    known = change.price in levels
    if change.quantity:
        levels[change.price] = change.quantity
        if not known:
            insort(prices, change.price)
    elif known:
        del levels[change.price]
        del prices[bisect_left(prices, change.price)]
