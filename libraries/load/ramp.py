"""A ramp, read second by second: at which offered rate did it bend? Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from libraries.load.journeys import Account
from libraries.load.knee import Knee, Step, find
from libraries.load.latencies import Latencies
from libraries.load.schedule import NS_PER_S, Phase, Schedule


def rises(phases: Sequence[Phase]) -> bool:
    """Whether it is one ramp upwards."""
    return len(phases) == 1 and phases[0].to_rate is not None and phases[0].to_rate > phases[0].rate


def steps(phases: Sequence[Phase], account: Account) -> list[Step]:
    """Its seconds: how many ticks were due in each, how many of those came through, and their p99. One in which no more were due than in
    those before it is left out.

    Raises:
        ValueError: it is no ramp upwards.
    """
    if not rises(phases):
        raise ValueError("expected a ramp upwards, such as 100 to 1000 a second, got another load")
    schedule = Schedule(phases)
    due = Counter(schedule.due_ns(number) // NS_PER_S for number in range(schedule.total))
    took: dict[int, list[int]] = {}
    for each in account.journeys:
        took.setdefault((each.due_ns - account.begun_ns) // NS_PER_S, []).append(each.durable_ns - each.due_ns)
    found: list[Step] = []
    for second in range(schedule.seconds):
        if not found or due[second] > found[-1].offered:
            came = took.get(second, [])
            found.append(Step(offered=due[second], achieved=len(came), p99_ms=Latencies.of_ns(came).p99_ms))
    return found


def knee(phases: Sequence[Phase], account: Account, limit_ms: float) -> Knee:
    """Where it bent, or that it did not.

    Raises:
        ValueError: it is no ramp upwards.
    """
    return find(steps(phases, account), limit_ms=limit_ms)
