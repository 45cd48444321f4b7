"""Exact money: parsing, canonical text, truncation. No float passes through here (I06).

Amounts are `decimal.Decimal` in units of the asset (1 BTC = `Decimal(1)`). Every function works in `CONTEXT`, which
traps floats, overflow and invalid operations; only a division or a truncation may lose digits, and says how.
"""

from __future__ import annotations

import decimal
import re
from decimal import Decimal
from functools import lru_cache

CONTEXT = decimal.Context(
    prec=50,
    rounding=decimal.ROUND_DOWN,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.FloatOperation],
)
ZERO = Decimal(0)
ONE = Decimal(1)
EIGHT_PLACES = Decimal("0.00000001")
CENT = Decimal("0.01")
_plain = re.compile(r"-?[0-9]+(?:\.[0-9]+)?").fullmatch


def install_context() -> None:
    """Make `CONTEXT` the default of this thread and of every thread started later."""
    decimal.setcontext(CONTEXT.copy())
    decimal.DefaultContext.prec = CONTEXT.prec
    decimal.DefaultContext.rounding = CONTEXT.rounding
    for signal in (decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.FloatOperation):
        decimal.DefaultContext.traps[signal] = True


def parse(text: str) -> Decimal:
    """The amount that `text` says, e.g. `"0.00100000"`.

    Raises:
        ValueError: not a finite plain decimal number (no exponent, no NaN, no infinity, at most 40 characters).
    """
    if len(text) > 40 or _plain(text) is None:
        raise ValueError(f"expected a plain decimal number such as 100.25, got {text[:60]!r}")
    return Decimal(text)


@lru_cache(maxsize=8_192)  # an amount is written several times: into its fact, into its row, into an order
def text(amount: Decimal) -> str:
    """Canonical text: plain notation, no exponent, no trailing zeros, no negative zero (`"0.5"`, `"100"`, `"0"`)."""
    plain = str(amount)  # a third of the price of `format`, and the same but for very small and very large amounts
    if "E" in plain:
        plain = format(amount, "f")
    if plain[-1] == "0" and "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def truncate8(amount: Decimal) -> Decimal:
    """Cut (towards zero) to 8 decimal places: the rule for fees, notionals and shares of cost (R31)."""
    return amount.quantize(EIGHT_PLACES, rounding=decimal.ROUND_DOWN, context=CONTEXT)


def floor_to(amount: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` (tick or lot size, > 0) that is not above `amount` (>= 0)."""
    return CONTEXT.multiply(CONTEXT.divide_int(amount, step), step)


def ceil_to(amount: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of `step` (> 0) that is not below `amount` (>= 0)."""
    floor = floor_to(amount, step)
    return floor if floor == amount else CONTEXT.add(floor, step)


def is_multiple(amount: Decimal, step: Decimal) -> bool:
    """Whether `amount` is a whole number of `step`s; a step of 0 disables the check (exchange filters)."""
    return step == 0 or CONTEXT.remainder(amount, step) == 0


def shown(amount: Decimal) -> Decimal:
    """P&L as shown to people: 0.01, rounded down (towards minus infinity: a loss is never shown smaller) (R31)."""
    return amount.quantize(CENT, rounding=decimal.ROUND_FLOOR, context=CONTEXT)
