"""What a missed limit means on a machine that was quiet, nearly quiet or busy (decision 39)."""

from __future__ import annotations

import math

import pytest
from robot.api import SkipExecution

from libraries.load.machine import MOST_SLOW, MOST_STALLED, Speed
from libraries.load.tries import MOST_REPEATS, REQUIRED_RATE, SLOWER_THAN_THE_FACTOR, Try, tried

FAST = Speed(factor=0.9, stalled=0.0, load=0.1)
NEARLY = Speed(factor=1.1, stalled=0.0, load=0.5)
SLOW = Speed(factor=1.5, stalled=0.0, load=0.7)
STALLED = Speed(factor=1.0, stalled=0.3, load=3.0)
RATE = 1_050.0
LITTLE = 100.0


def measured(times: float, speed: Speed, queued: float = 0.0) -> Try[None]:
    return Try(found=None, times=times, text=f"{times} times", speed=speed, queued=queued)


def test_the_speeds_of_this_file_are_what_they_are_called() -> None:
    assert FAST.quiet
    assert NEARLY.quiet
    assert not SLOW.quiet
    assert not STALLED.quiet
    assert SLOW.factor > MOST_SLOW
    assert STALLED.stalled > MOST_STALLED


@pytest.mark.parametrize("speed", [FAST, NEARLY, SLOW, STALLED])
def test_a_limit_that_is_kept_is_kept_on_any_machine_and_measured_once(speed: Speed) -> None:
    tries = tried(lambda: measured(1.0, speed), MOST_REPEATS)
    tries.check("never said")
    assert len(tries.each) == 1


@pytest.mark.parametrize(
    ("times", "speed", "queued", "tries", "raises"),
    [
        (1.01, FAST, 0, 1, AssertionError),  # nothing but the engine is slow
        (1.11, NEARLY, 0, 1, AssertionError),  # more than the machine's own factor
        (1.09, NEARLY, 0, 3, SkipExecution),
        (1.5, NEARLY, RATE, 1, AssertionError),  # a queue on a quiet machine is the engine's
        (SLOW.factor * SLOWER_THAN_THE_FACTOR, SLOW, 0, 3, SkipExecution),
        (SLOW.factor * SLOWER_THAN_THE_FACTOR + 0.01, SLOW, 0, 3, AssertionError),
        (50.0, SLOW, RATE, 3, SkipExecution),  # no factor says how long a queue may get
        (50.0, SLOW, LITTLE, 3, AssertionError),  # a queue that no slow machine makes of so little
        (50.0, SLOW, REQUIRED_RATE / SLOWER_THAN_THE_FACTOR / SLOW.factor, 3, AssertionError),
        (50.0, SLOW, REQUIRED_RATE / SLOWER_THAN_THE_FACTOR / SLOW.factor + 1, 3, SkipExecution),
        (math.inf, SLOW, RATE, 3, AssertionError),  # nothing came at all
        (SLOWER_THAN_THE_FACTOR, STALLED, 0, 3, SkipExecution),
        (SLOWER_THAN_THE_FACTOR + 0.01, STALLED, 0, 3, AssertionError),
    ],
)
def test_who_is_to_blame(times: float, speed: Speed, queued: float, tries: int, raises: type[BaseException]) -> None:
    """`tries`: how often it is measured before anything is said."""
    made = tried(lambda: measured(times, speed, queued), MOST_REPEATS)
    assert len(made.each) == tries
    with pytest.raises(raises, match=rf"expected so much, came less:(.|\n)*try {tries}: {times} times"):
        made.check("expected so much, came less")


def test_what_happens_between_two_tries_sees_the_one_that_missed() -> None:
    speeds, seen = [SLOW, SLOW, FAST], []
    made = tried(lambda: measured(1.2 if len(speeds) > 1 else 1.0, speeds.pop(0)), MOST_REPEATS, seen.append)
    made.check("never said")
    assert [each.speed for each in seen] == [SLOW, SLOW]
    assert made.last.speed is FAST
