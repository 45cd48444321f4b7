"""The generator as a source of steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .generator import Generator
from .laws import Laws
from .regimes import Regime
from .steps import Step


class Generated:
    """Fulfils source.Source for `[generator]` and for the demo."""

    count: int | None = None
    recorded_symbols: frozenset[str] = frozenset()

    def __init__(self, laws: Laws, seed: int) -> None:
        self.laws = laws
        self._seed = seed
        self._generator = Generator(laws, seed)

    def steps(self) -> Iterator[Step]:
        """From the beginning."""
        self._generator = Generator(self.laws, self._seed)
        return self._generator.steps()

    def impose(self, symbol: str, regime: Regime, now_ms: int) -> int:
        """As Generator.impose, on the steps that were asked for last."""
        return self._generator.impose(symbol, regime, now_ms)

    def trade_ids(self) -> tuple[int, int] | None:
        return None

    def exchange_info(self) -> dict[str, Any] | None:
        return None

    def depth_snapshot(self, symbol: str) -> dict[str, Any] | None:
        return None
