"""The load keywords' own failures: what they say of a load that is late, wrong, or was none, and of arguments that are none."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from assertionengine import AssertionOperator
from robot.api import SkipExecution

from libraries.common.errors import WrongArgument
from libraries.load import machine, tries
from libraries.load.journeys import Account, Journey
from libraries.load.processes import Sample
from libraries.load.running import Outcome
from libraries.load.schedule import Phase
from libraries.load_keywords import offering
from libraries.load_keywords.figures import FigureKeywords
from libraries.load_keywords.offering import OfferKeywords, whole
from libraries.load_keywords.results import LoadComponent
from libraries.load_keywords.types import Counted, Leg, Percentile, Resource, Watched, to_rates
from libraries.load_keywords.uptime import UptimeKeywords

QUIET = machine.Speed(factor=1.1, stalled=0.001, load=0.4)
BUSY = machine.Speed(factor=5.5, stalled=0.39, load=7.9)
MS = 1_000_000
MOST = AssertionOperator["<="]


class Kept:
    """Samples of a process that uses so much more a second."""

    def __init__(self, grows_mb: float = 0.0) -> None:
        self.samples = {"engine": [self._at(second, grows_mb) for second in range(40)]}

    @staticmethod
    def _at(second: int, grows_mb: float) -> Sample:
        return Sample(at_s=second, cpu_s=second * 0.6, rss=int((60 + grows_mb * second) * 2**20), descriptors=30 + second // 4)

    def cpu_share(self, _name: str) -> float:
        return 0.6

    def series(self, name: str, of: Any) -> list[tuple[float, float]]:
        return [(sample.at_s, of(sample)) for sample in self.samples[name]]


def outcome(
    took_ms: int = 4, speed: machine.Speed = QUIET, problems: tuple[str, ...] = (), watch: Any = None, drained_s: float = 0.1
) -> Outcome:
    journeys = [
        Journey(due_ns=at, sent_ns=at, decided_ns=at + 1, arrived_ns=at + 2, acked_ns=at + 3, durable_ns=at + took_ms * MS)
        for at in range(0, 100 * MS, MS)
    ]
    account = Account(
        ticks=100, shed=0, journeys=journeys, orders=100, stops=0, not_sent=0, denied=Counter(), problems=list(problems), begun_ns=0
    )
    return Outcome(
        phases=(Phase(rate=100, seconds=1),),
        symbols=1,
        account=account,
        watch=watch or Kept(),
        speed=speed,
        venue={},
        trades_dropped=0,
        trades_missed=0,
        drained_s=drained_s,
    )


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Outcome]:
    """The loads of the test; keywords see them as if they had been offered."""
    found: list[Outcome] = []
    memory = SimpleNamespace(loads=found, uptime=None)
    monkeypatch.setattr(LoadComponent, "notes", property(lambda _self: memory))
    monkeypatch.setattr("libraries.load_keywords.results.shared_notes", lambda: None)
    return found


def test_without_a_load_there_is_no_figure(loads: list[Outcome]) -> None:
    with pytest.raises(WrongArgument, match="there was no load in this test yet; offer one first"):
        FigureKeywords().get_load_count(Counted.TICKS)


def test_times_of_a_load_that_does_not_reconcile_are_not_told(loads: list[Outcome]) -> None:
    loads.append(outcome(problems=("1 orders of the journal never came to the venue: g-7",)))
    for asked in (FigureKeywords().get_load_rate, OfferKeywords().the_load_reconciles):
        with pytest.raises(AssertionError, match=r"do not agree on the load of 100 ticks(.|\n)*never came to the venue: g-7"):
            asked()


def test_a_late_load_on_a_quiet_machine_is_red_at_once_and_names_the_machine(loads: list[Outcome]) -> None:
    loads.append(outcome(took_ms=80))
    with pytest.raises(AssertionError) as red:
        OfferKeywords().the_load_keeps_within(Leg.END_TO_END, Percentile.P99, timedelta(milliseconds=50))
    assert "end to end p99 should be at most 50 ms, it was 80" in str(red.value)
    assert "1.1x the reference's time, stood still 0.1%" in str(red.value)


def test_a_late_load_on_a_busy_machine_is_offered_again_and_says_so(loads: list[Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    keywords, again = OfferKeywords(), [outcome(took_ms=70, speed=BUSY), outcome(took_ms=6)]
    monkeypatch.setattr(keywords, "_offer", lambda *_args, **_named: loads.append(again.pop(0)))
    monkeypatch.setattr(offering.logger, "warn", lambda _text: None)
    loads.append(outcome(took_ms=80, speed=BUSY))
    assert keywords.the_load_keeps_within(Leg.END_TO_END, Percentile.P99, timedelta(milliseconds=50)) == pytest.approx(6, rel=0.01)
    assert len(loads) == 3


def test_on_a_machine_that_is_never_quiet_nothing_is_decided(loads: list[Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    keywords = OfferKeywords()
    monkeypatch.setattr(keywords, "_offer", lambda *_args, **_named: loads.append(outcome(took_ms=80, speed=BUSY)))
    monkeypatch.setattr(offering.logger, "warn", lambda _text: None)
    loads.append(outcome(took_ms=80, speed=BUSY))
    with pytest.raises(SkipExecution, match=r"not decided, the machine was not quiet enough(.|\n)*try 3:(.|\n)*NOT quiet"):
        keywords.the_load_keeps_within(Leg.END_TO_END, Percentile.P99, timedelta(milliseconds=50))


def test_a_time_that_no_slowness_of_the_machine_explains_is_red(loads: list[Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    keywords, late_ms = OfferKeywords(), int(50 * BUSY.factor * tries.SLOWER_THAN_THE_FACTOR) + 10
    monkeypatch.setattr(keywords, "_offer", lambda *_args, **_named: loads.append(outcome(took_ms=late_ms, speed=BUSY)))
    monkeypatch.setattr(offering.logger, "warn", lambda _text: None)
    loads.append(outcome(took_ms=late_ms, speed=BUSY))
    with pytest.raises(AssertionError, match=r"try 3:(.|\n)*NOT quiet"):
        keywords.the_load_keeps_within(Leg.END_TO_END, Percentile.P99, timedelta(milliseconds=50))


def test_a_rate_that_was_not_sustained_on_a_quiet_machine_is_red_at_once(loads: list[Outcome]) -> None:
    loads.append(outcome())
    rate = loads[0].account.rate
    assert OfferKeywords().the_load_sustains(int(rate)) == rate
    with pytest.raises(AssertionError, match=rf"expected 10,000 orders a second or more, came {rate:,.1f}:\n  try 1: .*stood still 0.1%"):
        OfferKeywords().the_load_sustains(10_000)


def test_a_rate_that_a_busy_machine_did_not_sustain_is_offered_again(loads: list[Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    keywords = OfferKeywords()
    monkeypatch.setattr(keywords, "_offer", lambda *_args, **_named: loads.append(outcome(speed=BUSY)))
    monkeypatch.setattr(offering.logger, "warn", lambda _text: None)
    loads.append(outcome(speed=BUSY))
    rate = loads[0].account.rate
    with pytest.raises(SkipExecution, match=r"try 3:(.|\n)*NOT quiet"):
        keywords.the_load_sustains(int(rate * BUSY.factor * tries.SLOWER_THAN_THE_FACTOR))
    assert len(loads) == 3


@pytest.mark.parametrize("drained_s", [0.1, 9.0])
def test_a_rate_that_no_slowness_of_the_machine_explains_is_red(
    loads: list[Outcome], monkeypatch: pytest.MonkeyPatch, drained_s: float
) -> None:
    """Whether a queue was left or not."""
    keywords = OfferKeywords()
    monkeypatch.setattr(keywords, "_offer", lambda *_args, **_named: loads.append(outcome(speed=BUSY, drained_s=drained_s)))
    monkeypatch.setattr(offering.logger, "warn", lambda _text: None)
    loads.append(outcome(speed=BUSY, drained_s=drained_s))
    with pytest.raises(AssertionError, match=r"try 3:(.|\n)*NOT quiet"):
        keywords.the_load_sustains(int(loads[0].account.rate * BUSY.factor * tries.SLOWER_THAN_THE_FACTOR) + 1)


def test_latencies_of_a_load_that_left_a_queue_decide_nothing_on_a_busy_machine(
    loads: list[Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    keywords, late = OfferKeywords(), outcome(took_ms=5_000, speed=BUSY, drained_s=9.0)
    monkeypatch.setattr(keywords, "_offer", lambda *_args, **_named: loads.append(late))
    monkeypatch.setattr(offering.logger, "warn", lambda _text: None)
    loads.append(late)
    with pytest.raises(SkipExecution, match=r"try 3:(.|\n)*NOT quiet"):
        keywords.the_load_keeps_within(Leg.END_TO_END, Percentile.P99, timedelta(milliseconds=50))


def test_a_leak_is_named_with_its_slope(loads: list[Outcome]) -> None:
    loads.append(outcome(watch=Kept(grows_mb=0.5)))
    with pytest.raises(AssertionError, match=r"memory of the engine should grow by at most 10 MB a minute, it grew \+30.00 MB a minute"):
        FigureKeywords().the_load_leaks_nothing(Watched.ENGINE, Resource.MEMORY, Decimal(10))
    with pytest.raises(AssertionError, match="descriptors of the engine should grow by at most 1"):
        FigureKeywords().the_load_leaks_nothing(Watched.ENGINE, Resource.DESCRIPTORS, Decimal(1))
    with pytest.raises(WrongArgument, match="a leak is of memory or descriptors, got processor"):
        FigureKeywords().the_load_leaks_nothing(Watched.ENGINE, Resource.PROCESSOR, Decimal(1))


def test_figures_beyond_their_limit_say_what_the_machine_was_worth(loads: list[Outcome]) -> None:
    loads.append(outcome(speed=BUSY))
    with pytest.raises(AssertionError, match=r"processor use of the engine \(100 = one core\) should be <= 50, it was 60; machine: 5.5x"):
        FigureKeywords().get_processor_use(Watched.ENGINE, MOST, Decimal(50))
    assert FigureKeywords().get_load_count(Counted.FILLED, AssertionOperator["=="], Decimal(100)) == 100
    with pytest.raises(AssertionError, match="orders a second should be >= 10000"):
        FigureKeywords().get_load_rate(AssertionOperator[">="], Decimal(10_000))


def test_without_a_watch_there_is_no_availability(loads: list[Outcome]) -> None:
    with pytest.raises(WrongArgument, match="nothing is watched"):
        UptimeKeywords().get_availability()


@pytest.mark.parametrize("wrong", ["", "fast", "100 -5", "1.5", "0"])
def test_rates_that_are_none_are_refused(wrong: str) -> None:
    with pytest.raises(WrongArgument, match="such as 250 500 1000"):
        to_rates(wrong)
    assert to_rates("250 500") == (250, 500)


@pytest.mark.parametrize("seconds", [0.5, 1.5, 0])
def test_a_load_lasts_whole_seconds(seconds: float) -> None:
    with pytest.raises(WrongArgument, match="a load lasts whole seconds, such as 15s"):
        whole(timedelta(seconds=seconds))
