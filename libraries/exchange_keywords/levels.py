"""One level of a book as an argument: `bid 99.00 x 1.0`."""

from __future__ import annotations

import re
from decimal import Decimal

from libraries.common.amounts import Price, Quantity, plain, positive, to_price, to_quantity
from libraries.common.errors import WrongArgument

_LEVEL = re.compile(r"(bid|ask) +(\S+) +x +(\S+)", re.IGNORECASE)


class Level(str):
    """One level of a book, written `bid 99.00 x 1.0` or `ask 101.00 x 2.5`: side, price, x, quantity."""

    __slots__ = ()

    @property
    def is_bid(self) -> bool:
        return self.startswith("bid")

    @property
    def row(self) -> tuple[str, str]:
        """(price, quantity) as canonical text."""
        _, price, _, quantity = self.split()
        return price, quantity


def to_level(value: object) -> Level:
    """Read a level.

    Raises:
        WrongArgument: another form, or a price or quantity that is no decimal above zero.
    """
    match = _LEVEL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise WrongArgument(f"level must be text such as 'bid 99.00 x 1.0' (bid or ask, price, x, quantity), got {value!r}")
    price = positive(to_price(match[2]), "price of a level")
    quantity = positive(to_quantity(match[3]), "quantity of a level")
    return Level(f"{match[1].lower()} {plain(price)} x {plain(quantity)}")


def ladder(best: Price | None, away: Decimal, depth: int, size: Quantity) -> list[tuple[str, str]]:
    """`depth` levels of `size` from `best` on, each `away` further; empty without a best price."""
    if best is None:
        return []
    return [(plain(positive(Price(best + away * step), "price of the deepest level")), plain(size)) for step in range(depth)]
