"""The `[failover]` table of the configuration file: several addresses of a venue. Whatever is wrong is named by its key."""

from __future__ import annotations

from typing import Final

from genesis.core.settings import FailoverSettings
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
    )
    table.close()
    return settings
