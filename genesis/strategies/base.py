"""What a strategy is: a pure function from what the market offers to a plan. It holds no money and sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Protocol

import msgspec

from genesis.analytics.market_analyzer import Opportunity
from genesis.core.models import Leg, SymbolRules
from genesis.core.state import SymbolKey


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan must fit in: the largest notional of one order, in the start asset, the venues' rules, and what is free there.

    `rate(venue, asset)` is the price of an asset in the start asset, None while its book is not fresh, 0 while nobody can tell;
    `free(venue, asset)` is in units of the asset; a MARKET buy needs `buy_factor` times what it is worth at the ask (R7).
    """

    most_notional: Decimal
    rules: Mapping[SymbolKey, SymbolRules]
    rate: Callable[[str, str], Decimal | None]
    free: Callable[[str, str], Decimal]
    buy_factor: Decimal


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A multi-leg trade to be made. `at_once` = all legs together; else one after another, each sized by what the one
    before it delivered (the planned quantities of later legs are estimates)."""

    legs: tuple[Leg, ...]
    at_once: bool
    confidence: Decimal


class Strategy(Protocol):
    """One strategy. It keeps no state that facts do not give back."""

    @property
    def name(self) -> str: ...

    def plan(self, opportunity: Opportunity, room: Room) -> Plan | str:
        """The trade to make of `opportunity`, or why none."""
