"""The strategy registry: which kinds there are, and how one is made from what the configuration says.

A kind makes a strategy on bars, or refuses the terms with a `ValueError` that names the parameter, what was expected and what
came. The simple arbitrage has a protocol of its own (`plan`) and a table of its own in the configuration.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable

import msgspec

from genesis.core.models import Tier
from genesis.core.settings import EngineSettings, StrategyTerms
from genesis.core.strategy_settings import MeanReversionSettings, MomentumSettings, PairsSettings
from genesis.strategies import probe, tick_probe
from genesis.strategies.base import BarStrategy, Strategy
from genesis.strategies.hunter.mean_reversion import MeanReversion
from genesis.strategies.hunter.pairs_trading import PairsTrading
from genesis.strategies.mandated import Mandate
from genesis.strategies.parameters import Settings, read
from genesis.strategies.sniper import simple_arbitrage
from genesis.strategies.sniper.momentum import Momentum


class Kind(msgspec.Struct, frozen=True):
    """How a kind is made, the tier that unlocks it, and whether it exists for tests only."""

    make: Callable[[StrategyTerms], BarStrategy]
    unlocked_by: Tier = Tier.SNIPER
    hook: bool = False


def _with(make: Callable[[Mandate, Settings], BarStrategy], settings: type[Settings], tier: Tier = Tier.SNIPER) -> Kind:
    """A kind whose parameters are the fields of `settings`."""

    def made(terms: StrategyTerms) -> BarStrategy:
        mandate = Mandate(
            name=terms.name,
            symbols=tuple((terms.venue, symbol) for symbol in terms.symbols),
            interval_ms=terms.interval_ms,
            priority=terms.priority,
            capital_share=terms.capital_share,
        )
        return make(mandate, read(settings, terms.parameters))

    return Kind(made, tier)


KINDS: dict[str, Kind] = {
    "momentum": _with(Momentum, MomentumSettings),
    "mean_reversion": _with(MeanReversion, MeanReversionSettings, Tier.HUNTER),
    "pairs_trading": _with(PairsTrading, PairsSettings, Tier.HUNTER),
    "probe": Kind(probe.Probe, hook=True),
    "tick_probe": Kind(tick_probe.TickProbe, hook=True),
}
"""Name of a kind -> how it is made."""


def make(settings: EngineSettings, terms: StrategyTerms) -> BarStrategy:
    """The strategy that `terms` describe.

    Raises:
        ValueError: an unknown kind, one for tests only, or a parameter that the kind does not take.
    """
    offered = sorted(name for name, kind in KINDS.items() if settings.test_hooks or not kind.hook)
    if terms.kind not in offered:
        near = difflib.get_close_matches(terms.kind, offered, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see docs/engine.md, Strategies"
        raise ValueError(f"kind: expected one of {', '.join(offered) or 'none'}, got {terms.kind!r}; {hint}")
    return KINDS[terms.kind].make(terms)


def enabled(settings: EngineSettings) -> dict[str, Strategy]:
    """The strategies on opportunities that `settings` switch on, by name."""
    if not settings.arbitrage.enabled:
        return {}
    return {simple_arbitrage.NAME: simple_arbitrage.SimpleArbitrage(settings.arbitrage.min_net)}
