"""An open loop's arrivals: each is due when the schedule says, in order, whatever came before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libraries.load.schedule import NS_PER_S, Phase, Schedule, bursts, ramp, steady, steps


def dues(*phases: Phase) -> list[int]:
    schedule = Schedule(phases)
    return [schedule.due_ns(number) for number in range(schedule.total)]


def test_a_steady_rate_is_even() -> None:
    found = dues(*steady(4, 2))
    assert found == [number * NS_PER_S // 4 for number in range(8)]


def test_steps_follow_each_other() -> None:
    found = dues(*steps([2, 4], 1))
    assert found == [0, NS_PER_S // 2, NS_PER_S, NS_PER_S * 5 // 4, NS_PER_S * 6 // 4, NS_PER_S * 7 // 4]
    assert Schedule(steps([2, 4], 1)).ends_ns() == [NS_PER_S, 2 * NS_PER_S]


def test_a_burst_is_due_at_once_and_the_rate_goes_on() -> None:
    assert dues(*bursts(2, 3, 1, 2)) == [0, 0, 0, 0, NS_PER_S // 2, *([NS_PER_S] * 4), NS_PER_S * 3 // 2]


def test_a_ramp_rises_in_a_straight_line() -> None:
    found = dues(*ramp(0, 100, 2))
    assert len(found) == 100
    halves = [sum(1 for due in found if due < NS_PER_S), sum(1 for due in found if due >= NS_PER_S)]
    assert halves == [25, 75]


phases = st.builds(
    Phase,
    rate=st.integers(0, 500),
    seconds=st.integers(1, 5),
    to_rate=st.none() | st.integers(0, 500),
    at_once=st.integers(0, 20),
)


@given(st.lists(phases, min_size=1, max_size=4))
def test_arrivals_are_in_order_within_their_phase_and_all_there(given_phases: list[Phase]) -> None:
    if not sum(phase.arrivals for phase in given_phases):
        return
    found = dues(*given_phases)
    assert found == sorted(found)
    assert found[0] >= 0
    assert found[-1] <= Schedule(given_phases).ends_ns()[-1]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ([], "phases: expected at least one"),
        ([Phase(rate=0, seconds=1)], "expected 1 to 20000000 arrivals in all, got 0"),
        ([Phase(rate=-1, seconds=1)], "phase 1: rate: expected 0 to 1000000 a second, got -1"),
        ([Phase(rate=1, seconds=1), Phase(rate=1, seconds=0)], "phase 2: seconds: expected 1 to 86400, got 0"),
        ([Phase(rate=1, seconds=1, to_rate=2_000_000)], "phase 1: to_rate"),
        ([Phase(rate=1, seconds=1, at_once=-1)], "phase 1: at_once: expected 0 or more, got -1"),
    ],
)
def test_what_is_no_schedule_is_refused_by_name(wrong: list[Phase], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        Schedule(wrong)
