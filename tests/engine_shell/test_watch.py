"""A look at every component: an engine on its way to a venue has no failure there yet, and a wall clock that was set is one failure."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from genesis.clock import MovableClock
from genesis.core.models import EngineState
from genesis.engine.state_machine import VenueStatus
from genesis.monitoring.components import Components
from genesis.monitoring.settings import AlertSettings
from genesis.monitoring.watch import ON_ITS_WAY_MS, Watch


class Stage:
    """An engine of which the watch sees state, venue and database."""

    def __init__(self, tmp_path: Path) -> None:
        self.status, self.clock, self.components = VenueStatus(), MovableClock(), Components()
        engine = SimpleNamespace(
            settings=SimpleNamespace(venues=[SimpleNamespace(name="binance")]), venues=lambda: {"binance": self.status}
        )
        self.loop: Any = SimpleNamespace(
            engine=engine, trouble="", visible_state=EngineState.RECONCILING, note=lambda _: None, alert=lambda *_: None
        )
        self.watch = Watch(self.loop, self.components, AlertSettings(file=tmp_path / "alerts"), self.clock, instance="instance")

    def unwell(self) -> set[str]:
        self.watch.look()
        return {name for name, seen in self.components.status().items() if seen["health"] != "OK"}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_venue_that_the_engine_is_on_its_way_to_has_not_failed(stage: Stage) -> None:
    assert stage.unwell() == set()


def test_a_venue_that_is_not_reached_for_long_has_failed(stage: Stage) -> None:
    stage.clock.advance(ON_ITS_WAY_MS)
    assert stage.unwell() == {"binance/orders", "binance/market"}


def test_a_venue_that_is_lost_after_the_first_run_has_failed_at_once(stage: Stage) -> None:
    stage.loop.visible_state = EngineState.RUNNING
    stage.status.orders = stage.status.market = True
    assert stage.unwell() == set()
    stage.loop.visible_state, stage.status.orders = EngineState.RECONCILING, False
    assert stage.unwell() == {"binance/orders"}


@pytest.mark.parametrize("by_ms", [1_000, -1_000])
def test_a_wall_clock_that_was_set_is_one_failure(stage: Stage, by_ms: int) -> None:
    stage.clock.step(by_ms + by_ms // 100)
    assert stage.unwell() == {"clock"}
    assert stage.unwell() == set()


def test_time_that_passes_is_no_failure_of_the_clock(stage: Stage) -> None:
    stage.clock.advance(3_600_000)
    stage.loop.visible_state = EngineState.STOPPING
    assert stage.unwell() == set()
