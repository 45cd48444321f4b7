"""What becomes of positions when the engine is told to stop (R29), and how the next process learns how this one ended."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.core.commands import ExitProcess, PlaceOrder
from genesis.core.errors import EXIT_OK, EXIT_REMAINS
from genesis.core.events import EngineBooted, OperatorAction, StopRequested
from genesis.core.facts import EmergencyCloseBegan, EmergencyCloseEnded, EngineStarted, EngineStopped, ErrorRecorded, HaltEnded
from genesis.core.models import EngineState, Order, OrderState, OrderType, Purpose, Side, TimeInForce
from genesis.core.settings import PositionsOnShutdown, ProtectionSettings, TimingSettings
from tests.builders import SYMBOL, VENUE, d, limit_signal, settings, signal
from tests.engine_pure.bench import Bench
from tests.engine_pure.pair_kit import held_pair, pair_stage, trade

KEY = (VENUE, SYMBOL)
CLOSE = PositionsOnShutdown.CLOSE
BUY, SELL = Side.BUY, Side.SELL


def bench(policy: PositionsOnShutdown = CLOSE, *, stops: bool = True, shutdown_ms: int = 8_000, **changes: Any) -> Bench:
    chosen = settings(
        positions_on_shutdown=policy,
        protection=ProtectionSettings(rest_at_venue=stops),
        timing=TimingSettings(shutdown_ms=shutdown_ms, book_stale_ms=60_000),
        **changes,
    )
    return Bench(chosen, funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")


def hold(on: Bench, quantity: str = "1", side: Side = BUY) -> Order:
    """A position, and its stop at the venue if the engine places one; that stop, or the entry."""
    entry = on.order(signal(side, quantity))
    on.fill(entry, quantity, "100" if side is BUY else "99.99")
    last = on.last_placed()
    if last.client_order_id != entry.client_order_id:
        on.accept(last)
    on.forget()
    return on.state.orders[last.client_order_id]


def stop(on: Bench) -> None:
    on.do(StopRequested(reason="SIGTERM"))


def state(on: Bench) -> EngineState:
    return on.state.engine_state


def left(on: Bench) -> tuple[bool, int]:
    """Clean or not, and the exit code of a process that has ended."""
    assert state(on) is EngineState.STOPPED
    return on.said(EngineStopped)[0].clean, on.asked(ExitProcess)[0].code


# -- keep


def test_by_default_positions_stay_with_their_stops() -> None:
    on = bench(PositionsOnShutdown.KEEP)
    resting = hold(on)
    stop(on)
    assert left(on) == (True, EXIT_OK)
    assert resting.state is OrderState.OPEN
    assert not on.asked(PlaceOrder)
    assert settings().positions_on_shutdown is PositionsOnShutdown.KEEP


def test_an_emergency_close_of_an_operator_waits_for_the_next_process() -> None:
    on = bench(PositionsOnShutdown.KEEP, stops=False)
    hold(on)
    on.do(OperatorAction(action="EMERGENCY_CLOSE", reply_to=4, detail="a test"))
    first = on.last_placed()
    on.accept(first)
    stop(on)
    assert state(on) is EngineState.STOPPING  # its order is under way
    on.end(first, "EXPIRED")
    assert left(on) == (True, EXIT_OK)
    again = on.restart()
    again.connect()
    again.answer_reconcile()
    again.forget()
    again.book("99.99", "100")
    assert again.last_placed().purpose is Purpose.EXIT


def test_an_emergency_close_of_an_operator_sends_nothing_more_in_a_shutdown() -> None:
    on = bench(PositionsOnShutdown.KEEP, stops=False)
    hold(on)
    entry = on.order(limit_signal(BUY, "0.2", "95"))
    on.do(OperatorAction(action="EMERGENCY_CLOSE", reply_to=4, detail="a test"))
    on.forget()
    stop(on)
    on.end(entry, "CANCELED")  # now the way would be clear
    assert left(on) == (True, EXIT_OK)
    assert not on.asked(PlaceOrder)


# -- close


def test_what_is_held_is_closed_before_the_process_leaves() -> None:
    on = bench()
    resting = hold(on)
    stop(on)
    on.let(100)
    assert on.last_cancel().client_order_id == resting.client_order_id
    assert not on.asked(PlaceOrder)  # not before its stop is gone: together they would reverse
    on.end(resting, "CANCELED")
    exit_order = on.last_placed()
    assert (exit_order.side, exit_order.quantity, exit_order.order_type, exit_order.time_in_force, exit_order.purpose) == (
        SELL,
        d("0.999"),
        OrderType.LIMIT,
        TimeInForce.IOC,
        Purpose.EXIT,
    )
    on.fill_whole(exit_order, "99.99")
    assert left(on) == (True, EXIT_OK)
    assert on.state.positions[KEY].quantity == 0
    assert not on.state.halts
    assert [fact.left for fact in on.said(EmergencyCloseEnded)] == [()]
    on.assert_funds_equal()


def test_a_short_is_bought_back() -> None:
    on = bench(stops=False)
    hold(on, side=SELL)
    stop(on)
    on.let(100)
    assert on.last_placed().side is BUY
    on.fill_whole(on.last_placed(), "100")
    assert left(on) == (True, EXIT_OK)


def test_with_nothing_held_there_is_nothing_to_close() -> None:
    on = bench()
    stop(on)
    assert left(on) == (True, EXIT_OK)
    assert not on.said(EmergencyCloseBegan)


def test_open_orders_are_cancelled_and_positions_closed() -> None:
    on = bench(stops=False)
    hold(on, "0.5")
    entry = on.order(limit_signal(BUY, "0.2", "95"))
    on.forget()
    stop(on)
    assert on.last_cancel().client_order_id == entry.client_order_id
    on.end(entry, "CANCELED")
    on.let(100)
    on.fill_whole(on.last_placed(), "99.99")
    assert left(on) == (True, EXIT_OK)


def test_a_fill_that_comes_late_is_closed_too() -> None:
    on = bench(stops=False)
    entry = on.order(limit_signal(BUY, "0.2", "95"))
    stop(on)
    on.fill(entry, "0.2", "95")  # faster than the cancel
    assert state(on) is EngineState.STOPPING
    on.let(100)
    on.fill_whole(on.last_placed(), "99.99")
    assert left(on) == (True, EXIT_OK)


def test_what_cannot_be_closed_is_protected_again_and_named() -> None:
    on = bench()
    resting = hold(on)
    stop(on)
    on.let(100)
    on.end(resting, "CANCELED")
    for _ in range(59):  # nobody buys: each attempt expires
        if (last := on.last_placed()).purpose is Purpose.EXIT and not on.state.orders[last.client_order_id].state.terminal:
            on.accept(last)
            on.end(last, "EXPIRED")
        on.let(100)
    again = on.last_placed()
    assert (again.purpose, again.quantity) == (Purpose.STOP, d("0.999"))
    assert state(on) is EngineState.STOPPING  # until the venue has it
    on.accept(again)
    assert left(on) == (False, EXIT_REMAINS)
    assert on.state.orders[again.client_order_id].state is OrderState.OPEN
    assert any(f"position {VENUE}/{SYMBOL} 0.999" in fact.detail for fact in on.said(ErrorRecorded))
    assert not on.state.halts


def test_without_the_venue_it_leaves_at_the_deadline_with_what_remains() -> None:
    on = bench(stops=False, shutdown_ms=1_000)
    hold(on)
    on.disconnect()
    stop(on)
    on.let(700)
    assert state(on) is EngineState.STOPPING
    on.let(300)
    assert left(on) == (False, EXIT_REMAINS)
    assert "not connected" in on.said(EmergencyCloseEnded)[0].left[0].why
    assert not on.asked(PlaceOrder)


def test_a_venue_that_comes_back_in_time_is_read_and_then_closed_on() -> None:
    on = bench(stops=False)
    hold(on)
    on.disconnect()
    stop(on)
    on.let(500)
    on.connect(channels=("orders",))
    on.answer_reconcile()
    on.let(100)
    on.fill_whole(on.last_placed(), "99.99")
    assert left(on) == (True, EXIT_OK)


def test_an_emergency_close_under_way_goes_on_to_its_end() -> None:
    on = bench(stops=False)
    hold(on)
    on.do(OperatorAction(action="EMERGENCY_CLOSE", reply_to=4, detail="a test"))
    first = on.last_placed()
    on.accept(first)
    stop(on)
    on.end(first, "EXPIRED")
    on.let(600)
    on.fill_whole(on.last_placed(), "99.99")
    assert left(on) == (True, EXIT_OK)
    assert len(on.said(EmergencyCloseBegan)) == 1


def test_a_pair_is_closed_too() -> None:
    stage = held_pair(pair_stage(positions_on_shutdown=CLOSE))
    stage.do(StopRequested(reason="SIGTERM"))
    stage.let(100)
    stage.settle()
    assert trade(stage).state == "CLOSED"
    assert stage.said(EngineStopped)[0].clean
    assert stage.asked(ExitProcess)[0].code == EXIT_OK


def test_a_run_that_its_process_did_not_live_to_end_ends_with_the_next() -> None:
    on = bench(stops=False)
    hold(on)
    stop(on)
    on.let(100)
    assert on.state.emergency is not None
    again = on.restart()  # kill -9 amid the shutdown
    assert again.state.emergency is None
    assert [fact.halt for fact in again.said(HaltEnded)] == ["EMERGENCY_CLOSE"]


# -- how it ended


@pytest.mark.parametrize("previous", ["first", "clean", "recovered"])
def test_the_first_fact_says_how_the_last_process_ended(previous: str) -> None:
    on = Bench()
    on.do(EngineBooted(epoch=1, version="0", config_digest="c", test_hooks=False, previous=previous))
    assert on.said(EngineStarted)[0].previous == previous
