"""Questions about a book before an order touches it: what it would cost, whether it can be filled whole."""

from __future__ import annotations

from collections import deque

from .amounts import floor_to, notional
from .order_book import OrderBook
from .orders import Side
from .symbols import AVERAGE_PRICE_MINUTES
from .venue_events import E8

_WINDOW_MS = AVERAGE_PRICE_MINUTES * 60_000


def market_cost(book: OrderBook, side: Side, quantity: int) -> int:
    """What a MARKET order of `side` pays or receives for at most `quantity`: the truncated quote of each fill, summed."""
    cost = 0
    for level in book.opposite(side).walk():
        for order in level.open_orders():
            take = min(quantity, order.remaining)
            cost += notional(order.price, take)
            quantity -= take
            if not quantity:
                return cost
    return cost


def fillable(book: OrderBook, side: Side, quantity: int, price: int) -> bool:
    """Whether `quantity` can be filled whole at `price` or better (FOK)."""
    for level in book.opposite(side).walk():
        if (level.price > price) if side == "BUY" else (level.price < price):
            return False
        quantity -= level.quantity
        if quantity <= 0:
            return True
    return False


def quantity_for_quote(book: OrderBook, side: Side, quote: int, step: int) -> int:
    """The quantity, in whole steps, that `quote` buys (or that must be sold to receive at most it)."""
    total = 0
    spent = 0
    for level in book.opposite(side).walk():
        left = quote - spent
        affordable = left * E8 // level.price
        if affordable < level.quantity:
            return floor_to(total + affordable, step)
        total += level.quantity
        spent += notional(level.price, level.quantity)
    return floor_to(total, step)


class PriceWindow:
    """Volume-weighted average price over the last five minutes, else the last price: the reference of MARKET orders."""

    def __init__(self) -> None:
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
        self._expire(now_ms)
        return self._quote * E8 // self._quantity if self._quantity else self.last_price

    def _expire(self, now_ms: int) -> None:
        trades = self._trades
        while trades and trades[0][0] < now_ms - _WINDOW_MS:
            _, quantity, quote = trades.popleft()
            self._quantity -= quantity
            self._quote -= quote
