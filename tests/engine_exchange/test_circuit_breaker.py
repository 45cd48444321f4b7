"""The circuit breaker's table of states, edge by edge, its numbers at their bounds, and against a naive model (R24)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.core.models import CircuitState
from genesis.core.settings import BreakerSettings
from genesis.exchange.circuit_breaker import TABLE, BreakerEvent, CircuitBreaker

CLOSED, OPEN, HALF_OPEN = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN
MS = 1_000_000


class Subject:
    """A breaker with R24's numbers, a clock in milliseconds, and the changes it told of."""

    def __init__(self, settings: BreakerSettings | None = None) -> None:
        self.now_ms = 1_000
        self.told: list[tuple[CircuitState, CircuitState, str]] = []
        self.breaker = CircuitBreaker(settings or BreakerSettings(), lambda *change: self.told.append(change))

    @property
    def state(self) -> CircuitState:
        return self.breaker.state

    def ask(self) -> int | None:
        return self.breaker.ask(self.now_ms * MS)

    def permit(self) -> int:
        permit = self.ask()
        assert permit is not None
        return permit

    def fail(self, times: int = 1, apart_ms: int = 0) -> None:
        for number in range(times):
            self.now_ms += apart_ms if number else 0
            self.breaker.failed(self.permit(), self.now_ms * MS, "no answer")

    def answer(self, times: int = 1) -> None:
        for _ in range(times):
            self.breaker.answered(self.permit())

    def half_open(self) -> Subject:
        self.fail(5)
        self.now_ms += 60_000
        return self


def test_the_table_is_this_one_and_no_other() -> None:
    assert TABLE == {
        (CLOSED, BreakerEvent.TRIPPED): OPEN,
        (OPEN, BreakerEvent.WAITED): HALF_OPEN,
        (HALF_OPEN, BreakerEvent.PROBE_FAILED): OPEN,
        (HALF_OPEN, BreakerEvent.RECOVERED): CLOSED,
        (OPEN, BreakerEvent.MOVED): CLOSED,
        (HALF_OPEN, BreakerEvent.MOVED): CLOSED,
    }


@pytest.mark.parametrize(("failures", "state"), [(4, CLOSED), (5, OPEN)])
def test_the_fifth_failure_opens(failures: int, state: CircuitState) -> None:
    subject = Subject()
    subject.fail(failures)
    assert (subject.state, subject.ask() is None) == (state, state is OPEN)


@pytest.mark.parametrize(("span_ms", "state"), [(29_999, OPEN), (30_000, OPEN), (30_001, CLOSED)])
def test_five_failures_open_within_thirty_seconds(span_ms: int, state: CircuitState) -> None:
    subject = Subject()
    subject.fail(4)
    subject.now_ms += span_ms
    subject.fail()
    assert subject.state is state


def test_failures_slide_out_of_the_window_one_by_one() -> None:
    subject = Subject()
    subject.fail(8, apart_ms=7_501)  # never five within 30 s
    assert subject.state is CLOSED
    subject.fail()
    assert subject.state is OPEN


def test_answers_between_failures_take_none_of_them_back() -> None:
    subject = Subject()
    for _ in range(5):
        subject.answer(3)
        subject.fail()
    assert subject.state is OPEN


@pytest.mark.parametrize(("waited_ms", "state"), [(59_999, OPEN), (60_000, HALF_OPEN), (60_001, HALF_OPEN)])
def test_it_stays_open_for_sixty_seconds(waited_ms: int, state: CircuitState) -> None:
    subject = Subject()
    subject.fail(5)
    subject.now_ms += waited_ms
    assert ((subject.ask() is None), subject.state) == (state is OPEN, state)


def test_time_alone_makes_it_half_open() -> None:
    subject = Subject()
    subject.fail(5)
    subject.breaker.look(subject.breaker.due_ns - 1)
    assert subject.state is OPEN
    subject.breaker.look(subject.breaker.due_ns)
    assert subject.state is HALF_OPEN


def test_half_open_lets_one_probe_through_at_a_time() -> None:
    subject = Subject().half_open()
    first = subject.permit()
    assert [subject.ask() for _ in range(10)] == [None] * 10
    subject.breaker.answered(first)
    assert subject.ask() is not None
    assert subject.ask() is None


def test_two_answered_probes_close() -> None:
    subject = Subject().half_open()
    subject.answer()
    assert subject.state is HALF_OPEN
    subject.answer()
    assert subject.state is CLOSED
    assert subject.ask() is not None
    assert subject.ask() is not None


@pytest.mark.parametrize("answers", [0, 1])
def test_one_failed_probe_opens_for_the_full_time_again(answers: int) -> None:
    subject = Subject().half_open()
    subject.answer(answers)
    subject.fail()
    subject.now_ms += 59_999
    assert (subject.state, subject.ask()) == (OPEN, None)
    subject.now_ms += 1
    assert subject.ask() is not None


def test_the_answers_of_an_earlier_half_opening_do_not_count() -> None:
    subject = Subject().half_open()
    subject.answer()
    subject.fail()
    subject.now_ms += 60_000
    subject.answer()
    assert subject.state is HALF_OPEN


def test_a_probe_that_says_nothing_leaves_its_place_to_the_next() -> None:
    subject = Subject().half_open()
    subject.breaker.let_go(subject.permit())
    assert subject.state is HALF_OPEN
    subject.answer()
    assert subject.state is HALF_OPEN


def test_what_a_call_of_an_earlier_state_says_is_too_late() -> None:
    subject = Subject()
    early = [subject.permit() for _ in range(3)]
    subject.half_open()
    probe = subject.permit()
    subject.breaker.answered(early[0])
    subject.breaker.failed(early[1], subject.now_ms * MS, "late")
    subject.breaker.let_go(early[2])
    assert (subject.state, subject.ask()) == (HALF_OPEN, None)
    subject.breaker.answered(probe)
    subject.answer()
    assert subject.state is CLOSED


def test_a_closed_breaker_begins_to_count_anew() -> None:
    subject = Subject().half_open()
    subject.answer(2)
    subject.fail(4)
    assert subject.state is CLOSED


def test_every_change_is_told_once_with_its_reason() -> None:
    subject = Subject().half_open()
    subject.answer(2)
    assert [(before, after) for before, after, _ in subject.told] == [(CLOSED, OPEN), (OPEN, HALF_OPEN), (HALF_OPEN, CLOSED)]
    assert subject.told[0][2] == "5 failures in 30000 ms, the last: no answer"


class Naive:
    """R24 in the words of the rule: a list of everything that happened, looked through from its beginning each time."""

    def __init__(self) -> None:
        self.failures: list[int] = []
        self.opened_ms: int | None = None
        self.answers = 0

    def open_at(self, now_ms: int) -> bool:
        return self.opened_ms is not None and now_ms - self.opened_ms < 60_000

    def call(self, now_ms: int, answered: bool) -> bool:
        """Whether a call gets through that is answered, or not, at once."""
        if self.open_at(now_ms):
            return False
        if self.opened_ms is not None:
            self.answers = self.answers + 1 if answered else 0
            self.opened_ms = None if self.answers == 2 else self.opened_ms if answered else now_ms
            if self.answers == 2:
                self.answers, self.failures = 0, []
        elif not answered:
            self.failures.append(now_ms)
            if len([at for at in self.failures if now_ms - at <= 30_000]) == 5:
                self.opened_ms, self.answers = now_ms, 0
        return True


pauses = st.sampled_from([0, 1, 500, 7_499, 7_500, 7_501, 29_999, 30_000, 30_001, 59_999, 60_000, 60_001])


@given(st.lists(st.tuples(pauses, st.booleans() | st.just(False)), max_size=60))
def test_it_decides_as_a_naive_model_does(calls: list[tuple[int, bool]]) -> None:
    subject, naive = Subject(), Naive()
    for pause_ms, answered in calls:
        subject.now_ms += pause_ms
        permit = subject.ask()
        assert (permit is not None) == naive.call(subject.now_ms, answered)
        if permit is not None and answered:
            subject.breaker.answered(permit)
        elif permit is not None:
            subject.breaker.failed(permit, subject.now_ms * MS, "no answer")


@given(st.lists(st.tuples(pauses, st.sampled_from(["ask", "answer", "fail", "let go"]), st.integers(0, 9)), max_size=80))
def test_whatever_comes_in_any_order_at_most_one_probe_is_under_way(steps: list[tuple[int, str, int]]) -> None:
    subject, under_way = Subject(), list[tuple[int, CircuitState]]()
    for pause_ms, step, which in steps:
        subject.now_ms += pause_ms
        permit = subject.ask() if step == "ask" else None
        if permit is not None:
            under_way.append((permit, subject.state))
        elif step != "ask" and under_way:
            ended, _ = under_way.pop(which % len(under_way))
            if step == "answer":
                subject.breaker.answered(ended)
            elif step == "fail":
                subject.breaker.failed(ended, subject.now_ms * MS, "no answer")
            else:
                subject.breaker.let_go(ended)
        latest = max((permit for permit, _ in under_way), default=-1)
        assert len([1 for permit, state in under_way if permit == latest and state is HALF_OPEN]) <= 1
