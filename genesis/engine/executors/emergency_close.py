"""The plan of an emergency close (R34): which positions leave, in which order, how much, and at which price. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from genesis.core.halts import CloseStep
from genesis.core.models import Order, OrderType, Purpose, Side, SymbolRules, TimeInForce, TopOfBook
from genesis.core.money import ZERO, truncate8
from genesis.engine.executors.limit import limit_price, priced_order
from genesis.engine.executors.stop import exit_quantity

NO_BOOK = "no fresh book to price it by"
NOT_READY = "the venue is not connected and reconciled"
NO_FUNDS = "the inventory allows nothing that the venue takes"
UNDER_WAY = "another order of the symbol is still under way"


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """One position and what is needed to close it. `rate` = USDT per unit of the symbol's quote; `hindrance` = why nothing may be
    sent for it now, "" if it may."""

    venue: str
    symbol: str
    position: Decimal  # signed, base
    cost: Decimal  # quote
    top: TopOfBook | None
    rules: SymbolRules
    rate: Decimal
    taker_fee: Decimal
    free: Decimal  # of a long base, of a short quote
    hindrance: str = ""


def plan(exposures: Iterable[Exposure], collar: Decimal) -> tuple[CloseStep, ...]:
    """One step for each position, the first to leave first: the greatest loss, then the greatest notional (both USDT), then by name;
    those that cannot be priced come last. Cash for buy-backs goes to the earlier ones."""
    ranked = sorted(exposures, key=lambda one: (one.top is None, -_loss(one), -_notional(one), one.venue, one.symbol))
    spent: dict[tuple[str, str], Decimal] = {}
    steps = []
    for one in ranked:
        key = (one.venue, one.rules.quote)
        step = _step(one, collar, spent.get(key, ZERO))
        if step.side is Side.BUY:
            spent[key] = spent.get(key, ZERO) + truncate8(step.price * step.quantity)
        steps.append(step)
    return tuple(steps)


def close_order(step: CloseStep, rules: SymbolRules, *, client_order_id: str, strategy: str, run_id: str, now_ms: int) -> Order:
    """The intent of a step: LIMIT IOC, purpose EXIT, under the run's id."""
    return priced_order(
        rules,
        client_order_id=client_order_id,
        order_type=OrderType.LIMIT,
        side=step.side,
        quantity=step.quantity,
        price=step.price,
        time_in_force=TimeInForce.IOC,
        purpose=Purpose.EXIT,
        strategy=strategy,
        correlation_id=run_id,
        now_ms=now_ms,
    )


def _reference(one: Exposure) -> Decimal:
    """The side of the book that the exit takes; 0 without a book."""
    if one.top is None:
        return ZERO
    return one.top.bid if one.position > ZERO else one.top.ask


def _notional(one: Exposure) -> Decimal:
    return truncate8(abs(one.position) * _reference(one) * one.rate)


def _loss(one: Exposure) -> Decimal:
    """Unrealised, USDT, > 0 = a loss; 0 without a book."""
    value = abs(one.position) * _reference(one)
    gain = value - one.cost if one.position > ZERO else one.cost - value
    return truncate8(-gain * one.rate) if one.top is not None else ZERO


def _step(one: Exposure, collar: Decimal, spent: Decimal) -> CloseStep:
    side = Side.SELL if one.position > ZERO else Side.BUY
    reference = _reference(one)
    price = limit_price(reference, side, collar, one.rules.tick_size) if reference > ZERO else ZERO
    quantity, why_not = _quantity(one, side, price, spent)
    return CloseStep(
        venue=one.venue,
        symbol=one.symbol,
        side=side,
        position=one.position,
        quantity=quantity,
        price=price,
        reference=reference,
        notional=_notional(one),
        loss=_loss(one),
        why_not=why_not,
    )


def _quantity(one: Exposure, side: Side, price: Decimal, spent: Decimal) -> tuple[Decimal, str]:
    """(how much leaves, why nothing does). Never more than closes the position."""
    if one.hindrance:
        return ZERO, one.hindrance
    if price <= ZERO:
        return ZERO, NO_BOOK
    affordable = one.free if side is Side.SELL else max(one.free - spent, ZERO) / price
    quantity = exit_quantity(one.position, one.rules, one.taker_fee, affordable)
    if quantity == ZERO or quantity * price < one.rules.min_notional:
        return ZERO, NO_FUNDS
    return quantity, ""
