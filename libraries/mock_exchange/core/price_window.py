"""What the venue's filters measure with where a symbol has no reference price (binance-spot 1.6)."""

from __future__ import annotations

from collections import deque

from .amounts import notional
from .venue_events import E8

_MINUTE_MS = 60_000
_SLICE_MS = 100


class PriceWindow:
    """Volume-weighted average price over the last `minutes`, else the last price; with 0 minutes always the last price.

    Trades of one tenth of a second are one entry and leave together with the first: memory does not grow with the number of trades.
    """

    def __init__(self, minutes: int) -> None:
        self._length_ms = minutes * _MINUTE_MS
        self._slices: deque[list[int]] = deque()  # [time of the first trade, quantity, quote]
        self._quantity = 0
        self._quote = 0
        self.last_price = 0

    def add(self, time_ms: int, price: int, quantity: int) -> None:
        quote = notional(price, quantity)
        last = self._slices[-1] if self._slices else None
        if last is not None and 0 <= time_ms - last[0] < _SLICE_MS:
            last[1] += quantity
            last[2] += quote
        else:
            self._slices.append([time_ms, quantity, quote])
        self._quantity += quantity
        self._quote += quote
        self.last_price = price
        self._expire(time_ms)

    def price(self, now_ms: int) -> int:
        """0 as long as nothing ever traded."""
        if not self._length_ms:
            return self.last_price
        self._expire(now_ms)
        return self._quote * E8 // self._quantity if self._quantity else self.last_price

    def _expire(self, now_ms: int) -> None:
        slices, start_ms = self._slices, now_ms - self._length_ms
        while slices and slices[0][0] < start_ms:
            _, quantity, quote = slices.popleft()
            self._quantity -= quantity
            self._quote -= quote
