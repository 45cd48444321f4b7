"""What must hold before an order is accepted: status, filters, post-only, liquidity; and what it locks."""

from __future__ import annotations

from .amounts import notional
from .errors import MARKET_CLOSED, NO_LIQUIDITY, WOULD_MATCH, rejected
from .matching import market_cost, quantity_for_quote
from .orders import NewOrder
from .symbols import check_limit_notional, check_market_notional, check_price, check_quantity
from .venue_state import Market


def validated(market: Market, order: NewOrder, now_ms: int, *, any_notional: bool = False) -> int:
    """The order's quantity (computed, where a MARKET order names the quote instead). `any_notional` leaves NOTIONAL of LIMIT orders out.

    Raises:
        VenueError: -1013 filters, -2010 market closed, would match, no liquidity.
    """
    if market.spec.status != "TRADING":
        raise rejected(MARKET_CLOSED)
    if order.type == "MARKET":
        return _market_quantity(market, order, now_ms)
    assert order.price is not None
    assert order.quantity is not None
    check_price(market.spec, order.price)
    check_quantity(market.spec, order.quantity)
    if not any_notional:
        check_limit_notional(market.spec, order.price, order.quantity)
    if order.type == "LIMIT_MAKER" and market.book.crosses(order.side, order.price):
        raise rejected(WOULD_MATCH)
    return order.quantity


def locks_of(market: Market, order: NewOrder, quantity: int) -> int:
    """What the order may spend: of a BUY the quote (a MARKET one: exactly what matching will spend), of a SELL the quantity."""
    if order.side == "SELL":
        return quantity
    if order.type == "MARKET":
        return market_cost(market.book, order.side, quantity)
    assert order.price is not None
    return notional(order.price, quantity)


def _market_quantity(market: Market, order: NewOrder, now_ms: int) -> int:
    spec, book = market.spec, market.book
    if order.quote_order_qty is not None:
        check_market_notional(spec, order.quote_order_qty)
        quantity = quantity_for_quote(book, order.side, order.quote_order_qty, spec.step_size)
        if quantity < max(spec.min_qty, 1):
            raise rejected(NO_LIQUIDITY)
        return quantity
    assert order.quantity is not None
    check_quantity(spec, order.quantity)
    reference = market.prices.price(now_ms)
    best = book.opposite(order.side).best()
    if not reference and best is not None:
        reference = best.price
    if reference:
        check_market_notional(spec, notional(reference, order.quantity))
    return order.quantity
