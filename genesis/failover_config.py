"""The `[failover]` table of the configuration file: several addresses of a venue. Whatever is wrong is named by its key."""

from __future__ import annotations

from typing import Final

from genesis.core.settings import EngineSettings, FailoverSettings
from genesis.core.strict import Table

_DAY_MS: Final = 86_400_000


def failover(table: Table) -> FailoverSettings:
    """When an address is left, and when the first is used again; times in milliseconds."""
    base = FailoverSettings()
    settings = FailoverSettings(
        cooldown_ms=table.integer("cooldown_ms", base.cooldown_ms, low=1, high=_DAY_MS),
        probe_ms=table.integer("probe_ms", base.probe_ms, low=1, high=_DAY_MS),
        losses=table.integer("losses", base.losses, low=1, high=1_000),
        losses_window_ms=table.integer("losses_window_ms", base.losses_window_ms, low=1, high=_DAY_MS),
        reserve_after_ms=table.integer("reserve_after_ms", base.reserve_after_ms, low=1, high=_DAY_MS),
    )
    table.close()
    return settings


def check_reserves(settings: EngineSettings, errors: list[str]) -> None:
    """A reserve stands in for one first venue, and a first venue has one reserve at most."""
    firsts = {terms.name for terms in settings.venues if not terms.reserve_for}
    taken: set[str] = set()
    for index, terms in enumerate(settings.venues):
        if not terms.reserve_for:
            continue
        name = f"venue[{index}].reserve_for"
        if terms.reserve_for not in firsts:
            errors.append(f"{name}: expected the name of another [[venue]] that is no reserve, got {terms.reserve_for!r}")
        elif terms.reserve_for in taken:
            errors.append(f"{name}: expected one reserve for each venue, got a second for {terms.reserve_for!r}; remove one")
        taken.add(terms.reserve_for)
    if taken and settings.arbitrage.enabled:
        errors.append("arbitrage.enabled: expected false beside a reserve, which trades only while its first venue is out, got true")
