"""Limits come from the configuration alone; what a start changed of them is a fact, and survives (R27)."""

from __future__ import annotations

import msgspec

from genesis.core.commands import Alert
from genesis.core.facts import LimitsChanged
from genesis.core.models import Tier
from genesis.core.settings import DEFAULT_TIERS, EngineSettings, RiskSettings
from genesis.core.state import State
from genesis.engine.limits import TABLES, limits_of
from tests.builders import d, settings
from tests.engine_pure.bench import Bench


def restarted(bench: Bench, risk: RiskSettings) -> Bench:
    bench.settings = settings(risk=risk)
    return bench.restart()


def test_the_first_start_records_every_limit_and_tells_nobody() -> None:
    bench = Bench()
    bench.boot()
    (fact,) = bench.said(LimitsChanged)
    assert fact.first
    assert {change.key: change.after for change in fact.changes} == limits_of(bench.settings) == bench.state.limits
    assert bench.state.limits["risk.max_order_fraction"] == "0.05"
    assert bench.state.limits["risk.tiers.HUNTER.open_positions"] == "3"
    assert not bench.state.limit_changes
    assert not [alert for alert in bench.asked(Alert) if "limits" in alert.text]


def test_no_table_is_left_out_but_those_that_say_how_the_engine_runs() -> None:
    bench = Bench()
    tables = {
        field.name for field in msgspec.structs.fields(EngineSettings) if isinstance(getattr(bench.settings, field.name), msgspec.Struct)
    }
    assert tables - {"timing", "market", "failover", "history"} == set(TABLES)
    assert limits_of(bench.settings)["day.halt_at"] == "0.15"
    assert limits_of(bench.settings)["breaker.failures"] == "5"


def test_the_same_configuration_changes_nothing() -> None:
    bench = Bench().start()
    assert not restarted(bench, RiskSettings()).said(LimitsChanged)


def test_a_changed_limit_is_a_fact_with_key_old_and_new_value() -> None:
    bench = Bench().start()
    hunter = msgspec.structs.replace(DEFAULT_TIERS[Tier.HUNTER], open_positions=5)
    again = restarted(bench, RiskSettings(max_order_fraction=d("0.2"), tiers={**DEFAULT_TIERS, Tier.HUNTER: hunter}))
    (fact,) = again.said(LimitsChanged)
    assert [(change.key, change.before, change.after) for change in fact.changes] == [
        ("risk.max_order_fraction", "0.05", "0.2"),
        ("risk.tiers.HUNTER.open_positions", "3", "5"),
    ]
    told = [alert.text for alert in again.asked(Alert)]
    assert told == ["limits changed: risk.max_order_fraction 0.05 -> 0.2, risk.tiers.HUNTER.open_positions 3 -> 5"]
    assert [(record.epoch, record.key) for record in again.state.limit_changes] == [
        (2, "risk.max_order_fraction"),
        (2, "risk.tiers.HUNTER.open_positions"),
    ]
    assert State.from_document(again.state.document()).limit_changes == again.state.limit_changes


def test_a_limit_that_is_gone_is_a_change_too() -> None:
    bench = Bench().start()
    bench.state.limits["risk.of_another_version"] = "1"
    changed = Bench(bench.settings, bench.state)
    changed.boot()
    (fact,) = changed.said(LimitsChanged)
    assert [(change.key, change.before, change.after) for change in fact.changes] == [("risk.of_another_version", "1", "")]
    assert "risk.of_another_version" not in changed.state.limits
