"""The tilt detector through the whole engine: thresholds, levels, lockouts over time and restarts (R20, R21, R33)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from genesis.core.commands import Alert
from genesis.core.errors import TILT
from genesis.core.facts import RiskDenied, TiltAnomaly, TiltChanged, TiltMeasured
from genesis.core.models import Purpose, Side, Tier
from genesis.core.settings import DEFAULT_TIERS, TiltSettings
from genesis.core.state import State
from genesis.engine import tilt_indicators as indicators
from tests.builders import d, limit_signal, settings, signal
from tests.engine_pure.bench import Bench, refold

USUAL, UNUSUAL = "0.12", "0.24"
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
SHAMING = re.compile(
    r"\b(tilted|emotion\w*|greed\w*|stupid|reckless|bad|wrong|fault|fail\w*|angry|revenge|panic|addict\w*|you|your)\b", re.I
)


def bench(**changes: Any) -> Bench:
    """A HUNTER with a book at 100 and a baseline that need not be old."""
    values = {"baseline_span_ms": 0, "pace_ms": 1} | changes
    return Bench(settings(tilt=TiltSettings(**values)), funds={"USDT": 3000, "BTC": 1}).start("99.99", "100")


def enter(on: Bench, quantity: str = USUAL, **changes: Any) -> str | None:
    """One entry a second; the rule that denies it."""
    pass_by(on, 1_000)
    reply = on.submit(signal(Side.BUY, quantity, **changes))
    return None if reply.status == 201 else str(reply.body["error"]["rule"])


def pass_by(on: Bench, milliseconds: int) -> None:
    """Wall clock and monotonic clock go ahead, with one timer event and a fresh book."""
    on.let(milliseconds, milliseconds)
    on.book("99.99", "100")


def usual(on: Bench, times: int = 20) -> None:
    for _ in range(times):
        assert enter(on) is None


def locked(on: Bench) -> Bench:
    usual(on)
    for _ in range(5):
        enter(on, UNUSUAL)
    assert on.state.tilt.level == 2
    enter(on, UNUSUAL)
    assert on.state.tilt.level == 3
    return on


@pytest.mark.parametrize(("value", "beyond"), [("12.9999", False), ("13", False), ("13.0001", True), ("7", False), ("6.9999", True)])
def test_r20_an_anomaly_lies_more_than_one_and_a_half_iqr_from_the_median(value: str, beyond: bool) -> None:
    middle, between, most = indicators.allowed([d(n) for n in (8, 9, 10, 11, 12)], TiltSettings(), d(1))
    assert (middle, between, most) == (d(10), d(2), d(3))
    assert (abs(d(value) - middle) > most) is beyond


@pytest.mark.parametrize(("quantity", "count"), [("0.13799", 0), ("0.138", 0), ("0.13801", 1)])
def test_r20_at_exactly_what_is_allowed_nothing_is_unusual(quantity: str, count: int) -> None:
    """Entries of 12 USDT count as varying by 1.2: 1.8 more is allowed."""
    on = bench()
    usual(on)
    enter(on, quantity)
    assert len(on.said(TiltAnomaly)) == count


@pytest.mark.parametrize(("quantity", "count"), [("0.12", 0), ("0.12001", 1), ("0.11999", 1)])
def test_r20_by_the_letter_a_baseline_that_never_varies_allows_nothing(quantity: str, count: int) -> None:
    on = bench(least_iqr=d(0))
    usual(on)
    enter(on, quantity)
    assert [one.indicator for one in on.said(TiltAnomaly)] == ["entry_size"] * count


@pytest.mark.parametrize(("values", "count"), [(19, 0), (20, 1), (21, 1)])
def test_nothing_is_unusual_before_the_baseline_is_large_enough(values: int, count: int) -> None:
    on = bench()
    usual(on, values)
    enter(on, UNUSUAL)
    assert len(on.said(TiltAnomaly)) == count


@pytest.mark.parametrize(("span_ms", "count"), [(20_001, 0), (20_000, 1), (19_999, 1)])
def test_nothing_is_unusual_before_the_baseline_is_old_enough(span_ms: int, count: int) -> None:
    on = bench(baseline_span_ms=span_ms)
    usual(on)
    enter(on, UNUSUAL)
    assert len(on.said(TiltAnomaly)) == count


@pytest.mark.parametrize(("number", "level"), [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (6, 3), (7, 3)])
def test_r20_levels(number: int, level: int) -> None:
    assert indicators.level(number, TiltSettings()) == level


@pytest.mark.parametrize(("apart_ms", "level"), [(1_798_999, 1), (1_799_000, 0), (1_799_001, 0)])
def test_r20_anomalies_count_for_thirty_minutes(apart_ms: int, level: int) -> None:
    """An entry comes a second after the last; with it, 30 min are over or not."""
    on = bench()
    usual(on)
    enter(on, UNUSUAL)
    pass_by(on, apart_ms)
    enter(on, UNUSUAL)
    assert on.state.tilt.level == level


def test_r20_a_level_is_over_thirty_minutes_after_the_first_of_its_anomalies() -> None:
    on = bench()
    usual(on)
    for _ in range(2):
        enter(on, UNUSUAL)
    pass_by(on, 1_798_999)
    assert on.state.tilt.level == 1
    pass_by(on, 1)
    assert on.state.tilt.level == 0


def test_r20_level_two_halves_the_largest_order() -> None:
    """R1 of 3,100 USDT is 155: a half of it is 77.5."""
    on = bench()
    usual(on)
    assert [enter(on, UNUSUAL) for _ in range(4)] == [None] * 4
    assert (on.state.tilt.level, on.state.tilt.size_factor) == (2, d("0.5"))
    half = on.engine.equity(on.now)
    assert half is not None
    most = half * d("0.05") / 2 / 100
    assert enter(on, f"{most + d('0.001'):.3f}") == "R20"
    denial = on.said(RiskDenied)[-1]
    assert denial.code == TILT
    assert d(denial.value) > d(denial.limit) > 0


def test_r20_a_strategy_is_neither_measured_nor_bound() -> None:
    on = bench()
    measured = len(on.said(TiltMeasured))
    on.engine._desk.state.tilt.level = 3
    on.engine._desk.state.tilt.locked_until_ms = on.wall_ms + DAY_MS
    assert enter(on, UNUSUAL, source="strategy") is None
    assert len(on.said(TiltMeasured)) == measured


def test_r21_a_lockout_refuses_entries_only() -> None:
    on = bench()
    order = on.order(signal(Side.BUY, "0.5"))
    on.fill(order, "0.5", "100")
    resting = on.submit(limit_signal(Side.BUY, USUAL, "90")).body["client_order_id"]
    locked(on)
    assert enter(on) == "R21"
    denial = on.said(RiskDenied)[-1]
    assert (denial.code, denial.limit, denial.value) == (TILT, str(on.state.tilt.locked_until_ms), str(on.wall_ms))
    assert on.submit(signal(Side.SELL, "0.2", purpose=Purpose.EXIT)).status == 201
    assert on.operate("CANCEL_ORDER", resting).status == 202
    assert on.operate("HALT").status == 200


@pytest.mark.parametrize(
    ("number", "milliseconds"),
    [
        (1, 300_000),
        (2, 1_800_000),
        (3, DAY_MS),
        (4, DAY_MS * 3 // 2),
        (5, DAY_MS * 9 // 4),
        (7, DAY_MS * 81 // 16),
        (8, 7 * DAY_MS),
        (99, 7 * DAY_MS),
    ],
)
def test_r21_lockouts_grow(number: int, milliseconds: int) -> None:
    assert indicators.lockout_ms(number, TiltSettings()) == milliseconds


@pytest.mark.parametrize(("after_ms", "rule"), [(299_998, "R21"), (299_999, None)])
def test_r21_the_first_lockout_is_over_after_five_minutes(after_ms: int, rule: str | None) -> None:
    on = locked(bench())
    pass_by(on, after_ms - 999)
    assert on.state.tilt.level == 3
    assert enter(on) == (None if rule is None else rule)


def halt_six_times(on: Bench) -> int:
    """Six unusual commands; how long the lockout is."""
    for _ in range(6):
        on.operate("HALT")
    assert on.state.tilt.level == 3
    return on.state.tilt.locked_until_ms - on.wall_ms


def test_r21_repeats_are_longer_and_one_of_a_month_ago_is_none() -> None:
    on = bench()
    usual(on, 60)
    assert halt_six_times(on) == 300_000
    pass_by(on, 300_000)
    assert on.state.tilt.level == 0  # what the lockout answered does not count again
    assert halt_six_times(on) == 1_800_000
    pass_by(on, 30 * DAY_MS - 300_001)
    assert halt_six_times(on) == DAY_MS
    pass_by(on, 31 * DAY_MS)
    for _ in range(40):
        on.operate("RESUME")
    assert halt_six_times(on) == 300_000


def test_r21_the_size_comes_back_in_steps() -> None:
    on = locked(bench())
    sizes = []
    pass_by(on, 300_000)
    for _ in range(4):
        sizes.append(on.state.tilt.size_factor)
        pass_by(on, 1_799_999)
        sizes.append(on.state.tilt.size_factor)
        pass_by(on, 1)
    assert sizes == [d(n) for n in ("0.25", "0.25", "0.5", "0.5", "0.75", "0.75", "1", "1")]


def test_r21_a_quarter_of_the_largest_order_after_a_lockout() -> None:
    on = locked(bench())
    pass_by(on, 300_000)
    assert enter(on, "0.5") == "R21"
    assert enter(on, "0.3") is None


def test_r21_a_lockout_goes_on_counting_while_no_engine_runs() -> None:
    on = locked(bench(lockouts_ms=(DAY_MS, DAY_MS, DAY_MS)))
    on.wall_ms += DAY_MS - 1_000
    on.venue_ms = on.wall_ms
    early = on.restart()
    early.connect()
    early.answer_reconcile()
    early.book("99.99", "100")
    assert early.state.tilt == on.state.tilt
    assert early.submit(signal(Side.BUY, USUAL)).body["error"]["rule"] == "R21"  # midnight has passed, the lockout has not
    pass_by(early, 1_000)
    after = early.submit(signal(Side.BUY, USUAL)).body
    assert after["error"]["rule"] == "R26"  # the lockout is over; an order of before the restart is not resolved here


def test_the_fold_the_document_and_the_digest_agree() -> None:
    on = locked(bench())
    again = refold(on.all_facts)
    assert again.tilt == on.state.tilt
    restored = State.from_document(on.state.document())
    assert restored.tilt == on.state.tilt
    assert restored.digest() == again.digest() == on.state.digest()
    again.tilt.level = 0
    assert again.digest() != on.state.digest()


@pytest.mark.parametrize(
    ("equity", "factor"),
    [(8_999, "1"), (9_000, "1.5"), (9_499, "1.5"), (9_500, "2"), (9_799, "2"), (9_800, "3"), (9_999, "3")],
)
def test_r33_the_nearer_the_next_tier_the_closer_the_look(equity: int, factor: str) -> None:
    assert indicators.sensitivity(TiltSettings(), DEFAULT_TIERS, Tier.HUNTER, d(equity)) == d(factor)


def test_r33_divides_what_is_allowed() -> None:
    assert indicators.allowed([d(n) for n in (8, 9, 10, 11, 12)], TiltSettings(), d(3))[2] == d(1)


def test_r33_the_engine_looks_by_its_equity() -> None:
    """9,500 USDT and a bitcoin at 100 are 96 % of a STRATEGIST's capital."""
    on = Bench(bench().settings, funds={"USDT": 9500, "BTC": 1}).start("99.99", "100")
    usual(on)
    enter(on, UNUSUAL)
    assert [fact.sensitivity for fact in on.said(TiltAnomaly)] == [d(2)]


def test_an_entry_soon_after_a_cancel_is_an_edit_and_soon_after_a_loss_is_told() -> None:
    on = bench()
    resting = on.submit(limit_signal(Side.BUY, USUAL, "90")).body["client_order_id"]
    on.operate("CANCEL_ORDER", resting)
    assert on.said(TiltMeasured)[-1].values["cancel_rate"] == d("0.5")
    enter(on)
    assert on.said(TiltMeasured)[-1].values["edit"] == d(1)
    assert on.said(TiltMeasured)[-1].values["cancel_rate"] == d("0.33333333")
    pass_by(on, 60_000)
    enter(on)
    assert on.said(TiltMeasured)[-1].values["edit"] == d(0)
    order = on.order(signal(Side.BUY, "0.5"))
    on.fill(order, "0.5", "100")
    assert on.said(TiltMeasured)[-1].values["revenge"] == d(0)
    out = on.order(signal(Side.SELL, "0.2", purpose=Purpose.EXIT))
    on.fill(out, "0.2", "99.99")
    enter(on)
    assert on.said(TiltMeasured)[-1].values["revenge"] == d(1)
    pass_by(on, 120_000)
    enter(on)
    assert on.said(TiltMeasured)[-1].values["revenge"] == d(0)


def test_overrides_and_the_pace_and_the_hour_are_measured() -> None:
    on = bench(pace_ms=300_000)
    usual(on, 3)
    assert on.said(TiltMeasured)[-1].values["entries"] == d(3)
    pass_by(on, 12 * HOUR_MS)
    on.operate("PAUSE")
    last = on.said(TiltMeasured)[-1]
    assert (last.action, last.values) == ("PAUSE", {"override": d(1), "usual_hour": d(0)})


def test_what_is_said_tells_numbers_and_does_not_shame() -> None:
    on = locked(bench())
    enter(on)
    pass_by(on, 300_000)
    enter(on, "0.5")
    told = [command.text for command in on.asked(Alert)] + [fact.message for fact in on.said(RiskDenied)]
    assert len(told) > 8
    assert [text for text in told if SHAMING.search(text)] == []
    assert {fact.after for fact in on.said(TiltChanged)} == {0, 1, 2, 3}
