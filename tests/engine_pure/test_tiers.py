"""The tier follows the balance, one step at a time, with 48 hours of grace after each change."""

from __future__ import annotations

import pytest

from genesis.core.events import TimerFired, TransferReported
from genesis.core.facts import TierAssigned
from genesis.core.state import State
from genesis.engine.standing import IN_GRACE_PERIOD, grace
from tests.builders import VENUE, d, limit_signal
from tests.engine_pure.bench import refold
from tests.engine_pure.strategy_kit import SECOND, Stage, with_probes

GRACE_MS = 48 * 3_600_000


def account(usdt: str) -> Stage:
    return Stage(with_probes(), funds={"USDT": d(usdt), "BTC": 0, "ETH": 0}).open()


def pay(stage: Stage, usdt: str) -> None:
    stage.do(TransferReported(venue=VENUE, asset="USDT", amount=d(usdt), venue_time_ms=stage.venue_ms))
    stage.let(SECOND)


def moves(stage: Stage) -> list[tuple[str, str]]:
    return [(fact.before, fact.after) for fact in stage.said(TierAssigned)]


@pytest.mark.parametrize(("first", "then", "moved"), [("1999.99", "0.005", []), ("1999.99", "0.01", [("SNIPER", "HUNTER")])])
def test_a_bound_is_inclusive_below(first: str, then: str, moved: list[tuple[str, str]]) -> None:
    stage = account(first)
    pay(stage, then)
    assert moves(stage) == moved


def test_promoted_one_step_at_a_time() -> None:
    stage = account("1000")
    pay(stage, "99000")
    assert moves(stage) == [("SNIPER", "HUNTER")]
    for expected in ("STRATEGIST", "ARCHITECT", "ARCHITECT"):
        stage.wall_ms += GRACE_MS
        stage.let(SECOND)
        assert stage.state.tier == expected


def test_demoted_one_step_at_a_time() -> None:
    stage = account("60000")
    pay(stage, "-59900")
    for expected in ("STRATEGIST", "HUNTER", "SNIPER", "SNIPER"):
        assert stage.state.tier == expected
        stage.wall_ms += GRACE_MS
        stage.let(SECOND)


def test_within_the_grace_period_nothing_changes() -> None:
    stage = account("1000")
    pay(stage, "1500")
    assert stage.state.tier == "HUNTER"
    assert grace(stage.engine._desk) == IN_GRACE_PERIOD
    pay(stage, "-1500")
    stage.wall_ms = stage.state.tier_grace_until_ms - 1
    stage.do(TimerFired())
    assert stage.state.tier == "HUNTER"
    stage.wall_ms += 1
    stage.do(TimerFired())
    stage.let(SECOND)
    assert moves(stage) == [("SNIPER", "HUNTER"), ("HUNTER", "SNIPER")]


def test_the_first_tier_has_no_grace() -> None:
    stage = account("60000")
    assert stage.state.tier == "ARCHITECT"
    assert stage.state.tier_grace_until_ms == 0


def test_a_new_tier_unlocks_at_once() -> None:
    stage = account("1000")
    assert stage.submit(limit_signal(quantity="0.5")).body["error"]["rule"] == "TIER"
    pay(stage, "1500")
    assert stage.submit(limit_signal(quantity="0.5")).status == 201


def test_the_grace_outlives_a_restart_and_a_snapshot() -> None:
    stage = account("1000")
    pay(stage, "1500")
    assert refold(stage.all_facts).digest() == stage.state.digest() == State.from_document(stage.state.document()).digest()
    again = stage.again()
    assert again.state.tier_grace_until_ms == stage.state.tier_grace_until_ms
    pay(again, "-1500")
    assert again.state.tier == "HUNTER"
