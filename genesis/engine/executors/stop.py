"""The exit of a fired stop: how much may be ordered so that it closes the position and never reverses it (R6)."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.models import SymbolRules
from genesis.core.money import ONE, ZERO, floor_to
from genesis.core.portfolio import buy_back_quantity


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
