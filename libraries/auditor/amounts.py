"""Exact amounts of the auditor. Every operation is exact or raises: a sum that would lose a digit is an error, not a rounding.

Amounts are `Decimal`s in units of the asset. The only cut is `truncate8` / `share8`, which are integer divisions.
"""

from __future__ import annotations

import decimal
import re
from decimal import Decimal

CONTEXT = decimal.Context(
    prec=120,
    traps=[
        decimal.InvalidOperation,
        decimal.DivisionByZero,
        decimal.Overflow,
        decimal.FloatOperation,
        decimal.Inexact,
    ],
)
ZERO = Decimal(0)
NOT_AN_AMOUNT = Decimal("NaN")
"""What an unreadable amount becomes: equal to nothing, so that every comparison with it fails and is reported."""

_SCALE = Decimal(10) ** 8
_UNIT = Decimal(1).scaleb(-8)
_CANONICAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?")
_LONGEST = 40


class Fractional(str):
    """The literal of a JSON number with a fraction or an exponent: a float in the making (I06)."""

    __slots__ = ()


def amount(value: object) -> Decimal:
    """The exact value of a stored amount; `NOT_AN_AMOUNT` if it is none. A REAL is read as the digits SQLite shows."""
    if isinstance(value, float):
        value = repr(value)
    if type(value) is not str and (isinstance(value, bool) or not isinstance(value, str | int)):
        return NOT_AN_AMOUNT
    if len(str(value)) > _LONGEST:
        return NOT_AN_AMOUNT
    try:
        number = Decimal(value)
    except decimal.InvalidOperation:
        return NOT_AN_AMOUNT
    return number if number.is_finite() else NOT_AN_AMOUNT


def optional(value: object) -> Decimal | None:
    return None if value is None else amount(value)


def is_canonical(value: object) -> bool:
    """Whether `value` is a text that survives str -> Decimal -> str byte for byte: plain, no exponent, no trailing zeros, no -0."""
    if not isinstance(value, str) or isinstance(value, Fractional):
        return False
    return len(value) <= _LONGEST and value != "-0" and _CANONICAL.fullmatch(value) is not None


def text(value: Decimal | None) -> str:
    """Plain notation without trailing zeros; "none" for None."""
    if value is None:
        return "none"
    plain = format(value, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def truncate8(value: Decimal) -> Decimal:
    """Cut towards zero to 8 places (fees, notionals, locks, shares of cost)."""
    return (value * _SCALE // 1) * _UNIT


def share8(whole: Decimal, part: Decimal, of: Decimal) -> Decimal:
    """truncate8(whole x part / of), without an inexact quotient in between. `of` must not be 0."""
    return (whole * part * _SCALE // of) * _UNIT


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Whether `value` is a whole number of steps; a step of 0 switches the check off (exchange filters)."""
    return step == 0 or value % step == 0
