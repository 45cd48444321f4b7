"""Percentiles, knees and slopes: right on what is known, and not turned by noise."""

from __future__ import annotations

import os
import random
import time

import msgspec
import pytest

from libraries.cross_check.burden import burden
from libraries.load import machine
from libraries.load.knee import Knee, Step, find
from libraries.load.latencies import Latencies
from libraries.load.slope import after_warm_up, slope


def test_percentiles_are_right_to_three_digits() -> None:
    values = [number * 1_000_000 for number in range(1, 1_001)]
    random.Random(7).shuffle(values)
    figures = Latencies.of_ns(values).figures()
    exact = {"p50": 500, "p90": 900, "p99": 990, "p99.9": 999, "max": 1_000}
    assert figures == {name: pytest.approx(value, rel=0.001) for name, value in exact.items()}


def test_one_slow_answer_in_a_hundred_shows_at_p99_and_not_at_p50() -> None:
    found = Latencies.of_ns([1_000_000] * 98 + [80_000_000] * 2)
    assert found.p50_ms == pytest.approx(1.0, rel=0.001)
    assert found.p99_ms == pytest.approx(80.0, rel=0.001)


def test_nothing_has_no_latency_and_a_negative_one_is_a_defect() -> None:
    assert Latencies().figures() == {"p50": 0.0, "p90": 0.0, "p99": 0.0, "p99.9": 0.0, "max": 0.0}
    assert Latencies().buckets() == []
    with pytest.raises(AssertionError, match="below 0"):
        Latencies().add_ns(-1)


def test_buckets_hold_every_value_once() -> None:
    found = Latencies.of_ns(number * 10_000 for number in range(1, 5_001))
    assert sum(number for _, number in found.buckets()) == 5_000
    edges = [edge for edge, _ in found.buckets()]
    assert edges == sorted(edges)


def steps(*rows: tuple[float, float, float]) -> list[Step]:
    return [Step(offered=offered, achieved=achieved, p99_ms=p99) for offered, achieved, p99 in rows]


def test_the_knee_is_the_last_rate_that_was_kept_up_with() -> None:
    rising = steps((100, 100, 1), (200, 199, 2), (400, 310, 900), (800, 320, 2_000))
    assert find(rising, limit_ms=50) == Knee(200, "at 400/s only 310/s came through")
    late = steps((100, 100, 1), (200, 200, 60))
    assert find(late, limit_ms=50) == Knee(100, "at 200/s p99 was 60.0 ms, above 50 ms")
    assert find(steps((100, 50, 1)), limit_ms=50).rate is None
    beyond = find(steps((100, 100, 1)), limit_ms=50)
    assert beyond == Knee(100, "it kept up with every step: the knee lies beyond 100/s", reached=False)
    assert beyond.text() == "not reached; it kept up with every step: the knee lies beyond 100/s"
    assert find(late, limit_ms=50).text() == "100/s; at 200/s p99 was 60.0 ms, above 50 ms"
    assert find(steps((100, 100, 60)), limit_ms=50).text() == "none; at 100/s p99 was 60.0 ms, above 50 ms"


@pytest.mark.parametrize("wrong", [[], steps((200, 200, 1), (100, 100, 1)), steps((100, 100, 1), (100, 100, 1))])
def test_a_knee_needs_rates_that_rise(wrong: list[Step]) -> None:
    with pytest.raises(ValueError, match="expected rates that rise"):
        find(wrong, limit_ms=50)


def noisy(per_minute: float, jumps: int = 0) -> list[tuple[float, float]]:
    rng = random.Random(3)
    samples = [(second * 0.5, 100.0 + per_minute * second * 0.5 / 60 + rng.uniform(-0.5, 0.5)) for second in range(240)]
    for at in range(jumps):
        samples[at * 30] = (samples[at * 30][0], 500.0)
    return samples


def test_a_leak_shows_through_noise_and_noise_is_no_leak() -> None:
    leaking, flat = slope(noisy(3.0, jumps=5)), slope(noisy(0.0, jumps=5))
    assert leaking.per_minute == pytest.approx(3.0, rel=0.1)
    assert leaking.leaks(most_per_minute=1.0, least_grown=2.0)
    assert not flat.leaks(most_per_minute=1.0, least_grown=2.0)
    assert not leaking.leaks(most_per_minute=1.0, least_grown=20.0), "what is allowed to settle is no leak"


def test_a_slope_needs_time() -> None:
    with pytest.raises(ValueError, match="three or more"):
        slope([(0.0, 1.0), (1.0, 2.0)])


def test_what_fills_at_first_is_left_out() -> None:
    samples = [(float(second), min(second, 10) * 10.0) for second in range(41)]
    assert slope(after_warm_up(samples)).per_minute == 0
    assert after_warm_up([]) == []


def test_a_machine_that_stands_still_is_seen_to_and_by_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    sleep = time.sleep
    naps = iter([0.0, 0.0, 0.2])
    with machine.Hiccups(nap_s=0.01) as probe:
        began = probe.moment()
        monkeypatch.setattr(time, "sleep", lambda seconds: sleep(seconds + next(naps, 0.0)))
        sleep(0.5)
        share = probe.share_since(began)
    assert probe.longest_s >= 0.2
    assert 0.3 <= share <= 1
    assert 0.3 <= probe.stalled <= 1


def test_what_others_take_of_a_core_does_not_slow_its_pace_and_what_slows_the_core_does(monkeypatch: pytest.MonkeyPatch) -> None:
    core = min(os.sched_getaffinity(0))
    monkeypatch.setattr(machine, "_PACE_PART", 1)  # long enough to be interrupted

    def paced() -> float:
        pace = machine.Pace(core)
        pace.start()
        time.sleep(0.6)
        return pace.end()

    alone = paced()
    with burden(4):
        crowded = paced()
    assert crowded < 3 * alone, "four more on each core: by the wall it would take five times as long"
    slower = machine.work
    monkeypatch.setattr(machine, "work", lambda rounds: [slower(rounds) for _ in range(8)])
    assert paced() > 2 * alone
    assert os.sched_getaffinity(0) != {core} or os.cpu_count() == 1, "only the probe's thread is bound"


def test_the_machine_says_what_it_was_worth() -> None:
    factor = machine.calibrate()
    assert factor > 0
    with machine.Hiccups() as probe:
        machine.work()
    quiet = machine.Speed(factor=1.15, stalled=0.01, load=0.5)
    busy = machine.Speed(factor=2.5, stalled=0.3, load=9.0)
    assert 0 <= probe.stalled <= 1
    slow = msgspec.structs.replace(quiet, factor=1.16)
    assert (quiet.quiet, busy.quiet, slow.quiet) == (True, False, False)
    assert busy.text() == (
        "machine: 2.5x the reference's time, stood still 30.0%, load 9.0 per core "
        "(NOT quiet: above 1.15x or 2% the time is the machine's, not the engine's)"
    )
