"""What must hold before an order is accepted: status, permissions, filters, counts, post-only, trigger.

`check_rules` is everything that cancel-replace evaluates before it cancels; `check_entry` is what depends on the book as it is when
the order goes to work. `validated` is both, for an order that goes to work at once.
"""

from __future__ import annotations

from . import filters
from .accounts import Account
from .amounts import notional
from .counts import check_amends, check_counts
from .errors import (
    ICEBERG_EXCEEDS,
    LOT_SIZE_LIQUIDITY,
    MARKET_CLOSED,
    MARKET_LOT_LIQUIDITY,
    NO_LIQUIDITY,
    WOULD_MATCH,
    WOULD_TRIGGER,
    ZERO_NOTIONAL,
    rejected,
)
from .matching import quantity_for_quote
from .orders import CONDITIONAL, MARKET_LIKE, NewOrder, Order
from .permissions import check_amend, check_permissions
from .symbols import NO_LIMITS, ExchangeLimits
from .triggers import waits_for_rise, would_trigger
from .venue_state import Market


def validated(
    market: Market,
    order: NewOrder,
    now_ms: int,
    holder: Account | None = None,
    limits: ExchangeLimits = NO_LIMITS,
    *,
    scripted: bool = False,
) -> int:
    """The order's quantity (computed, where a MARKET order names the quote instead).

    `holder` is the account whose open orders are counted; `scripted`: an order of the venue's own accounts, which PRICE_FILTER and
    LOT_SIZE bind and nothing else.

    Raises:
        VenueError: -1013 filters, self-trade prevention mode; -2010 everything else.
    """
    quantity = check_rules(market, order, now_ms, holder, limits, scripted=scripted)
    check_entry(market, order)
    return quantity


def check_rules(
    market: Market,
    order: NewOrder,
    now_ms: int,
    holder: Account | None = None,
    limits: ExchangeLimits = NO_LIMITS,
    *,
    scripted: bool = False,
    others: int = 0,
) -> int:
    """Status, permissions, filters and counts; the order's quantity. `others`: orders of the same list that come with this one."""
    spec = market.spec
    if spec.status != "TRADING":
        raise rejected(MARKET_CLOSED)
    check_permissions(spec, order)
    if order.quote_order_qty is not None:
        quantity = _quantity_for_quote(market, order, order.quote_order_qty, holder.name if holder is not None else "")
        value = order.quote_order_qty
        filters.check_market_notional(spec, value)
    else:
        assert order.quantity is not None
        quantity = order.quantity
        value = _check_amounts(market, order, quantity, now_ms, scripted=scripted)
    if holder is None or scripted:
        return quantity
    if limits.max_asset:
        filters.check_asset(limits, spec, quantity, value)
    if spec.max_position and order.side == "BUY":
        filters.check_position(spec, _base_held(holder, spec.base), _buying(holder, spec.symbol) + quantity)
    check_counts(spec, limits, holder, order, others)
    return quantity


def check_entry(market: Market, order: NewOrder) -> None:
    """Post-only and trigger rules of an order that goes to work now. Raises VenueError -2010."""
    if order.type == "LIMIT_MAKER":
        assert order.price is not None
        if market.book.crosses(order.side, order.price):
            raise rejected(WOULD_MATCH)
    elif order.type in CONDITIONAL and would_trigger(order.side, order.type, order.stop_price or 0, market.prices.last_price):
        raise rejected(WOULD_TRIGGER)


def check_amendment(market: Market, order: Order, quantity: int) -> None:
    """An open order with its new, smaller quantity. Raises VenueError -1013, -2038."""
    spec = market.spec
    check_amend(spec)
    check_amends(spec, order.amends)
    filters.check_quantity(spec, quantity)
    if order.price:
        filters.check_notional(spec, notional(order.price, quantity))
    if order.iceberg_qty:
        _check_iceberg(market, quantity, order.iceberg_qty)


def reference_price(market: Market, now_ms: int) -> int:
    """What PERCENT_PRICE and NOTIONAL measure with: the reference price, else the average or last price; 0 where nothing traded yet."""
    return market.spec.reference_price or market.prices.price(now_ms)


def _check_amounts(market: Market, order: NewOrder, quantity: int, now_ms: int, *, scripted: bool) -> int:
    """The filters of price, quantity, notional, iceberg and trailing delta; the order's notional value."""
    spec = market.spec
    if order.price is not None:
        filters.check_price(spec, order.price)
        if not scripted and (spec.percent_price_by_side is not None or spec.percent_price is not None):
            filters.check_percent_price(spec, order.side, order.price, reference_price(market, now_ms))
    if order.stop_price is not None:
        filters.check_price(spec, order.stop_price)
    if order.trailing_delta is not None:
        filters.check_trailing_delta(spec, order.trailing_delta, above=waits_for_rise(order.side, order.type))
    filters.check_quantity(spec, quantity)
    if order.iceberg_qty:
        _check_iceberg(market, quantity, order.iceberg_qty)
    if order.type in MARKET_LIKE:
        return 0 if scripted else _market_value(market, order, quantity, now_ms)
    assert order.price is not None
    value = notional(order.price, quantity)
    if not scripted:
        filters.check_notional(spec, value)
        if value <= 0:
            raise rejected(ZERO_NOTIONAL)
    return value


def _market_value(market: Market, order: NewOrder, quantity: int, now_ms: int) -> int:
    """The filters of an order without a price. Its notional value: at the reference, else the best opposite, else its stop price."""
    filters.check_market_lot(market.spec, quantity)
    price = reference_price(market, now_ms) or market.price_for(order.side) or order.stop_price or 0
    value = notional(price, quantity)
    if price:
        filters.check_market_notional(market.spec, value)
    return value


def _check_iceberg(market: Market, quantity: int, iceberg_qty: int) -> None:
    filters.check_quantity(market.spec, iceberg_qty)
    if iceberg_qty > quantity:
        raise rejected(ICEBERG_EXCEEDS)
    filters.check_iceberg_parts(market.spec, quantity, iceberg_qty)


def _quantity_for_quote(market: Market, order: NewOrder, quote: int, holder: str) -> int:
    spec, book = market.spec, market.book
    if book.opposite(order.side).best is None:
        raise rejected(NO_LIQUIDITY)
    quantity = filters.whole_market_lots(
        spec, quantity_for_quote(book, order.side, quote, spec.step_size, holder=holder, mode=order.stp_mode or spec.default_stp_mode)
    )
    if quantity < max(spec.min_qty, 1):
        raise rejected(LOT_SIZE_LIQUIDITY)
    if spec.market_lot is not None and quantity < spec.market_lot.min_qty:
        raise rejected(MARKET_LOT_LIQUIDITY)
    return quantity


def _base_held(holder: Account, asset: str) -> int:
    return holder.free.get(asset, 0) + holder.locked.get(asset, 0)


def _buying(holder: Account, symbol: str) -> int:
    return sum(order.remaining for order in holder.open_orders.values() if order.side == "BUY" and order.symbol == symbol)
