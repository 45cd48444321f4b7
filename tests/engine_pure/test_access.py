"""A venue that refuses time stamps (X34) or the key (X35): what is sent again, what waits, and what halts."""

from __future__ import annotations

import pytest

from genesis.core.commands import Alert, CancelOrder, PlaceOrder, Reconcile, TryKey
from genesis.core.errors import VENUE_REFUSED_CREDENTIALS
from genesis.core.events import (
    CancelRefused,
    CredentialsRefused,
    ForeignOrderReported,
    OrderRefused,
    OutcomeUnknown,
    ReconcileFailed,
    SendRefused,
)
from genesis.core.facts import OrderChanged, OrderIntended
from genesis.core.models import EngineState, Order, OrderState, Purpose, Side
from genesis.engine.orders import CANCEL_NOT_SENT, CANCEL_TIMED_AGAIN, SENT_AGAIN, TIMED_AGAIN
from tests.builders import SYMBOL, VENUE, limit_signal, signal
from tests.engine_pure.bench import Bench
from tests.engine_pure.order_kit import GRACE_MS, RICH, errors, limbo, live, long_position, not_found, resting


@pytest.fixture
def bench() -> Bench:
    return Bench(funds=RICH).start("99.99", "100.01")


def too_late(bench: Bench, order: Order) -> None:
    bench.do(OrderRefused(client_order_id=order.client_order_id, code=-1021, message="Timestamp for this request is outside"))


def timed_again(bench: Bench) -> Order:
    """An order that was refused for its time stamp and is on its way once more."""
    bench.submit(limit_signal(Side.BUY, "1", "100"))
    order = bench.last_placed()
    bench.send(order)
    bench.forget()
    too_late(bench, order)
    return order


def test_an_order_refused_for_its_time_stamp_is_sent_once_more_under_the_same_id(bench: Bench) -> None:
    """X34: on record before it leaves, and no new intent."""
    order = timed_again(bench)
    assert [command.order.client_order_id for command in bench.asked(PlaceOrder)] == [order.client_order_id]
    assert [fact.reason for fact in bench.said(OrderChanged)] == [f"{TIMED_AGAIN}: -1021 Timestamp for this request is outside"]
    assert not bench.said(OrderIntended)
    assert limbo(live(bench, order)) == ("SUBMITTED", "NEW", "KNOWN")
    assert bench.state.balances[(VENUE, "USDT")].locked == 100
    bench.accept(order)
    assert live(bench, order).state is OrderState.OPEN


def test_a_second_refusal_of_the_time_stamp_is_a_refusal(bench: Bench) -> None:
    """X34"""
    order = timed_again(bench)
    bench.send(order)
    too_late(bench, order)
    assert limbo(live(bench, order)) == ("REJECTED", "NONE", "KNOWN")
    assert live(bench, order).reason == f"{TIMED_AGAIN}; -1021 Timestamp for this request is outside"
    bench.let(5_000)
    assert len(bench.asked(PlaceOrder)) == 1
    assert bench.state.balances[(VENUE, "USDT")].locked == 0


def test_what_cannot_be_sent_again_stays_refused(bench: Bench) -> None:
    """X34: the venue has refused it, and not a byte left since; nothing is asked of the venue."""
    order = timed_again(bench)
    bench.do(SendRefused(client_order_id=order.client_order_id, reason="the orders channel is down"))
    assert limbo(live(bench, order)) == ("REJECTED", "NONE", "KNOWN")
    assert bench.queried() == []


def test_an_entry_that_must_not_leave_any_more_is_not_sent_again(bench: Bench) -> None:
    """X34: what is sent again is looked at like what is sent the first time."""
    order = timed_again(bench)
    assert bench.engine.refusal_before_send(order, bench.now) is None
    bench.operate("PAUSE")
    assert bench.engine.refusal_before_send(order, bench.now) == "the engine is PAUSED"


def test_an_order_that_is_to_be_cancelled_is_not_sent_again(bench: Bench) -> None:
    """X34"""
    bench.submit(limit_signal(Side.BUY, "1", "100"))
    order = bench.last_placed()
    bench.send(order)
    bench.operate("CANCEL_ORDER", order.client_order_id)
    too_late(bench, order)
    assert live(bench, order).state is OrderState.REJECTED
    assert len(bench.asked(PlaceOrder)) == 1


def test_that_an_order_was_timed_again_outlives_a_crash(bench: Bench) -> None:
    """X34, CP-O5: the new process sends nothing, asks what became of it, and knows that it was sent twice."""
    order = timed_again(bench)
    bench.send(order)
    again = bench.restart()
    again.connect()
    again.answer_reconcile()
    assert limbo(live(again, order)) == ("SUBMITTED", "NEW", "UNKNOWN")
    assert not again.asked(PlaceOrder)
    too_late(again, order)
    assert live(again, order).state is OrderState.REJECTED
    assert not again.asked(PlaceOrder)


def test_an_exit_proven_absent_after_it_was_timed_again_is_sent_for_that_cause_too(bench: Bench) -> None:
    """X34, X15: each cause sends once more, and the reason keeps both."""
    long_position(bench)
    bench.submit(signal(Side.SELL, "0.4", purpose=Purpose.EXIT))
    order = bench.last_placed()
    bench.forget()
    bench.send(order)
    too_late(bench, order)
    bench.send(order)
    bench.do(OutcomeUnknown(client_order_id=order.client_order_id, action="NEW", reason="cut"))
    not_found(bench, order, 0)
    not_found(bench, order, GRACE_MS + 1)
    assert live(bench, order).reason == f"{TIMED_AGAIN}; {SENT_AGAIN}"
    bench.send(order)
    too_late(bench, order)
    assert live(bench, order).state is OrderState.REJECTED
    assert len(bench.asked(PlaceOrder)) == 2


def test_a_cancel_refused_for_its_time_stamp_is_asked_once_more(bench: Bench) -> None:
    """X34: the second refusal is one, and a query tells what became of the order."""
    order = resting(bench)
    bench.operate("CANCEL_ORDER", order.client_order_id)
    bench.forget()
    refusal = CancelRefused(client_order_id=order.client_order_id, code=-1021, message="Timestamp for this request is outside")
    bench.do(refusal)
    assert [command.cancel_id for command in bench.asked(CancelOrder)] == [f"{order.client_order_id}-c2"]
    assert live(bench, order).reason == f"{CANCEL_TIMED_AGAIN}: -1021 Timestamp for this request is outside"
    assert limbo(live(bench, order)) == ("OPEN", "CANCEL", "KNOWN")
    bench.do(refusal)
    assert len(bench.asked(CancelOrder)) == 1
    assert limbo(live(bench, order)) == ("OPEN", "CANCEL", "UNKNOWN")
    assert bench.queried() == [order.client_order_id]


def refuse_key(bench: Bench) -> None:
    bench.do(CredentialsRefused(venue=VENUE, reason="-2015 Invalid API-key"))


def test_a_refused_key_halts_until_the_operator_resumes_and_the_venue_was_read(bench: Bench) -> None:
    """X35"""
    refuse_key(bench)
    assert bench.state.engine_state is EngineState.HALTED
    assert bench.state.conditions[f"{VENUE}/key"] == "REFUSED"
    bench.let(60_000)
    assert not bench.asked(Reconcile)
    bench.operate("RESUME")
    assert bench.state.engine_state is EngineState.RECONCILING
    assert bench.asked(TryKey) == [TryKey(venue=VENUE)]
    bench.answer_reconcile()
    assert bench.state.engine_state is EngineState.RUNNING
    assert bench.state.conditions[f"{VENUE}/key"] == "TRIED"


def test_a_key_that_is_still_refused_halts_again_and_is_told_again(bench: Bench) -> None:
    """X35: one question for each RESUME."""
    refuse_key(bench)
    bench.operate("RESUME")
    bench.let(1_000)
    refuse_key(bench)
    bench.do(ReconcileFailed(venue=VENUE, reason="-2015"))
    bench.let(60_000)
    assert bench.state.engine_state is EngineState.HALTED
    assert len(bench.asked(Reconcile)) == 1
    assert errors(bench) == [VENUE_REFUSED_CREDENTIALS] * 2
    assert all("then RESUME" in alert.text for alert in bench.asked(Alert) if alert.severity == "critical")


def test_a_reading_from_before_the_key_was_refused_is_not_believed(bench: Bench) -> None:
    """X35"""
    bench.do(ForeignOrderReported(venue=VENUE, symbol=SYMBOL, client_order_id="x", side=Side.BUY, status="NEW"))
    bench.let(100)
    refuse_key(bench)
    bench.answer_reconcile()
    assert not bench.engine.venues()[VENUE].reconciled


def test_a_refused_key_is_told_to_an_engine_that_is_halted_already(bench: Bench) -> None:
    """X35"""
    bench.operate("HALT")
    refuse_key(bench)
    assert errors(bench) == [VENUE_REFUSED_CREDENTIALS]


def test_a_cancel_waits_for_the_key(bench: Bench) -> None:
    """X35: the order is known to live; its cancel is asked for once, and again after RESUME."""
    order = resting(bench)
    bench.operate("CANCEL_ORDER", order.client_order_id)
    refuse_key(bench)
    bench.do(CancelRefused(client_order_id=order.client_order_id, code=CANCEL_NOT_SENT, message="not taken: -2015 Invalid API-key"))
    assert limbo(live(bench, order)) == ("OPEN", "NONE", "KNOWN")
    bench.forget()
    bench.operate("CANCEL_ORDER", order.client_order_id)
    bench.let(60_000)
    assert not bench.asked(CancelOrder)
    assert bench.queried() == []
    bench.operate("RESUME")
    bench.answer_reconcile()
    bench.let(100)
    assert len(bench.asked(CancelOrder)) == 1


def test_an_unknown_outcome_waits_for_the_key(bench: Bench) -> None:
    """X35: nothing is queried that would be refused; the reading after RESUME tells."""
    bench.submit(limit_signal(Side.BUY, "1", "100"))
    order = bench.last_placed()
    bench.send(order)
    bench.take(order)
    bench.do(OutcomeUnknown(client_order_id=order.client_order_id, action="NEW", reason="503"))
    refuse_key(bench)
    bench.forget()
    bench.let(60_000)
    assert bench.queried() == []
    assert bench.state.balances[(VENUE, "USDT")].locked == 100
    bench.operate("RESUME")
    bench.answer_reconcile()
    assert live(bench, order).state is OrderState.OPEN


def test_no_stop_fires_into_a_refused_key(bench: Bench) -> None:
    """X35: it would be refused again and again; it fires as soon as the venue was read again."""
    long_position(bench)
    refuse_key(bench)
    bench.forget()
    bench.book("50", "50.02")
    bench.let(5_000)
    assert not bench.asked(PlaceOrder)
    bench.operate("RESUME")
    bench.answer_reconcile()
    assert bench.last_placed().purpose is Purpose.STOP
