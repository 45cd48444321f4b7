"""The exit of a fired stop, and the stop that rests at the venue: how much may be ordered so that it closes the position and never
reverses it (R6)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from genesis.core.models import Order, OrderType, Purpose, Side, SymbolRules, TimeInForce
from genesis.core.money import EIGHT_PLACES, ONE, ZERO, floor_to
from genesis.core.portfolio import buy_back_quantity
from genesis.engine.executors.limit import limit_price, priced_order


class RestingStop(msgspec.Struct, frozen=True, kw_only=True):
    """The stop that a position wants at the venue: triggered by a trade at `stop_price` or beyond, it is a LIMIT order at `price`."""

    side: Side
    quantity: Decimal
    stop_price: Decimal
    price: Decimal


def reducible(position: Decimal, leaving: Decimal, taker_fee: Decimal, step: Decimal) -> Decimal:
    """The most an exit may order now: of a long what is not already `leaving` (base that open exits will sell); of a short
    what buys back the rest with the base fee on top, in whole steps (`leaving` = base that open exits will buy, gross)."""
    if position > ZERO:
        return max(position - leaving, ZERO)
    need = max(-position - leaving * (ONE - taker_fee), ZERO)
    return buy_back_quantity(need, taker_fee, step)


def exit_quantity(position: Decimal, rules: SymbolRules, taker_fee: Decimal, affordable: Decimal) -> Decimal:
    """The quantity of the one MARKET exit: the position (a short grossed up for the base fee), at most what the inventory
    (`affordable`, in base) allows and the venue takes in one order; 0 if that is less than the venue's least."""
    step = rules.step_size
    wanted = min(reducible(position, ZERO, taker_fee, step), affordable)
    if rules.max_qty > ZERO:
        wanted = min(wanted, rules.max_qty)
    quantity = floor_to(wanted, step) if step > ZERO else wanted
    return quantity if quantity > ZERO and quantity >= rules.min_qty else ZERO


def affordable_buy(free_cash: Decimal, ask: Decimal, collar: Decimal) -> Decimal:
    """The base that `free_cash` buys at `ask` plus the collar."""
    return max(free_cash, ZERO) / (ask * (ONE + collar))


def resting_stop(
    position: Decimal, stop: Decimal, rules: SymbolRules, *, leaving: Decimal, taker_fee: Decimal, free: Decimal, collar: Decimal
) -> RestingStop | None:
    """The stop of what is not already `leaving` of a signed `position`; None if the venue would not take one.

    `free` = what may be reserved for it: base of a long, quote of a short, whose limit price comes nearer to its stop where the cash
    for all of the collar is not there.
    """
    step, tick = rules.step_size or EIGHT_PLACES, rules.tick_size or EIGHT_PLACES
    side = Side.SELL if position > ZERO else Side.BUY
    quantity = reducible(position, leaving, taker_fee, rules.step_size)
    quantity = min(quantity, free) if side is Side.SELL else quantity
    quantity = floor_to(min(quantity, rules.max_qty) if rules.max_qty > ZERO else quantity, step)
    if quantity < max(rules.min_qty, step):
        return None
    price = limit_price(stop, side, collar, rules.tick_size)
    price = min(price, floor_to(free / quantity, tick)) if side is Side.BUY else price
    out_of_reach = price < stop if side is Side.BUY else price <= ZERO
    if out_of_reach or quantity * min(price, stop) < rules.min_notional:
        return None
    return RestingStop(side=side, quantity=quantity, stop_price=stop, price=price)


def stop_order(wanted: RestingStop, rules: SymbolRules, *, client_order_id: str, strategy: str, correlation_id: str, now_ms: int) -> Order:
    """The STOP_LOSS_LIMIT order of a stop as an intent."""
    return priced_order(
        rules,
        client_order_id=client_order_id,
        order_type=OrderType.STOP_LOSS_LIMIT,
        side=wanted.side,
        quantity=wanted.quantity,
        price=wanted.price,
        stop_price=wanted.stop_price,
        time_in_force=TimeInForce.GTC,
        purpose=Purpose.STOP,
        strategy=strategy,
        correlation_id=correlation_id,
        now_ms=now_ms,
    )
