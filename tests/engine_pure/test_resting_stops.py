"""Stops that rest at the venue (R6): placed, moved, cancelled for whatever closes, faster than it (X22), and what is left to the engine."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.core.commands import Alert, CancelOrder, PlaceOrder
from genesis.core.events import CancelRefused, OperatorAction, OrderNotFound, OrderRefused, StopRequested
from genesis.core.facts import OrderChanged, StopExecuted, StopFired
from genesis.core.models import (
    EngineState,
    Execution,
    Order,
    OrderState,
    OrderType,
    PendingAction,
    PositionState,
    Purpose,
    Side,
    TimeInForce,
)
from genesis.core.money import text
from genesis.core.settings import ProtectionSettings
from genesis.engine.executors.stop import resting_stop
from tests.builders import SYMBOL, VENUE, a_name, d, limit_signal, rules, settings, signal
from tests.engine_pure.bench import Bench

KEY = (VENUE, SYMBOL)
ON = ProtectionSettings(rest_at_venue=True)
BUY, SELL = Side.BUY, Side.SELL


@pytest.fixture
def bench() -> Bench:
    return Bench(settings(protection=ON), funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")


def stops(bench: Bench) -> list[Order]:
    return bench.engine._desk.resting_stops(*KEY)


def long_one(bench: Bench) -> Order:
    """0.999 BTC for 100 USDT, its stop at 98.10 resting at the venue; that stop."""
    bench.fill(bench.order(signal(BUY, "1")), "1", "100")
    stop = bench.last_placed()
    bench.accept(stop)
    bench.forget()
    return bench.state.orders[stop.client_order_id]


def an_exit(bench: Bench, quantity: str = "0.999", **changes: Any) -> Order:
    reply = bench.submit(signal(SELL, quantity, purpose=Purpose.EXIT, **changes))
    assert reply.status == 201, reply
    return bench.state.orders[reply.body["client_order_id"]]


def cancelled(bench: Bench, stop: Order) -> None:
    """The venue has cancelled the stop, and says so."""
    bench.end(stop, "CANCELED")


# -- placed


def test_it_rests_from_the_first_fill_on(bench: Bench) -> None:
    bench.fill(bench.order(signal(BUY, "1")), "1", "100")
    stop = bench.last_placed()
    kind = (stop.order_type, stop.side, stop.purpose, stop.time_in_force)
    assert kind == (OrderType.STOP_LOSS_LIMIT, SELL, Purpose.STOP, TimeInForce.GTC)
    assert (stop.quantity, stop.stop_price, stop.price) == (
        d("0.999"),
        d("98.10"),
        d("93.20"),
    )  # 98.10 x 0.95 = 93.195, up to the tick: no more than 5 %
    assert bench.state.arrivals[stop.client_order_id] == d("98.10")
    assert bench.state.positions[KEY].state is PositionState.OPEN  # protected is not closing


def test_of_a_short_it_buys_back_with_the_fee_on_top(bench: Bench) -> None:
    bench.fill(bench.order(signal(SELL, "1")), "1", "100")
    stop = bench.last_placed()
    assert (stop.side, stop.quantity, stop.stop_price) == (BUY, d("1.00101"), d("101.89"))
    assert stop.price == d("106.98")  # 101.89 x 1.05 = 106.9845, down to the tick: no more than 5 %
    assert (stop.reserved_asset, stop.reserved) == ("USDT", d("107.0880498"))


def test_without_the_setting_nothing_rests() -> None:
    bench = Bench(settings(), funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")
    bench.fill(bench.order(signal(BUY, "1")), "1", "100")
    bench.let(1_000)
    assert [order.order.order_type for order in bench.asked(PlaceOrder)] == [OrderType.MARKET]


def test_it_follows_each_fill_one_at_a_time(bench: Bench) -> None:
    order = bench.order(limit_signal(BUY, "1", "100"))
    bench.fill(order, "0.4", "100")
    first = bench.last_placed()
    assert first.quantity == d("0.3996")
    bench.fill(order, "0.6", "100")  # its answer is not there yet
    assert len(stops(bench)) == 1
    bench.accept(first)
    assert bench.last_cancel().client_order_id == first.client_order_id
    cancelled(bench, first)
    second = bench.last_placed()
    assert (second.client_order_id != first.client_order_id, second.quantity, second.stop_price) == (True, d("0.999"), d("98.10"))
    assert len(stops(bench)) == 1


def test_a_stop_that_the_venue_refuses_is_tried_again_with_growing_pauses(bench: Bench) -> None:
    bench.fill(bench.order(signal(BUY, "1")), "1", "100")
    for number, pause_ms in enumerate((500, 1_000, 2_000), 1):
        stop = bench.last_placed()
        bench.do(OrderRefused(client_order_id=stop.client_order_id, code=-2010, message="Order would trigger immediately."))
        bench.let(pause_ms - 100)
        assert len([one for one in bench.asked(PlaceOrder) if one.order.rests_as_stop]) == number
        bench.let(100)
        assert len([one for one in bench.asked(PlaceOrder) if one.order.rests_as_stop]) == number + 1


def test_a_restart_keeps_it_and_places_no_second_one(bench: Bench) -> None:
    stop = long_one(bench)
    again = bench.restart()
    again.connect()
    again.answer_reconcile()
    again.book("99.99", "100")
    again.let(1_000)
    assert [one.client_order_id for one in stops(again)] == [stop.client_order_id]
    assert not again.asked(PlaceOrder)


def test_a_stop_that_was_lost_on_the_way_is_placed_anew(bench: Bench) -> None:
    bench.fill(bench.order(signal(BUY, "1")), "1", "100")
    again = bench.restart()  # it never reached the venue
    again.connect()
    again.answer_reconcile()
    again.book("99.99", "100")
    again.let(3_000)
    again.do(OrderNotFound(client_order_id=stops(again)[0].client_order_id, venue_time_ms=again.venue_ms))
    again.let(500)
    lost, placed = (order for order in again.state.orders.values() if order.rests_as_stop)
    assert (lost.state, placed.state, placed.quantity) == (OrderState.FAILED, OrderState.PENDING, d("0.999"))


# -- out of the way


def test_an_exit_waits_for_its_stop_to_be_cancelled(bench: Bench) -> None:
    stop = long_one(bench)
    exit_order = an_exit(bench)
    assert (exit_order.pending, exit_order.reserved, exit_order.state) == (PendingAction.HOLD, 0, OrderState.PENDING)
    assert bench.last_cancel().client_order_id == stop.client_order_id
    assert not bench.asked(PlaceOrder)
    cancelled(bench, stop)
    assert bench.last_placed().client_order_id == exit_order.client_order_id
    assert (exit_order.pending, exit_order.reserved) == (PendingAction.NEW, d("0.999"))
    bench.fill_whole(exit_order, "99.99")
    assert (bench.state.positions[KEY].quantity, stops(bench)) == (0, [])
    bench.assert_funds_equal()


def test_of_a_part_that_leaves_the_rest_is_protected_at_once(bench: Bench) -> None:
    stop = long_one(bench)
    exit_order = an_exit(bench, "0.4")
    cancelled(bench, stop)
    placed = [command.order for command in bench.asked(PlaceOrder)]
    assert [(order.order_type, order.quantity) for order in placed] == [
        (OrderType.MARKET, d("0.4")),
        (OrderType.STOP_LOSS_LIMIT, d("0.599")),
    ]
    assert placed[0].client_order_id == exit_order.client_order_id


def test_an_exit_that_ends_unfilled_is_followed_by_the_whole_stop(bench: Bench) -> None:
    stop = long_one(bench)
    exit_order = an_exit(bench, order_type=OrderType.LIMIT, price=d("105"), time_in_force=TimeInForce.GTC)
    cancelled(bench, stop)
    bench.accept(exit_order)
    assert stops(bench) == []  # all of it is for sale: the engine's own stop watches
    bench.operate("CANCEL_ORDER", exit_order.client_order_id)
    bench.end(exit_order, "CANCELED")
    assert [one.quantity for one in stops(bench)] == [d("0.999")]


def test_the_stop_was_faster(bench: Bench) -> None:
    """X22: the cancel finds nothing to cancel, the fill is booked, and the exit never leaves."""
    stop = long_one(bench)
    exit_order = an_exit(bench)
    fill = bench.match(stop, "0.999", "98.10")
    bench.do(CancelRefused(client_order_id=stop.client_order_id, code=-2011, message="Unknown order sent."))
    assert bench.queried() == [stop.client_order_id]
    bench.report(stop, fills=(fill,), source="query")
    assert (exit_order.state, bench.asked(PlaceOrder)) == (OrderState.NOT_SENT, [])
    assert "its stop was faster" in exit_order.reason
    assert bench.state.positions[KEY].quantity == 0
    told = bench.said(StopExecuted)
    assert [(fact.quantity, fact.average) for fact in told] == [(d("0.999"), d("98.10"))]
    assert any("executed at binance" in alert.text for alert in bench.asked(Alert))
    bench.assert_funds_equal()


def test_a_stop_that_executed_in_part_leaves_the_rest_to_the_exit_of_the_rest(bench: Bench) -> None:
    stop = long_one(bench)
    exit_order = an_exit(bench)
    bench.fill(stop, "0.5", "98.10")
    cancelled(bench, stop)
    assert exit_order.state is OrderState.NOT_SENT
    assert [one.quantity for one in stops(bench)] == [d("0.499")]  # what is left is protected again


def test_an_entry_against_the_position_waits_too_and_does_not_leave_after_the_stop(bench: Bench) -> None:
    stop = long_one(bench)
    reply = bench.submit(signal(SELL, "0.5"))
    order = bench.state.orders[reply.body["client_order_id"]]
    assert order.pending is PendingAction.HOLD
    bench.fill(stop, "0.999", "98.10")
    assert (order.state, bench.asked(PlaceOrder)) == (OrderState.NOT_SENT, [])


def test_an_entry_with_the_position_does_not_wait(bench: Bench) -> None:
    long_one(bench)
    bench.order(signal(BUY, "0.5"))
    assert not bench.asked(CancelOrder)


def test_what_is_held_can_be_cancelled(bench: Bench) -> None:
    stop = long_one(bench)
    exit_order = an_exit(bench)
    assert bench.operate("CANCEL_ORDER", exit_order.client_order_id).status == 202
    assert exit_order.state is OrderState.NOT_SENT
    cancelled(bench, stop)
    assert [one.quantity for one in stops(bench)] == [d("0.999")]


def test_what_was_held_outlives_a_restart(bench: Bench) -> None:
    stop = long_one(bench)
    exit_order = an_exit(bench)
    cancel_sent = bench.last_cancel()
    again = bench.restart()
    held = again.state.orders[exit_order.client_order_id]
    assert held.pending is PendingAction.HOLD
    again.connect()
    again.orders[stop.client_order_id].status = "CANCELED"
    again.answer_reconcile()
    assert cancel_sent.client_order_id == stop.client_order_id
    assert [command.order.client_order_id for command in again.asked(PlaceOrder)] == [exit_order.client_order_id]


# -- the engine's own stop beside it


def test_the_engine_fires_when_the_book_is_there_and_nobody_trades(bench: Bench) -> None:
    stop = long_one(bench)
    bench.book("98.10", "98.50")
    assert (bench.last_cancel().client_order_id, bench.said(StopFired)) == (stop.client_order_id, [])
    bench.book("98.00", "98.40")
    assert len(bench.asked(CancelOrder)) == 1
    cancelled(bench, stop)
    assert len(bench.said(StopFired)) == 1
    fired = bench.last_placed()
    assert (fired.order_type, fired.quantity) == (OrderType.MARKET, d("0.999"))
    bench.fill_whole(fired, "98.00")
    assert (bench.state.positions[KEY].quantity, stops(bench)) == (0, [])
    bench.assert_funds_equal()


def test_it_never_sells_twice_when_the_venue_was_first(bench: Bench) -> None:
    stop = long_one(bench)
    bench.book("98.10", "98.50")
    bench.fill(stop, "0.999", "98.10")
    bench.book("97", "97.5")
    assert (bench.said(StopFired), bench.asked(PlaceOrder)) == ([], [])


# -- operators


def test_cancel_all_leaves_it(bench: Bench) -> None:
    stop = long_one(bench)
    reply = bench.operate("CANCEL_ALL")
    assert (reply.body["orders"], bench.asked(CancelOrder)) == ([], [])
    refused = bench.operate("CANCEL_ORDER", stop.client_order_id)
    assert refused.status == 409
    assert "it goes with the position" in refused.body["error"]["message"]


@pytest.mark.parametrize("action", ["KILL", "HALT", "PAUSE"])
def test_nothing_that_stops_the_engine_takes_it(bench: Bench, action: str) -> None:
    stop = long_one(bench)
    bench.do(OperatorAction(action=action, reply_to=1, detail="a test"))
    bench.let(1_000)
    assert [one.client_order_id for one in stops(bench)] == [stop.client_order_id]
    assert not bench.asked(CancelOrder)


def test_a_shutdown_leaves_it_open_and_recorded(bench: Bench) -> None:
    stop = long_one(bench)
    resting = bench.order(limit_signal(BUY, "0.2", "90"))
    bench.do(StopRequested(reason="SIGTERM"))
    assert [cancel.client_order_id for cancel in bench.asked(CancelOrder)] == [resting.client_order_id]
    bench.end(resting, "CANCELED")
    assert bench.state.engine_state is EngineState.STOPPED
    assert (stop.state, stop.knowledge) == (OrderState.OPEN, "KNOWN")


def test_a_shutdown_waits_for_a_stop_that_is_on_its_way(bench: Bench) -> None:
    bench.fill(bench.order(signal(BUY, "1")), "1", "100")
    stop = bench.last_placed()
    bench.do(StopRequested(reason="SIGTERM"))
    assert bench.state.engine_state is EngineState.STOPPING
    bench.accept(stop)
    assert bench.state.engine_state is EngineState.STOPPED


def test_an_emergency_close_takes_it_first(bench: Bench) -> None:
    stop = long_one(bench)
    bench.do(OperatorAction(action="EMERGENCY_CLOSE", reply_to=1, detail="a test"))
    assert bench.last_cancel().client_order_id == stop.client_order_id
    cancelled(bench, stop)
    closing = bench.last_placed()
    assert (closing.time_in_force, closing.quantity) == (TimeInForce.IOC, d("0.999"))
    assert stops(bench) == []
    bench.fill_whole(closing, "99.99")
    assert bench.state.positions[KEY].quantity == 0


# -- money


def test_the_cash_of_a_short_is_counted_once(bench: Bench) -> None:
    """5,099.90 USDT after the sale; the stop reserves 107.08 of it, more than the buy-back needs: nothing is committed beside that."""
    bench.fill(bench.order(signal(SELL, "1")), "1", "100")
    assert bench.engine._desk.tally.committed(VENUE, "USDT") == 0
    bench.accept(bench.last_placed())
    cancelled(bench, stops(bench)[0])
    assert stops(bench)  # it is placed again at once, and the cash with it
    assert bench.engine._desk.tally.committed(VENUE, "USDT") == 0


def test_dust_takes_its_stop_along(bench: Bench) -> None:
    stop = long_one(bench)
    exit_order = an_exit(bench, "0.96")
    cancelled(bench, stop)
    bench.fill_whole(exit_order, "99.99")
    assert (bench.state.positions[KEY].quantity, stops(bench)) == (0, [])  # 0.039 are less than 5 USDT


# -- arithmetic


@pytest.mark.parametrize(
    ("position", "free", "expected"),
    [
        ("1", "1", ("SELL", "1", "93.2")),
        ("1", "0.7", ("SELL", "0.7", "93.2")),  # never more than there is
        ("0.05", "1", None),  # 4.66 USDT at its limit: the venue wants 5
        ("0.06", "1", ("SELL", "0.06", "93.2")),
        ("-1", "1000", ("BUY", "1.00101", "103")),
        ("-1", "100", ("BUY", "1.00101", "99.89")),  # the cash reaches 99.89
        ("-1", "98.19", None),  # 98.09 a piece: not even its stop
    ],
)
def test_what_rests(position: str, free: str, expected: tuple[str, str, str] | None) -> None:
    found = resting_stop(d(position), d("98.10"), rules(), leaving=d(0), taker_fee=d("0.001"), free=d(free), collar=d("0.05"))
    got = None if found is None else (found.side.value, text(found.quantity), text(found.price))
    assert got == expected


def test_the_journal_tells_why_an_order_waited(bench: Bench) -> None:
    stop = long_one(bench)
    exit_order = an_exit(bench, signal_id=a_name())
    cancelled(bench, stop)
    of_exit = [fact for fact in bench.said(OrderChanged) if fact.client_order_id == exit_order.client_order_id]
    assert [(fact.before, fact.after, fact.pending) for fact in of_exit] == [("PENDING", "PENDING", "NEW")]


# -- slices of a parent, and stops that execute in part


def iceberg(bench: Bench, side: Side) -> Order:
    """The first slice of an iceberg against the position; it waits for the stop."""
    reply = bench.submit(signal(side, "3", execution=Execution.ICEBERG))
    assert reply.status == 201, reply
    order = bench.state.orders[reply.body["client_order_id"]]
    assert order.pending is PendingAction.HOLD
    return order


def test_a_slice_that_waits_ends_with_the_position_that_the_stop_closed(bench: Bench) -> None:
    stop = long_one(bench)
    order = iceberg(bench, SELL)
    bench.fill(stop, "0.999", "98.10")
    assert (order.state, bench.state.working_parents) == (OrderState.NOT_SENT, {})


def test_the_engines_stop_aborts_the_iceberg_that_waits(bench: Bench) -> None:
    long_one(bench)
    order = iceberg(bench, SELL)
    bench.book("98.00", "98.01")
    assert (order.state, bench.state.working_parents) == (OrderState.NOT_SENT, {})


def test_an_entry_against_the_position_leaves_once_its_stop_is_cancelled(bench: Bench) -> None:
    stop = long_one(bench)
    reply = bench.submit(signal(SELL, "0.5"))
    cancelled(bench, stop)
    order = bench.state.orders[reply.body["client_order_id"]]
    left = [command.order for command in bench.asked(PlaceOrder)]
    assert (order.pending, left[0], left[1].rests_as_stop, left[1].quantity) == (PendingAction.NEW, order, True, d("0.499"))


def test_a_stop_that_executes_in_part_is_left_alone(bench: Bench) -> None:
    stop = long_one(bench)
    bench.fill(stop, "0.5", "98.10")
    assert (bench.state.positions[KEY].quantity, bench.asked(CancelOrder)) == (d("0.499"), [])
    assert stops(bench) == [stop]
