"""Price-time priority on integers: sorted prices (bisect) over first-in-first-out levels (deque)."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque

from .orders import Order, Side

_COMPACT_AFTER = 64


class Level:
    """All resting orders of one price, oldest first. Cancelled ones are skipped lazily and swept when they pile up."""

    __slots__ = ("_dead", "_queue", "price", "quantity")

    def __init__(self, price: int) -> None:
        self.price = price
        self.quantity = 0
        self._queue: deque[Order] = deque()
        self._dead = 0

    def add(self, order: Order) -> None:
        self._queue.append(order)
        self.quantity += order.remaining

    def cancelled(self, order: Order) -> None:
        """Take an order that has just been closed out of the level."""
        self.quantity -= order.remaining
        self._dead += 1
        if self._dead > _COMPACT_AFTER and self._dead * 2 > len(self._queue):
            self._queue = deque(each for each in self._queue if each.is_open)
            self._dead = 0

    def open_orders(self) -> list[Order]:
        """Those that may still trade, oldest first."""
        return [order for order in self._queue if order.is_open]

    def first(self) -> Order:
        """The open order that is next to trade. The level must not be empty."""
        queue = self._queue
        while not queue[0].is_open:
            queue.popleft()
            self._dead -= 1
        return queue[0]

    def filled(self, quantity: int, order: Order) -> None:
        """Book a fill of the first order; it leaves the queue when nothing of it remains."""
        self.quantity -= quantity
        if not order.remaining:
            self._queue.popleft()


class BookSide:
    """The levels of one side. Keys are sorted so that the best price is last (cheap to remove)."""

    __slots__ = ("_keys", "_sign", "levels")

    def __init__(self, side: Side) -> None:
        self._sign = 1 if side == "BUY" else -1
        self._keys: list[int] = []
        self.levels: dict[int, Level] = {}

    def best(self) -> Level | None:
        return self.levels[self._keys[-1] * self._sign] if self._keys else None

    def add(self, order: Order) -> None:
        level = self.levels.get(order.price)
        if level is None:
            level = self.levels[order.price] = Level(order.price)
            insort(self._keys, order.price * self._sign)
        level.add(order)

    def drop_if_empty(self, price: int) -> None:
        level = self.levels.get(price)
        if level is not None and not level.quantity:
            del self.levels[price]
            del self._keys[bisect_left(self._keys, price * self._sign)]

    def top(self, limit: int | None = None) -> list[tuple[int, int]]:
        """(price, quantity), best first."""
        keys = self._keys if limit is None else self._keys[-limit:] if limit else []
        return [(key * self._sign, self.levels[key * self._sign].quantity) for key in reversed(keys)]

    def walk(self) -> list[Level]:
        """The levels, best first (a copy of the order, not of the levels)."""
        return [self.levels[key * self._sign] for key in reversed(self._keys)]


class OrderBook:
    """Both sides of one symbol. `update_id` grows by 1 per changed level."""

    __slots__ = ("asks", "bids", "symbol", "update_id")

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.update_id = 1
        self.bids = BookSide("BUY")
        self.asks = BookSide("SELL")

    def side(self, side: Side) -> BookSide:
        return self.bids if side == "BUY" else self.asks

    def opposite(self, side: Side) -> BookSide:
        return self.asks if side == "BUY" else self.bids

    def depth(self, limit: int | None = None) -> tuple[int, list[tuple[int, int]], list[tuple[int, int]]]:
        """(last update id, bids, asks), (price, quantity) best first."""
        return self.update_id, self.bids.top(limit), self.asks.top(limit)

    def level_quantity(self, side: Side, price: int) -> int:
        level = self.side(side).levels.get(price)
        return level.quantity if level else 0

    def crosses(self, side: Side, price: int) -> bool:
        """Whether an order of `side` at `price` would trade at once."""
        best = self.opposite(side).best()
        if best is None:
            return False
        return best.price <= price if side == "BUY" else best.price >= price
