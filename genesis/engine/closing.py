"""How much of a position may still be ordered away: what is leaving already does not count twice (domain "EXIT")."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from genesis.core.models import Order, Side, SymbolRules
from genesis.core.money import ZERO
from genesis.engine.desk import Desk
from genesis.engine.executors.stop import reducible


def closable(desk: Desk, rules: SymbolRules, side: Side, leaving: Iterable[Order]) -> Decimal:
    """The most that an exit of `side` may order of the symbol's position (base) beside the orders that are `leaving`; 0 if it would not
    reduce it."""
    position = desk.position(rules.venue, rules.symbol)
    if position is None or position.quantity == ZERO or (position.quantity > ZERO) is (side is Side.BUY):
        return ZERO
    return reducible(position.quantity, remaining(leaving), desk.taker_fee(rules.venue), rules.step_size)


def closing(desk: Desk, rules: SymbolRules) -> list[Order]:
    """The open orders that close something of the symbol's position."""
    return desk.state.open.closing((rules.venue, rules.symbol))


def remaining(orders: Iterable[Order]) -> Decimal:
    """What orders may still execute, base."""
    return sum((order.quantity - order.executed for order in orders), ZERO)
