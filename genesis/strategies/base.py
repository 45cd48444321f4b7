"""What a strategy is: a pure function from what the market offers to a plan. It holds no money and sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

import msgspec

from genesis.analytics.market_analyzer import Opportunity
from genesis.core.models import Leg, SymbolRules
from genesis.core.state import SymbolKey


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan must fit in: the largest notional of one order, in the start asset, and the venues' rules."""

    most_notional: Decimal
    rules: Mapping[SymbolKey, SymbolRules]


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
