"""Argument types for money: exact decimals from text, never from floats (I06).

Robot Framework would turn `${0.1}` into 0.1000000000000000055511151231257827 for a bare `Decimal` hint. These types
refuse it and say what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from libraries.common.errors import WrongArgument

_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_LONGEST = 40


class Price(Decimal):
    """A price in quote per base, such as `100.25`: plain decimal text, at most 8 places, never a float."""


class Quantity(Decimal):
    """A quantity in units of the base asset, such as `0.5`: plain decimal text, at most 8 places, never a float."""


class Money(Decimal):
    """An amount of an asset, such as `-12.50`: plain decimal text, at most 18 places, never a float."""


class AssetAmount(str):
    """An asset and how much of it, written `USDT:5000` or `BTC:0.5`: plain decimal text, at most 8 places."""

    @property
    def asset(self) -> str:
        return self.partition(":")[0]

    @property
    def amount(self) -> Decimal:
        return Decimal(self.partition(":")[2])


Amount = TypeVar("Amount", bound=Decimal)


def exact(value: object, name: str, example: str, places: int) -> Decimal:
    """The exact decimal that `value` says.

    Args:
        value: What the suite wrote.
        name: What to call it in an error ("price", "quantity").
        example: A right value, for the error.
        places: The largest number of decimal places.

    Raises:
        WrongArgument: not plain decimal text, a float, empty, or more places than allowed.
    """
    wanted = f"{name} must be text such as {example}"
    if isinstance(value, bool) or value is None:
        raise WrongArgument(f"{wanted}, got ${{{value}}}; was a variable meant that holds nothing?")
    if isinstance(value, float):
        raise WrongArgument(f"{wanted}, got float {value!r}; write {value!r} not ${{{value!r}}}")
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if text == "":
        raise WrongArgument(f"{wanted}, got an empty text")
    if not _PLAIN.fullmatch(text):
        raise WrongArgument(f"{wanted}, got {text[:_LONGEST]!r}{_advice(text)}")
    if len(text) > _LONGEST:
        raise WrongArgument(f"{wanted}, got a text of {len(text)} characters; the longest is {_LONGEST}")
    given = len(text.partition(".")[2].rstrip("0"))
    if given > places:
        raise WrongArgument(f"{wanted} with at most {places} decimal places, got {text} with {given}")
    return Decimal(text)


def _advice(text: str) -> str:
    if "," in text:
        return f"; write {text.replace(',', '')!r}: a point before the decimals, no thousands separators"
    if re.fullmatch(r"[+-]?[0-9.]+[eE][+-]?[0-9]{1,2}", text):
        return f"; write {format(Decimal(text), 'f')!r}: no scientific notation"
    if text.strip() != text or text.startswith("+"):
        return f"; write {text.strip().lstrip('+')!r}"
    return "; a plain decimal number is needed"


def _converter(kind: type[Amount], name: str, example: str, places: int) -> Callable[[object], Amount]:
    def convert(value: object) -> Amount:
        return kind(exact(value, name, example, places))

    convert.__name__ = f"to_{name}"
    convert.__doc__ = kind.__doc__
    return convert


to_price = _converter(Price, "price", "100.25", 8)
to_quantity = _converter(Quantity, "quantity", "0.5", 8)
to_money = _converter(Money, "amount", "12.50", 18)


def to_asset_amount(value: object) -> AssetAmount:
    """Read `USDT:5000`.

    Raises:
        WrongArgument: not an upper-case asset, a colon and a plain decimal amount above zero.
    """
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z0-9]{2,10}:[^:]*", value, re.ASCII):
        raise WrongArgument(f"asset amount must be text such as USDT:5000 (asset, colon, amount), got {value!r}")
    asset, _, amount = value.partition(":")
    positive(exact(amount, f"amount of {asset}", "5000", 8), f"amount of {asset}")
    return AssetAmount(value)


def positive(value: Amount, name: str) -> Amount:
    """`value` itself if it is above zero.

    Raises:
        WrongArgument: zero or negative.
    """
    if value <= 0:
        raise WrongArgument(f"{name} must be above 0, got {plain(value)}")
    return value


def plain(amount: Decimal) -> str:
    """Canonical text: no exponent, no trailing zeros (`"0.5"`, `"100"`, `"0"`)."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
