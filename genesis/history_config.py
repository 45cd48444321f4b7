"""The `[history]` table of the configuration file (R27). Whatever is wrong is named by its key."""

from __future__ import annotations

from genesis.core.settings import HistorySettings
from genesis.core.strict import Table


def history(table: Table) -> HistorySettings:
    """How much of what is over stays in memory."""
    base = HistorySettings()
    settings = HistorySettings(remembered=table.integer("remembered", base.remembered, low=2, high=1_000_000))
    table.close()
    return settings
