"""Icebergs and TWAPs: how they are cut, when a slice leaves, when they end early, and what a restart makes of them (R11-R13)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from genesis.core.commands import PlaceOrder
from genesis.core.events import OutcomeUnknown, StopRequested, TransferReported
from genesis.core.facts import OrderIntended, ParentChanged
from genesis.core.models import Execution, OrderType, ParentState, Side
from genesis.core.settings import ExecutionSettings, RiskSettings
from genesis.core.state import State
from genesis.engine.executors.slices import iceberg_sizes, twap_sizes
from tests.builders import VENUE, d, signal
from tests.engine_pure.bench import refold
from tests.engine_pure.strategy_kit import BTC, ETH, SECOND, Stage, probe, with_probes

STEP = Decimal("0.00001")
DEFAULT = ExecutionSettings()
FAST = ExecutionSettings(twap_shortest_ms=10_000, twap_slice_ms=2_000)


def iceberg(quantity: str = "3", **changes: Any) -> Any:
    return signal(Side.BUY, quantity, execution=Execution.ICEBERG, **changes)


def twap(quantity: str = "3", **changes: Any) -> Any:
    return signal(Side.BUY, quantity, **{"execution": Execution.TWAP, "duration_ms": 300_000, **changes})


def opened(**changes: Any) -> Stage:
    return Stage(with_probes(**changes)).open()


def intents(stage: Stage) -> list[Decimal]:
    return [fact.order.quantity for fact in stage.said(OrderIntended)]


@hypothesis_settings(deadline=None)
@given(st.integers(20_001, 10_000_000), st.text("abc123-", min_size=1, max_size=12))
def test_r12_slices_add_up_and_stay_within_a_fifth_of_the_mean(hundredths: int, seed: str) -> None:
    notional = Decimal(hundredths) / 100
    quantity = (notional / 100).quantize(STEP)
    sizes = iceberg_sizes(seed, quantity, notional, STEP, DEFAULT)
    assert sum(sizes) == quantity
    assert len(sizes) >= 3
    mean = quantity / len(sizes)
    assert all(abs(size - mean) <= mean * Decimal("0.2") + STEP * 2 for size in sizes)
    assert all(size % STEP == 0 for size in sizes)
    assert sizes == iceberg_sizes(seed, quantity, notional, STEP, DEFAULT)


def test_r12_at_least_three_slices_however_large_they_are() -> None:
    assert len(iceberg_sizes("a", d(5), d(500), STEP, ExecutionSettings(iceberg_slice=d(10_000)))) == 3


def test_r12_another_parent_is_cut_another_way() -> None:
    assert iceberg_sizes("a", d(5), d(500), STEP, DEFAULT) != iceberg_sizes("b", d(5), d(500), STEP, DEFAULT)


def test_i29_a_slice_waits_for_an_order_of_its_symbol_whose_outcome_is_unknown() -> None:
    stage = opened()
    stage.filling = False
    stage.submit(iceberg("3"))
    first = stage.last_placed()
    stage.submit(signal(quantity="0.2"))
    other = stage.last_placed()
    stage.send(other)
    stage.do(OutcomeUnknown(client_order_id=other.client_order_id, action="NEW", reason="no answer"))
    stage.accept(first)
    stage.fill_whole(stage.state.orders[first.client_order_id], "100")
    stage.let(1_000)
    assert len(intents(stage)) == 2
    stage.accept(other)
    stage.let(1_000)
    assert len(intents(stage)) == 3


def test_r12_slices_leave_one_after_another() -> None:
    stage = opened()
    stage.filling = False
    reply = stage.submit(iceberg("3"))
    assert reply.status == 201
    assert len(stage.asked(PlaceOrder)) == 1
    stage.filling = True
    stage.settle()
    assert sum(intents(stage)) == 3
    assert len(intents(stage)) == 4  # 300.03 USDT, about 100 each
    parent = stage.state.parents[reply.body["parent_id"]]
    assert (parent.state, parent.reason) == (ParentState.DONE, "executed")
    assert [order.correlation_id for order in stage.state.orders.values()] == [parent.parent_id] * 4


@pytest.mark.parametrize(
    ("quantity", "rule"),
    [("1.9998", "R12"), ("2.0001", "")],
)
def test_r12_an_iceberg_is_for_more_than_two_hundred(quantity: str, rule: str) -> None:
    """At 100.01 the first is worth 199.999998 USDT, the second 200.030001."""
    reply = opened().submit(iceberg(quantity))
    assert reply.body.get("error", {}).get("rule", "") == rule


def small(usdt: int, **changes: Any) -> Stage:
    """An account without an inventory."""
    given_ = with_probes(**changes)
    venue = msgspec.structs.replace(given_.venues[0], targets={})
    return Stage(msgspec.structs.replace(given_, venues=(venue,)), funds={"USDT": usdt, "BTC": 0, "ETH": 0}).open()


def test_r12_and_r13_are_unlocked_by_tiers() -> None:
    loose = RiskSettings(max_order_fraction=d("0.5"), sniper_max_order=d(1_000))
    for usdt, wish, rule in (
        (1_900, iceberg("2.5"), "R12"),
        (2_100, iceberg("2.5"), ""),
        (9_900, twap("2.5"), "R13"),
        (10_100, twap("2.5"), ""),
    ):
        stage = small(usdt, risk=loose)
        reply = stage.submit(wish)
        assert reply.body.get("error", {}).get("rule", "") == rule, usdt


def test_r13_five_to_thirty_minutes() -> None:
    for duration, rule in ((299_999, "R13"), (300_000, ""), (1_800_000, ""), (1_800_001, "R13")):
        reply = opened().submit(twap(duration_ms=duration))
        assert reply.body.get("error", {}).get("rule", "") == rule, duration


def test_r13_equal_slices() -> None:
    assert twap_sizes(d(3), 300_000, STEP, DEFAULT) == (d("0.3"),) * 10


def test_r13_at_most_a_tenth_of_what_the_public_trades() -> None:
    """1.5 in five slices of 0.3, two seconds each; 1 BTC is traded a second."""
    stage = opened(execution=FAST)
    stage.submit(twap("1.5", duration_ms=10_000))
    assert not intents(stage)
    for _ in range(20):
        stage.trade("BTCUSDT", 100, 1)
        stage.second()
    traded = d(0)
    for fact in stage.said(ParentChanged):
        if fact.inputs.get("volume"):
            traded += d(fact.inputs["volume"])
    assert intents(stage)
    assert sum(intents(stage)) <= traded / 10
    assert max(intents(stage)) <= d("0.3")
    parent = next(iter(stage.state.parents.values()))
    assert parent.state is ParentState.DONE
    assert "its time is over with" in parent.reason


def test_r13_a_busy_market_has_it_executed_in_time() -> None:
    stage = opened(execution=FAST)
    stage.submit(twap("1.5", duration_ms=10_000))
    for _ in range(10):
        stage.trade("BTCUSDT", 100, 100)
        stage.second()
    assert intents(stage) == [d("0.3")] * 5
    assert next(iter(stage.state.parents.values())).reason == "executed"


def test_r11_slippage_ends_an_iceberg() -> None:
    stage = opened()
    stage.filling = False
    reply = stage.submit(iceberg("5"))
    first = stage.last_placed()
    stage.fill_whole(first, d("100.52"))  # 0.51 % above 100.01
    parent = stage.state.parents[reply.body["parent_id"]]
    assert parent.state is ParentState.ABORTED
    assert "(R11)" in parent.reason
    assert len(stage.asked(PlaceOrder)) == 1


def test_r11_half_a_per_cent_is_not_too_much() -> None:
    stage = opened()
    stage.filling = False
    stage.submit(iceberg("5"))
    stage.fill_whole(stage.last_placed(), d("100.51"))  # 0.49995 %
    assert len(stage.asked(PlaceOrder)) == 2


def test_r11_a_book_that_ran_away_ends_it_before_the_next_slice() -> None:
    stage = opened()
    stage.filling = False
    stage.submit(iceberg("5"))
    stage.quote("BTCUSDT", 101)
    stage.fill_whole(stage.last_placed(), d("100.01"))
    assert next(iter(stage.state.parents.values())).state is ParentState.ABORTED


def test_a_slice_that_the_venue_refuses_ends_it() -> None:
    stage = opened()
    stage.filling = False
    stage.submit(iceberg("5"))
    stage.refuse(stage.last_placed())
    parent = next(iter(stage.state.parents.values()))
    assert parent.state is ParentState.ABORTED
    assert parent.reason.startswith("slice gtest01-1 is REJECTED")


def test_r7_cash_that_went_elsewhere_ends_it_before_the_next_slice() -> None:
    stage = opened()
    stage.filling = False
    stage.submit(iceberg("5"))
    withdrawn = stage.state.balances[VENUE, "USDT"].free - 50
    stage.do(TransferReported(venue=VENUE, asset="USDT", amount=-withdrawn, venue_time_ms=stage.venue_ms))
    stage.fill_whole(stage.last_placed(), d("100.01"))
    parent = next(iter(stage.state.parents.values()))
    assert parent.state is ParentState.ABORTED
    assert parent.reason.endswith("are free (R7)")


def test_r12_slices_below_what_the_venue_takes_are_refused() -> None:
    """Three slices of a bit over 200 USDT: the venue wants 100 each."""
    coarse = msgspec.structs.replace(BTC, min_notional=d(100))
    stage = Stage(with_probes(), listed=(coarse, ETH)).open()
    reply = stage.submit(iceberg("2.1"))
    assert (reply.status, reply.body["error"]["rule"]) == (422, "R12")
    assert "less than the venue takes" in reply.body["error"]["message"]


def test_a_strategy_that_leaves_ends_no_parent_of_another() -> None:
    stage = Stage(with_probes(probe("one", "102:RAISE"), probe("two", "101:BUY", quantity="3", execution=Execution.ICEBERG))).open()
    stage.filling = False
    stage.second(BTCUSDT=101)
    for _ in range(5):
        stage.second(BTCUSDT=102)
    assert stage.state.strategies["one"] == "PAUSED"
    assert next(iter(stage.state.parents.values())).state is ParentState.WORKING


def test_a_limit_iceberg_shows_one_slice_at_its_price() -> None:
    stage = opened()
    stage.filling = False
    stage.submit(iceberg("3", order_type=OrderType.LIMIT, price=d(99)))
    assert [(command.order.order_type, command.order.price) for command in stage.asked(PlaceOrder)] == [(OrderType.LIMIT, d(99))]
    stage.fill_whole(stage.last_placed(), 99)
    assert len(stage.asked(PlaceOrder)) == 2


def test_a_restart_goes_on_with_a_parent() -> None:
    stage = opened()
    stage.filling = False
    reply = stage.submit(iceberg("3"))
    stage.fill_whole(stage.last_placed(), d("100.01"))
    second = stage.last_placed()
    stage.fill_whole(second, d("100.01"))
    third = stage.last_placed()
    stage.take(third)
    again = stage.again()
    parent = again.state.parents[reply.body["parent_id"]]
    assert parent.orders[-1] == third.client_order_id
    assert State.from_document(again.state.document()).working_parents == again.state.working_parents
    again.fill(third, third.quantity, d("100.01"))
    again.settle()
    done = again.state.parents[reply.body["parent_id"]]
    assert done.state is ParentState.DONE
    assert sum(order.quantity for order in again.state.orders.values()) == 3
    assert refold(again.all_facts).digest() == again.state.digest()


@pytest.mark.parametrize("how", ["CANCEL_ALL", "CANCEL_ORDER", "SHUTDOWN"])
def test_an_operator_ends_a_parent(how: str) -> None:
    stage = opened()
    stage.filling = False
    stage.submit(iceberg("3"))
    stage.accept(stage.last_placed())
    if how == "SHUTDOWN":
        stage.do(StopRequested(reason="SIGTERM"))
    else:
        stage.operate(how, stage.last_placed().client_order_id if how == "CANCEL_ORDER" else "")
    stage.end(stage.last_placed(), "CANCELED")
    assert next(iter(stage.state.parents.values())).state is ParentState.ABORTED
    assert len(stage.asked(PlaceOrder)) == 1


def test_slices_wait_while_the_engine_is_paused() -> None:
    stage = opened()
    stage.filling = False
    stage.submit(iceberg("3"))
    first = stage.last_placed()
    stage.operate("PAUSE")
    stage.fill_whole(first, d("100.01"))
    assert len(stage.asked(PlaceOrder)) == 1
    stage.operate("RESUME")
    stage.let(SECOND)
    assert len(stage.asked(PlaceOrder)) == 2


def test_r13_a_twap_names_no_price() -> None:
    reply = opened().submit(twap(order_type=OrderType.LIMIT, price=d(99)))
    assert (reply.status, reply.body["error"]["rule"]) == (400, "EXECUTION")


def test_an_exit_is_never_sliced() -> None:
    reply = opened().submit(iceberg("3", purpose="EXIT"))
    assert reply.status == 400


def test_a_strategys_large_entry_is_an_iceberg_and_its_small_one_is_not() -> None:
    for quantity, slices in (("1.5", 1), ("3", 4)):
        stage = Stage(with_probes(probe("one", "101:BUY", quantity=quantity, execution=Execution.ICEBERG))).open()
        stage.second(BTCUSDT=101)
        assert len(stage.orders_of("one")) == slices


def test_a_pause_of_the_strategy_ends_its_parent() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY 102:RAISE", quantity="3", execution=Execution.ICEBERG))).open()
    stage.filling = False
    stage.second(BTCUSDT=101)
    for _ in range(5):
        stage.second(BTCUSDT=102)
    assert stage.state.strategies["one"] == "PAUSED"
    assert next(iter(stage.state.parents.values())).state is ParentState.ABORTED
