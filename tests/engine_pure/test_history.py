"""What has ended is forgotten, and nothing that was derived from it is lost (R9, R26, R27, I09, I21)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from genesis.core.codec import to_plain
from genesis.core.commands import Reply
from genesis.core.events import CancelRefused, OperatorAction, OrderNotFound, OrderReported, OrderSent, OutcomeUnknown
from genesis.core.facts import ErrorRecorded, Fact, HistoryForgotten, OrderChanged, OrderFilled, OrderIntended, Reconciled
from genesis.core.models import Execution, Order, OrderState, Purpose, Side
from genesis.core.settings import HistorySettings, RiskSettings
from genesis.core.state import State
from genesis.data.rows import tables_of, upserts_of
from genesis.engine import history
from genesis.engine.history import PAUSE_MS, SETTLED_MS
from tests.builders import START_MS, VENUE, d, limit_signal, settings, signal
from tests.engine_pure.arbitrage_kit import pair, trade_of
from tests.engine_pure.bench import Bench, refold

DAY_MS = 86_400_000
REMEMBERED = 8


def made(remembered: int = REMEMBERED, **changes: Any) -> Bench:
    risk = RiskSettings(trades_a_day=1_000)
    bench = Bench(settings(risk=risk, history=HistorySettings(remembered=remembered), **changes), funds={"USDT": 50_000, "BTC": 10})
    return bench.start("99.99", "100")


def trip(bench: Bench) -> tuple[Order, Order]:
    """One unit bought and sold again: two orders with a fill each."""
    bench.book("99.99", "100")
    bought = bench.order(signal(Side.BUY, "1"))
    bench.fill(bought, "1", "100")
    held = bench.state.positions[VENUE, "BTCUSDT"].quantity
    sold = bench.order(signal(Side.SELL, held.quantize(d("0.001"), rounding="ROUND_DOWN"), purpose=Purpose.EXIT))
    bench.fill(sold, sold.quantity, "99.99")
    return bought, sold


def trips(bench: Bench, number: int) -> list[Order]:
    return [order for _ in range(number) for order in trip(bench)]


def settle(bench: Bench, milliseconds: int = SETTLED_MS + 2 * PAUSE_MS) -> None:
    bench.wall_ms += milliseconds
    bench.venue_ms += milliseconds
    bench.mono_ns += milliseconds * 1_000_000
    bench.let(500)
    bench.book("99.99", "100")


def cancelled(bench: Bench, number: int) -> list[Order]:
    """Entries that rested and were cancelled."""
    orders = [bench.order(limit_signal(Side.BUY, "0.2", "90")) for _ in range(number)]
    for order in orders:
        bench.end(order, "CANCELED")
    return orders


def forgotten(bench: Bench) -> list[str]:
    return [name for fact in bench.said(HistoryForgotten) for name in fact.orders]


def test_nothing_is_forgotten_while_there_is_not_more_than_is_remembered() -> None:
    bench = made()
    trips(bench, REMEMBERED // 2)
    settle(bench)
    assert not bench.said(HistoryForgotten)
    assert len(bench.state.orders) == REMEMBERED


def test_more_than_is_remembered_and_the_oldest_half_goes_with_fills_and_signals() -> None:
    bench = made()
    orders = trips(bench, REMEMBERED // 2 + 1)
    settle(bench)
    gone = orders[: len(orders) - REMEMBERED // 2]
    assert forgotten(bench) == [order.client_order_id for order in gone]
    state = bench.state
    assert list(state.orders) == [order.client_order_id for order in orders[len(gone) :]]
    assert {fill.client_order_id for fill in state.fills.values()} == set(state.orders) == set(state.fills_of)
    assert set(state.signals) == set(state.signal_outcomes) == set(state.orders_by_signal)
    assert len(state.signals) == REMEMBERED // 2


def test_what_ended_just_now_waits_for_its_last_news() -> None:
    bench = made()
    trips(bench, REMEMBERED)
    bench.let(SETTLED_MS - 1_000)
    assert not bench.said(HistoryForgotten)


def test_an_open_order_stays_with_its_fills_and_its_signal_however_old_it_is() -> None:
    bench = made()
    resting = bench.order(limit_signal(Side.BUY, "2", "90"))
    bench.fill(resting, "1", "90")
    trips(bench, REMEMBERED)
    settle(bench)
    assert forgotten(bench)
    assert resting.client_order_id in bench.state.orders
    assert len(bench.state.fills_of[resting.client_order_id]) == 1
    assert resting.correlation_id in bench.state.signals
    bench.fill(resting, "1", "90")
    assert bench.state.orders[resting.client_order_id].state is OrderState.FILLED


def test_slices_of_a_parent_stay_until_it_is_over_and_then_it_goes_with_them() -> None:
    bench = made(remembered=2)
    iceberg = signal(Side.BUY, "3", execution=Execution.ICEBERG)
    bench.submit(iceberg)
    bench.accept(bench.last_placed())
    bench.fill(bench.last_placed(), bench.last_placed().quantity, "100")
    resting = bench.last_placed()
    bench.accept(resting)
    others = cancelled(bench, 4)
    settle(bench)
    assert forgotten(bench)
    assert set(forgotten(bench)) <= {order.client_order_id for order in others}
    assert set(bench.state.parents[iceberg.signal_id].orders) <= bench.state.orders.keys()
    bench.fill(resting, resting.quantity, "100")
    while bench.state.working_parents:
        bench.fill_whole(bench.last_placed(), "100")
    trips(bench, 2)
    settle(bench)
    assert [name for fact in bench.said(HistoryForgotten) for name in fact.parents] == [iceberg.signal_id]
    assert not bench.state.parents
    assert iceberg.signal_id not in bench.state.signals


def test_a_multi_leg_trade_stays_while_it_is_held_and_goes_with_its_legs() -> None:
    bench = pair(history=HistorySettings(remembered=2))
    for order in [fact.order for fact in bench.said(OrderIntended)][:1]:
        bench.fill_whole(order, "100")
    for _ in range(2):
        settle(bench, DAY_MS)
    held = trade_of(bench)
    assert held.pnl is None
    assert {leg.client_order_id for leg in held.legs} <= bench.state.orders.keys()
    assert not forgotten(bench)
    while trade_of(bench).pnl is None:
        bench.fill_whole(bench.last_placed(), "101")
    names = {leg.client_order_id for leg in trade_of(bench).legs}
    for _ in range(2):
        settle(bench, DAY_MS)
    assert set(forgotten(bench)) >= names
    assert [name for fact in bench.said(HistoryForgotten) for name in fact.trades] == [held.multi_leg_id]
    assert not bench.state.multi_legs


def test_orders_of_a_cancel_all_stay_until_all_of_them_have_ended() -> None:
    bench = made(remembered=2)
    orders = [bench.order(limit_signal(Side.BUY, "0.2", "90")) for _ in range(4)]
    bench.do(OperatorAction(action="KILL", reply_to=3))
    for order in orders[:3]:
        bench.end(order, "CANCELED")
    assert bench.state.cancelling
    settle(bench)
    assert list(bench.state.orders) == [order.client_order_id for order in orders]
    bench.end(orders[3], "CANCELED")
    settle(bench)
    assert set(forgotten(bench)) >= {order.client_order_id for order in orders[:2]}


def test_entries_by_which_others_are_judged_stay_as_long_as_they_are_judged_by() -> None:
    """R9, R36: a strategy's entry signals of a minute."""
    bench = made(remembered=2)
    first = signal(Side.BUY, "0.2", source="strategy", strategy="one")
    bench.fill(bench.order(first), "0.2", "100")
    cancelled(bench, 4)
    settle(bench, 50_000)
    assert forgotten(bench)
    assert list(bench.state.entry_signals) == [bench.state.signals[first.signal_id]]
    bench.fill(bench.order(signal(Side.BUY, "0.2", source="strategy", strategy="one")), "0.2", "100")
    settle(bench, 50_000)
    bench.fill(bench.order(signal(Side.BUY, "0.2", source="strategy", strategy="one")), "0.2", "100")
    cancelled(bench, 4)
    settle(bench)
    assert first.signal_id not in bench.state.signals


def test_at_the_end_of_a_day_goes_what_ended_before_the_one_before() -> None:
    bench = made(remembered=1_000)
    orders = trips(bench, 2)
    settle(bench, DAY_MS)
    assert not bench.said(HistoryForgotten)
    later = trips(bench, 1)
    settle(bench, DAY_MS)
    assert forgotten(bench) == [order.client_order_id for order in orders]
    assert list(bench.state.orders) == [order.client_order_id for order in later]


def test_slices_follow_one_another_until_half_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "SLICE", 3)
    bench = made()
    trips(bench, REMEMBERED)
    settle(bench)
    assert [len(fact.orders) for fact in bench.said(HistoryForgotten)] == [3, 3, 3, 3]
    assert len(bench.state.orders) == REMEMBERED // 2


def test_all_that_is_derived_from_history_is_as_it_was() -> None:
    bench = made()
    trips(bench, REMEMBERED)
    before = derived(bench.state)
    number = bench.state.next_order_number
    settle(bench)
    assert forgotten(bench)
    assert derived(bench.state) == before
    bench.submit(signal(Side.BUY, "1"))
    assert bench.last_placed().client_order_id == f"gtest01-{number}"


def derived(state: State) -> list[Any]:
    money = [to_plain(list(part.values())) for part in (state.positions, state.balances, state.holdings)]
    return [dict(state.last_trade_id), dict(state.last_fill_price), state.entries_of_day, to_plain(state.results), money]


def test_the_limit_of_trades_a_day_counts_forgotten_ones() -> None:
    bench = Bench(settings(risk=RiskSettings(trades_a_day=6), history=HistorySettings(remembered=4)), funds={"USDT": 50_000, "BTC": 10})
    bench.start("99.99", "100")
    trips(bench, 6)
    settle(bench)
    assert forgotten(bench)
    reply = State.from_document(bench.state.document())
    assert reply.entries_of_day == bench.state.entries_of_day == (START_MS // DAY_MS, 6)
    refused = bench.submit(signal(Side.BUY, "1"))
    assert refused.status == 422
    assert refused.body["error"]["rule"] == "R9"


def test_a_snapshot_gives_a_forgetful_state_back_to_the_last_bit() -> None:
    bench = made()
    trips(bench, REMEMBERED)
    settle(bench)
    state = bench.state
    again = State.from_document(msgspec.json.decode(msgspec.json.encode(state.document())))
    assert again.document() == state.document()
    assert again.digest() == state.digest()
    assert derived(again) == derived(state)
    assert list(again.known_signals) == list(state.known_signals)
    assert list(again.entry_signals) == list(state.entry_signals)
    assert refold(bench.all_facts).document() == state.document()


def test_the_digest_tells_of_what_only_history_gave() -> None:
    bench = made()
    trips(bench, REMEMBERED)
    settle(bench)
    digest = bench.state.digest()
    again = State.from_document(bench.state.document())
    again.last_trade_id[VENUE, "BTCUSDT"] -= 1
    assert again.digest() != digest


def test_the_id_of_a_forgotten_signal_is_refused_as_long_as_it_is_among_the_newest() -> None:
    bench = made()
    first = signal(Side.BUY, "1")
    bench.fill(bench.order(first), "1", "100")
    trips(bench, REMEMBERED // 2)
    settle(bench)
    assert first.signal_id not in bench.state.signals
    assert bench.submit(first).status == 409
    assert bench.restart().state.knows_signal(first.signal_id)
    for _ in range(3):
        trips(bench, REMEMBERED // 2)
        settle(bench)
    assert len(bench.state.known_signals) == REMEMBERED
    assert not bench.state.knows_signal(first.signal_id)


def old(bench: Bench) -> Order:
    """An order of which nothing but its number is left."""
    order = trip(bench)[0]
    trips(bench, REMEMBERED // 2)
    settle(bench)
    assert order.client_order_id not in bench.state.orders
    bench.forget()
    return order


def changes(bench: Bench) -> list[Fact]:
    return [fact for fact in bench.facts if isinstance(fact, ErrorRecorded | OrderFilled | OrderChanged)]


def test_late_news_of_a_forgotten_order_changes_nothing() -> None:
    bench = made()
    order = old(bench)
    name = order.client_order_id
    bench.do(OrderSent(client_order_id=name, signed_ms=1))
    bench.do(OutcomeUnknown(client_order_id=name, action="NEW", reason="late"))
    bench.do(CancelRefused(client_order_id=name, code=-2011, message="Unknown order sent."))
    bench.do(OrderNotFound(client_order_id=name, venue_time_ms=bench.venue_ms))
    bench.report(order)
    assert not changes(bench)
    assert bench.engine.venues()[VENUE].reconciled


def test_a_fill_that_comes_again_after_its_order_is_forgotten_is_not_booked_twice() -> None:
    bench = made()
    order = old(bench)
    (fill,) = [fill for fill in bench.trades if fill.client_order_id == order.client_order_id]
    bench.report(order, fills=(fill,))
    assert not changes(bench)
    bench.disconnect()
    bench.connect(channels=("orders",))
    bench.answer_reconcile(fills=(fill,))
    assert bench.said(Reconciled)[-1].result == "clean"
    bench.assert_funds_equal()


def test_a_new_trade_of_a_forgotten_order_is_told_and_blocks_until_it_is_explained() -> None:
    bench = made()
    order = old(bench)
    late = msgspec.structs.replace(bench.trades[-1], client_order_id=order.client_order_id, trade_id=10_000)
    bench.report(order, fills=(late,))
    assert "gtest01-1, trade 10000 on BTCUSDT: expected none after its end" in bench.said(ErrorRecorded)[0].detail
    assert not bench.engine.venues()[VENUE].reconciled
    bench.let(100)
    bench.answer_reconcile(fills=(late,))
    assert bench.said(Reconciled)[-1].result == "blocked"


def test_a_forgotten_order_that_is_open_at_the_venue_blocks() -> None:
    bench = made()
    order = old(bench)
    bench.orders[order.client_order_id].status = "NEW"
    bench.disconnect()
    bench.connect(channels=("orders",))
    bench.answer_reconcile()
    blocked = bench.said(Reconciled)[-1]
    assert blocked.result == "blocked"
    assert blocked.differences == (f"open order {order.client_order_id} on BTCUSDT that has ended here",)


@pytest.mark.parametrize("name", ["gtest01-999", "gother1-1", "gtest01-", "gtest01-x", "gtest01-0", "x", ""])
def test_an_id_that_was_never_given_is_foreign_still(name: str) -> None:
    bench = made()
    order = old(bench)
    assert not bench.state.forgot(name)
    assert bench.state.forgot(order.client_order_id)
    report = OrderReported(
        venue=VENUE,
        symbol="BTCUSDT",
        client_order_id=name,
        venue_order_id=5,
        status="NEW",
        executed=d(0),
        cum_quote=d(0),
        source="stream",
        venue_time_ms=bench.venue_ms,
    )
    bench.do(report)
    assert "which this engine never made" in bench.said(ErrorRecorded)[0].detail


def test_a_forgotten_order_cannot_be_cancelled_because_it_has_ended() -> None:
    bench = made()
    order = old(bench)
    reply: Reply = bench.operate("CANCEL_ORDER", order.client_order_id)
    assert (reply.status, reply.body["error"]["message"]) == (409, f"order {order.client_order_id} has ended already")


def test_rows_of_what_was_forgotten_before_it_was_written_are_written() -> None:
    """The database may be late for longer than an order is remembered."""
    bench = made()
    orders = trips(bench, REMEMBERED // 2 + 1)
    settle(bench)
    assert forgotten(bench)
    tables = tables_of(bench.state)
    assert {row[0] for row in tables["orders"]} == {order.client_order_id for order in orders}
    assert len(tables["fills"]) == len(orders)
    written = {row[0] for _, rows in upserts_of(bench.state, bench.state.take_dirty(), 1) for row in rows}
    assert {order.client_order_id for order in orders} <= written
