"""The strategy registry: which strategies exist, and which of them the settings switch on."""

from __future__ import annotations

from collections.abc import Callable

from genesis.core.settings import EngineSettings
from genesis.strategies.base import Strategy
from genesis.strategies.sniper import simple_arbitrage

Maker = Callable[[EngineSettings], Strategy | None]
"""Makes a strategy from the settings, or None if they switch it off."""


def _simple_arbitrage(settings: EngineSettings) -> Strategy | None:
    return simple_arbitrage.SimpleArbitrage(settings.arbitrage.min_net) if settings.arbitrage.enabled else None


REGISTRY: dict[str, Maker] = {simple_arbitrage.NAME: _simple_arbitrage}
"""Name -> maker, in the order in which strategies run."""


def enabled(settings: EngineSettings) -> dict[str, Strategy]:
    """The strategies that `settings` switch on, by name, in registry order."""
    made = {name: make(settings) for name, make in REGISTRY.items()}
    return {name: strategy for name, strategy in made.items() if strategy is not None}
