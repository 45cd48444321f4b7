"""Parameters of a strategy out of the configuration's texts: whatever is not given keeps its default."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from genesis.core.models import MarketState
from genesis.core.money import parse, text

MOST_BARS: Final = 1_000
MOST_AMOUNT: Final = Decimal(1_000_000)
_SHOWN: Final = 40

Settings = TypeVar("Settings", bound=msgspec.Struct)


def read(kind: type[Settings], given: Mapping[str, str]) -> Settings:
    """The settings of `kind` with what is given, e.g. `{"lookback_bars": "10"}`.

    Raises:
        ValueError: a name that `kind` has not, or a text that is none of its values; says what was expected and what came.
    """
    default = kind()
    for name in given:
        if name not in kind.__struct_fields__:
            near = difflib.get_close_matches(name, kind.__struct_fields__, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(kind.__struct_fields__)}"
            raise ValueError(f"parameters.{name[:_SHOWN]}: expected a known parameter, got this one; {hint}")
    return kind(**{name: _value(name, value, getattr(default, name)) for name, value in given.items()})


def require(holds: bool, name: str, expected: str, got: object) -> None:
    """What must hold between parameters.

    Raises:
        ValueError: it does not hold; names the parameter, what was expected and what came.
    """
    if not holds:
        shown = text(got) if isinstance(got, Decimal) else str(got)
        raise ValueError(f"parameters.{name}: expected {expected}, got {shown}")


def _value(name: str, given: str, default: Any) -> Any:
    reader = {int: _bars, Decimal: _amount, tuple: _markets}[type(default)]
    try:
        return reader(given)
    except ValueError as error:
        raise ValueError(f"parameters.{name}: expected {error}, got {given[:_SHOWN]!r}") from error


def _bars(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) <= 4 and 1 <= int(given) <= MOST_BARS):
        raise ValueError(f"a whole number from 1 to {MOST_BARS}")
    return int(given)


def _amount(given: str) -> Decimal:
    try:
        amount = parse(given)
    except ValueError:
        amount = -MOST_AMOUNT
    if not 0 <= amount <= MOST_AMOUNT:
        raise ValueError(f"a decimal number from 0 to {text(MOST_AMOUNT)}")
    return amount


def _markets(given: str) -> tuple[MarketState, ...]:
    try:
        markets = tuple(MarketState(word) for word in given.split())
    except ValueError:
        markets = ()
    if not markets:
        raise ValueError(f"one or more of {', '.join(MarketState)}, separated by blanks")
    return markets
