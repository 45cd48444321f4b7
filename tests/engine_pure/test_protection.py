"""Stops: armed at the fill, fired once, never reversing; exits beside them; dust (R6)."""

from __future__ import annotations

import pytest

from genesis.core.commands import CancelOrder, PlaceOrder
from genesis.core.events import BookChanged, BookLost, OrderRefused, SendRefused
from genesis.core.facts import ErrorRecorded, StopArmed, StopFired, TargetAdjusted
from genesis.core.models import OrderState, OrderType, PositionState, Purpose, Side
from genesis.core.settings import VenueTerms
from tests.builders import SYMBOL, VENUE, d, limit_signal, rules, settings, signal, top
from tests.engine_pure.bench import Bench

KEY = (VENUE, SYMBOL)


@pytest.fixture
def bench() -> Bench:
    return Bench(funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")


def long_one(bench: Bench) -> None:
    """0.999 BTC for 100 USDT: stop 98.0980.. -> 98.10."""
    bench.fill(bench.order(signal(Side.BUY, "1")), "1", "100")
    bench.forget()


def short_one(bench: Bench) -> None:
    """-1 BTC for 99.9 net: stop 101.898 -> 101.89."""
    bench.fill(bench.order(signal(Side.SELL, "1")), "1", "100")
    bench.forget()


def test_armed_at_the_first_fill_and_moved_with_the_average(bench: Bench) -> None:
    order = bench.order(limit_signal(Side.BUY, "1", "100"))
    bench.fill(order, "0.5", "100")
    assert [fact.stop_price for fact in bench.said(StopArmed)] == [d("98.10")]
    bench.fill(order, "0.5", "99")
    assert [fact.stop_price for fact in bench.said(StopArmed)] == [d("98.10"), d("97.61")]
    assert bench.state.positions[KEY].state is PositionState.OPEN


@pytest.mark.parametrize(("bid", "fires"), [("98.11", False), ("98.10", True), ("98.09", True)])
def test_a_long_fires_when_the_bid_reaches_the_stop(bench: Bench, bid: str, fires: bool) -> None:
    long_one(bench)
    bench.book(bid, "99")
    assert len(bench.said(StopFired)) == fires
    if fires:
        order = bench.last_placed()
        assert (order.side, order.order_type, order.quantity, order.purpose) == (Side.SELL, OrderType.MARKET, d("0.999"), Purpose.STOP)
        assert bench.state.positions[KEY].stop_order_id == order.client_order_id
        assert bench.state.positions[KEY].state is PositionState.CLOSING


@pytest.mark.parametrize(("ask", "fires"), [("101.88", False), ("101.89", True), ("103", True)])
def test_a_short_fires_when_the_ask_reaches_the_stop(bench: Bench, ask: str, fires: bool) -> None:
    short_one(bench)
    bench.book("101", ask)
    assert len(bench.said(StopFired)) == fires
    if fires:
        order = bench.last_placed()
        assert (order.side, order.quantity) == (Side.BUY, d("1.00101"))  # 1 / 0.999 = 1.001001, up to the step


def test_it_fires_once_and_closes(bench: Bench) -> None:
    long_one(bench)
    bench.book("98", "98.5")
    bench.book("97", "97.5")
    bench.let(1_000)
    assert len(bench.said(StopFired)) == 1
    bench.fill_whole(bench.last_placed(), "97")
    assert not bench.asked(CancelOrder)
    position = bench.state.positions[KEY]
    assert (position.state, position.quantity, position.cost, position.stop_price) == (PositionState.CLOSED, 0, 0, None)
    assert position.realised == d("-3.193903")  # 96.903 - 0.096903 - 100
    assert position.stop_order_id is None
    bench.book("90", "91")
    assert len(bench.said(StopFired)) == 1
    bench.assert_funds_equal()


def test_a_short_closes_without_reversing_and_the_dust_moves_the_target(bench: Bench) -> None:
    short_one(bench)
    bench.book("101", "102")
    bench.fill_whole(bench.last_placed(), "102")
    position = bench.state.positions[KEY]
    assert (position.quantity, position.cost, position.state) == (0, 0, PositionState.CLOSED)
    dust = bench.said(TargetAdjusted)
    assert [(fact.reason, fact.quantity) for fact in dust] == [("dust", d("0.00000899"))]  # 1.00101 - 0.00100101 - 1
    assert bench.state.balances[(VENUE, "BTC")].target == d("1.00000899")
    bench.assert_funds_equal()


def test_partly_executed_it_arms_and_fires_again(bench: Bench) -> None:
    long_one(bench)
    bench.book("98", "98.5")
    first = bench.last_placed()
    bench.accept(first)
    bench.fill(first, "0.4", "98")
    bench.end(first, "EXPIRED")
    second = bench.last_placed()
    assert (second.client_order_id != first.client_order_id, second.quantity) == (True, d("0.599"))
    bench.fill_whole(second, "98")
    assert bench.state.positions[KEY].quantity == 0


def test_a_refused_stop_is_tried_again_with_growing_pauses(bench: Bench) -> None:
    long_one(bench)
    bench.book("98", "98.5")
    for expected in (1, 2, 3):
        assert len(bench.said(StopFired)) == expected
        order = bench.last_placed()
        bench.do(OrderRefused(client_order_id=order.client_order_id, code=-1013, message="no"))
        bench.book("98", "98.5")
        assert len(bench.said(StopFired)) == expected
        bench.let(500 * 2 ** (expected - 1))
        bench.book("98", "98.5")


def test_an_unsent_stop_is_tried_again(bench: Bench) -> None:
    long_one(bench)
    bench.book("98", "98.5")
    bench.do(SendRefused(client_order_id=bench.last_placed().client_order_id, reason="socket down"))
    bench.let(500)
    assert len(bench.said(StopFired)) == 2


def test_open_exits_are_cancelled_and_waited_for(bench: Bench) -> None:
    long_one(bench)
    leaving = bench.order(limit_signal(Side.SELL, "0.9", "105", purpose=Purpose.EXIT))
    bench.book("98", "98.5")
    assert not bench.said(StopFired)
    assert bench.last_cancel().client_order_id == leaving.client_order_id
    bench.fill(leaving, "0.3", "105")
    assert not bench.said(StopFired)
    bench.end(leaving, "CANCELED")
    assert [fact.quantity for fact in bench.said(StopFired)] == [d("0.699")]


def test_open_entries_are_cancelled_and_not_waited_for(bench: Bench) -> None:
    order = bench.order(limit_signal(Side.BUY, "1", "100"))
    bench.fill(order, "0.5", "100")
    bench.book("98", "98.5")
    kinds = [type(command) for command in bench.commands if isinstance(command, PlaceOrder | CancelOrder)]
    assert kinds[-2:] == [CancelOrder, PlaceOrder]
    assert bench.last_placed().quantity == d("0.4995")


def test_no_stop_on_a_lost_or_stale_book_or_without_a_channel(bench: Bench) -> None:
    long_one(bench)
    bench.do(BookLost(venue=VENUE, symbol=SYMBOL, reason="gap"))
    bench.let(1_000)
    bench.disconnect()
    bench.book("98", "98.5")
    assert not bench.said(StopFired)
    bench.connect()
    assert not bench.said(StopFired)
    bench.answer_reconcile()
    assert len(bench.said(StopFired)) == 1


@pytest.mark.parametrize("action", ["PAUSE", "HALT", "QUIESCE"])
def test_pause_halt_and_quiesce_leave_the_stop(bench: Bench, action: str) -> None:
    long_one(bench)
    bench.operate(action)
    bench.book("98", "98.5")
    assert len(bench.said(StopFired)) == 1


def test_what_the_venue_would_not_take_any_more_is_dust(bench: Bench) -> None:
    bench.fill(bench.order(signal(Side.BUY, "0.11")), "0.11", "100")
    bench.book("40", "40.01")
    assert not bench.said(StopFired)
    assert [fact.reason for fact in bench.said(TargetAdjusted)] == ["dust"]
    assert bench.state.positions[KEY].state is PositionState.CLOSED


def test_a_stop_that_the_inventory_does_not_allow_is_an_error() -> None:
    terms = VenueTerms(name=VENUE, symbols=(SYMBOL,), targets={"BTC": d(10)})
    bench = Bench(settings(venues=(terms,)), funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")
    short_one(bench)
    cash = bench.state.balances[(VENUE, "USDT")]
    cash.locked = cash.total  # as if all of it were reserved elsewhere
    bench.engine.handle(BookChanged(top=top("101", "103", received_ns=bench.mono_ns)), bench.now)
    assert not bench.said(StopFired)
    cash.locked = d(0)
    bench.let(600)
    assert len(bench.said(StopFired)) == 1


def test_a_stop_larger_than_the_venue_takes_goes_in_parts() -> None:
    small = rules(max_qty="0.6")
    bench = Bench(rules=(small,), funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")
    for _ in range(2):
        bench.fill(bench.order(signal(Side.BUY, "0.5")), "0.5", "100")
    bench.book("98", "98.5")
    first = bench.last_placed()
    assert first.quantity == d("0.6")
    bench.fill_whole(first, "98")
    assert bench.last_placed().quantity == d("0.399")


@pytest.mark.parametrize(
    ("wish", "rule"),
    [
        (signal(Side.SELL, "0.999", purpose=Purpose.EXIT), None),
        (signal(Side.SELL, "0.99901", purpose=Purpose.EXIT), "EXIT"),
        (signal(Side.BUY, "0.5", purpose=Purpose.EXIT), "EXIT"),
        (limit_signal(Side.SELL, "0.5", "101", purpose=Purpose.EXIT), None),
        (signal(Side.SELL, "0.04", purpose=Purpose.EXIT), "NOTIONAL"),
    ],
)
def test_exits_of_a_long(bench: Bench, wish: object, rule: str | None) -> None:
    long_one(bench)
    reply = bench.submit(wish)  # type: ignore[arg-type]
    assert (reply.body["error"]["rule"] if reply.status != 201 else None) == rule


@pytest.mark.parametrize(("quantity", "rule"), [("1.00101", None), ("1.00102", "EXIT")])
def test_exits_of_a_short_are_grossed_up(bench: Bench, quantity: str, rule: str | None) -> None:
    short_one(bench)
    reply = bench.submit(signal(Side.BUY, quantity, purpose=Purpose.EXIT))
    assert (reply.body["error"]["rule"] if reply.status != 201 else None) == rule


def test_two_exits_do_not_count_twice(bench: Bench) -> None:
    long_one(bench)
    bench.order(limit_signal(Side.SELL, "0.6", "105", purpose=Purpose.EXIT))
    assert bench.submit(signal(Side.SELL, "0.4", purpose=Purpose.EXIT)).body["error"]["limit"] == "0.399"
    assert bench.submit(signal(Side.SELL, "0.399", purpose=Purpose.EXIT)).status == 201


def test_an_exit_closes_a_position_and_its_stop(bench: Bench) -> None:
    long_one(bench)
    bench.fill(bench.order(signal(Side.SELL, "0.999", purpose=Purpose.EXIT)), "0.999", "110")
    position = bench.state.positions[KEY]
    assert (position.state, position.stop_price) == (PositionState.CLOSED, None)
    assert position.realised == d("9.78011")  # 109.89 - 0.10989 - 100
    assert position.quantity == 0


def test_dust_leaves_when_the_last_order_of_the_symbol_ends(bench: Bench) -> None:
    order = bench.order(limit_signal(Side.BUY, "1", "100"))
    bench.fill(order, "0.04", "100")
    assert not bench.said(TargetAdjusted)  # the order may fill further
    assert bench.state.positions[KEY].quantity == d("0.03996")
    bench.end(order, "CANCELED")
    assert bench.state.positions[KEY].quantity == 0
    assert bench.state.balances[(VENUE, "BTC")].target == d("1.03996")
    assert bench.state.orders[order.client_order_id].state is OrderState.CANCELLED
    assert bench.said(ErrorRecorded) == []


def test_a_venue_without_a_largest_quantity_takes_the_whole_stop() -> None:
    bench = Bench(rules=(rules(max_qty=0, step_size=0),), funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")
    long_one(bench)
    bench.book("98", "98.5")
    assert bench.last_placed().quantity == d("0.999")
