"""What an order has to lock before it is accepted, placed or triggered."""

from __future__ import annotations

from .amounts import notional
from .matching import market_cost
from .orders import CONDITIONAL, MARKET_LIKE, Order
from .triggers import trailing_stop
from .venue_state import Market


def lock_for(market: Market, order: Order) -> int:
    """Of a SELL the quantity, of a BUY the quote: at its price, or what matching will spend, or (before a trigger) at its stop price."""
    if order.side == "SELL":
        return order.remaining
    if order.type not in MARKET_LIKE:
        return notional(order.price, order.remaining)
    if order.type in CONDITIONAL and not order.is_working:
        return notional(_expected_price(market, order), order.remaining)
    return market_cost(market.book, order.side, order.remaining, holder=order.account, mode=order.stp_mode)


def _expected_price(market: Market, order: Order) -> int:
    """Where a waiting order without a price is expected to trade."""
    if order.stop_price:
        return order.stop_price
    reference = market.prices.last_price or market.price_for(order.side)
    return trailing_stop(order.side, reference, order.trailing_delta)
