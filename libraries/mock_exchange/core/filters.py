"""The filters of a symbol, an exchange and an asset, each as one check that names it (binance-spot 1.6).

Every function raises VenueError -1013 "Filter failure: NAME" where the order breaks the filter, and returns where it is off.
"""

from __future__ import annotations

from .amounts import floor_to
from .errors import filter_failure
from .orders import Side
from .symbols import ExchangeLimits, SymbolSpec
from .venue_events import E8


def check_price(spec: SymbolSpec, price: int) -> None:
    """PRICE_FILTER, for price and stopPrice."""
    too_low = spec.min_price and price < spec.min_price
    too_high = spec.max_price and price > spec.max_price
    if too_low or too_high or (spec.tick_size and price % spec.tick_size):
        raise filter_failure("PRICE_FILTER")


def check_quantity(spec: SymbolSpec, quantity: int) -> None:
    """LOT_SIZE, for quantity and icebergQty."""
    too_low = spec.min_qty and quantity < spec.min_qty
    too_high = spec.max_qty and quantity > spec.max_qty
    if too_low or too_high or (spec.step_size and quantity % spec.step_size):
        raise filter_failure("LOT_SIZE")


def check_market_lot(spec: SymbolSpec, quantity: int) -> None:
    """MARKET_LOT_SIZE, for orders without a price of their own."""
    lot = spec.market_lot
    if lot is None:
        return
    if quantity < lot.min_qty or (lot.max_qty and quantity > lot.max_qty) or (lot.step_size and quantity % lot.step_size):
        raise filter_failure("MARKET_LOT_SIZE")


def check_percent_price(spec: SymbolSpec, side: Side, price: int, reference: int) -> None:
    """PERCENT_PRICE and PERCENT_PRICE_BY_SIDE; nothing is refused as long as there is no reference price (0)."""
    if not reference:
        return
    both, by_side = spec.percent_price, spec.percent_price_by_side
    if both is not None and not reference * both.down <= price * E8 <= reference * both.up:
        raise filter_failure("PERCENT_PRICE")
    if by_side is None:
        return
    up, down = (by_side.bid_up, by_side.bid_down) if side == "BUY" else (by_side.ask_up, by_side.ask_down)
    if not reference * down <= price * E8 <= reference * up:
        raise filter_failure("PERCENT_PRICE_BY_SIDE")


def check_notional(spec: SymbolSpec, value: int) -> None:
    """MIN_NOTIONAL and NOTIONAL of an order with a price."""
    older = spec.older_min_notional
    if older is not None and value < older.minimum:
        raise filter_failure("MIN_NOTIONAL")
    if value < spec.min_notional or (spec.max_notional and value > spec.max_notional):
        raise filter_failure("NOTIONAL")


def check_market_notional(spec: SymbolSpec, value: int) -> None:
    """MIN_NOTIONAL and NOTIONAL of an order without a price, worth `value` at the reference price."""
    older = spec.older_min_notional
    if older is not None and older.on_market and value < older.minimum:
        raise filter_failure("MIN_NOTIONAL")
    too_low = spec.min_notional_on_market and value < spec.min_notional
    too_high = spec.max_notional_on_market and spec.max_notional and value > spec.max_notional
    if too_low or too_high:
        raise filter_failure("NOTIONAL")


def check_iceberg_parts(spec: SymbolSpec, quantity: int, iceberg_qty: int) -> None:
    """ICEBERG_PARTS: CEIL(quantity / icebergQty) within the limit."""
    if spec.iceberg_parts and -(-quantity // iceberg_qty) > spec.iceberg_parts:
        raise filter_failure("ICEBERG_PARTS")


def check_trailing_delta(spec: SymbolSpec, delta: int, *, above: bool) -> None:
    """TRAILING_DELTA in BIPS; `above`: the stop price lies above the market (STOP_LOSS BUY, TAKE_PROFIT SELL)."""
    allowed = spec.trailing_delta
    if allowed is None:
        return
    least, most = (allowed.min_above, allowed.max_above) if above else (allowed.min_below, allowed.max_below)
    if not least <= delta <= most:
        raise filter_failure("TRAILING_DELTA")


def check_position(spec: SymbolSpec, held: int, buying: int) -> None:
    """MAX_POSITION of a BUY: what the account holds of the base asset plus all open BUY orders, this one included."""
    if spec.max_position and held + buying > spec.max_position:
        raise filter_failure("MAX_POSITION")


def check_asset(limits: ExchangeLimits, spec: SymbolSpec, quantity: int, value: int) -> None:
    """MAX_ASSET of either asset: the quantity of the base, the notional value in the quote."""
    for asset, amount in ((spec.base, quantity), (spec.quote, value)):
        limit = limits.max_asset.get(asset)
        if limit is not None and amount > limit:
            raise filter_failure("MAX_ASSET")


def whole_market_lots(spec: SymbolSpec, quantity: int) -> int:
    """The largest quantity of a MARKET order not above `quantity` that LOT_SIZE and MARKET_LOT_SIZE allow."""
    quantity = min(quantity, spec.max_qty) if spec.max_qty else quantity
    lot = spec.market_lot
    if lot is None:
        return floor_to(quantity, spec.step_size)
    quantity = min(quantity, lot.max_qty) if lot.max_qty else quantity
    return floor_to(quantity, max(spec.step_size, lot.step_size))
