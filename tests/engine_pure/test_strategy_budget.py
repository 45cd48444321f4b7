"""A cycle has a budget: what is over it is interrupted, and making a strategy anew holds up nobody for longer than a cycle (L3)."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.core.facts import StrategyErred
from genesis.core.settings import RuntimeSettings
from genesis.strategies.probe import Probe
from tests.builders import d
from tests.engine_pure.strategy_kit import SECOND, Spent, Stage, operate, probe, with_probes

TICK = 100


def beside_a_fast_one(spent: Spent, plan: str = "101:BUY", **changes: Any) -> Stage:
    """`slow` as planned on BTCUSDT, ten bars to warm up; `fast` buys ETHUSDT at 101."""
    slow = probe("slow", plan, warm_up=10, priority=9, **changes)
    stage = Stage(with_probes(slow, probe("fast", "101:BUY", symbols=("ETHUSDT",))), supervisor=spent).open()
    for _ in range(12):
        stage.second(BTCUSDT=100, ETHUSDT=100)
    assert stage.state.strategies == {"slow": "RUNNING", "fast": "RUNNING"}
    spent.turns.clear()
    stage.forget()
    return stage


def errors(stage: Stage) -> list[tuple[str, str]]:
    return [(fact.strategy, fact.what) for fact in stage.said(StrategyErred)]


def test_a_cycle_at_its_budget_is_none_too_long() -> None:
    spent = Spent()
    stage = beside_a_fast_one(spent)
    spent.once = {"slow": [100]}
    stage.second(BTCUSDT=101)
    assert not stage.said(StrategyErred)
    assert len(stage.orders_of("slow")) == 1


def test_what_an_interrupted_cycle_wished_is_dropped_and_the_strategy_is_made_anew() -> None:
    spent = Spent()
    stage = beside_a_fast_one(spent, "101:BUY 102:BUY")
    before = stage.engine.runtime.seats["slow"].strategy
    spent.once = {"slow": [101]}
    stage.second(BTCUSDT=101, ETHUSDT=101)
    assert errors(stage) == [("slow", "budget")]
    assert stage.said(StrategyErred)[0].detail == "interrupted after 100 ms of processor time, 100 ms are allowed"
    assert not stage.orders_of("slow")
    assert len(stage.orders_of("fast")) == 1
    stage.let(TICK)
    assert stage.states("slow") == ["RECOVERING", "RUNNING"]
    assert stage.engine.runtime.seats["slow"].strategy is not before
    stage.second(BTCUSDT=102)
    assert len(stage.orders_of("slow")) == 1


def test_the_fifth_interrupted_cycle_pauses_a_strategy() -> None:
    spent = Spent()
    stage = beside_a_fast_one(spent)
    for number in range(1, 6):
        spent.once = {"slow": [101]}
        stage.second(BTCUSDT=101, ETHUSDT=100)
        assert stage.state.strategy_errors["slow"] == number
        stage.let(TICK)
    assert stage.state.strategies == {"slow": "PAUSED", "fast": "RUNNING"}
    assert not stage.orders_of("slow")


def held_up(spent: Spent, stage: Stage, ticks: int) -> list[int]:
    """How long `slow` kept the others waiting at each of the next ticks, in ms of processor time."""
    waits = []
    for _ in range(ticks):
        spent.turns.clear()
        stage.let(TICK)
        waits.append(sum(spent_ms for name, spent_ms in spent.turns if name == "slow"))
    return waits


def test_a_strategy_that_is_slow_to_be_made_anew_is_made_in_instalments() -> None:
    """Ten bars of 30 ms: no tick gives it more than the budget of a cycle, and in the end it is there."""
    spent = Spent()
    stage = beside_a_fast_one(spent)
    spent.once, spent.takes = {"slow": [101]}, {"slow": 30}
    stage.trade("BTCUSDT", 101)
    waits = held_up(spent, stage, 19)
    assert [wait for wait in waits if wait] == [100] + [60] * 5 + [30]  # made, then its ten bars, two at a time
    assert stage.states("slow") == ["RECOVERING", "RUNNING"]
    assert errors(stage) == [("slow", "budget")]


def test_a_strategy_that_spins_at_all_of_its_bars_is_paused_after_five_and_holds_up_nobody_for_more_than_a_cycle() -> None:
    spent = Spent()
    stage = beside_a_fast_one(spent)
    spent.takes = {"slow": 5_000}
    stage.trade("BTCUSDT", 101)
    waits = held_up(spent, stage, 20)
    assert [wait for wait in waits if wait] == [100] * 5
    assert errors(stage) == [("slow", "budget")] * 5
    assert stage.state.strategies == {"slow": "PAUSED", "fast": "RUNNING"}


def test_an_instalment_as_a_whole_has_the_budget_of_a_cycle() -> None:
    """A bar that takes more than is left of it is interrupted there."""
    spent = Spent()
    stage = beside_a_fast_one(spent)
    spent.once = {"slow": [101, 0, 40, 5_000]}
    stage.trade("BTCUSDT", 101)
    waits = held_up(spent, stage, 20)
    assert max(waits) == 100
    assert [fact.detail for fact in stage.said(StrategyErred)] == [
        "interrupted after 100 ms of processor time, 100 ms are allowed",
        "interrupted after 60 ms of processor time, 60 ms are allowed",
    ]
    assert stage.state.strategies["slow"] == "RUNNING"


def test_a_strategy_that_fails_among_fetched_bars_gets_none_twice_and_none_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = beside_a_fast_one(Spent(), "102:RAISE")
    seen: list[int] = []
    original = Probe.on_bar

    def noting(self: Probe, bar: Any, view: Any) -> Any:
        if self.name == "slow" and bar.close >= 102 and bar.trades:
            seen.append(int(bar.close))
        return original(self, bar, view)

    monkeypatch.setattr(Probe, "on_bar", noting)
    stage.disconnect(channel="market")
    for number, price in enumerate((102, 103, 104, 105)):
        stage.printed.append(("BTCUSDT", d(price), d(1), stage.venue_ms + number * SECOND))
    stage.let(4 * SECOND, step_ms=4 * SECOND)  # one answer of the venue has them all
    stage.connect(channels=("market",))
    for _ in range(3):
        stage.let(SECOND)
        stage.answer_bars()
    assert errors(stage) == [("slow", "exception")]
    assert seen == [102, 103, 104, 105]


def test_a_bar_that_a_strategy_failed_at_is_not_given_to_it_again() -> None:
    stage = beside_a_fast_one(Spent(), "102:RAISE 103:BUY")
    for price in (102, 101, 102, 101, 101, 101):
        stage.second(BTCUSDT=price)
    assert errors(stage) == [("slow", "exception")] * 2
    assert stage.state.strategies["slow"] == "RUNNING"
    stage.second(BTCUSDT=103)
    assert len(stage.orders_of("slow")) == 1


def test_bars_that_close_while_a_strategy_catches_up_come_in_their_turn() -> None:
    spent = Spent()
    stage = beside_a_fast_one(spent, interval_ms=SECOND)
    seen: list[str] = []
    original = Probe.on_bar

    def noting(self: Probe, bar: Any, view: Any) -> Any:
        if self.name == "slow":
            seen.append(str(bar.close))
        return original(self, bar, view)

    spent.once, spent.takes = {"slow": [101]}, {"slow": 90}
    stage.second(BTCUSDT=99)
    assert stage.state.strategies["slow"] == "RECOVERING"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Probe, "on_bar", noting)
        for price in (98, 97):
            stage.second(BTCUSDT=price)
    assert seen[-2:] == ["98", "97"]
    assert stage.state.strategies["slow"] == "RUNNING"
    assert errors(stage) == [("slow", "budget")]


def test_a_warm_up_after_the_start_goes_in_instalments_too() -> None:
    spent = Spent()
    spent.takes = {"slow": 40}
    stage = Stage(with_probes(probe("slow", warm_up=10)), supervisor=spent)
    stage.boot()
    stage.connect()
    stage.answer_reconcile()
    for symbol in ("BTCUSDT", "ETHUSDT"):
        stage.quote(symbol, 100)
    for price in range(10):
        stage.printed.append(("BTCUSDT", stage.last["BTCUSDT"] + price, stage.spread, stage.venue_ms - (10 - price) * SECOND))  # type: ignore[operator]
    stage.let(TICK)
    spent.turns.clear()
    stage.answer_bars()
    assert len(spent.turns) == 2
    waits = held_up(spent, stage, 8)
    assert max(waits) == 80
    assert stage.state.strategies["slow"] == "RUNNING"


def test_a_strategy_that_cannot_even_be_made_is_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = beside_a_fast_one(Spent(), "101:RAISE")

    def never(self: Probe, terms: Any) -> None:
        raise RuntimeError(f"no {terms.name} today")

    monkeypatch.setattr(Probe, "__init__", never)
    stage.second(BTCUSDT=101)
    assert errors(stage) == [("slow", "exception")] * 5
    assert stage.said(StrategyErred)[-1].detail == "RuntimeError: no slow today"
    assert stage.state.strategies == {"slow": "PAUSED", "fast": "RUNNING"}


def test_an_operator_starts_one_that_was_paused_for_its_time() -> None:
    spent = Spent()
    slow = probe("slow", "101:BUY")
    runtime = RuntimeSettings(bar_grace_ms=0, errors_to_pause=1)
    stage = Stage(with_probes(slow, runtime=runtime), supervisor=spent).open()
    spent.once = {"slow": [101]}
    stage.second(BTCUSDT=100)
    assert stage.state.strategies["slow"] == "PAUSED"
    stage.second(BTCUSDT=100)
    assert operate(stage, "START", "slow") == 200
    stage.second(BTCUSDT=101)
    assert stage.state.strategies["slow"] == "RUNNING"
    assert len(stage.orders_of("slow")) == 1


class Terrible(Exception):
    """It cannot even say what it is."""

    def __str__(self) -> str:
        raise ValueError("no words")


class Leaving(Exception):
    """Asked what it is, it wants to leave the process."""

    def __str__(self) -> str:
        raise SystemExit


@pytest.mark.parametrize(
    ("error", "words"),
    [(Terrible(), "Terrible"), (Leaving(), "Leaving"), (ValueError("\ud800"), "ValueError: \\ud800"), (GeneratorExit(), "GeneratorExit: ")],
)
def test_whatever_a_strategy_raises_is_a_health_error(error: BaseException, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = beside_a_fast_one(Spent())

    def raising(self: Probe, bar: Any, view: Any) -> Any:
        if self.name == "slow":
            raise error
        return []

    monkeypatch.setattr(Probe, "on_bar", raising)
    stage.second(BTCUSDT=101)
    assert stage.said(StrategyErred)[0].detail == words


def test_what_a_strategy_does_to_itself_is_not_the_engines_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = beside_a_fast_one(Spent())

    def spoiling(self: Probe, bar: Any, view: Any) -> Any:
        if self.name == "slow":
            self.symbols = self.interval_ms = self.warm_up = self.trades_in = self.name = None  # type: ignore[assignment]
            return []
        return original(self, bar, view)

    original = Probe.on_bar
    monkeypatch.setattr(Probe, "on_bar", spoiling)
    stage.second(BTCUSDT=101, ETHUSDT=101)
    stage.second(BTCUSDT=101, ETHUSDT=101)
    assert len(stage.orders_of("fast")) >= 1
    assert not errors(stage)
