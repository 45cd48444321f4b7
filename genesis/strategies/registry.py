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
    """How a kind is made, the tier that unlocks it, whether it exists for tests only, and how many of its symbols, in their order, it
    trades together."""

    make: Callable[[StrategyTerms], BarStrategy]
    unlocked_by: Tier = Tier.SNIPER
    hook: bool = False
    together: int = 1


def _with(make: Callable[[Mandate, Settings], BarStrategy], settings: type[Settings], tier: Tier = Tier.SNIPER, together: int = 1) -> Kind:
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

    return Kind(made, tier, together=together)


KINDS: dict[str, Kind] = {
    "momentum": _with(Momentum, MomentumSettings),
    "mean_reversion": _with(MeanReversion, MeanReversionSettings, Tier.HUNTER),
    "pairs_trading": _with(PairsTrading, PairsSettings, Tier.HUNTER, together=2),
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


def at_reserve(settings: EngineSettings, terms: StrategyTerms) -> StrategyTerms | None:
    """The same strategy as it trades at the reserve of its venue: in those of its symbols that the reserve lists too, pairs only whole.
    None: it is not rerouted, its venue has no reserve, or nothing of it can be traded there."""
    reserve = next((venue for venue in settings.venues if venue.reserve_for == terms.venue), None)
    if reserve is None or not terms.reroute:
        return None
    number = KINDS[terms.kind].together
    groups = [terms.symbols[at : at + number] for at in range(0, len(terms.symbols), number)]
    listed = tuple(symbol for group in groups if all(one in reserve.symbols for one in group) for symbol in group)
    return msgspec.structs.replace(terms, venue=reserve.name, symbols=listed) if listed else None


def enabled(settings: EngineSettings) -> dict[str, Strategy]:
    """The strategies on opportunities that `settings` switch on, by name."""
    if not settings.arbitrage.enabled:
        return {}
    return {simple_arbitrage.NAME: simple_arbitrage.SimpleArbitrage(settings.arbitrage.min_net)}
