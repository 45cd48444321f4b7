"""MARKET orders: what they reserve is the side of the book they take plus the collar (R7)."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.models import Order, OrderType, Purpose, Side, SymbolRules
from genesis.core.portfolio import reserved_at_start


def market_order(
    *,
    client_order_id: str,
    rules: SymbolRules,
    side: Side,
    quantity: Decimal,
    taking_price: Decimal,
    collar: Decimal,
    purpose: Purpose,
    strategy: str,
    correlation_id: str,
    now_ms: int,
    multi_leg_id: str | None = None,
    leg: int | None = None,
) -> Order:
    """A MARKET order as an intent. `taking_price` = best ask of a BUY, best bid of a SELL, quote per base."""
    return Order(
        client_order_id=client_order_id,
        venue=rules.venue,
        symbol=rules.symbol,
        side=side,
        order_type=OrderType.MARKET,
        quantity=quantity,
        purpose=purpose,
        strategy=strategy,
        correlation_id=correlation_id,
        created_ms=now_ms,
        updated_ms=now_ms,
        multi_leg_id=multi_leg_id,
        leg=leg,
        reserved_asset=rules.quote if side is Side.BUY else rules.base,
        reserved=reserved_at_start(side, OrderType.MARKET, quantity, taking_price, collar),
    )
