"""What every part of one venue's gateway shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from genesis.core.settings import MarketSettings, TimingSettings
from genesis.engine.ports import Clock, EventSink
from genesis.exchange.backoff import Backoff
from genesis.exchange.circuits import Circuits
from genesis.exchange.rate_guard import RateGuard
from genesis.exchange.route import Route
from genesis.exchange.settings import VenueSettings
from genesis.exchange.signing import Signer
from genesis.exchange.trust import Trust
from genesis.exchange.venue_clock import VenueClock


@dataclass(frozen=True, kw_only=True)
class VenueContext:
    """One venue: where it is (`route`: which address now), who we are, whom to tell, what time it is there, and what went wrong
    so far (by name)."""

    settings: VenueSettings
    timing: TimingSettings
    sink: EventSink
    clock: Clock
    venue_clock: VenueClock
    signer: Signer
    trust: Trust
    route: Route
    rate: RateGuard
    circuits: Circuits
    random: Callable[[], float]
    leased: Callable[[], bool] | None = None
    """Whether this engine may still send; None = nobody else ever does."""
    market: MarketSettings = field(default_factory=MarketSettings)
    counters: Counter[str] = field(default_factory=Counter)

    def backoff(self, base_ms: int | None = None) -> Backoff:
        """A backoff of its own for one thing that is tried again (R25); without `base_ms` that of connections."""
        first_ms = self.market.backoff_ms if base_ms is None else base_ms
        return Backoff(self.random, base_s=first_ms / 1_000, cap_s=self.market.backoff_most_ms / 1_000)
