"""Booking: executions become facts exactly once, and the position they leave is settled (stop, dust) in the same decision."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from genesis.core.errors import ILLEGAL_TRANSITION
from genesis.core.facts import BalanceOpened, OrderFilled, StopArmed, TargetAdjusted
from genesis.core.models import Fill, Order
from genesis.core.money import ZERO, text
from genesis.core.portfolio import is_dust, stop_price
from genesis.core.state import NOTHING_EXECUTED
from genesis.engine.desk import Desk


def executed_of(desk: Desk, client_order_id: str) -> tuple[Decimal, Decimal]:
    """(base, quote) of all booked fills of an order: the only source of its executed quantity (I10)."""
    return desk.state.executed_of.get(client_order_id, NOTHING_EXECUTED)


def book_fills(desk: Desk, order: Order, fills: Iterable[Fill]) -> int:
    """Book every fill of `order` that is not booked yet, each once whatever the channel (I09); the number booked.

    An impossible fill (another side, no amount, more than the order's quantity) is recorded as an error and not booked;
    the next comparison of balances with the venue then tells whether money moved.
    """
    booked = 0
    for fill in fills:
        if (fill.venue, fill.symbol, fill.trade_id) in desk.state.fills:
            desk.trace("CP-F4")
            continue
        problem = _problem(desk, order, fill)
        if problem:
            desk.error(ILLEGAL_TRANSITION, f"order {order.client_order_id}, trade {fill.trade_id}: {problem}", order.correlation_id)
            continue
        _open_balance(desk, fill.venue, fill.fee_asset)
        desk.record(OrderFilled(fill=fill, correlation_id=order.correlation_id))
        booked += 1
    return booked


def _problem(desk: Desk, order: Order, fill: Fill) -> str:
    if (fill.venue, fill.symbol, fill.side) != (order.venue, order.symbol, order.side):
        return f"expected a {order.side} on {order.venue}/{order.symbol}, got a {fill.side} on {fill.venue}/{fill.symbol}"
    if fill.quantity <= ZERO or fill.price <= ZERO or fill.quote_quantity < ZERO:
        return f"expected amounts above 0, got {text(fill.quantity)} at {text(fill.price)}"
    total = executed_of(desk, order.client_order_id)[0] + fill.quantity
    if total > order.quantity:
        return f"expected at most {text(order.quantity)} executed, got {text(total)}"
    return ""


def _open_balance(desk: Desk, venue: str, asset: str) -> None:
    if (venue, asset) not in desk.state.balances:
        desk.record(BalanceOpened(venue=venue, asset=asset, amount=ZERO, target=ZERO, correlation_id=f"{venue}/{asset}"))


def settle_position(desk: Desk, venue: str, symbol: str, correlation_id: str) -> None:
    """After fills, or the end of an order: dust leaves for the inventory target, the stop moves with the average (R6)."""
    position = desk.state.positions[(venue, symbol)]
    price = desk.state.last_fill_price.get((venue, symbol), ZERO)
    if is_dust(position.quantity, price, desk.state.rules[(venue, symbol)]) and not desk.open_orders(venue, symbol):
        sweep_dust(desk, venue, symbol, correlation_id)
    arm_stop(desk, venue, symbol, correlation_id)


def sweep_dust(desk: Desk, venue: str, symbol: str, correlation_id: str) -> None:
    """A position too small to trade becomes flat; what it holds moves the target, at cost (domain "Inventory target")."""
    position, rules = desk.state.positions[(venue, symbol)], desk.state.rules[(venue, symbol)]
    desk.record(
        TargetAdjusted(
            venue=venue,
            asset=rules.base,
            amount=position.quantity,
            reason="dust",
            symbol=symbol,
            quantity=position.quantity,
            cost=position.cost,
            correlation_id=correlation_id,
        )
    )


def arm_stop(desk: Desk, venue: str, symbol: str, correlation_id: str) -> None:
    """Set, move or remove the protective stop if it is not where the position wants it (R6)."""
    position, rules = desk.state.positions[(venue, symbol)], desk.state.rules[(venue, symbol)]
    own = (holding.stop_fraction for holding in desk.state.holdings_of.get((venue, symbol), ()))
    fraction = min([desk.settings.risk.stop_fraction, *(fraction for fraction in own if fraction is not None)])
    wanted = stop_price(position.quantity, position.cost, fraction, rules.tick_size)
    if wanted != position.stop_price:
        desk.record(StopArmed(venue=venue, symbol=symbol, stop_price=wanted, correlation_id=correlation_id))
        desk.memory.stop_retries.pop((venue, symbol), None)
