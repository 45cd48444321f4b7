"""The emergency ladder (R22) on the day's loss, and its override (R35). 40 BTC are short; equity as the day began is 8,000 USDT."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from genesis.core.commands import CancelOrder, Reply
from genesis.core.day import DAY_MS
from genesis.core.events import OperatorAction
from genesis.core.facts import DayLossReached, MultiLegChanged, OverrideEnded
from genesis.core.models import Order, OrderState, Purpose, Side
from genesis.core.settings import DEFAULT_TIERS, DaySettings
from genesis.core.state import State
from genesis.engine.override import PHRASE
from tests.builders import VENUE, d, limit_signal, signal
from tests.engine_pure.bench import refold
from tests.engine_pure.pair_kit import held_pair, pair_stage, trade
from tests.engine_pure.strategy_kit import SECOND, Stage
from tests.engine_pure.test_day_loss import LOOSE, entry, holding, lose, reached

NO_R3 = {tier: msgspec.structs.replace(limits, daily_loss=d(10**6)) for tier, limits in DEFAULT_TIERS.items()}


def ladder(**changes: Any) -> Stage:
    """As `holding`, without R3; stops far away."""
    risk = msgspec.structs.replace(LOOSE, tiers=NO_R3, stop_fraction=d("0.6"))
    return holding(6_000, **({"risk": risk} | changes))


BEGAN = d(10_000)
"""Equity as the day began: 6,000 USDT and 40 BTC at 100."""


def at(stage: Stage, part: str) -> None:
    lose(stage, f"{BEGAN * d(part)}")
    stage.let(SECOND)


def exits(stage: Stage) -> list[Order]:
    return [order for order in stage.state.orders.values() if order.purpose is Purpose.EXIT]


def position(stage: Stage) -> Any:
    return stage.state.positions[VENUE, "BTCUSDT"].quantity


def override(stage: Stage, phrase: str = PHRASE) -> tuple[int, dict[str, Any]]:
    stage.do(OperatorAction(action="OVERRIDE", reply_to=7, detail=phrase))
    reply = stage.asked(Reply)[-1]
    return reply.status, reply.body


@pytest.mark.parametrize(
    ("part", "rungs"),
    [
        ("0.0499", []),
        ("0.05", ["REDUCE"]),
        ("0.0999", ["REDUCE"]),
        ("0.1", ["REDUCE", "NO_ENTRIES", "DELEVERAGE_1"]),
        ("0.1199", ["REDUCE", "NO_ENTRIES", "DELEVERAGE_1"]),
        ("0.12", ["REDUCE", "NO_ENTRIES", "PREPARE", "DELEVERAGE_1", "DELEVERAGE_2"]),
        ("0.1399", ["REDUCE", "NO_ENTRIES", "PREPARE", "DELEVERAGE_1", "DELEVERAGE_2"]),
        ("0.14", ["REDUCE", "NO_ENTRIES", "PREPARE", "DELEVERAGE_1", "DELEVERAGE_2", "DELEVERAGE_3"]),
        ("0.1499", ["REDUCE", "NO_ENTRIES", "PREPARE", "DELEVERAGE_1", "DELEVERAGE_2", "DELEVERAGE_3"]),
        ("0.15", ["REDUCE", "NO_ENTRIES", "PREPARE", "HALT", "DELEVERAGE_1", "DELEVERAGE_2", "DELEVERAGE_3", "DELEVERAGE_4"]),
    ],
)
def test_r22_each_rung_just_below_and_at(part: str, rungs: list[str]) -> None:
    stage = ladder()
    stage.filling = False
    at(stage, part)
    assert reached(stage) == rungs


def test_r22_half_of_the_largest_order_from_five_per_cent_on() -> None:
    """R1 allows all of the balance, 9,996 USDT; half of it are 4,998, and 50 cost 5,000."""
    near = msgspec.structs.replace(LOOSE, tiers=NO_R3)
    for part, rule in (("0.0499", ""), ("0.05", "R22")):
        stage = ladder(risk=near)
        at(stage, part)
        answer = stage.submit(signal(Side.BUY, "50", symbol="ETHUSDT")).body
        assert answer.get("error", {}).get("rule", "") == rule, part
        assert stage.submit(signal(Side.BUY, "0.2", symbol="ETHUSDT")).status == 201


def test_r22_no_entries_until_midnight_from_ten_per_cent_on() -> None:
    stage = ladder()
    stage.filling = False
    at(stage, "0.1")
    assert entry(stage) == ("R22", "GENESIS-5901")
    stage.wall_ms += DAY_MS - stage.wall_ms % DAY_MS
    assert entry(stage)[0] == ""


def test_r22_what_rests_to_open_a_position_is_cancelled_at_ten_per_cent_and_no_exit() -> None:
    stage = ladder()
    resting = stage.order(limit_signal(Side.BUY, "0.2", "90", symbol="ETHUSDT"))
    leaving = stage.order(limit_signal(Side.BUY, "1", "90", purpose=Purpose.EXIT))
    stage.filling = False
    at(stage, "0.0999")
    assert not stage.asked(CancelOrder)
    at(stage, "0.1")
    assert [command.client_order_id for command in stage.asked(CancelOrder)] == [resting.client_order_id]
    stage.end(resting, "CANCELED")
    assert leaving.client_order_id in stage.state.open.by_id


def test_r22_what_was_overridden_in_between_is_cancelled_at_twelve_per_cent() -> None:
    stage = ladder()
    stage.filling = False
    at(stage, "0.1")
    assert override(stage)[0] == 200
    resting = stage.order(limit_signal(Side.BUY, "0.2", "90", symbol="ETHUSDT"))
    at(stage, "0.1199")
    assert not stage.asked(CancelOrder)
    at(stage, "0.12")
    assert [command.client_order_id for command in stage.asked(CancelOrder)] == [resting.client_order_id]


@pytest.mark.parametrize(("part", "kept"), [("0.1", "-30"), ("0.12", "-20"), ("0.14", "-10")])
def test_r22_a_rising_part_of_every_position_is_closed(part: str, kept: str) -> None:
    """Of a short the fee of the buy-back comes on top; what is left is never more than may be kept, and less by under a step."""
    stage = ladder()
    at(stage, part)
    stage.settle()
    assert d(kept) <= position(stage) < d(kept) + d("0.00001")
    before = len(exits(stage))
    for _ in range(5):
        stage.let(SECOND)
        stage.settle()
    assert len(exits(stage)) == before == 1


def test_r22_everything_at_fifteen_per_cent() -> None:
    stage = ladder()
    at(stage, "0.15")
    stage.settle()
    assert abs(position(stage)) < d("0.00001")
    assert stage.state.engine_state == "HALTED"


def test_r22_the_path_through_every_rung_closes_in_four_steps() -> None:
    stage = ladder()
    kept = []
    for price in ("124.9", "131", "141", "170"):
        stage.quote("BTCUSDT", price)
        stage.let(SECOND)
        stage.settle()
        kept.append(position(stage))
    assert kept == sorted(kept)
    assert abs(kept[-1]) < d("0.00001")
    assert "HALT" in reached(stage)
    assert refold(stage.all_facts).digest() == stage.state.digest() == State.from_document(stage.state.document()).digest()


def test_r22_a_close_that_failed_is_tried_again_and_after_a_restart() -> None:
    stage = ladder()
    stage.filling = False
    at(stage, "0.1")
    (first,) = exits(stage)
    stage.refuse(first)
    stage.let(SECOND)
    assert len(exits(stage)) == 2
    stage.refuse(exits(stage)[1])
    again = stage.again()
    again.let(SECOND)
    assert len(exits(again)) == 3
    assert [fact.rung for fact in again.all_facts if isinstance(fact, DayLossReached)].count("DELEVERAGE_1") == 1


def halted() -> Stage:
    stage = ladder()
    at(stage, "0.15")
    stage.settle()
    stage.let(SECOND)
    assert stage.state.engine_state == "HALTED"
    return stage


def test_r22_the_halt_outlives_a_restart_and_resume_lifts_it_on_a_later_day_only() -> None:
    stage = halted()
    assert stage.operate("RESUME").status == 409
    again = stage.again()
    assert again.state.engine_state == "HALTED"
    again.wall_ms += DAY_MS - again.wall_ms % DAY_MS
    again.let(SECOND)
    assert again.state.engine_state == "HALTED"
    assert again.operate("RESUME").status == 200
    assert again.state.engine_state == "RUNNING"


# -- the override


def test_r35_the_phrase_lifts_the_halt_for_five_minutes() -> None:
    stage = halted()
    status, body = override(stage)
    assert (status, body["overrides_left"]) == (200, 1)
    assert stage.state.engine_state == "RUNNING"
    assert entry(stage)[0] == ""
    stage.wall_ms = body["override_until_ms"] - 1
    assert entry(stage)[0] == ""
    stage.wall_ms += 1
    assert entry(stage)[0] == "R22"
    stage.let(SECOND)
    assert stage.state.engine_state == "HALTED"
    assert len(stage.said(OverrideEnded)) == 1


def test_r35_what_is_entered_meanwhile_is_closed_when_it_is_over() -> None:
    stage = halted()
    until_ms = override(stage)[1]["override_until_ms"]
    assert entry(stage)[0] == ""
    stage.settle()
    stage.let(SECOND)
    assert stage.state.positions[VENUE, "ETHUSDT"].quantity == d("0.1998")
    stage.wall_ms = until_ms
    stage.let(SECOND)
    stage.settle()
    stage.let(5 * SECOND)
    assert stage.state.positions[VENUE, "ETHUSDT"].quantity == 0
    assert [one.executed for one in exits(stage) if one.symbol == "ETHUSDT"] == [d("0.1998")]  # one exit closed all of it


@pytest.mark.parametrize("phrase", ["override emergency halt", "OVERRIDE EMERGENCY HALT ", "OVERRIDE", "yes"])
def test_r35_another_phrase_overrides_nothing(phrase: str) -> None:
    stage = halted()
    status, body = override(stage, phrase)
    assert status == 422
    assert "expected 'OVERRIDE EMERGENCY HALT'" in body["error"]["message"]
    assert stage.state.engine_state == "HALTED"


def test_r35_twice_a_day() -> None:
    stage = halted()
    for expected in (200, 200, 409):
        status, body = override(stage)
        assert status == expected
        stage.wall_ms += 300_000
        stage.let(SECOND)
    assert "at most 2 overrides a day" in body["error"]["message"]
    assert stage.state.engine_state == "HALTED"


def test_r35_one_during_another_costs_none() -> None:
    stage = halted()
    override(stage)
    assert override(stage)[0] == 409
    assert stage.state.day.overrides == 1


def test_r35_without_a_halt_there_is_nothing_to_override() -> None:
    assert override(ladder())[0] == 409


def test_r35_lifts_no_halt_of_an_operator_and_no_kill_switch() -> None:
    stage = halted()
    stage.do(OperatorAction(action="KILL", reply_to=8, detail="test"))
    override(stage)
    assert entry(stage)[0] == "KILL_SWITCH"


def test_r35_counts_over_a_restart() -> None:
    stage = halted()
    override(stage)
    again = stage.again()
    assert again.state.day.overrides == 1
    assert again.state.engine_state == "RUNNING"
    assert all(order.state is not OrderState.PENDING for order in again.state.orders.values())


def test_r22_a_pair_is_unwound_where_everything_is_closed() -> None:
    """Its legs lose 3 USDT of 7,500 and their fees, long before a stop of theirs."""
    day = DaySettings(deleverage_at=(d("0.00030"), d("0.00032"), d("0.00034"), d("0.00036")))
    stage = held_pair(pair_stage(day=day))
    stage.quote("ETHUSDT", "98.6")
    stage.let(SECOND)
    assert "DELEVERAGE_4" in reached(stage)
    assert str(trade(stage).state) in {"UNWINDING", "CLOSED"}
    assert "R22" in stage.said(MultiLegChanged)[0].reason
