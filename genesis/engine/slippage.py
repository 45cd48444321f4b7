"""Slippage (R11): how much worse an order was executed than what its decision saw; above the limit it is a fact and a message."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.commands import Alert
from genesis.core.facts import SlippageExceeded
from genesis.core.models import Order, Side
from genesis.core.money import ONE, ZERO, text, truncate8
from genesis.engine.desk import Desk


def arrival_price(desk: Desk, order: Order) -> Decimal | None:
    """The side of the book that an order would take at its decision, of a resting stop its stop price; None without a book."""
    if order.stop_price is not None:
        return order.stop_price
    top = desk.memory.tops.get((order.venue, order.symbol))
    return None if top is None else top.ask if order.side is Side.BUY else top.bid


def slippage(side: Side, quantity: Decimal, quote: Decimal, arrival: Decimal) -> Decimal:
    """How much worse `quantity` for `quote` is than the arrival price, as a fraction of it; < 0 = better (R11)."""
    worse = quote / quantity / arrival - ONE
    return worse if side is Side.BUY else -worse


def look(desk: Desk, order: Order, arrival: Decimal | None) -> None:
    """At the end of an order: tell if it slipped by more than the limit."""
    if arrival is None or order.executed == ZERO:
        return
    slipped, most = slippage(order.side, order.executed, order.cum_quote, arrival), desk.settings.risk.slippage_alert
    if slipped <= most:
        return
    fact = SlippageExceeded(
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        arrival=arrival,
        average=truncate8(order.cum_quote / order.executed),
        slippage=truncate8(slipped),
        limit=most,
        correlation_id=order.correlation_id,
    )
    desk.record(fact)
    told = f"R11: order {order.client_order_id} of {order.symbol} slipped by {text(fact.slippage)}, more than {text(most)}"
    desk.send(Alert(severity="warning", text=told))
