"""Positions, cost, profit and loss: exact arithmetic on one position and one fill (R31). Pure.

Average cost method. `quantity` is signed (long > 0, short < 0: below the inventory target), `cost` (>= 0) is what the
open quantity cost (long) or brought (short) in quote. Shares of cost and of quote are truncated to 8 places, and the
rest goes to the other part, so that nothing is lost or created.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from genesis.core.models import BUY, Fill, Order, OrderType, Position, Side, StrategyHolding, SymbolRules
from genesis.core.money import EIGHT_PLACES, ONE, ZERO, ceil_to, floor_to, truncate8


class Holding(msgspec.Struct, frozen=True):
    """The arithmetic part of a position: signed quantity, cost of it, realised profit."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO


def moved(fill: Fill, base: str, quote: str) -> tuple[Decimal, Decimal]:
    """(base that came in > 0 or went out < 0, quote spent or received) by `fill`. A base fee reduces quantity, a quote fee raises cost or
    lowers proceeds (R31); a fee in a third asset touches neither: it is booked on that asset's balance alone."""
    base_fee = fill.fee if fill.fee_asset == base else ZERO
    quote_fee = fill.fee if fill.fee_asset == quote else ZERO
    if fill.side is BUY:
        return fill.quantity - base_fee, fill.quote_quantity + quote_fee
    return -(fill.quantity + base_fee), fill.quote_quantity - quote_fee


Held = Holding | Position | StrategyHolding
"""Whatever has a quantity, a cost of it and a realised profit."""


def book(holding: Held, signed: Decimal, amount: Decimal) -> Holding:
    """The holding after `signed` base came in (> 0) or went out (< 0) for `amount` quote spent or received."""
    held = holding.quantity
    if not held or not signed or (held > ZERO) is (signed > ZERO):
        return Holding(held + signed, holding.cost + amount, holding.realised)
    if abs(signed) <= abs(held):
        return _reduce(holding, signed, amount)
    closing = truncate8(amount * abs(held) / abs(signed))
    flat = _reduce(holding, -held, closing)
    return Holding(held + signed, amount - closing, flat.realised)


def _reduce(holding: Held, signed: Decimal, amount: Decimal) -> Holding:
    left = holding.quantity + signed
    removed = truncate8(holding.cost * abs(signed) / abs(holding.quantity)) if left else holding.cost
    gain = amount - removed if holding.quantity > ZERO else removed - amount
    return Holding(left, holding.cost - removed, holding.realised + gain)


def balance_changes(fill: Fill, base: str, quote: str) -> list[tuple[str, Decimal]]:
    """What `fill` adds to the totals of its assets, fee included (I03)."""
    bought = fill.side is BUY
    changes = [(base, fill.quantity if bought else -fill.quantity), (quote, -fill.quote_quantity if bought else fill.quote_quantity)]
    if fill.fee:
        changes.append((fill.fee_asset, -fill.fee))
    return changes


def stop_price(quantity: Decimal, cost: Decimal, fraction: Decimal, tick: Decimal) -> Decimal | None:
    """The protective stop of a position: average cost less (long) or plus (short) `fraction`, rounded to the tick towards
    the entry, which is the tighter side (R6). None while flat. A tick of 0 leaves 8 places."""
    if quantity == ZERO:
        return None
    step = tick if tick > ZERO else EIGHT_PLACES
    if quantity > ZERO:
        return ceil_to(cost * (ONE - fraction) / quantity, step)  # one division: exact wherever a decimal is
    return floor_to(cost * (ONE + fraction) / -quantity, step)


def stop_reached(quantity: Decimal, stop: Decimal, bid: Decimal, ask: Decimal) -> Decimal | None:
    """The price that reached the stop (best bid of a long, best ask of a short), or None (R6)."""
    if quantity > ZERO:
        return bid if bid <= stop else None
    return ask if quantity < ZERO and ask >= stop else None


def is_dust(quantity: Decimal, price: Decimal, rules: SymbolRules) -> bool:
    """Whether a non-flat position is too small to be traded: under a step, or under the venue's least notional."""
    if quantity == ZERO:
        return False
    return abs(quantity) < rules.step_size or abs(quantity) * price < rules.min_notional


def buy_back_quantity(need: Decimal, taker_fee: Decimal, step: Decimal) -> Decimal:
    """The BUY quantity that still leaves `need` after the base fee: the least whole number of steps (never-reverse: what it
    brings too much is less than a step)."""
    gross = need / (ONE - taker_fee)
    return ceil_to(gross, step) if step > ZERO else gross


def buy_back_cash(position: Position, quantity: Decimal, taker_fee: Decimal) -> Decimal:
    """Cash that must stay at hand to buy back `quantity` of a short at its stop plus fee (domain "Inventory target")."""
    assert position.stop_price is not None, position.symbol
    return truncate8(quantity * position.stop_price / (ONE - taker_fee))


def short_entry_cash(quantity: Decimal, price: Decimal, stop_fraction: Decimal, taker_fee: Decimal) -> Decimal:
    """Cash beyond its own proceeds that a sale below the inventory target needs for its buy-back at the stop plus fees."""
    buy_back = quantity * price * (ONE + stop_fraction) / (ONE - taker_fee)
    proceeds = quantity * price * (ONE - taker_fee)
    return truncate8(buy_back - proceeds)


def reservation(order: Order, remaining: Decimal) -> Decimal:
    """What an open order reserves of `order.reserved_asset` for its `remaining` quantity (I05); a MARKET BUY keeps what it
    reserved when it left until it is terminal."""
    if order.side is Side.SELL:
        return remaining
    if order.order_type is OrderType.MARKET or order.price is None:
        return order.reserved
    return truncate8(order.price * remaining)


def reserved_at_start(side: Side, order_type: OrderType, quantity: Decimal, price: Decimal, collar: Decimal) -> Decimal:
    """The first reservation: SELL its quantity (base); LIMIT BUY price x quantity; MARKET BUY ask (`price`) x quantity x
    (1 + collar) (quote), truncated to 8 places (I05, R7)."""
    if side is Side.SELL:
        return quantity
    if order_type is OrderType.MARKET:
        return truncate8(price * quantity * (ONE + collar))
    return truncate8(price * quantity)


def unrealised(position: Position | StrategyHolding, price: Decimal) -> Decimal:
    """Profit (> 0) or loss if the position (a strategy's part of it, a leg of a pair) were closed at `price` without fee; quote,
    truncated to 8 places (R31)."""
    value = abs(position.quantity) * price
    return truncate8(value - position.cost if position.quantity > ZERO else position.cost - value)
