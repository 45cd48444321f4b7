"""A part of I04: the stops that rest at the venue (R6) belong to a position, and close no more than it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from libraries.auditor.amounts import ZERO
from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.rows import RESTING_STOP, OrderRow, PositionRow
from libraries.auditor.world import World

_BUY_BACK = Decimal("1.02")
"""A stop that buys a short back orders the venue's fee on top and rounds up to a step. Neither is on record here, so 2 % more than the
short pass; what it buys too much is examined as a position once it has executed."""


def resting_stops(found: Examination, world: World) -> None:
    """Once quiet (or cleanly stopped) a symbol has at most one open stop at the venue; it is on the closing side of an open position, at
    the position's stop price, of at most what is held. Objects: open stops."""
    if not world.agreed:
        return
    stops = [order for order in world.store.orders if order.order_type == RESTING_STOP and not order.terminal]
    held = {(row.venue, row.symbol): row for row in world.store.positions}
    number = Counter((stop.venue, stop.symbol) for stop in stops)
    for stop in stops:
        found.look()
        key = (stop.venue, stop.symbol)
        found.equal(f"open stops of {stop.symbol}", 1, number[key], f"orders {stop.client_order_id}")
        _belongs(found, stop, held.get(key))


def _belongs(found: Examination, stop: OrderRow, position: PositionRow | None) -> None:
    where = f"orders {stop.client_order_id}"
    if position is None or position.quantity == ZERO:
        found.fail(f"stop of {stop.symbol}", "an open position", "none", where)
        return
    found.equal("side of a stop", "SELL" if position.quantity > ZERO else "BUY", stop.side, where)
    found.equal("price of a stop", position.stop_price, stop.stop_price, where)
    most = position.quantity if position.quantity > ZERO else -position.quantity * _BUY_BACK
    left = stop.quantity - stop.executed
    found.require(left <= most, "quantity of a stop", f"at most {most}: it never reverses", left, where)
