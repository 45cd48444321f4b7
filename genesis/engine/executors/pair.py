"""How large the legs of a pair are: one size for both, in the proportion of their weights, as much as every limit allows (R19). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from genesis.core.models import Side, SymbolRules
from genesis.core.money import ONE, ZERO, floor_to


class PairLeg(msgspec.Struct, frozen=True, kw_only=True):
    """One leg as it is to be sized. A unit of the pair is `weight` base of each leg."""

    side: Side
    weight: Decimal
    price: Decimal  # the side of the book it takes
    rules: SymbolRules
    rate: Decimal  # quote asset of the account per unit of the symbol's quote
    taker_fee: Decimal
    sellable: Decimal  # base that nobody holds, of a SELL
    cash: Decimal  # of the symbol's quote, free and not committed

    @property
    def notional(self) -> Decimal:
        """Of one unit, in the account's quote asset."""
        return self.weight * self.price * self.rate


class Bound(msgspec.Struct, frozen=True):
    """The most units that one limit allows, and the rule that it is."""

    units: Decimal
    rule: str
    says: str


def bounds(
    legs: Sequence[PairLeg], *, largest: Decimal, together: Sequence[tuple[str, Decimal, str]], stop: Decimal, collar: Decimal
) -> list[Bound]:
    """Every limit in units: `largest` notional of a leg (R1), (rule, notional, words) of both `together`, what may be sold, the
    cash for the BUY and its collar and for the buy-back of the SELL at its stop plus fees (R7), and the venue's largest order."""
    whole = sum((leg.notional for leg in legs), ZERO)
    found = [Bound(most / whole, rule, says) for rule, most, says in together]
    for leg in legs:
        found.append(Bound(largest / leg.notional, "R1", "R1 leaves nothing"))
        if leg.side is Side.SELL:
            found.append(Bound(leg.sellable / leg.weight, "R7", f"no {leg.rules.base} is free to be sold"))
        if leg.rules.max_qty > ZERO:
            most = leg.rules.max_qty * (ONE - leg.taker_fee)  # its buy-back has the fee on top
            found.append(Bound(most / leg.weight, "LOT_SIZE", f"{leg.rules.symbol} takes no quantity"))
    for key in {(leg.rules.venue, leg.rules.quote): None for leg in legs}:
        paying = [leg for leg in legs if (leg.rules.venue, leg.rules.quote) == key]
        need = sum((_cash(leg, stop, collar) for leg in paying), ZERO)
        found.append(Bound(paying[0].cash / need, "R7", f"no {key[1]} is free"))
    return found


def _cash(leg: PairLeg, stop: Decimal, collar: Decimal) -> Decimal:
    """Cash of one unit: what a BUY reserves; beyond its proceeds, what the buy-back of a SELL costs at its stop."""
    value = leg.weight * leg.price
    if leg.side is Side.BUY:
        return value * (ONE + collar)
    return value * ((ONE + stop) / (ONE - leg.taker_fee) - (ONE - leg.taker_fee))


def quantities(legs: Sequence[PairLeg], units: Decimal) -> list[Decimal]:
    """The quantity of each leg, whole steps of its symbol: the leg with the coarser steps is cut first and the other one follows
    it, so that their proportion is off by less than one step of the finer."""
    sized = {}
    for leg in sorted(legs, key=lambda leg: -leg.rules.step_size / leg.weight):
        wanted = units * leg.weight
        quantity = floor_to(wanted, leg.rules.step_size) if leg.rules.step_size > ZERO else wanted
        sized[leg.rules.symbol] = quantity
        units = min(units, quantity / leg.weight)
    return [sized[leg.rules.symbol] for leg in legs]
