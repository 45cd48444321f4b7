"""Price-time priority on integers, and nothing else: no accounts, no ledger, no clock. The venue trades on exactly this book.

Each command costs the same however many orders rest: levels are found by price, orders by id, a cancelled order stays in its queue as
a hollow entry until it comes to the front or half of the queue is hollow, and the quantity of a level is kept as it changes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Generic, Literal, TypeVar

import msgspec

from .price_ladder import PriceLadder

Side = Literal["BUY", "SELL"]
Owner = TypeVar("Owner")
_COMPACT_AFTER = 32


class Resting(msgspec.Struct, Generic[Owner], gc=False):
    """An order in the book. `quantity` may still trade; `visible` of it is shown (an iceberg's `peak` at most; 0 = no longer in the book).

    `holder` is who must not trade with whom (self-trade prevention), `owner` whatever the caller wants to find again.
    """

    order_id: int
    side: Side
    price: int
    quantity: int
    visible: int
    peak: int
    holder: str
    owner: Owner


class Level(msgspec.Struct, Generic[Owner]):
    """All resting orders of one price, oldest first; `visible` and `hidden` are their sums."""

    price: int
    queue: deque[Resting[Owner]]
    visible: int = 0
    hidden: int = 0
    hollow: int = 0  # entries of the queue that were cancelled

    def first(self) -> Resting[Owner]:
        """The order that is next to trade. The level must not be empty."""
        queue = self.queue
        while not queue[0].visible:
            queue.popleft()
            self.hollow -= 1
        return queue[0]

    def orders(self) -> Iterator[Resting[Owner]]:
        """Those that may trade, oldest first."""
        return (order for order in self.queue if order.visible)

    def compact(self) -> None:
        """Sweep the hollow entries out."""
        self.queue = deque(self.orders())
        self.hollow = 0


class BookSide(Generic[Owner]):
    """The levels of one side; `best` is kept as levels come and go."""

    __slots__ = ("_ladder", "_sign", "best", "levels")

    def __init__(self, side: Side) -> None:
        self._sign = 1 if side == "BUY" else -1
        self._ladder = PriceLadder()
        self.levels: dict[int, Level[Owner]] = {}
        self.best: Level[Owner] | None = None

    def open(self, price: int) -> Level[Owner]:
        """A new, empty level."""
        level: Level[Owner] = Level(price, deque())
        self.levels[price] = level
        key = price * self._sign
        self._ladder.add(key)
        best = self.best
        if best is None or key > best.price * self._sign:
            self.best = level
        return level

    def close(self, level: Level[Owner]) -> None:
        """Nothing visible is left in `level`."""
        del self.levels[level.price]
        self._ladder.remove(level.price * self._sign)
        if level is self.best:
            key = self._ladder.greatest()
            self.best = None if key is None else self.levels[key * self._sign]

    def walk(self) -> Iterator[Level[Owner]]:
        """The levels, best first. The side must not change meanwhile."""
        sign, levels = self._sign, self.levels
        return (levels[key * sign] for key in self._ladder.descending())

    def top(self, limit: int | None = None) -> list[tuple[int, int]]:
        """(price, visible quantity), best first."""
        rows: list[tuple[int, int]] = []
        for level in self.walk():
            if len(rows) == limit:
                break
            rows.append((level.price, level.visible))
        return rows


class OrderBook(Generic[Owner]):
    """Both sides of one symbol. `orders` holds what rests, by order id."""

    __slots__ = ("asks", "bids", "orders")

    def __init__(self) -> None:
        self.bids: BookSide[Owner] = BookSide("BUY")
        self.asks: BookSide[Owner] = BookSide("SELL")
        self.orders: dict[int, Resting[Owner]] = {}

    def add(self, order: Resting[Owner]) -> None:
        """Let an order rest behind all others of its price. `visible` must be above 0 and at most `quantity`."""
        side = self.bids if order.side == "BUY" else self.asks
        level = side.levels.get(order.price)
        if level is None:
            level = side.open(order.price)
        level.queue.append(order)
        level.visible += order.visible
        if order.peak:
            level.hidden += order.quantity - order.visible
        self.orders[order.order_id] = order

    def take(self, side: Side, limit: int | None, quantity: int, avoid: str | None = None) -> list[tuple[Resting[Owner], int]]:
        """Trade up to `quantity` against the other side at `limit` or better (None: at any price): (maker, quantity) in order.

        Stops before an order that `avoid` holds; that one is then `within_reach`. A maker whose shown part is used up
        shows its next part behind all others of its price.
        """
        fills: list[tuple[Resting[Owner], int]] = []
        if side == "BUY":
            opposite, sign = self.asks, 1
        else:
            opposite, sign = self.bids, -1
        while quantity:
            level = opposite.best
            if level is None or (limit is not None and (level.price - limit) * sign > 0):
                break
            queue = level.queue
            maker = queue[0]
            while not maker.visible:  # cancelled while it was in the queue
                queue.popleft()
                level.hollow -= 1
                maker = queue[0]
            if avoid is not None and maker.holder == avoid:
                break
            taken = maker.visible
            if taken > quantity:  # noqa: PLR1730 - min() would cost a tenth of the whole command
                taken = quantity
            quantity -= taken
            fills.append((maker, taken))
            level.visible -= taken
            maker.quantity -= taken
            maker.visible -= taken
            if maker.visible:
                break
            if maker.quantity:
                self._show_next(level, maker)
                continue
            queue.popleft()
            del self.orders[maker.order_id]
            if not level.visible:
                opposite.close(level)
        return fills

    def within_reach(self, side: Side, limit: int | None) -> Resting[Owner] | None:
        """The order that a taker would meet next at `limit` or better."""
        level = self.opposite(side).best
        if level is None or (limit is not None and (level.price > limit if side == "BUY" else level.price < limit)):
            return None
        return level.first()

    def reduce_first(self, order: Resting[Owner], taken: int) -> None:
        """Take `taken` off the shown part of the first order of its price, as a trade would that leaves some of it."""
        level = (self.bids if order.side == "BUY" else self.asks).levels[order.price]
        level.visible -= taken
        order.quantity -= taken
        order.visible -= taken
        if not order.visible:
            self._show_next(level, order)

    def _show_next(self, level: Level[Owner], iceberg: Resting[Owner]) -> None:
        """The shown part of the first order is used up: the next one comes behind all others."""
        iceberg.visible = shown = min(iceberg.peak, iceberg.quantity)
        level.visible += shown
        level.hidden -= shown
        level.queue.popleft()
        level.queue.append(iceberg)

    def cancel(self, order_id: int) -> Resting[Owner] | None:
        """Take an order out; None where it does not rest."""
        order = self.orders.pop(order_id, None)
        if order is None:
            return None
        side = self.bids if order.side == "BUY" else self.asks
        level = side.levels[order.price]
        level.visible -= order.visible
        if order.peak:
            level.hidden -= order.quantity - order.visible
        order.visible = 0
        if not level.visible:
            side.close(level)
            return order
        level.hollow += 1
        if level.hollow > _COMPACT_AFTER and level.hollow * 2 > len(level.queue):
            level.compact()
        return order

    def shrink(self, order_id: int, quantity: int) -> None:
        """A resting order keeps its place with less (`quantity` above 0, at most what it has); what is hidden goes first."""
        order = self.orders[order_id]
        level = (self.bids if order.side == "BUY" else self.asks).levels[order.price]
        shown = min(order.visible, quantity)
        level.visible += shown - order.visible
        level.hidden += (quantity - shown) - (order.quantity - order.visible)
        order.quantity, order.visible = quantity, shown

    def opposite(self, side: Side) -> BookSide[Owner]:
        return self.asks if side == "BUY" else self.bids

    def shown_at(self, side: Side, price: int) -> int:
        """The visible quantity of a price; 0 where nothing rests."""
        level = (self.bids if side == "BUY" else self.asks).levels.get(price)
        return level.visible if level is not None else 0

    def crosses(self, side: Side, price: int) -> bool:
        """Whether an order of `side` at `price` would trade at once."""
        best = self.opposite(side).best
        return best is not None and (best.price <= price if side == "BUY" else best.price >= price)
