"""A ramp second by second: where it bent, and that it did not."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from assertionengine import AssertionOperator

from libraries.common.errors import WrongArgument
from libraries.load import machine, ramp, schedule
from libraries.load.journeys import Account, Journey
from libraries.load.running import Outcome
from libraries.load_keywords.ramps import RampKeywords
from libraries.load_keywords.results import LoadComponent

MS = 1_000_000
PHASES = schedule.ramp(10, 110, 10)
LEAST = AssertionOperator[">="]


def account(late_from_s: float = 99, lost_from_s: float = 99) -> Account:
    """Every tick of `PHASES` comes through in 5 ms; from a second on in 90 ms, or not at all."""
    plan = schedule.Schedule(PHASES)
    due = [plan.due_ns(number) for number in range(plan.total)]
    journeys = [
        Journey(
            due_ns=at,
            sent_ns=at,
            decided_ns=at,
            arrived_ns=at,
            acked_ns=at,
            durable_ns=at + (90 if at >= late_from_s * 1_000 * MS else 5) * MS,
        )
        for at in due
        if at < lost_from_s * 1_000 * MS
    ]
    return Account(
        ticks=plan.total, shed=0, journeys=journeys, orders=len(journeys), stops=0, not_sent=0, denied=Counter(), problems=[], begun_ns=0
    )


def test_each_second_is_a_step_and_the_rates_rise() -> None:
    steps = ramp.steps(PHASES, account())
    assert len(steps) == 10
    assert [step.offered for step in steps] == sorted({step.offered for step in steps})
    assert all(step.achieved == step.offered and 4.9 < step.p99_ms < 5.1 for step in steps)
    assert sum(step.offered for step in steps) == 600


def test_the_knee_is_the_last_second_that_was_kept_up_with() -> None:
    steps = ramp.steps(PHASES, account())
    late = ramp.knee(PHASES, account(late_from_s=6), 50)
    assert (late.rate, late.reached) == (steps[5].offered, True)
    assert late.why == f"at {steps[6].offered:g}/s p99 was 90.0 ms, above 50 ms"
    lost = ramp.knee(PHASES, account(lost_from_s=8), 50)
    assert (lost.rate, lost.why) == (steps[7].offered, f"at {steps[8].offered:g}/s only 0/s came through")


@pytest.mark.parametrize("phases", [schedule.steady(10, 5), schedule.ramp(100, 10, 5), schedule.steps((10, 20), 5)])
def test_what_does_not_rise_has_no_knee(phases: list[schedule.Phase]) -> None:
    with pytest.raises(ValueError, match="expected a ramp upwards"):
        ramp.knee(phases, account(), 50)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Outcome]:
    found: list[Outcome] = []
    monkeypatch.setattr(LoadComponent, "notes", property(lambda _self: SimpleNamespace(loads=found)))
    monkeypatch.setattr(LoadComponent, "measured", lambda *_, **__: None)
    return found


def of(phases: list[schedule.Phase], told: Account) -> Outcome:
    watch: Any = None
    speed = machine.Speed(factor=1.0, stalled=0.0, load=0.1)
    return Outcome(
        phases=tuple(phases), symbols=1, account=told, watch=watch, speed=speed, venue={}, trades_dropped=0, trades_missed=0, drained_s=0
    )


def test_the_keyword_tells_the_knee_and_compares_it(loads: list[Outcome]) -> None:
    loads.append(of(PHASES, account(late_from_s=6)))
    assert RampKeywords().get_knee_of_the_ramp(LEAST, Decimal(20)) == 65
    with pytest.raises(
        AssertionError, match=r"the knee of the ramp \(ticks a second\) should be >= 100, it was 65; at 75/s p99 was 90.0 ms"
    ):
        RampKeywords().get_knee_of_the_ramp(LEAST, Decimal(100))


def test_a_ramp_that_never_reached_its_knee_says_so(loads: list[Outcome]) -> None:
    loads.append(of(PHASES, account()))
    with pytest.raises(AssertionError, match=r"the ramp should reach the knee, it kept up with every step: the knee lies beyond 105/s"):
        RampKeywords().get_knee_of_the_ramp()


def test_a_load_that_was_no_ramp_is_refused(loads: list[Outcome]) -> None:
    loads.append(of(schedule.steady(10, 5), account()))
    with pytest.raises(WrongArgument, match="expected a ramp upwards"):
        RampKeywords().get_knee_of_the_ramp()


@pytest.mark.parametrize(
    ("phases", "words"),
    [
        (schedule.steady(1_050, 15), "1,050/s for 15 s"),
        (schedule.ramp(100, 1_000, 10), "100 to 1,000/s for 10 s"),
        (schedule.bursts(100, 500, 3, 3), "3 times 500 at once and 100/s for 3 s"),
        (schedule.steps((10, 20), 5), "10/s for 5 s, 20/s for 5 s"),
    ],
)
def test_a_load_is_told_in_words(phases: list[schedule.Phase], words: str) -> None:
    assert schedule.told(phases) == words
