"""Amounts as integers of 1e-8 (`E8`): from text, to text, products. No float anywhere (I06)."""

from __future__ import annotations

from functools import lru_cache

from .venue_events import E8

PLACES = 8
MAX_WHOLE_DIGITS = 20
_CACHED = 8_192
"""Prices, quantities and zeros come again and again; writing a number out costs ten times a look-up."""


class AmountSyntaxError(ValueError):
    """The text is no plain, unsigned decimal number."""


class AmountPrecisionError(ValueError):
    """The number has more than 8 decimal places."""


def parse_e8(text: str) -> int:
    """The amount that `text` says, in units of 1e-8 (`"0.5"` is 50000000).

    Raises:
        AmountSyntaxError: not `digits` or `digits.digits` (no sign, no exponent, at most 20 digits on either side).
        AmountPrecisionError: more than 8 places after the point.
    """
    whole, point, fraction = text.partition(".")
    if not (text.isascii() and whole.isdigit() and (fraction.isdigit() or not point)):
        raise AmountSyntaxError(f"expected a plain decimal number such as 100.25, got {text[:60]!r}")
    if len(whole) > MAX_WHOLE_DIGITS or len(fraction) > MAX_WHOLE_DIGITS:
        raise AmountSyntaxError(f"expected at most {MAX_WHOLE_DIGITS} digits on each side of the point, got {text[:60]!r}")
    if len(fraction) > PLACES:
        raise AmountPrecisionError(f"expected at most {PLACES} decimal places, got {text[:60]!r}")
    return int(whole) * E8 + int(fraction.ljust(PLACES, "0")) if fraction else int(whole) * E8


def parse_signed_e8(text: str) -> int:
    """As `parse_e8`, with an optional leading minus."""
    return -parse_e8(text[1:]) if text.startswith("-") else parse_e8(text)


@lru_cache(maxsize=_CACHED)
def text8(amount: int) -> str:
    """Text with exactly 8 decimal places, as the venue's answers have it (`"0.50000000"`)."""
    if amount < 0:
        return "-" + text8(-amount)
    whole, fraction = divmod(amount, E8)
    return f"{whole}.{fraction:08d}"


@lru_cache(maxsize=_CACHED)
def canonical(amount: int) -> str:
    """Canonical text, as the ledger has it: no exponent, no trailing zeros (`"0.5"`, `"100"`, `"0"`)."""
    if amount < 0:
        return "-" + canonical(-amount)
    whole, fraction = divmod(amount, E8)
    return f"{whole}.{fraction:08d}".rstrip("0") if fraction else str(whole)


def notional(price: int, quantity: int) -> int:
    """Price x quantity, truncated to 8 places."""
    return price * quantity // E8


def floor_to(amount: int, step: int) -> int:
    """The largest multiple of `step` that is not above `amount`; a step of 0 disables rounding."""
    return amount - amount % step if step else amount
