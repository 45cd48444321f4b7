"""The day's loss (R3): what counts, where it is reached, what it blocks, and when it is over."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.core.commands import CancelOrder
from genesis.core.day import DAY_MS
from genesis.core.events import TransferReported
from genesis.core.facts import DayBegan, DayLossReached, HaltBegan
from genesis.core.models import Execution, ParentState, PendingAction, Purpose, Side
from genesis.core.settings import RiskSettings
from genesis.core.state import State
from tests.builders import VENUE, d, limit_signal, signal
from tests.engine_pure.bench import refold
from tests.engine_pure.strategy_kit import SECOND, Stage, with_probes

LOOSE = RiskSettings(max_order_fraction=d(1), sniper_max_order=d(1_000), stop_fraction=d("0.2"), max_exposure=d(1))


def holding(usdt: int = 4_000, btc: int = 40, **changes: Any) -> Stage:
    """A HUNTER (its daily loss is 100) that has sold `btc` at 100 for a fee of 0.1 % in USDT; the day began before."""
    stage = Stage(with_probes(**{"risk": LOOSE} | changes), funds={"USDT": usdt, "BTC": btc, "ETH": 0})
    stage.spread = d(0)
    stage.open()
    stage.submit(signal(Side.SELL, btc))
    stage.settle()
    stage.forget()
    return stage


def lose(stage: Stage, usdt: str) -> None:
    """The day's loss is now exactly this, the fee of the entry included."""
    sold = -stage.state.positions[VENUE, "BTCUSDT"].quantity
    stage.quote("BTCUSDT", 100 + (d(usdt) - sold / 10) / sold)


def entry(stage: Stage) -> tuple[str, str]:
    """(rule, code) of the answer to another entry; empty if it was taken."""
    error = stage.submit(signal(Side.BUY, "0.2", symbol="ETHUSDT")).body.get("error", {})
    return error.get("rule", ""), error.get("code", "")


def reached(stage: Stage) -> list[str]:
    return [str(fact.rung) for fact in stage.said(DayLossReached)]


@pytest.mark.parametrize(("lost", "rule"), [("99.99", ""), ("100", "R3"), ("100.01", "R3")])
def test_r3_just_below_at_and_above_the_tiers_limit(lost: str, rule: str) -> None:
    stage = holding()
    lose(stage, lost)
    assert entry(stage)[0] == rule


@pytest.mark.parametrize(
    ("usdt", "btc", "limit"),
    [(700, 8, 25), (4_000, 40, 100), (10_000, 100, 500), (20_000, 400, 1_000)],
)
def test_r3_each_tier_has_its_own_limit(usdt: int, btc: int, limit: int) -> None:
    stage = holding(usdt, btc)
    lose(stage, f"{limit - d('0.01')}")
    assert entry(stage)[0] != "R3"
    lose(stage, f"{limit}")
    assert entry(stage) == ("R3", "GENESIS-5701")


@pytest.mark.parametrize(("lost", "told"), [("79.99", []), ("80", ["WARN"])])
def test_r3_warns_at_eighty_per_cent(lost: str, told: list[str]) -> None:
    stage = holding()
    lose(stage, lost)
    stage.let(SECOND)
    assert reached(stage) == told
    assert entry(stage)[0] == ""


def test_r3_a_profit_never_halts() -> None:
    stage = holding()
    stage.quote("BTCUSDT", 90)
    stage.let(SECOND)
    assert reached(stage) == []
    assert entry(stage)[0] == ""


def test_r3_what_was_lost_and_won_back_still_blocks() -> None:
    stage = holding()
    lose(stage, "100")
    stage.let(SECOND)
    stage.quote("BTCUSDT", 100)
    assert entry(stage)[0] == "R3"
    assert reached(stage) == ["WARN", "LIMIT"]


def test_r3_realised_losses_count_as_open_ones() -> None:
    stage = holding()
    lose(stage, "98")
    stage.submit(signal(Side.BUY, "30", purpose=Purpose.EXIT))
    stage.settle()
    stage.let(SECOND)
    assert "LIMIT" in reached(stage)  # the fee of the exit is more than the two dollars that were left


def test_r3_positions_and_stops_stay_and_exits_pass() -> None:
    stage = holding()
    lose(stage, "100")
    stage.let(SECOND)
    position = stage.state.positions[VENUE, "BTCUSDT"]
    assert position.quantity == -40
    assert position.stop_price is not None
    assert stage.submit(signal(Side.BUY, "1", purpose=Purpose.EXIT)).status == 201


def test_r3_what_rests_to_open_a_position_is_cancelled_at_the_limit_and_no_exit() -> None:
    stage = holding()
    resting = [stage.order(limit_signal(Side.BUY, "0.2", "90", symbol=symbol)) for symbol in ("ETHUSDT", "ETHUSDT")]
    leaving = stage.order(limit_signal(Side.BUY, "1", "90", purpose=Purpose.EXIT))
    lose(stage, "99.99")
    stage.let(SECOND)
    assert not stage.asked(CancelOrder)
    lose(stage, "100")
    stage.let(SECOND)
    asked = [command.client_order_id for command in stage.asked(CancelOrder)]
    assert asked == [order.client_order_id for order in resting]
    for order in resting:
        stage.end(order, "CANCELED")
    assert list(stage.state.open.by_id) == [leaving.client_order_id]
    assert not stage.state.cancelling


def test_r3_an_iceberg_sends_no_further_slice_at_the_limit() -> None:
    stage = holding()
    stage.filling = False
    parent = stage.submit(signal(Side.BUY, "3", symbol="ETHUSDT", execution=Execution.ICEBERG)).body["parent_id"]
    (slice_,) = [order for order in stage.state.open.by_id.values() if order.correlation_id == parent]
    stage.accept(slice_)
    lose(stage, "100")
    stage.let(SECOND)
    assert [command.client_order_id for command in stage.asked(CancelOrder)] == [slice_.client_order_id]
    stage.fill(slice_, slice_.quantity, 100)  # it was faster than its cancel
    stage.let(SECOND)
    assert stage.state.parents[parent].state is ParentState.ABORTED
    assert [order.client_order_id for order in stage.state.orders.values() if order.correlation_id == parent] == [slice_.client_order_id]


def test_r3_what_is_cancelled_at_the_limit_is_cancelled_after_a_restart_too() -> None:
    stage = holding()
    resting = stage.order(limit_signal(Side.BUY, "0.2", "90", symbol="ETHUSDT"))
    lose(stage, "100")
    stage.let(SECOND)
    again = stage.again()  # the cancel never came to the venue: the order rests there still
    again.let(5 * SECOND)
    order = again.state.orders[resting.client_order_id]
    assert (order.pending, list(again.state.cancelling)) == (PendingAction.CANCEL, ["R3-LIMIT"])
    again.end(order, "CANCELED")
    assert not again.state.cancelling


def test_money_that_comes_or_goes_is_no_result() -> None:
    stage = holding()
    for amount in (-500, 500, 1_000):
        stage.do(TransferReported(venue=VENUE, asset="USDT", amount=d(amount), venue_time_ms=stage.venue_ms))
        stage.let(SECOND)
    stage.do(TransferReported(venue=VENUE, asset="BTC", amount=d(5), venue_time_ms=stage.venue_ms))
    stage.let(SECOND)
    assert reached(stage) == []
    assert entry(stage)[0] == ""


def test_the_revaluation_of_inventory_is_no_result() -> None:
    stage = Stage(with_probes(risk=LOOSE)).open()
    stage.quote("BTCUSDT", 95)
    stage.let(SECOND)
    assert reached(stage) == []


def test_r3_is_over_at_midnight_and_yesterdays_loss_is_not_counted_again() -> None:
    stage = holding()
    lose(stage, "100")
    assert entry(stage)[0] == "R3"
    left = DAY_MS - stage.wall_ms % DAY_MS
    stage.wall_ms += left - 1
    assert entry(stage)[0] == "R3"
    stage.wall_ms += 1
    assert entry(stage)[0] == ""
    assert len(stage.said(DayBegan)) == 1
    lose(stage, "199")
    assert entry(stage)[0] == ""
    lose(stage, "200")
    assert entry(stage)[0] == "R3"


def test_r3_outlives_a_restart_and_a_snapshot() -> None:
    stage = holding()
    lose(stage, "100")
    stage.let(SECOND)
    assert [fact.halt.kind for fact in stage.said(HaltBegan)] == ["DAILY_LOSS"]
    assert refold(stage.all_facts).digest() == stage.state.digest() == State.from_document(stage.state.document()).digest()
    again = stage.again()
    again.quote("BTCUSDT", 100)
    assert entry(again)[0] == "R3"
