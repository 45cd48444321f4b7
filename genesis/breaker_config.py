"""The `[breaker]` table of the configuration file (R24). Whatever is wrong is named by its key."""

from __future__ import annotations

from typing import Final

from genesis.core.settings import BreakerSettings
from genesis.core.strict import Table

_DAY_MS: Final = 86_400_000


def breaker(table: Table) -> BreakerSettings:
    """The numbers of every circuit breaker; times in milliseconds."""
    base = BreakerSettings()
    settings = BreakerSettings(
        failures=table.integer("failures", base.failures, low=1, high=1_000),
        window_ms=table.integer("window_ms", base.window_ms, low=1, high=_DAY_MS),
        open_ms=table.integer("open_ms", base.open_ms, low=1, high=_DAY_MS),
        successes=table.integer("successes", base.successes, low=1, high=1_000),
    )
    table.close()
    return settings
