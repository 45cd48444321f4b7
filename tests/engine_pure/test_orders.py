"""Orders through the whole engine: the venue's scenarios X1-X26 as far as they are decisions (R26, I08-I12)."""

from __future__ import annotations

import pytest

from genesis.core.commands import CancelOrder, PlaceOrder, QueryOrder, Reconcile
from genesis.core.errors import FOREIGN_ACTIVITY, ILLEGAL_TRANSITION, ORDER_NOT_FOUND, ORDER_REJECTED
from genesis.core.events import (
    CancelRefused,
    ForeignOrderReported,
    OrderNotFound,
    OrderRefused,
    OrderReported,
    OrderSent,
    OutcomeUnknown,
    SendRefused,
)
from genesis.core.facts import OrderChanged, OrderFilled, OrderIntended
from genesis.core.models import EngineState, Knowledge, Order, OrderState, OrderType, PendingAction, Purpose, Side
from genesis.engine.orders import CANCEL_NOT_SENT, SENT_AGAIN
from tests.builders import SYMBOL, VENUE, d, fill, limit_signal, signal
from tests.engine_pure.bench import Bench
from tests.engine_pure.order_kit import GRACE_MS, RICH, errors, limbo, live, long_position, not_found, resting


@pytest.fixture
def bench() -> Bench:
    return Bench(funds=RICH).start("99.99", "100.01")


def test_intent_first_then_sent_open_partly_filled_filled(bench: Bench) -> None:
    reply = bench.submit(limit_signal(Side.BUY, "1", "100"))
    order = bench.last_placed()
    assert reply.body["client_order_id"] == order.client_order_id == "gtest01-1"
    assert [type(fact).__name__ for fact in bench.facts] == ["SignalReceived", "TiltMeasured", "OrderIntended"]
    assert limbo(live(bench, order)) == ("PENDING", "NEW", "KNOWN")
    assert bench.state.balances[(VENUE, "USDT")].locked == 100
    bench.send(order)
    assert limbo(live(bench, order)) == ("SUBMITTED", "NEW", "KNOWN")
    bench.take(order)
    bench.report(order, source="answer")
    assert limbo(live(bench, order)) == ("OPEN", "NONE", "KNOWN")
    bench.fill(order, "0.4", "100")
    assert live(bench, order).state is OrderState.PARTIALLY_FILLED
    assert bench.state.balances[(VENUE, "USDT")].locked == 60
    bench.fill(order, "0.6", "100")
    assert limbo(live(bench, order)) == ("FILLED", "NONE", "KNOWN")
    assert bench.state.positions[(VENUE, SYMBOL)].quantity == d("0.999")
    assert {fact.correlation_id for fact in bench.said(OrderChanged)} == {order.correlation_id}
    bench.assert_funds_equal()


def test_a_fill_fact_precedes_the_change_that_carries_it(bench: Bench) -> None:
    order = resting(bench)
    bench.forget()
    bench.fill(order, "0.4", "100")
    names = [type(fact) for fact in bench.facts]
    assert names.index(OrderFilled) < names.index(OrderChanged)


def test_fills_before_the_answer(bench: Bench) -> None:
    """X23: the stream is faster than the reply, which then changes nothing."""
    bench.submit(limit_signal(Side.BUY, "1", "100"))
    order = bench.last_placed()
    bench.send(order)
    bench.take(order)
    first = bench.match(order, "0.4", "100")
    bench.report(order, fills=(first,))
    assert limbo(live(bench, order)) == ("PARTIALLY_FILLED", "NONE", "KNOWN")
    bench.forget()
    bench.report(order, source="answer", status="NEW", executed=d(0), cum_quote=d(0))
    assert bench.facts == []


def test_duplicates_change_nothing(bench: Bench) -> None:
    """X24: the same trade id twice counts once; a terminal order absorbs."""
    order = resting(bench)
    done = bench.fill(order, "1", "100")
    bench.forget()
    bench.report(order, fills=(done,))
    bench.report(order, fills=(done,), status="PARTIALLY_FILLED", executed=d("0.4"))
    bench.report(order, status="NEW", executed=d(0))
    assert bench.facts == []
    assert len(bench.state.fills) == 1


def test_an_end_waits_until_every_fill_is_booked(bench: Bench) -> None:
    """X25: a fill's event was lost. The cancel's report names more than is booked: UNKNOWN, queried, then CANCELLED."""
    order = resting(bench)
    bench.match(order, "0.4", "100")
    bench.forget()
    bench.end(order, "CANCELED")
    assert limbo(live(bench, order)) == ("OPEN", "NONE", "UNKNOWN")
    assert bench.queried() == [order.client_order_id]
    reply = bench.submit(signal(Side.BUY, "0.5"))
    assert reply.status == 422
    assert reply.body["error"]["rule"] == "R26"  # its symbol opens nothing new meanwhile
    bench.report(order, fills=tuple(bench.trades), source="query")
    assert limbo(live(bench, order)) == ("CANCELLED", "NONE", "KNOWN")
    assert live(bench, order).executed == d("0.4")
    assert bench.state.balances[(VENUE, "USDT")].locked == 0
    bench.assert_funds_equal()


def test_the_same_incomplete_answer_is_recorded_once_and_asked_about_at_the_next_deadline(bench: Bench) -> None:
    """A venue that goes on telling of more than its trades show must not be asked without a pause, nor fill the journal."""
    order = resting(bench)
    bench.match(order, "0.4", "100")
    bench.end(order, "CANCELED")
    bench.forget()
    for _ in range(20):
        bench.report(order, source="query")
    assert len(bench.queried()) <= 1
    assert len(bench.said(OrderChanged)) <= 2
    bench.forget()
    bench.let(bench.settings.timing.query_retry_ms + 100)
    assert bench.queried() == [order.client_order_id]
    bench.report(order, fills=tuple(bench.trades), source="query")
    assert limbo(live(bench, order)) == ("CANCELLED", "NONE", "KNOWN")


def test_cancel_keeps_its_fills(bench: Bench) -> None:
    """X6: filled in part, then cancelled: only the unfilled reserve is unlocked."""
    order = resting(bench)
    bench.fill(order, "0.4", "100")
    assert bench.operate("CANCEL_ORDER", order.client_order_id).status == 202
    assert limbo(live(bench, order)) == ("PARTIALLY_FILLED", "CANCEL", "KNOWN")
    assert bench.last_cancel().cancel_id == f"{order.client_order_id}-c1"
    bench.fill(order, "0.1", "100")
    assert limbo(live(bench, order)) == ("PARTIALLY_FILLED", "CANCEL", "KNOWN")
    bench.end(order, "CANCELED")
    assert live(bench, order).state is OrderState.CANCELLED
    assert live(bench, order).executed == d("0.5")
    bench.assert_funds_equal()


def test_a_fill_wins_against_the_cancel(bench: Bench) -> None:
    """X22: -2011 says only that a query must tell."""
    order = resting(bench)
    bench.operate("CANCEL_ORDER", order.client_order_id)
    done = bench.match(order, "1", "100")
    bench.do(CancelRefused(client_order_id=order.client_order_id, code=-2011, message="Unknown order sent."))
    assert limbo(live(bench, order)) == ("OPEN", "CANCEL", "UNKNOWN")
    assert bench.queried() == [order.client_order_id]
    bench.report(order, fills=(done,), source="query")
    assert live(bench, order).state is OrderState.FILLED


def test_a_lost_cancel_is_asked_again_a_bounded_number_of_times(bench: Bench) -> None:
    """X21: never assume cancelled; the venue decides."""
    order = resting(bench)
    bench.operate("CANCEL_ORDER", order.client_order_id)
    for _ in range(5):
        bench.do(OutcomeUnknown(client_order_id=order.client_order_id, action="CANCEL", reason="-1007"))
        assert limbo(live(bench, order))[1:] == ("CANCEL", "UNKNOWN")
        bench.report(order, source="query")
    assert limbo(live(bench, order)) == ("OPEN", "NONE", "KNOWN")
    assert errors(bench) == [ORDER_REJECTED]
    assert len({c.cancel_id for c in bench.commands if type(c).__name__ == "CancelOrder"}) == 5


def test_a_cancel_asked_before_the_answer_leaves_after_it(bench: Bench) -> None:
    bench.submit(limit_signal(Side.BUY, "1", "100"))
    order = bench.last_placed()
    bench.operate("CANCEL_ORDER", order.client_order_id)
    assert not [c for c in bench.commands if type(c).__name__ == "CancelOrder"]
    bench.accept(order)
    assert bench.last_cancel().client_order_id == order.client_order_id
    bench.end(order, "CANCELED")
    assert bench.operate("CANCEL_ORDER", order.client_order_id).status == 409
    assert bench.operate("CANCEL_ORDER", "gother-1").body["error"]["code"] == ORDER_NOT_FOUND


def test_a_refusal_is_terminal_and_never_retried(bench: Bench) -> None:
    """X5"""
    bench.submit(limit_signal(Side.BUY, "1", "100"))
    order = bench.last_placed()
    bench.send(order)
    bench.forget()
    bench.do(OrderRefused(client_order_id=order.client_order_id, code=-2010, message="Account has insufficient balance"))
    assert live(bench, order).state is OrderState.REJECTED
    assert "-2010" in live(bench, order).reason
    bench.let(5_000)
    assert not bench.asked(PlaceOrder)
    assert bench.state.balances[(VENUE, "USDT")].locked == 0


def test_not_sent(bench: Bench) -> None:
    bench.submit(signal())
    order = bench.last_placed()
    bench.do(SendRefused(client_order_id=order.client_order_id, reason="too old"))
    assert (live(bench, order).state, live(bench, order).reason) == (OrderState.NOT_SENT, "too old")


def test_expiry_keeps_what_was_filled(bench: Bench) -> None:
    """X3"""
    order = bench.order(signal(Side.BUY, "1"))
    bench.fill(order, "0.5", "100.01")
    bench.end(order, "EXPIRED")
    assert (live(bench, order).state, live(bench, order).executed) == (OrderState.EXPIRED, d("0.5"))


def test_unknown_but_executed(bench: Bench) -> None:
    """X14, X16: 503 after the match; the query books it once; the late reply changes nothing."""
    bench.submit(signal(Side.BUY, "0.5"))
    order = bench.last_placed()
    bench.send(order)
    bench.take(order)
    done = bench.match(order, "0.5", "100.01")
    bench.forget()
    bench.do(OutcomeUnknown(client_order_id=order.client_order_id, action="NEW", reason="503"))
    assert limbo(live(bench, order)) == ("SUBMITTED", "NEW", "UNKNOWN")
    assert bench.queried() == [order.client_order_id]
    bench.report(order, fills=(done,), source="query")
    assert live(bench, order).state is OrderState.FILLED
    bench.forget()
    bench.report(order, fills=(done,), source="answer")
    assert bench.facts == []
    assert not bench.asked(PlaceOrder)


def test_a_silent_request_becomes_unknown_and_is_asked_for_again_and_again(bench: Bench) -> None:
    bench.submit(signal(Side.BUY, "0.5"))
    order = bench.last_placed()
    bench.send(order)
    bench.forget()
    bench.let(2_900)
    assert live(bench, order).knowledge is Knowledge.KNOWN
    bench.let(100)
    assert live(bench, order).knowledge is Knowledge.UNKNOWN
    bench.let(1_000)
    assert bench.queried() == [order.client_order_id] * 3


def lost(bench: Bench, wish: str) -> Order:
    bench.submit(signal(Side.BUY, wish))
    order = bench.last_placed()
    bench.send(order)
    bench.do(OutcomeUnknown(client_order_id=order.client_order_id, action="NEW", reason="cut"))
    return order


def test_absence_is_final_only_past_the_bound_on_the_venues_clock(bench: Bench) -> None:
    """X15, X19: until then UNKNOWN, its exposure reserved; then FAILED, never sent again."""
    order = lost(bench, "0.5")
    bench.forget()
    not_found(bench, order, 0)
    not_found(bench, order, GRACE_MS)
    assert limbo(live(bench, order)) == ("SUBMITTED", "NEW", "UNKNOWN")
    assert bench.state.balances[(VENUE, "USDT")].locked == d("50.50505")
    not_found(bench, order, 1)
    assert limbo(live(bench, order)) == ("FAILED", "NONE", "KNOWN")
    assert bench.state.balances[(VENUE, "USDT")].locked == 0
    assert not bench.asked(PlaceOrder)


def absent_at(bench: Bench, order: Order, venue_ms: int) -> None:
    """Not found, at a time that the venue names; no more has passed by the engine's clock."""
    bench.do(OrderNotFound(client_order_id=order.client_order_id, venue_time_ms=venue_ms))


@pytest.mark.parametrize("off_ms", [GRACE_MS + 1, 3_600_000, 86_400_000])
def test_a_venues_time_far_ahead_proves_no_absence_before_as_much_has_passed_by_ours(bench: Bench, off_ms: int) -> None:
    """X15: the time of one answer is plausible and wrong."""
    order = lost(bench, "0.5")
    not_found(bench, order, 0)
    absent_at(bench, order, bench.venue_ms + off_ms)
    assert limbo(live(bench, order)) == ("SUBMITTED", "NEW", "UNKNOWN")
    not_found(bench, order, GRACE_MS)  # the venue's time is right again, and the bound counts from the first
    assert limbo(live(bench, order)) == ("SUBMITTED", "NEW", "UNKNOWN")
    not_found(bench, order, 1)
    assert live(bench, order).state is OrderState.FAILED


def test_a_venue_whose_clock_was_set_ahead_proves_absence_by_its_new_time(bench: Bench) -> None:
    order = lost(bench, "0.5")
    not_found(bench, order, 0)
    bench.venue_ms += 3_600_000
    not_found(bench, order, 0)
    not_found(bench, order, GRACE_MS + 1)
    assert live(bench, order).state is OrderState.FAILED


@pytest.mark.parametrize("ahead_ms", [900, 6_000])
def test_absence_is_not_proven_before_the_bound_has_passed_by_our_clock(bench: Bench, ahead_ms: int) -> None:
    """The slower of two clocks counts."""
    order = lost(bench, "0.5")
    not_found(bench, order, 0)
    bench.venue_ms += ahead_ms
    not_found(bench, order, GRACE_MS)
    assert limbo(live(bench, order)) == ("SUBMITTED", "NEW", "UNKNOWN")
    not_found(bench, order, 1)
    assert live(bench, order).state is OrderState.FAILED


def test_a_question_between_the_settings_of_two_clocks_does_not_begin_the_count_anew(bench: Bench) -> None:
    """X15: asked when the venue's clock was set and ours was not yet: once ours is, as much has passed by both."""
    order = lost(bench, "0.5")
    not_found(bench, order, 0)
    absent_at(bench, order, bench.venue_ms + GRACE_MS)
    not_found(bench, order, GRACE_MS + 1)
    assert live(bench, order).state is OrderState.FAILED


def test_a_first_answer_far_ahead_does_not_keep_the_order_in_doubt_for_ever(bench: Bench) -> None:
    order = lost(bench, "0.5")
    absent_at(bench, order, bench.venue_ms + 86_400_000)
    not_found(bench, order, 0)
    not_found(bench, order, GRACE_MS + 1)
    assert live(bench, order).state is OrderState.FAILED


@pytest.mark.parametrize("back_ms", [GRACE_MS + 1, 3_700])
def test_absence_counts_from_the_timestamp_of_the_request_where_the_venues_clock_was_set_back(bench: Bench, back_ms: int) -> None:
    """X15, I07: a request that is frozen on its way is valid until the venue's clock is past its own timestamp and window."""
    order = lost(bench, "0.5")
    bench.venue_ms -= back_ms
    not_found(bench, order, 0)
    not_found(bench, order, back_ms)
    not_found(bench, order, GRACE_MS)
    assert limbo(live(bench, order)) == ("SUBMITTED", "NEW", "UNKNOWN")
    assert bench.state.balances[(VENUE, "USDT")].locked == d("50.50505")
    not_found(bench, order, 1)
    assert limbo(live(bench, order)) == ("FAILED", "NONE", "KNOWN")
    assert order.client_order_id not in bench.engine._desk.memory.signed_ms


def test_a_late_minus_2013_of_a_known_order_means_nothing(bench: Bench) -> None:
    order = resting(bench)
    not_found(bench, order, 99_999)
    assert live(bench, order).state is OrderState.OPEN


def test_an_order_that_vanished_at_the_venue_takes_the_venue_out(bench: Bench) -> None:
    order = resting(bench)
    bench.operate("CANCEL_ORDER", order.client_order_id)
    bench.do(OutcomeUnknown(client_order_id=order.client_order_id, action="CANCEL", reason="cut"))
    not_found(bench, order, 99_999)
    assert errors(bench) == [ORDER_NOT_FOUND]
    assert bench.state.engine_state is EngineState.RECONCILING


def test_an_exit_proven_absent_is_sent_once_more_under_the_same_id(bench: Bench) -> None:
    long_position(bench)
    bench.submit(signal(Side.SELL, "0.4", purpose=Purpose.EXIT))
    order = bench.last_placed()
    bench.send(order)
    bench.do(OutcomeUnknown(client_order_id=order.client_order_id, action="NEW", reason="cut"))
    bench.forget()
    not_found(bench, order, 0)
    not_found(bench, order, GRACE_MS + 1)
    assert [command.order.client_order_id for command in bench.asked(PlaceOrder)] == [order.client_order_id]
    assert limbo(live(bench, order)) == ("SUBMITTED", "NEW", "KNOWN")
    assert not bench.said(OrderIntended)
    bench.send(order)
    bench.do(OutcomeUnknown(client_order_id=order.client_order_id, action="NEW", reason="cut again"))
    assert live(bench, order).reason == f"{SENT_AGAIN}; cut again"
    not_found(bench, order, 0)
    not_found(bench, order, GRACE_MS + 1)
    assert live(bench, order).state is OrderState.FAILED
    assert len(bench.asked(PlaceOrder)) == 1


def test_an_exit_that_cannot_be_sent_again_failed(bench: Bench) -> None:
    long_position(bench)
    bench.submit(signal(Side.SELL, "0.4", purpose=Purpose.EXIT))
    order = bench.last_placed()
    bench.send(order)
    bench.do(OutcomeUnknown(client_order_id=order.client_order_id, action="NEW", reason="cut"))
    not_found(bench, order, 0)
    not_found(bench, order, GRACE_MS + 1)
    bench.do(SendRefused(client_order_id=order.client_order_id, reason="socket down"))
    assert live(bench, order).state is OrderState.FAILED


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"status": "FILLED"}, "PARTIALLY_FILLED"),  # filled, but 0.6 is missing
        ({"status": "CANCELED", "executed": d("0.3")}, "PARTIALLY_FILLED"),  # fewer than booked
        ({"status": "REJECTED"}, "PARTIALLY_FILLED"),
        ({"status": "GONE"}, "PARTIALLY_FILLED"),
    ],
)
def test_impossible_reports_are_recorded_and_move_nothing(bench: Bench, changes: dict[str, object], state: str) -> None:
    order = resting(bench)
    bench.fill(order, "0.4", "100")
    bench.report(order, **changes)
    assert errors(bench) == [ILLEGAL_TRANSITION]
    assert live(bench, order).state == state
    assert live(bench, order).executed == d("0.4")


@pytest.mark.parametrize(
    "wrong",
    [
        fill(9, Side.SELL, "0.1", 100),
        fill(9, Side.BUY, "0.1", 100, symbol="ETHUSDT"),
        fill(9, Side.BUY, "0", 100),
        fill(9, Side.BUY, "1.1", 100),
    ],
    ids=["other side", "other symbol", "no amount", "more than ordered"],
)
def test_impossible_fills_are_not_booked(bench: Bench, wrong: object) -> None:
    order = resting(bench)
    bench.report(order, fills=(wrong,))  # type: ignore[arg-type]
    assert errors(bench) == [ILLEGAL_TRANSITION]
    assert not bench.state.fills


def test_another_end_after_the_end_takes_the_venue_out(bench: Bench) -> None:
    order = resting(bench)
    bench.end(order, "CANCELED")
    bench.report(order, status="EXPIRED")
    assert errors(bench) == [ILLEGAL_TRANSITION]
    assert live(bench, order).state is OrderState.CANCELLED
    assert bench.state.engine_state is EngineState.RECONCILING


def test_money_that_moved_after_an_end_is_booked_and_recorded(bench: Bench) -> None:
    order = resting(bench)
    bench.end(order, "CANCELED")
    late = bench.match(order, "0.4", "100")
    bench.report(order, fills=(late,))
    assert live(bench, order).executed == d("0.4")
    assert live(bench, order).state is OrderState.CANCELLED
    assert errors(bench) == [ILLEGAL_TRANSITION]
    bench.assert_funds_equal()


def test_foreign_reports_take_the_venue_out(bench: Bench) -> None:
    """X38"""
    foreign = ForeignOrderReported(venue=VENUE, symbol=SYMBOL, client_order_id="web_1", side=Side.BUY, status="NEW")
    bench.do(foreign)
    assert errors(bench) == [FOREIGN_ACTIVITY]
    assert bench.state.engine_state is EngineState.RECONCILING
    bench.answer_reconcile()
    assert bench.state.engine_state is EngineState.RUNNING


def test_news_of_an_order_we_never_made(bench: Bench) -> None:
    stranger = "gother-9"
    bench.do(OrderNotFound(client_order_id=stranger, venue_time_ms=0))
    bench.do(OrderRefused(client_order_id=stranger, code=-2010, message=""))
    bench.do(CancelRefused(client_order_id=stranger, code=-2011, message=""))
    bench.do(OutcomeUnknown(client_order_id=stranger, action="NEW", reason=""))
    bench.do(SendRefused(client_order_id=stranger, reason=""))
    bench.do(
        OrderReported(
            venue=VENUE,
            symbol=SYMBOL,
            client_order_id=stranger,
            venue_order_id=1,
            status="NEW",
            executed=d(0),
            cum_quote=d(0),
            source="stream",
            venue_time_ms=0,
        )
    )
    assert errors(bench) == [FOREIGN_ACTIVITY] * 6


def test_a_market_buy_keeps_its_reservation(bench: Bench) -> None:
    """Until it is terminal (I05)."""
    order = bench.order(signal(Side.BUY, "1"))
    reserved = bench.state.balances[(VENUE, "USDT")].locked
    assert reserved == d("101.0101")
    bench.fill(order, "0.5", "100.01")
    assert bench.state.balances[(VENUE, "USDT")].locked == reserved
    assert order.order_type is OrderType.MARKET
    assert live(bench, order).pending is PendingAction.NONE


def test_a_refusal_of_an_open_order_is_illegal(bench: Bench) -> None:
    order = resting(bench)
    bench.do(OrderRefused(client_order_id=order.client_order_id, code=-2010, message="no"))
    assert errors(bench) == [ILLEGAL_TRANSITION]
    assert live(bench, order).state is OrderState.OPEN


def test_news_of_the_sending_may_come_last(bench: Bench) -> None:
    bench.submit(signal(Side.BUY, "0.5"))
    order = bench.last_placed()
    bench.take(order)
    done = bench.match(order, "0.5", "100.01")
    bench.report(order, fills=(done,), source="answer")
    bench.forget()
    bench.send(order)
    assert bench.facts == []
    bench.do(OrderSent(client_order_id="gother-1", signed_ms=0))
    assert errors(bench) == [FOREIGN_ACTIVITY]


def test_a_lost_answer_to_what_was_answered_otherwise_means_nothing(bench: Bench) -> None:
    order = resting(bench)
    bench.do(OutcomeUnknown(client_order_id=order.client_order_id, action="NEW", reason="late"))
    assert live(bench, order).knowledge is Knowledge.KNOWN


def test_a_fee_in_an_asset_never_seen_opens_its_balance(bench: Bench) -> None:
    order = resting(bench)
    done = bench.match(order, "1", "100", fee_asset="BNB")
    bench.report(order, fills=(done,))
    assert bench.state.balances[(VENUE, "BNB")].total == d("-0.001")
    assert bench.state.positions[(VENUE, SYMBOL)].quantity == 1
    bench.assert_funds_equal()


def test_a_cancel_that_could_not_leave_is_tried_again_when_it_can(bench: Bench) -> None:
    order = resting(bench)
    bench.operate("CANCEL_ORDER", order.client_order_id)
    bench.do(CancelRefused(client_order_id=order.client_order_id, code=CANCEL_NOT_SENT, message="the orders channel is down"))
    assert limbo(live(bench, order)) == ("OPEN", "NONE", "KNOWN")
    bench.disconnect()
    bench.forget()
    bench.let(1_000)
    assert not bench.asked(CancelOrder)
    bench.connect(channels=("orders",))
    bench.answer_reconcile()
    bench.let(500)
    assert bench.last_cancel().client_order_id == order.client_order_id
    bench.do(CancelRefused(client_order_id=order.client_order_id, code=CANCEL_NOT_SENT, message="too many in flight"))
    bench.forget()
    bench.let(400)
    assert not bench.asked(CancelOrder)
    bench.let(100)
    assert len(bench.asked(CancelOrder)) == 1


def test_a_status_that_nobody_knows_is_said_once_and_asked_about(bench: Bench) -> None:
    """Nonsense, or newer than this program: the order is unknown until the venue says something that can be read."""
    order = resting(bench)
    bench.forget()
    bench.report(order, status="SOMETHING")
    assert limbo(live(bench, order)) == ("OPEN", "NONE", "UNKNOWN")
    assert len(bench.asked(QueryOrder)) == 1
    bench.report(order, source="query", status="SOMETHING")
    assert errors(bench) == [ILLEGAL_TRANSITION]
    assert len(bench.asked(QueryOrder)) == 1  # the next one when its time has come
    bench.report(order, source="query")
    assert limbo(live(bench, order)) == ("OPEN", "NONE", "KNOWN")


def test_a_fill_under_a_status_that_nobody_knows_is_booked(bench: Bench) -> None:
    order = resting(bench)
    done = bench.match(order, "1", "100")
    bench.report(order, status="SOMETHING", fills=(done,))
    assert live(bench, order).state is OrderState.FILLED
    bench.assert_funds_equal()


def test_more_executed_than_the_order_has_is_not_believed(bench: Bench) -> None:
    """The whole order is booked: it is filled, whatever sum the report tells. Of one that is not, the venue is asked."""
    order = resting(bench)
    bench.report(order, executed=d("7"))
    assert limbo(live(bench, order)) == ("OPEN", "NONE", "UNKNOWN")
    assert errors(bench) == [ILLEGAL_TRANSITION]
    done = bench.match(order, "1", "100")
    bench.report(order, status="FILLED", executed=d("7"), fills=(done,))
    assert live(bench, order).state is OrderState.FILLED
    bench.assert_funds_equal()


@pytest.mark.parametrize(("message", "readings"), [("Account has insufficient balance for requested action.", 1), ("Market is closed.", 0)])
def test_too_little_money_at_the_venue_has_its_balances_read(bench: Bench, message: str, readings: int) -> None:
    """By our own books it sufficed: nothing new leaves before the venue was read (X38)."""
    bench.submit(limit_signal(Side.BUY, "1", "100"))
    order = bench.last_placed()
    bench.send(order)
    bench.forget()
    bench.do(OrderRefused(client_order_id=order.client_order_id, code=-2010, message=message))
    bench.let(100)
    assert len(bench.asked(Reconcile)) == readings
