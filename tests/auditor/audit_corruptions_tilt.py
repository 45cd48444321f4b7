"""Corruptions of what the tilt detector recorded: levels that nothing explains, entries during a lockout (R20, R21)."""

from __future__ import annotations

from typing import Any

from tests.auditor.audit_corruptions import corrupts
from tests.auditor.audit_corruptions_strategies import parent
from tests.auditor.audit_kit import VENUE
from tests.auditor.audit_scenario import Scenario


def anomaly(world: Scenario, at_ms: int, **changes: Any) -> None:
    values = {"indicator": "entry_size", "value": "40", "median": "20", "iqr": "2", "allowed": "3", "sensitivity": "1"}
    world.fact("TiltAnomaly", "tilt", **{**values, "window_ms": 1_800_000, "at_ms": at_ms, **changes})


def change(world: Scenario, before: int, after: int, anomalies: int, at_ms: int, **changes: Any) -> None:
    values = {"before": before, "after": after, "anomalies": anomalies, "thresholds": [2, 4, 6], "window_ms": 1_800_000}
    world.fact("TiltChanged", "tilt", **{**values, "size_factor": "1", "locked_until_ms": 0, "at_ms": at_ms, **changes})


def lockout(world: Scenario) -> None:
    """Six anomalies from 1,001 to 1,006 ms, then a lockout until 301,006 ms."""
    for at_ms in range(1_001, 1_007):
        anomaly(world, at_ms)
    change(world, 0, 3, 6, 1_006, size_factor="0", locked_until_ms=301_006)


def entry(world: Scenario, received_ms: int) -> None:
    signal = {"signal_id": "late", "source": "external", "strategy": "external", "venue": VENUE, "symbol": "BTCUSDT", "side": "BUY"}
    world.fact("SignalReceived", "late", signal={**signal, "purpose": "ENTRY", "received_ms": received_ms}, top=None)
    world.fact("ParentChanged", "late", parent=parent("late", strategy="external"), before="", inputs={})


@corrupts("I20")
def an_anomaly_that_is_none(world: Scenario) -> None:
    anomaly(world, 1_000, value="23")


@corrupts("I20")
def a_level_with_one_anomaly_too_few(world: Scenario) -> None:
    anomaly(world, 1_000)
    change(world, 0, 1, 2, 1_001)


@corrupts("I20")
def a_level_that_the_thresholds_do_not_give(world: Scenario) -> None:
    anomaly(world, 1_000)
    anomaly(world, 1_001)
    change(world, 0, 2, 2, 1_001)


@corrupts("I20")
def a_level_that_counts_an_anomaly_that_is_not_there(world: Scenario) -> None:
    anomaly(world, 1_000)
    anomaly(world, 1_001)
    change(world, 0, 1, 3, 1_001)


@corrupts("I20")
def a_lockout_that_ends_early(world: Scenario) -> None:
    lockout(world)
    change(world, 3, 0, 0, 301_005, size_factor="0.25", locked_until_ms=301_006)


@corrupts("I20")
def an_entry_by_hand_during_a_lockout(world: Scenario) -> None:
    lockout(world)
    entry(world, 301_005)
