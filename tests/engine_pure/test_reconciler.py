"""Reconciliation: first start, missed fills, orders moved by proof, and what blocks (R30, X25, X26, X37, X38)."""

from __future__ import annotations

import pytest

from genesis.core.commands import Alert, PlaceOrder, Reconcile
from genesis.core.errors import BALANCES_DIFFER, FOREIGN_ACTIVITY
from genesis.core.events import BalanceReported, ReconcileFailed
from genesis.core.facts import BalanceOpened, ErrorRecorded, OrderFilled, Reconciled, RulesLoaded
from genesis.core.models import EngineState, OrderState, Side
from genesis.core.settings import VenueTerms
from genesis.engine.orders import distrust
from tests.builders import SYMBOL, VENUE, balances, d, fill, limit_signal, rules, settings, signal, venue_order
from tests.engine_pure.bench import Bench, refold

RICH = {"USDT": 5000, "BTC": 10}


@pytest.fixture
def bench() -> Bench:
    return Bench(funds=RICH).start("99.99", "100")


def results(bench: Bench) -> list[str]:
    return [fact.result for fact in bench.said(Reconciled)]


def reconnect(bench: Bench, **changes: object) -> None:
    bench.disconnect()
    bench.connect(channels=("orders",))
    bench.answer_reconcile(**changes)


def test_a_second_doubt_while_the_venue_is_about_to_be_read_asks_no_second_time(bench: Bench) -> None:
    desk = bench.engine._desk
    distrust(desk, VENUE)
    due_ns = desk.memory.reconciling[VENUE].due_ns
    bench.mono_ns += 1_000
    distrust(desk, VENUE)
    assert due_ns is not None
    assert desk.memory.reconciling[VENUE].due_ns == due_ns


def test_the_first_start_opens_the_account() -> None:
    terms = VenueTerms(name=VENUE, symbols=(SYMBOL,), targets={"ETH": d(3)})
    bench = Bench(settings(venues=(terms,)), funds={"USDT": 1000, "BTC": 2, "BNB": "0.5"})
    bench.boot()
    bench.connect()
    assert bench.asked(Reconcile)[0].trades_after == {SYMBOL: -1}
    bench.answer_reconcile()
    opened = {fact.asset: (fact.amount, fact.target) for fact in bench.said(BalanceOpened)}
    assert opened == {"USDT": (1000, 0), "BTC": (2, 2), "BNB": (d("0.5"), d("0.5")), "ETH": (0, 3)}
    assert [fact.rules for fact in bench.said(RulesLoaded)] == [(rules(),)]
    assert results(bench) == ["clean"]


def test_trades_before_the_first_start_are_the_accounts_past() -> None:
    past = fill(41, Side.BUY, 1, 100, client_order_id="web_1")
    bench = Bench()
    bench.boot()
    bench.connect()
    bench.answer_reconcile(fills=(past,))
    assert results(bench) == ["clean"]
    again = bench.restart()
    again.connect()
    assert again.asked(Reconcile)[-1].trades_after == {SYMBOL: 41}
    again.answer_reconcile(fills=(past,))
    assert results(again) == ["clean"]


def test_missed_fills_are_booked_once_before_anything_leaves(bench: Bench) -> None:
    order = bench.order(limit_signal(Side.BUY, "1", "98"))
    bench.disconnect()
    bench.match(order, "0.4", "98")
    bench.match(order, "0.2", "98")
    bench.connect(channels=("orders",))
    assert bench.asked(Reconcile)[-1].unresolved == ((SYMBOL, order.client_order_id),)
    bench.forget()
    bench.do(bench.snapshot(Reconcile(venue=VENUE, unresolved=((SYMBOL, order.client_order_id),), trades_after={SYMBOL: -1})))
    assert len(bench.said(OrderFilled)) == 2
    assert bench.state.orders[order.client_order_id].state is OrderState.PARTIALLY_FILLED
    assert results(bench) == ["repaired"]
    assert bench.state.positions[(VENUE, SYMBOL)].stop_price is not None
    bench.report(order, fills=tuple(bench.trades))
    assert len(bench.said(OrderFilled)) == 2
    bench.assert_funds_equal()


def test_closed_orders_are_moved_by_proof(bench: Bench) -> None:
    one = bench.order(limit_signal(Side.BUY, "1", "98"))
    two = bench.order(limit_signal(Side.BUY, "1", "97"))
    bench.disconnect()
    bench.orders[one.client_order_id].status = "CANCELED"
    bench.match(two, "1", "97")
    bench.connect(channels=("orders",))
    bench.answer_reconcile()
    assert [bench.state.orders[o.client_order_id].state for o in (one, two)] == [OrderState.CANCELLED, OrderState.FILLED]
    assert bench.state.engine_state is EngineState.RUNNING


def test_kill_after_send_the_order_is_adopted(bench: Bench) -> None:
    """CP-O6: the venue has it, we only have the intent."""
    bench.submit(signal(Side.BUY, "0.5"))
    order = bench.last_placed()
    bench.take(order)
    bench.match(order, "0.5", "100")
    again = bench.restart()
    again.connect()
    again.answer_reconcile()
    assert again.state.orders[order.client_order_id].state is OrderState.FILLED
    assert not again.asked(PlaceOrder)
    again.assert_funds_equal()
    again.book("99.99", "100")
    assert again.submit(signal(Side.BUY, "0.5")).status == 201


def test_kill_before_send_the_order_fails_when_its_absence_is_proven(bench: Bench) -> None:
    """CP-O4: RUNNING at once, the symbol opens nothing new until the proof."""
    bench.submit(signal(Side.BUY, "0.5"))
    order = bench.last_placed()
    again = bench.restart()
    again.connect()
    again.answer_reconcile()
    again.book("99.99", "100")
    assert again.state.engine_state is EngineState.RUNNING
    assert again.submit(signal(Side.BUY, "0.5")).body["error"]["rule"] == "R26"
    assert again.queried() == [order.client_order_id]
    assert again.state.orders[order.client_order_id].state is OrderState.PENDING
    again.venue_ms += 2_501
    again.mono_ns += 2_501 * 1_000_000
    again.book("99.99", "100")
    from_venue = Reconcile(venue=VENUE, unresolved=((SYMBOL, order.client_order_id),), trades_after={SYMBOL: -1})
    again.disconnect()
    again.connect(channels=("orders",))
    again.do(again.snapshot(from_venue))
    assert again.state.orders[order.client_order_id].state is OrderState.FAILED
    assert again.submit(signal(Side.BUY, "0.5")).status == 201


def test_recovery_twice_is_recovery_once(bench: Bench) -> None:
    """I31"""
    order = bench.order(limit_signal(Side.BUY, "1", "98"))
    bench.match(order, "0.4", "98")
    once = bench.restart()
    once.connect()
    once.answer_reconcile()
    digest = once.state.digest()
    twice = once.restart()
    twice.connect()
    twice.answer_reconcile()
    assert twice.state.digest() == digest
    assert refold(twice.all_facts).digest() == digest


def test_an_unexplained_difference_blocks_after_three_readings(bench: Bench) -> None:
    wrong = balances(USDT=4999, BTC=10)
    reconnect(bench, balances=wrong)
    assert results(bench) == []
    for expected in ([], ["blocked"], ["blocked"]):
        bench.let(500)
        bench.answer_reconcile(balances=wrong)
        assert results(bench) == expected
    assert bench.said(Reconciled)[0].differences == ("USDT: venue 4999, engine 5000, difference -1",)
    assert [fact.code for fact in bench.said(ErrorRecorded)] == [BALANCES_DIFFER]
    assert bench.state.engine_state is EngineState.RECONCILING
    assert bench.submit(signal()).status == 503
    bench.let(500)
    bench.answer_reconcile()
    assert results(bench) == ["blocked", "clean"]
    assert bench.state.engine_state is EngineState.RUNNING


def test_a_passing_difference_does_not_block(bench: Bench) -> None:
    reconnect(bench, balances=balances(USDT=4999, BTC=10))
    bench.let(500)
    bench.answer_reconcile()
    assert results(bench) == ["clean"]


def test_a_new_asset_at_the_venue_is_a_difference(bench: Bench) -> None:
    reconnect(bench, balances=balances(USDT=5000, BTC=10, BNB=1))
    for _ in range(2):
        bench.let(500)
        bench.answer_reconcile(balances=balances(USDT=5000, BTC=10, BNB=1))
    assert bench.said(Reconciled)[0].differences == ("BNB: venue 1, engine 0, difference 1",)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"open_orders": (venue_order("web_7", "NEW"),)}, "web_7"),
        ({"fills": (fill(99, Side.BUY, 1, 100, client_order_id="web_8"),)}, "web_8"),
    ],
)
def test_foreign_activity_blocks_at_once(bench: Bench, changes: dict[str, object], named: str) -> None:
    reconnect(bench, **changes)
    assert results(bench) == ["blocked"]
    assert named in bench.said(Reconciled)[0].differences[0]
    assert [fact.code for fact in bench.said(ErrorRecorded)] == [FOREIGN_ACTIVITY]
    assert bench.asked(Alert)


def test_an_order_open_there_and_ended_here_blocks(bench: Bench) -> None:
    order = bench.order(limit_signal(Side.BUY, "1", "98"))
    bench.end(order, "CANCELED")
    bench.let(5_000)
    reconnect(bench, open_orders=(venue_order(order.client_order_id, "NEW"),))
    assert results(bench) == ["blocked"]


def test_a_symbol_that_is_not_listed_blocks() -> None:
    bench = Bench()
    bench.boot()
    bench.connect()
    bench.answer_reconcile(rules=())
    assert results(bench) == ["blocked"]
    assert "BTCUSDT is not listed" in bench.said(Reconciled)[0].differences[0]


def test_a_failed_reading_is_asked_again_after_a_pause(bench: Bench) -> None:
    bench.disconnect()
    bench.connect(channels=("orders",))
    bench.forget()
    bench.do(ReconcileFailed(venue=VENUE, reason="503"))
    bench.let(400)
    assert not bench.asked(Reconcile)
    bench.let(100)
    assert len(bench.asked(Reconcile)) == 1


def test_a_reading_without_an_answer_is_asked_again(bench: Bench) -> None:
    bench.disconnect()
    bench.connect(channels=("orders",))
    bench.forget()
    bench.let(15_000)
    assert len(bench.asked(Reconcile)) == 1


def test_a_reading_that_nobody_waits_for_is_ignored(bench: Bench) -> None:
    late = bench.snapshot(Reconcile(venue=VENUE, unresolved=(), trades_after={SYMBOL: -1}), balances=balances(USDT=1))
    assert bench.do(late).facts == []
    bench.disconnect()
    assert bench.do(late).facts == []


def test_a_missed_fill_shows_in_the_venues_balances(bench: Bench) -> None:
    """X25: a TRADE was suppressed; within 2 s the venue is read and the fill booked."""
    order = bench.order(limit_signal(Side.BUY, "1", "98"))
    bench.match(order, "0.4", "98")
    bench.do(BalanceReported(venue=VENUE, balances=balances(USDT="4960.8", BTC="10.3996"), venue_time_ms=0))
    bench.let(2_000)
    assert bench.state.engine_state is EngineState.RUNNING
    bench.let(200)
    assert bench.state.engine_state is EngineState.RECONCILING
    bench.answer_reconcile()
    assert bench.state.engine_state is EngineState.RUNNING
    assert bench.state.orders[order.client_order_id].executed == d("0.4")
    bench.assert_funds_equal()


def test_balances_that_agree_in_time_are_nothing(bench: Bench) -> None:
    order = bench.order(limit_signal(Side.BUY, "1", "98"))
    done = bench.match(order, "0.4", "98")
    bench.report_balances()
    bench.let(1_000)
    bench.report(order, fills=(done,))
    bench.let(3_000)
    assert not bench.asked(Reconcile)


def test_a_missed_end_shows_in_what_the_venue_has_locked(bench: Bench) -> None:
    """X25: the last report of an order that ended without a fill was suppressed: no total changes, but nothing is reserved any more."""
    order = bench.order(limit_signal(Side.BUY, "1", "98"))
    bench.orders[order.client_order_id].status = "EXPIRED_IN_MATCH"
    bench.report_balances()
    bench.let(2_000)
    assert bench.state.engine_state is EngineState.RUNNING
    bench.let(200)
    assert bench.state.engine_state is EngineState.RECONCILING
    bench.answer_reconcile()
    assert bench.state.engine_state is EngineState.RUNNING
    assert bench.state.orders[order.client_order_id].state is OrderState.EXPIRED
    bench.assert_funds_equal()


def test_locks_that_differ_by_other_amounts_each_time_are_news_under_way(bench: Bench) -> None:
    """Orders come one after the other, and the venue's word is always of the one before."""
    bench.order(limit_signal(Side.BUY, "0.2", "98"))
    for _ in range(5):
        bench.report_balances()
        bench.order(limit_signal(Side.BUY, "0.2", "98"))
        bench.let(1_000)
    assert not bench.asked(Reconcile)


def test_an_order_under_way_is_reserved_here_before_it_is_there(bench: Bench) -> None:
    bench.report_balances()
    bench.submit(limit_signal(Side.BUY, "1", "98"))
    bench.let(2_500)
    assert not bench.asked(Reconcile)


def test_an_end_with_missing_fills_is_no_clean_reading(bench: Bench) -> None:
    """The trades are read later than the order: UNKNOWN and queried, RUNNING only after the totals agree."""
    order = bench.order(limit_signal(Side.BUY, "1", "98"))
    bench.disconnect()
    bench.match(order, "0.4", "98")
    bench.orders[order.client_order_id].status = "CANCELED"
    bench.connect(channels=("orders",))
    bench.answer_reconcile(fills=())
    assert bench.state.orders[order.client_order_id].knowledge == "UNKNOWN"
    assert bench.state.engine_state is EngineState.RECONCILING
    bench.let(500)
    bench.answer_reconcile()
    assert bench.state.orders[order.client_order_id].state is OrderState.CANCELLED
    assert bench.state.engine_state is EngineState.RUNNING


def test_a_trade_of_an_ended_order_is_booked_and_recorded(bench: Bench) -> None:
    order = bench.order(limit_signal(Side.BUY, "1", "98"))
    bench.end(order, "CANCELED")
    bench.match(order, "0.4", "98")
    reconnect(bench)
    assert bench.state.orders[order.client_order_id].executed == d("0.4")
    assert [fact.code for fact in bench.said(ErrorRecorded)] == ["GENESIS-6702"]
    bench.assert_funds_equal()
