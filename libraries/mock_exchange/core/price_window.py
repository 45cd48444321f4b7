"""What the venue's filters measure with where a symbol has no reference price (binance-spot 1.6)."""

from __future__ import annotations

from collections import deque

from .amounts import notional
from .venue_events import E8

_MINUTE_MS = 60_000


class PriceWindow:
    """Volume-weighted average price over the last `minutes`, else the last price; with 0 minutes always the last price."""

    def __init__(self, minutes: int) -> None:
        self._length_ms = minutes * _MINUTE_MS
        self._trades: deque[tuple[int, int, int]] = deque()
        self._quantity = 0
        self._quote = 0
        self.last_price = 0

    def add(self, time_ms: int, price: int, quantity: int) -> None:
        quote = notional(price, quantity)
        self._trades.append((time_ms, quantity, quote))
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
        trades = self._trades
        while trades and trades[0][0] < now_ms - self._length_ms:
            _, quantity, quote = trades.popleft()
            self._quantity -= quantity
            self._quote -= quote
