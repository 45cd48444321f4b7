"""The `[market]` table of the configuration file (R25). Whatever is wrong is named by its key."""

from __future__ import annotations

from typing import Final

from genesis.core.settings import MarketSettings
from genesis.core.strict import Table

_DAY_MS: Final = 86_400_000


def market(table: Table) -> MarketSettings:
    """Market data's settings: connections, buffers, ages."""
    base = MarketSettings()
    low = {"control_messages_per_s": 2, "streams_per_connection": 2, "handover_ms": 0}
    high = {"streams_per_connection": 1_024, "streams_per_request": 1_024, "control_messages_per_s": 100}
    sizes = {"buffered_diffs": 1_000_000, "buffered_trades": 10_000_000}
    values = {
        field: table.integer(field, getattr(base, field), low=low.get(field, 1), high={**high, **sizes}.get(field, _DAY_MS))
        for field in MarketSettings.__struct_fields__
    }
    if values["backoff_ms"] > values["backoff_most_ms"]:
        table.wrong("backoff_ms", f"at most backoff_most_ms ({values['backoff_most_ms']})", str(values["backoff_ms"]))
    table.close()
    return MarketSettings(**values)
