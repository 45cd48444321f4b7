"""What a generated market is made of, resolved to whole numbers: the laws of each symbol and what ties symbols together. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from ..core.symbols import SymbolSpec
from .regimes import Regime

SizeLaw = Literal["uniform", "pareto"]


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """How a symbol follows another one. `correlation` in 1e-8; a cointegrated follower keeps a price ratio instead."""

    leader: str
    cointegrated: bool = False
    correlation: int = 0
    reversion: int = 0
    """cointegrated: the share of the ratio's deviation that is given back per second, in 1e-12."""
    spread_volatility: int = 0
    """cointegrated: standard deviation of the ratio's deviation per square root of a second, in 1e-12."""


class Cross(msgspec.Struct, frozen=True, kw_only=True):
    """A symbol whose mid is the quotient of two others', so that a triangle of the three is worth nothing."""

    numerator: str
    denominator: str


class SymbolLaw(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's laws. Amounts in 1e-8."""

    spec: SymbolSpec
    start: int
    base: Regime
    """What moves the mid when no scheduled regime does."""
    schedule: tuple[Regime, ...] = ()
    repeat: bool = False
    tie: Tie | None = None
    cross: Cross | None = None
    levels: int
    gap: int
    """Distance of neighbouring levels."""
    spread: int
    """Distance of best bid and best ask in gaps."""
    size: tuple[int, int]
    size_law: SizeLaw
    depth_growth: int
    """How much more each further level offers, in 1e-8 of the first one's size."""
    trade_size: tuple[int, int]
    trade_law: SizeLaw
    trades_per_second: Decimal
    clustering: int
    """The share of trades, in 1e-8, that follow on another trade."""
    cluster_within_ms: int
    buy_share: int
    """The share of trades, in 1e-8, whose taker buys."""


class Laws(msgspec.Struct, frozen=True, kw_only=True):
    """A whole generated market. The mids of all symbols move once per tick."""

    tick_ms: int
    symbols: dict[str, SymbolLaw]
