"""Questions about a book before an order touches it: what it would cost, whether it can be filled whole.

Self-trade prevention counts (`holder`, `mode`): what an account offers itself does not trade.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from .amounts import floor_to, notional
from .order_book import Level, OrderBook, Resting
from .orders import Order, Side, StpMode
from .venue_events import E8


def market_cost(book: OrderBook[Order], side: Side, quantity: int, *, holder: str = "", mode: StpMode = "NONE") -> int:
    """What a MARKET order of `side` pays or receives for at most `quantity`: the truncated quote of each fill, summed."""
    cost = 0
    for price, offered, trades in _offers(book, side, None, holder, mode):
        take = min(quantity, offered)
        if trades:
            cost += notional(price, take)
        quantity -= take
        if not quantity:
            break
    return cost


def fillable(book: OrderBook[Order], side: Side, quantity: int, price: int | None, *, holder: str = "", mode: StpMode = "NONE") -> bool:
    """Whether `quantity` can be filled whole at `price` or better (FOK; None: at any price)."""
    for _, offered, trades in _offers(book, side, price, holder, mode):
        if not trades:
            return False
        quantity -= offered
        if quantity <= 0:
            return True
    return False


def quantity_for_quote(book: OrderBook[Order], side: Side, quote: int, step: int, *, holder: str = "", mode: StpMode = "NONE") -> int:
    """The quantity, in whole steps, that `quote` buys (or that must be sold to receive at most it)."""
    total = 0
    for price, offered, trades in _offers(book, side, None, holder, mode):
        if not trades:
            total += offered
            continue
        affordable = quote * E8 // price
        if affordable < offered:
            total += affordable
            break
        total += offered
        quote -= notional(price, offered)
    return floor_to(total, step)


def _offers(book: OrderBook[Order], side: Side, limit: int | None, holder: str, mode: StpMode) -> Iterator[tuple[int, int, bool]]:
    """(price, quantity, whether it trades) in the order in which a taker of `side` would meet them."""
    buys = side == "BUY"
    for level in book.opposite(side).walk():
        price = level.price
        if limit is not None and (price > limit if buys else price < limit):
            return
        for resting, quantity in _served(level):
            if mode == "NONE" or resting.holder != holder:
                yield price, quantity, True
            elif mode in ("DECREMENT", "TRANSFER"):
                yield price, quantity, False
            elif mode != "EXPIRE_MAKER":
                return


def _served(level: Level[Order]) -> Iterator[tuple[Resting[Order], int]]:
    """(order, quantity) as a taker of the whole level would meet them: the next part of an iceberg comes behind all others."""
    if not level.hidden:
        yield from ((resting, resting.quantity) for resting in level.orders())
        return
    queue = deque((resting, resting.visible, resting.quantity) for resting in level.orders())
    while queue:
        resting, shown, left = queue.popleft()
        yield resting, shown
        if left > shown:
            queue.append((resting, min(resting.peak, left - shown), left - shown))
