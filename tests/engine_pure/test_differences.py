"""What a blocked venue shows, what an operator can do about it, and its adoption (X38)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from genesis.core.commands import Alert, Reply
from genesis.core.errors import ORDER_NOT_FOUND
from genesis.core.events import OperatorAction
from genesis.core.facts import BalanceOpened, BalanceTransferred, ErrorRecorded, OperatorActed, Reconciled
from genesis.core.models import EngineState, OrderState, Side
from genesis.engine.differences import ADOPT_PHRASE
from tests.builders import SYMBOL, VENUE, d, fill, limit_signal, signal, venue_order
from tests.engine_pure.bench import Bench, refold
from tests.engine_pure.order_kit import not_found

RICH = {"USDT": 5000, "BTC": 10}
MOVED = "USDT: venue 4750, engine 5000, difference -250"


@pytest.fixture
def bench() -> Bench:
    return Bench(funds=RICH).start("99.99", "100")


def adopt(bench: Bench, venue: str = VENUE, phrase: str = ADOPT_PHRASE) -> Reply:
    bench.do(OperatorAction(action="ADOPT", reply_to=3, venue=venue, detail=phrase))
    return bench.asked(Reply)[-1]


def read(bench: Bench, times: int = 1, **changes: object) -> None:
    for _ in range(times):
        bench.let(500)
        bench.answer_reconcile(**changes)


def reconnect(bench: Bench) -> None:
    bench.disconnect()
    bench.connect(channels=("orders",))


def moved(bench: Bench, **amounts: str) -> None:
    """Money moved while nobody listened, and the venue is blocked for it."""
    for asset, amount in amounts.items():
        bench.funds[VENUE][asset] = bench.funds[VENUE].get(asset, Decimal(0)) + d(amount)
    reconnect(bench)
    read(bench, 3)
    assert bench.state.engine_state is EngineState.RECONCILING


def test_what_differs_is_adopted_as_a_transfer(bench: Bench) -> None:
    moved(bench, USDT="-250", BTC="1", ETH="3")
    assert bench.engine.differences(VENUE) == ("BTC: venue 11, engine 10, difference 1", "ETH: venue 3, engine 0, difference 3", MOVED)
    assert "POST /control/adopt" in bench.asked(Alert)[-1].text
    assert adopt(bench).status == 202
    bench.answer_reconcile()
    assert bench.state.engine_state is EngineState.RUNNING
    assert bench.engine.differences(VENUE) == ()
    booked = {fact.asset: (fact.amount, fact.to_target) for fact in bench.said(BalanceTransferred)}
    assert booked == {"USDT": (-250, False), "BTC": (1, True), "ETH": (3, True)}
    assert [fact.asset for fact in bench.said(BalanceOpened)][-1] == "ETH"
    assert [fact.detail for fact in bench.said(OperatorActed)] == ["; ".join((*bench.said(Reconciled)[-2].differences,))]
    assert bench.said(Reconciled)[-1].result == "repaired"
    assert not [key for key, position in bench.state.positions.items() if position.quantity]
    bench.assert_funds_equal()


def test_what_is_adopted_holds_after_a_restart(bench: Bench) -> None:
    moved(bench, USDT="-250")
    adopt(bench)
    bench.answer_reconcile()
    again = bench.restart()
    again.connect()
    again.answer_reconcile()
    assert [fact.result for fact in again.said(Reconciled)] == ["clean"]


def test_only_what_was_shown_is_adopted(bench: Bench) -> None:
    """Between the operator's word and the reading more money has moved: nobody has answered for that."""
    moved(bench, USDT="-250")
    assert adopt(bench).status == 202
    bench.funds[VENUE]["USDT"] -= 1
    bench.answer_reconcile()
    assert not bench.said(BalanceTransferred)
    assert bench.engine.differences(VENUE) == ("USDT: venue 4749, engine 5000, difference -251",)
    bench.funds[VENUE]["USDT"] += 1
    read(bench)
    assert not bench.said(BalanceTransferred)
    assert bench.state.engine_state is EngineState.RECONCILING


@pytest.mark.parametrize(
    ("venue", "phrase", "status", "sentence"),
    [
        ("nowhere", ADOPT_PHRASE, 404, "expected one of binance, got 'nowhere'"),
        (VENUE, "please", 422, "expected 'ADOPT THE VENUES BALANCES', got 'please'"),
    ],
)
def test_adopting_wants_a_venue_and_the_phrase(bench: Bench, venue: str, phrase: str, status: int, sentence: str) -> None:
    moved(bench, USDT="-250")
    reply = adopt(bench, venue, phrase)
    assert reply.status == status
    assert sentence in reply.body["error"]["message"]
    read(bench)
    assert not bench.said(BalanceTransferred)


def test_a_venue_that_is_not_blocked_has_nothing_to_adopt(bench: Bench) -> None:
    assert adopt(bench).status == 409
    assert not bench.said(OperatorActed)


def test_an_open_order_of_somebody_else_cannot_be_adopted_and_its_end_is_enough(bench: Bench) -> None:
    stranger = venue_order("web_1", "NEW")
    reconnect(bench)
    bench.answer_reconcile(open_orders=(stranger,))
    assert "cancel at the venue" in bench.asked(Alert)[-1].text
    refusal = adopt(bench)
    assert (refusal.status, "web_1" in refusal.body["error"]["message"]) == (409, True)
    read(bench)
    assert bench.state.engine_state is EngineState.RUNNING


def test_trades_of_somebody_else_are_adopted_with_what_they_moved(bench: Bench) -> None:
    stranger = fill(900, Side.BUY, 1, 100, client_order_id="web_1")
    bench.trades.append(stranger)
    moved(bench, USDT="-100", BTC="1")
    assert bench.engine.differences(VENUE)[0] == f"trade {SYMBOL} 900 of unknown order 'web_1'"
    assert adopt(bench).status == 202
    bench.answer_reconcile()
    assert bench.state.engine_state is EngineState.RUNNING
    bench.book("99.99", "100")
    assert bench.submit(signal(Side.BUY, "0.5")).status == 201
    reconnect(bench)
    bench.answer_reconcile(fills=(stranger,))
    assert bench.said(Reconciled)[-1].result == "clean"
    assert refold(bench.all_facts).digest() == bench.state.digest()


def test_an_order_that_the_venue_has_lost_blocks_until_it_is_there_again(bench: Bench) -> None:
    order = bench.order(limit_signal(Side.BUY, "1", "98"))
    lost = bench.orders.pop(order.client_order_id)
    reconnect(bench)
    read(bench, 2)
    assert not bench.engine.differences(VENUE)
    read(bench)
    assert bench.engine.differences(VENUE) == (f"order {order.client_order_id} on {SYMBOL} is OPEN here and unknown at the venue",)
    assert adopt(bench).status == 409
    bench.orders[order.client_order_id] = lost
    read(bench)
    assert bench.state.engine_state is EngineState.RUNNING
    assert bench.state.orders[order.client_order_id].state is OrderState.OPEN


def test_a_lost_order_is_an_error_once_however_often_it_is_asked_for(bench: Bench) -> None:
    order = bench.order(limit_signal(Side.BUY, "1", "98"))
    bench.report(order, status="PARTIALLY_FILLED", executed=d("0.4"), cum_quote=d("39.2"))
    for after_ms in (0, 500, 1_000, 1_500):
        not_found(bench, order, after_ms)
    assert [fact.code for fact in bench.said(ErrorRecorded)] == [ORDER_NOT_FOUND]
