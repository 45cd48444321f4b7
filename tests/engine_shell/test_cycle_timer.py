"""The timer that interrupts cycles: it hits the strategy's code and nothing else, wherever a signal comes."""

from __future__ import annotations

import hashlib
import signal
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from genesis.engine import cycle_timer
from genesis.engine.cycle_timer import CycleTimer
from genesis.engine.supervision import CycleInterrupted

MS = 1_000_000
BUDGET_NS = 100 * MS


@pytest.fixture
def timer() -> Iterator[CycleTimer]:
    made = CycleTimer()
    made.install()
    yield made
    made.remove()


def burn(milliseconds: float) -> None:
    until = time.thread_time_ns() + int(milliseconds * MS)
    while time.thread_time_ns() < until:
        pass


def test_a_spin_fifty_times_too_long_is_over_at_its_budget(timer: CycleTimer) -> None:
    """Three times: on a machine that others use the kernel's timer may be late once."""
    ended: list[None] = []
    spent_ns = [timer.run(BUDGET_NS, lambda: ended.append(burn(5_000))) for _ in range(3)]
    assert not ended
    assert BUDGET_NS < min(spent_ns) < 2 * BUDGET_NS


def test_a_cycle_within_its_budget_is_left_alone(timer: CycleTimer) -> None:
    ended = []
    assert timer.run(BUDGET_NS, lambda: ended.append(burn(20))) < BUDGET_NS
    burn(150)
    assert ended == [None]


def test_time_that_other_threads_burn_is_not_the_cycles(timer: CycleTimer) -> None:
    """The kernel counts the process; the budget is the loop's thread's."""
    began, done, much = threading.Event(), threading.Event(), bytes(1 << 26)

    def other() -> None:
        while not done.is_set():
            began.set()
            hashlib.sha256(much).digest()  # without the interpreter

    thread = threading.Thread(target=other)
    thread.start()
    began.wait()
    ended: list[None] = []
    own_until_ns, both_until_ns = time.thread_time_ns() + 350 * MS, time.process_time_ns() + 500 * MS

    def cycle() -> None:
        while time.process_time_ns() < both_until_ns and time.thread_time_ns() < own_until_ns:
            pass
        ended.append(None)

    spent_ns = timer.run(400 * MS, cycle)
    done.set()
    thread.join()
    assert ended == [None]
    assert spent_ns <= 400 * MS


def test_what_swallows_an_interruption_gets_another_one(timer: CycleTimer) -> None:
    interruptions = []

    def stubborn() -> None:
        for _ in range(3):
            try:
                burn(5_000)
            except CycleInterrupted as error:
                interruptions.append(type(error))
        burn(5_000)

    spent_ns = timer.run(10 * MS, stubborn)
    assert interruptions == [CycleInterrupted] * 3
    assert spent_ns < 500 * MS


def test_a_finaliser_that_swallows_it_saves_nobody(timer: CycleTimer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is raised while an object is taken away is lost; the next signal is not."""
    lost = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)

    class Slow:
        def __del__(self) -> None:
            burn(200)

    def cycle() -> None:
        Slow()
        burn(5_000)

    spent_ns = timer.run(20 * MS, cycle)
    assert lost
    assert spent_ns < 1_000 * MS


def test_many_cycles_that_end_just_at_their_budget_never_let_it_out(timer: CycleTimer) -> None:
    """Real signals, all around the end of the cycle: each run is over, one way or the other."""
    interrupted = 0
    for number in range(400):
        ended: list[None] = []
        budget_ns = 4 * MS
        spent_ns = timer.run(budget_ns, lambda: ended.append(burn(3.8 + number % 40 * 0.01)))  # noqa: B023 - called at once
        interrupted += not ended
        assert ended or spent_ns > budget_ns
        sum(range(500))  # code after the cycle: a signal that comes now must not hit it


# -- every boundary between two instructions


class Boundaries:
    """Runs a scenario and has the signal found at the n-th instruction that this thread executes in it."""

    def __init__(self, at: int, strike: Callable[[FrameType], None]) -> None:
        self.at, self.strike, self.count = at, strike, 0

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if frame.f_code.co_filename not in (cycle_timer.__file__, __file__) or frame.f_code is CycleTimer.look.__code__:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            self.count += 1
            if self.count == self.at:
                self.strike(frame)
        return self


def struck(at: int) -> tuple[bool, bool, int]:
    """A scenario of its own with an overdue signal at instruction `at`: (the cycle ended, what came after it was reached, instructions)."""
    ended: list[int] = []
    after: list[int] = []
    timer = CycleTimer()

    def cycle() -> None:
        number = 0
        for step in (1, 2):
            number += step
        ended.append(number)

    def scenario() -> None:
        timer.run(-1, cycle)  # every look finds it over its budget
        after.append(1)

    boundaries = Boundaries(at, lambda frame: timer.look(signal.SIGPROF, frame))
    before = sys.gettrace()
    sys.settrace(boundaries)
    try:
        scenario()
    finally:
        sys.settrace(before)
    return bool(ended), bool(after), boundaries.count


def test_a_signal_between_any_two_instructions_hits_the_cycle_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cycle_timer.signal, "setitimer", max)  # takes what it is given, and is no code of Python as the real one is none
    instructions = struck(0)[2]
    assert instructions > 40
    outcomes = [struck(at) for at in range(1, instructions + 1)]
    assert all(after for _, after, _ in outcomes)  # it never came out of `run`
    hit = [at for at, (ended, _, _) in enumerate(outcomes, 1) if not ended]
    assert len(hit) > 10
    assert hit == list(range(hit[0], hit[-1] + 1))  # the cycle's own instructions, all of them up to its last act, and no other


class Overtaken:
    """A clock that the first look at a signal asks for the time; by then there is another signal, which finds that look."""

    def __init__(self, timer: CycleTimer) -> None:
        self.timer = timer
        self.looks = 0

    def clock_gettime_ns(self, clock: int) -> int:
        asking = sys._getframe(1)
        if asking.f_code is CycleTimer.look.__code__:
            self.looks += 1
            if self.looks == 1:
                self.timer.look(signal.SIGPROF, asking)
        return time.clock_gettime_ns(clock)


@pytest.mark.parametrize("late", [True, False])
def test_a_signal_that_finds_the_look_at_another_one_hits_nothing(late: bool, timer: CycleTimer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One came after the cycle, and while it is looked at there is the next: what that raised would come out in `run`."""
    ended: list[int] = []
    clock = Overtaken(timer)
    monkeypatch.setattr(cycle_timer, "time", clock)
    real = cycle_timer.signal.setitimer

    def stopping(which: int, seconds: float, interval: float = 0.0) -> Any:
        if late and seconds == 0:
            timer.look(signal.SIGPROF, sys._getframe(1))
        return real(which, seconds, interval)

    def cycle() -> None:
        if not late:
            timer.look(signal.SIGPROF, sys._getframe())
        ended.append(1)

    monkeypatch.setattr(cycle_timer.signal, "setitimer", stopping)
    timer.run(-1, cycle)
    assert clock.looks == 2
    assert ended == ([1] if late else [])  # the first one judges for both


def test_the_timer_costs_a_cycle_a_few_microseconds(timer: CycleTimer) -> None:
    """A goal of a cycle is 1 ms: the median of many must not notice it. Processor time, ten times what was measured."""

    def nothing() -> None:
        pass

    took = []
    for _ in range(3_000):
        begun = time.thread_time_ns()
        timer.run(BUDGET_NS, nothing)
        took.append(time.thread_time_ns() - begun)
    assert statistics.median(took) < 50_000
