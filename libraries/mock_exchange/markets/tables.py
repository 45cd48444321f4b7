"""Reading tables of a market file: unknown keys and wrong values are named by file, table and key. Pure."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ..core.amounts import parse_e8, parse_signed_e8, text8
from ..errors import MarketError

Struct = TypeVar("Struct", bound=msgspec.Struct)
_AT = re.compile(r" - at `\$\.?(.*)`$")
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


class Table:
    """Where a value stands, for errors: the file, and the keys on the way to it."""

    def __init__(self, file: Path | str, *keys: str) -> None:
        self.file = file
        self.keys = keys

    def within(self, *keys: str) -> Table:
        return Table(self.file, *self.keys, *keys)

    def wrong(self, key: str, expected: str, came: object) -> MarketError:
        """The error to raise (exit code 3)."""
        where = ".".join((*self.keys, key) if key else self.keys)
        return MarketError(f"market file {self.file}: {where}: expected {expected}, came {came!r}; correct the file")

    def read(self, value: Any, kind: type[Struct]) -> Struct:
        """The table as `kind`. Raises MarketError."""
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            text = str(error)
            at = _AT.search(text)
            where = ".".join((*self.keys, at[1]) if at and at[1] else self.keys)
            shown = _AT.sub("", text)
            raise MarketError(f'market file {self.file}: {where}: {shown}; fractions and amounts are strings such as "0.01"') from None

    def amount(self, key: str, text: str) -> int:
        """A positive amount in 1e-8."""
        value = self._parsed(key, text, signed=False)
        if value <= 0:
            raise self.wrong(key, 'an amount above 0 such as "0.5"', text)
        return value

    def fraction(self, key: str, text: str, *, signed: bool = False, most: int | None = None, least: int = 0) -> int:
        """A fraction in 1e-8, from `least` (or -`most`) to `most`."""
        value = self._parsed(key, text, signed=signed)
        lowest = -most if signed and most is not None else least
        if (most is not None and value > most) or (value < lowest and (not signed or most is not None)):
            bounds = f"{text8(lowest)} to {text8(most)}" if most is not None else f"{text8(lowest)} or more"
            raise self.wrong(key, f"a fraction from {bounds}", text)
        return value

    def number(self, key: str, text: str, *, least: Decimal, most: Decimal) -> Decimal:
        """A decimal number."""
        try:
            value = Decimal(text) if _DECIMAL.fullmatch(text) else None
        except InvalidOperation:  # pragma: no cover - the pattern admits nothing else
            value = None
        if value is None or not least <= value <= most:
            raise self.wrong(key, f"a decimal number from {least} to {most}", text)
        return value

    def ticks(self, key: str, seconds: str, tick_ms: int) -> int:
        """A length of time as a number of ticks, rounded up, at least 1."""
        value = self.number(key, seconds, least=Decimal("0.001"), most=Decimal(10**9))
        return max(1, -int(-value * 1000 // tick_ms))

    def _parsed(self, key: str, text: str, *, signed: bool) -> int:
        try:
            return parse_signed_e8(text) if signed else parse_e8(text)
        except ValueError as error:
            where = ".".join((*self.keys, key))
            raise MarketError(f"market file {self.file}: {where}: {error}; correct the file") from None
