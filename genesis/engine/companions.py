"""Correlation of a new position with the open ones (R10): of positions, not of markets. A long one and a short one of two markets
that go together hedge each other; so their correlation counts with its sign turned."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from genesis.core.money import EIGHT_PLACES
from genesis.core.state import SymbolKey

Together = Callable[[SymbolKey, SymbolKey], float | None]
"""Correlation of the returns of two symbols, -1..1; None while it cannot be told."""
Directions = Iterable[tuple[SymbolKey, int]]


class Companion(NamedTuple):
    """The open position that a new one would go with most."""

    symbol: str
    correlation: Decimal  # -1..1, rounded to 8 places


class Companions:
    """One per desk. Whoever watches the markets puts `together` in, and counts `bars` up when one of its bars closed."""

    def __init__(self) -> None:
        self.together: Together = lambda _a, _b: None
        self.bars = 0
        self._pairs: dict[tuple[SymbolKey, SymbolKey], float | None] = {}
        self._found: dict[tuple[SymbolKey, int], Companion | None] = {}
        self._of_bars = 0
        self._of_positions = 0

    def closest(self, key: SymbolKey, direction: int, positions: Directions, version: int) -> Companion | None:
        """Of the open positions (`version` says which) the one that a new one in `key` would go with most; None while nothing is
        open, or of nothing that is it can be told."""
        if self._of_bars != self.bars:
            self._pairs.clear()
        if (self._of_bars, self._of_positions) != (self.bars, version):
            self._found.clear()
            self._of_bars, self._of_positions = self.bars, version
        asked = (key, direction)
        if asked not in self._found:
            self._found[asked] = self._look(key, direction, positions)
        return self._found[asked]

    def _look(self, key: SymbolKey, direction: int, positions: Directions) -> Companion | None:
        best: Companion | None = None
        for other, its_direction in positions:
            known = self._together(key, other)
            if known is None:
                continue
            value = Decimal(repr(known * direction * its_direction)).quantize(EIGHT_PLACES, rounding="ROUND_HALF_EVEN")
            if best is None or value > best.correlation:
                best = Companion(other[1], value)
        return best

    def _together(self, a: SymbolKey, b: SymbolKey) -> float | None:
        pair = (a, b) if a <= b else (b, a)
        if pair not in self._pairs:
            self._pairs[pair] = self.together(*pair)
        return self._pairs[pair]
