"""Open orders, found by id, by symbol, and by what they do to the position of their symbol: no look walks over the others.

Legs of multi-leg trades are found by id and symbol only: they are nobody's stop and close nothing of a position.
"""

from __future__ import annotations

from genesis.core.models import Order, PendingAction, Side

SymbolKey = tuple[str, str]
"""(venue, symbol)"""
Orders = dict[str, Order]
"""By client order id, the oldest first."""

_HOLD = PendingAction.HOLD
_NONE: Orders = {}


class OpenOrders:
    """What is open. `put` after each change."""

    def __init__(self) -> None:
        self.by_id: Orders = {}
        self.by_symbol: dict[SymbolKey, Orders] = {}
        self._resting: dict[SymbolKey, Orders] = {}
        self._closing: dict[SymbolKey, Orders] = {}
        self._moving: dict[tuple[str, str, Side], Orders] = {}
        self._held: dict[SymbolKey, Orders] = {}

    def put(self, order: Order) -> None:
        """`order` is new, or has ended."""
        key, ended = (order.venue, order.symbol), order.state.terminal
        _keep(self.by_symbol.setdefault(key, {}), order, not ended)
        if ended:
            self.by_id.pop(order.client_order_id, None)
        else:
            self.by_id[order.client_order_id] = order
        if order.multi_leg_id is not None:
            return
        if order.rests_as_stop:
            _keep(self._resting.setdefault(key, {}), order, not ended)
        else:
            _keep(self._moving.setdefault((*key, order.side), {}), order, not ended)
            if order.closes:
                _keep(self._closing.setdefault(key, {}), order, not ended)
        self.note_hold(order)

    def note_hold(self, order: Order) -> None:
        """Whether `order` waits for the stop in its way has changed."""
        if order.multi_leg_id is None:
            held = order.pending is _HOLD and not order.state.terminal
            key = (order.venue, order.symbol)
            if held or key in self._held:
                _keep(self._held.setdefault(key, {}), order, held)

    def resting(self, key: SymbolKey) -> list[Order]:
        """Stops that rest at the venue, or are on their way there (R6)."""
        return list(self._resting.get(key, _NONE).values())

    def closing(self, key: SymbolKey) -> list[Order]:
        """Those that are on their way to close something of the position."""
        return list(self._closing.get(key, _NONE).values())

    def closes_any(self, key: SymbolKey) -> bool:
        """Whether there is one of `closing`."""
        return bool(self._closing.get(key))

    def moving(self, key: SymbolKey, side: Side) -> list[Order]:
        """Those of one side that are no resting stops."""
        return list(self._moving.get((*key, side), _NONE).values())

    def held(self, key: SymbolKey) -> list[Order]:
        """Those that wait until the stop in their way is cancelled (R6)."""
        return list(self._held.get(key, _NONE).values())


def _keep(orders: Orders, order: Order, kept: bool) -> None:
    if kept:
        orders[order.client_order_id] = order
    else:
        orders.pop(order.client_order_id, None)
