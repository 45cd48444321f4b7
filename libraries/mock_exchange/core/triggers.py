"""Conditional orders of one symbol: which wait, and which the last trade price sets off (binance-spot 1.5, X8).

A stop above the market belongs to STOP_LOSS BUY and TAKE_PROFIT SELL, one below to STOP_LOSS SELL and TAKE_PROFIT BUY. With a
trailingDelta the stop price is only where tracking begins (at once, if there is none): then a SELL follows the highest price and goes
off when the price has fallen by the delta, a BUY follows the lowest and goes off when it has risen by it.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

from .orders import Order, OrderType, Side

BIPS = 10_000


def waits_for_rise(side: Side, kind: OrderType) -> bool:
    """Whether the stop price lies above the market."""
    return (side == "BUY") == (kind in ("STOP_LOSS", "STOP_LOSS_LIMIT"))


def would_trigger(side: Side, kind: OrderType, stop_price: int, last_price: int) -> bool:
    """Whether the price is already at or beyond the stop: then the order is refused. Nothing traded yet (0) refuses nothing."""
    if not last_price or not stop_price:
        return False
    return last_price >= stop_price if waits_for_rise(side, kind) else last_price <= stop_price


def trailing_stop(side: Side, extreme: int, delta: int) -> int:
    """The price at which a tracking order goes off, rounded towards where it is safe (never early)."""
    if side == "BUY":
        return -(-extreme * (BIPS + delta) // BIPS)
    return extreme * (BIPS - delta) // BIPS


class Triggers:
    """The waiting orders. `due` are those that went off, in the order in which they are to be executed.

    At one price those whose stop was nearest go first, rising ones before falling ones, tracking ones last; equal ones by age.
    """

    def __init__(self) -> None:
        self.due: deque[Order] = deque()
        self._rising: list[tuple[int, int, Order]] = []
        self._falling: list[tuple[int, int, Order]] = []
        self._tracking: dict[int, Order] = {}
        self._waiting: dict[int, Order] = {}

    def orders(self) -> list[Order]:
        """Those that wait, oldest first."""
        return list(self._waiting.values())

    def add(self, order: Order, last_price: int, now_ms: int) -> None:
        """`order` waits from now on."""
        self._waiting[order.order_id] = order
        if order.trailing_delta and not order.stop_price:
            self._track(order, last_price, now_ms)
        elif waits_for_rise(order.side, order.type):
            heappush(self._rising, (order.stop_price, order.order_id, order))
        else:
            heappush(self._falling, (-order.stop_price, order.order_id, order))

    def remove(self, order: Order) -> None:
        """`order` no longer waits; its heap entry is dropped when it comes up."""
        if self._waiting.pop(order.order_id, None) is None:
            self.due = deque(each for each in self.due if each is not order)
        self._tracking.pop(order.order_id, None)

    def observe(self, price: int, now_ms: int) -> None:
        """A trade happened at `price`."""
        if not self._waiting:
            return
        tracking = list(self._tracking.values())
        rising, falling = self._rising, self._falling
        while rising and rising[0][0] <= price:
            self._reached(heappop(rising)[2], price, now_ms)
        while falling and -falling[0][0] >= price:
            self._reached(heappop(falling)[2], price, now_ms)
        for order in tracking:
            self._follow(order, price, now_ms)

    def _reached(self, order: Order, price: int, now_ms: int) -> None:
        if order.order_id not in self._waiting:
            return
        if order.trailing_delta:
            self._track(order, price, now_ms)
        else:
            self._fire(order)

    def _track(self, order: Order, price: int, now_ms: int) -> None:
        order.extreme, order.trailing_time_ms = price, now_ms
        self._tracking[order.order_id] = order

    def _follow(self, order: Order, price: int, now_ms: int) -> None:
        buys = order.side == "BUY"
        if not order.extreme:
            self._track(order, price, now_ms)
            return
        stop = trailing_stop(order.side, order.extreme, order.trailing_delta)
        if price >= stop if buys else price <= stop:
            self._fire(order)
        elif price < order.extreme if buys else price > order.extreme:
            order.extreme = price

    def _fire(self, order: Order) -> None:
        del self._waiting[order.order_id]
        self._tracking.pop(order.order_id, None)
        self.due.append(order)
