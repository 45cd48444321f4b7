"""What the venue trades: symbol rules and the filters PRICE_FILTER, LOT_SIZE, NOTIONAL (binance-spot 1.6)."""

from __future__ import annotations

import msgspec

from .amounts import notional, text8
from .errors import ZERO_NOTIONAL, filter_failure, rejected
from .venue_events import E8

MAX_NOTIONAL = 9_000_000 * E8
AVERAGE_PRICE_MINUTES = 5


class SymbolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's rules; amounts in units of 1e-8. A tick, step or bound of 0 disables its check."""

    symbol: str
    base: str
    quote: str
    tick_size: int
    min_price: int
    max_price: int
    step_size: int
    min_qty: int
    max_qty: int
    min_notional: int
    status: str = "TRADING"


class Fees(msgspec.Struct, frozen=True):
    """Commission rates as fractions in units of 1e-8 (0.001 is 100000)."""

    maker: int = E8 // 1000
    taker: int = E8 // 1000


def check_price(spec: SymbolSpec, price: int) -> None:
    """PRICE_FILTER. Raises VenueError -1013."""
    too_low = spec.min_price and price < spec.min_price
    too_high = spec.max_price and price > spec.max_price
    if too_low or too_high or (spec.tick_size and price % spec.tick_size):
        raise filter_failure("PRICE_FILTER")


def check_quantity(spec: SymbolSpec, quantity: int) -> None:
    """LOT_SIZE. Raises VenueError -1013."""
    too_low = spec.min_qty and quantity < spec.min_qty
    too_high = spec.max_qty and quantity > spec.max_qty
    if too_low or too_high or (spec.step_size and quantity % spec.step_size):
        raise filter_failure("LOT_SIZE")


def check_limit_notional(spec: SymbolSpec, price: int, quantity: int) -> None:
    """NOTIONAL of an order with a price. Raises VenueError -1013, or -2010 where the product is zero."""
    value = notional(price, quantity)
    if value < spec.min_notional or value > MAX_NOTIONAL:
        raise filter_failure("NOTIONAL")
    if value <= 0:
        raise rejected(ZERO_NOTIONAL)


def check_market_notional(spec: SymbolSpec, value: int) -> None:
    """NOTIONAL of a MARKET order worth `value` at the reference price (the maximum does not apply to MARKET)."""
    if value < spec.min_notional:
        raise filter_failure("NOTIONAL")


def filters(spec: SymbolSpec) -> list[dict[str, object]]:
    """The symbol's filters as exchangeInfo shows them."""
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": text8(spec.min_price),
            "maxPrice": text8(spec.max_price),
            "tickSize": text8(spec.tick_size),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": text8(spec.min_qty),
            "maxQty": text8(spec.max_qty),
            "stepSize": text8(spec.step_size),
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": text8(spec.min_notional),
            "applyMinToMarket": True,
            "maxNotional": text8(MAX_NOTIONAL),
            "applyMaxToMarket": False,
            "avgPriceMins": AVERAGE_PRICE_MINUTES,
        },
    ]
