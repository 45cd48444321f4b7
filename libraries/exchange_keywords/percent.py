"""Shares of something as arguments: `10%`; and two symbols that go together: `BTCUSDT/ETHUSDT:0.8`."""

from __future__ import annotations

import re
from decimal import Decimal

from libraries.common.errors import WrongArgument

_PERCENT = re.compile(r"(-?[0-9]{1,6}(?:\.[0-9]{1,6})?) ?%", re.ASCII)
_PAIR = re.compile(r"([A-Z0-9]{5,20})/([A-Z0-9]{5,20}):(cointegrated|-?[01](?:\.[0-9]{1,8})?)", re.ASCII)


class Percent(Decimal):
    """A share written with its sign, such as `10%` or `0.05%`; its value is the fraction (0.1, 0.0005)."""


class Pair(str):
    """Two symbols that move together: `LEADER/FOLLOWER:CORRELATION` such as `BTCUSDT/ETHUSDT:0.8`, or `...:cointegrated`."""

    __slots__ = ()

    @property
    def leader(self) -> str:
        return self.partition("/")[0]

    @property
    def follower(self) -> str:
        return self.partition("/")[2].partition(":")[0]

    @property
    def table(self) -> dict[str, str | bool]:
        """The pair as a market file has it."""
        how = self.partition(":")[2]
        ends: dict[str, str | bool] = {"leader": self.leader, "follower": self.follower}
        return ends | ({"cointegrated": True} if how == "cointegrated" else {"correlation": how})


def to_percent(value: object) -> Percent:
    """Read a share.

    Raises:
        WrongArgument: a number without a percent sign, a float, or another form.
    """
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise WrongArgument(f"a share must be text with a percent sign such as 10%, got {value!r}; write 10% for a tenth")
    return Percent(Decimal(match[1]) / 100)


def to_pair(value: object) -> Pair:
    """Read a pair.

    Raises:
        WrongArgument: another form, or a correlation outside of -1 to 1.
    """
    match = _PAIR.fullmatch(value) if isinstance(value, str) else None
    if match is None or (match[3] != "cointegrated" and abs(Decimal(match[3])) > 1):
        raise WrongArgument(f"a pair must be text such as BTCUSDT/ETHUSDT:0.8 (correlation -1 to 1) or ...:cointegrated, got {value!r}")
    return Pair(match[0])
