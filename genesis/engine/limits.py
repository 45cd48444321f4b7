"""Limits come from the configuration alone, and what of them changed between two starts is on record: key, before, after (R27)."""

from __future__ import annotations

from typing import Any

from genesis.core.codec import to_plain
from genesis.core.commands import Alert
from genesis.core.facts import LimitChange, LimitsChanged
from genesis.core.settings import EngineSettings
from genesis.engine.desk import Desk

TABLES = (
    "risk",
    "day",
    "protection",
    "emergency",
    "tilt",
    "breaker",
    "rate",
    "runtime",
    "execution",
    "kelly",
    "arbitrage",
    "market_states",
)
"""Tables of the configuration that hold limits: all but those that say how the engine runs (`timing`, `market`, `failover`, `history`)."""


def limits_of(settings: EngineSettings) -> dict[str, str]:
    """Every limit by its key in the configuration, as canonical text."""
    return {key: value for table in TABLES for key, value in _flat(table, to_plain(getattr(settings, table)))}


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in _flat(f"{name}.{key}", inner)]
    if isinstance(value, list):
        return [(name, ", ".join(map(str, value)))]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value))]


def audit(desk: Desk) -> None:
    """At a start: record what differs from the start before; at the first one every limit, from ""."""
    before, after = desk.state.limits, limits_of(desk.settings)
    first = not before
    changes = tuple(
        LimitChange(key=key, before=before.get(key, ""), after=after.get(key, ""))
        for key in sorted({*before, *after})
        if before.get(key, "") != after.get(key, "")
    )
    if not changes:
        return
    desk.record(LimitsChanged(changes=changes, first=first, correlation_id=f"epoch-{desk.state.epoch}"))
    if not first:
        told = ", ".join(f"{change.key} {change.before} -> {change.after}" for change in changes)
        desk.send(Alert(severity="warning", text=f"limits changed: {told}"))
