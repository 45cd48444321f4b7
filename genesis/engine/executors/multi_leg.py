"""Multi-leg arithmetic: what the legs delivered, what an unwinding still has to trade, and the profit at the end. Pure.

A BUY of q base adds q - base fee to the base and takes the quote spent; all of it is read from booked fills.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from genesis.core.models import Fill, Side, SymbolRules
from genesis.core.money import ZERO, floor_to, truncate8
from genesis.core.portfolio import balance_changes, buy_back_quantity
from genesis.core.state import AssetKey, SymbolKey


def deltas(fills: Iterable[Fill], rules: Mapping[SymbolKey, SymbolRules]) -> dict[AssetKey, Decimal]:
    """(venue, asset) -> what the fills brought (> 0) or took (< 0), fees included; zeros left out."""
    changes: dict[AssetKey, Decimal] = {}
    for fill in fills:
        of = rules[(fill.venue, fill.symbol)]
        for asset, change in balance_changes(fill, of.base, of.quote):
            key = (fill.venue, asset)
            changes[key] = changes.get(key, ZERO) + change
    return {key: change for key, change in changes.items() if change != ZERO}


def next_quantity(delivered: Decimal, side: Side, price: Decimal, rules: SymbolRules) -> Decimal:
    """The next leg's quantity from what the previous one really delivered, floored to the step."""
    quantity = delivered / price if side is Side.BUY else delivered
    return floor_to(quantity, rules.step_size) if rules.step_size > ZERO else quantity


def imbalance(fills: Iterable[Fill]) -> Decimal:
    """Bought minus sold base of a direct arbitrage: what one venue did and the other did not."""
    return sum((fill.quantity if fill.side is Side.BUY else -fill.quantity for fill in fills), ZERO)


def unwinding(excess: Decimal, price: Decimal, taker_fee: Decimal, rules: SymbolRules) -> tuple[Side, Decimal] | None:
    """The MARKET order that undoes `excess` base (sell what is too much, buy back what is too little); None if the venue
    would not take it: under a step, the least quantity or the least notional."""
    if excess == ZERO:
        return None
    side = Side.SELL if excess > ZERO else Side.BUY
    if side is Side.BUY:
        quantity = buy_back_quantity(-excess, taker_fee, rules.step_size)
    else:
        quantity = floor_to(excess, rules.step_size) if rules.step_size > ZERO else excess
    if quantity == ZERO or quantity < rules.min_qty or quantity * price < rules.min_notional or abs(excess) < rules.step_size:
        return None
    return side, quantity


def profit(changes: Mapping[AssetKey, Decimal], quote: str, price_of: Mapping[str, Decimal]) -> Decimal:
    """Sum of the quote-asset changes plus every other change at its last fill price in the quote asset, each truncated to
    8 places (R31). An asset without a price counts 0."""
    total = ZERO
    for (_, asset), change in changes.items():
        total += change if asset == quote else truncate8(change * price_of.get(asset, ZERO))
    return total


def last_prices(fills: Iterable[Fill], rules: Mapping[SymbolKey, SymbolRules], quote: str) -> dict[str, Decimal]:
    """Asset -> the price of its last fill against the quote asset."""
    prices: dict[str, Decimal] = {}
    for fill in fills:
        of = rules[(fill.venue, fill.symbol)]
        if of.quote == quote:
            prices[of.base] = fill.price
    return prices
