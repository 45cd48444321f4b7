"""Orders with a price of their own: what they reserve is that price times what is left (I05)."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.models import Order, OrderType, Purpose, Side, Signal, SymbolRules, TimeInForce
from genesis.core.money import EIGHT_PLACES, ONE, ZERO, ceil_to, floor_to
from genesis.core.portfolio import reserved_at_start


def limit_price(reference: Decimal, side: Side, collar: Decimal, tick: Decimal) -> Decimal:
    """The limit of an exit at `reference` (best bid or stop of a SELL, best ask or stop of a BUY): `collar` worse, rounded to the tick
    so that it is never more than that."""
    step = tick if tick > ZERO else EIGHT_PLACES
    return ceil_to(reference * (ONE - collar), step) if side is Side.SELL else floor_to(reference * (ONE + collar), step)


def priced_order(
    rules: SymbolRules,
    *,
    client_order_id: str,
    order_type: OrderType,
    side: Side,
    quantity: Decimal,
    price: Decimal,
    time_in_force: TimeInForce | None,
    purpose: Purpose,
    strategy: str,
    correlation_id: str,
    now_ms: int,
    stop_price: Decimal | None = None,
) -> Order:
    """An order with a price as an intent."""
    return Order(
        client_order_id=client_order_id,
        venue=rules.venue,
        symbol=rules.symbol,
        side=side,
        order_type=order_type,
        quantity=quantity,
        price=price,
        stop_price=stop_price,
        time_in_force=time_in_force,
        purpose=purpose,
        strategy=strategy,
        correlation_id=correlation_id,
        created_ms=now_ms,
        updated_ms=now_ms,
        reserved_asset=rules.quote if side is Side.BUY else rules.base,
        reserved=reserved_at_start(side, order_type, quantity, price, ZERO),
    )


def limit_order(signal: Signal, rules: SymbolRules, client_order_id: str, now_ms: int) -> Order:
    """The order of a LIMIT (GTC unless it says otherwise) or LIMIT_MAKER (no time in force) signal."""
    assert signal.price is not None, signal.signal_id
    default = TimeInForce.GTC if signal.order_type is OrderType.LIMIT else None
    return priced_order(
        rules,
        client_order_id=client_order_id,
        order_type=signal.order_type,
        side=signal.side,
        quantity=signal.quantity,
        price=signal.price,
        time_in_force=signal.time_in_force or default,
        purpose=signal.purpose,
        strategy=signal.strategy,
        correlation_id=signal.signal_id,
        now_ms=now_ms,
    )
