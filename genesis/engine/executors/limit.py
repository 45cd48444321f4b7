"""LIMIT and LIMIT_MAKER orders: what they reserve is their own price times what is left (I05)."""

from __future__ import annotations

from genesis.core.models import Order, OrderType, Side, Signal, SymbolRules, TimeInForce
from genesis.core.money import ZERO
from genesis.core.portfolio import reserved_at_start


def limit_order(signal: Signal, rules: SymbolRules, client_order_id: str, now_ms: int) -> Order:
    """The order of a LIMIT (GTC unless it says otherwise) or LIMIT_MAKER (no time in force) signal."""
    assert signal.price is not None, signal.signal_id
    default = TimeInForce.GTC if signal.order_type is OrderType.LIMIT else None
    return Order(
        client_order_id=client_order_id,
        venue=signal.venue,
        symbol=signal.symbol,
        side=signal.side,
        order_type=signal.order_type,
        quantity=signal.quantity,
        price=signal.price,
        time_in_force=signal.time_in_force or default,
        purpose=signal.purpose,
        strategy=signal.strategy,
        correlation_id=signal.signal_id,
        created_ms=now_ms,
        updated_ms=now_ms,
        reserved_asset=rules.quote if signal.side is Side.BUY else rules.base,
        reserved=reserved_at_start(signal.side, signal.order_type, signal.quantity, signal.price, ZERO),
    )
