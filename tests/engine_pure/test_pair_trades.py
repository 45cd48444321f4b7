"""The life of a pair (R19): held until its strategy leaves, a stop or a failed leg unwinds both, a restart goes on with it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from genesis.core.events import OrderRefused, SendRefused, StopRequested, TransferReported
from genesis.core.facts import ConflictLost, EngineStopped, ErrorRecorded, OrderIntended, SignalReceived, TargetAdjusted
from genesis.core.models import Order, Purpose, Side, StrategyState
from genesis.core.portfolio import unrealised
from genesis.core.shares import trade_holdings
from genesis.core.state import State
from genesis.engine.valuation import committed_cash
from tests.builders import VENUE, d, signal
from tests.engine_pure.bench import refold
from tests.engine_pure.pair_kit import BOTH, HUNTER, entry, held_pair, leaving, leg_orders, moves, pair_stage, seen, trade, wish
from tests.engine_pure.strategy_kit import SECOND, Stage, operate, probe

SOLD, BOUGHT = d("2.49975"), d("3.74962") * d("0.999")
"""What the pair of the kit holds: sold at 99.99, bought at 100.01 with a fee of 0.1 % in base."""


def held(stage: Stage, strategy: str = "one") -> list[Decimal]:
    return [seen(stage, strategy).held(VENUE, symbol) for symbol in BOTH]


def unwound(stage: Stage) -> list[Order]:
    return [fact.order for fact in stage.said(OrderIntended) if fact.order.purpose is Purpose.UNWIND]


def assert_flat(stage: Stage) -> None:
    """Nothing is held: what is left of the trade is less than a step, and the targets took it."""
    assert trade(stage).state == "CLOSED"
    assert held(stage) == [0, 0]
    stage.assert_funds_equal()
    for asset in ("BTC", "ETH"):
        balance = stage.state.balances[VENUE, asset]
        assert balance.total - balance.opening == balance.target - 100, asset
    assert refold(stage.all_facts).digest() == stage.state.digest()
    assert State.from_document(stage.state.document()).digest() == stage.state.digest()


# -- held


def test_a_filled_pair_is_held_and_its_strategy_sees_both_legs() -> None:
    stage = held_pair(pair_stage())
    view = seen(stage)
    assert held(stage) == [-SOLD, BOUGHT]
    assert view.entry_price(VENUE, "BTCUSDT") == (SOLD * d("99.99") - d("0.24995000")) / SOLD  # what it brought, less the fee
    assert view.entry_price(VENUE, "ETHUSDT") == d("3.74962") * d("100.01") / BOUGHT
    assert view.entered_ms(VENUE, "BTCUSDT") == view.entered_ms(VENUE, "ETHUSDT") == trade(stage).created_ms
    assert held(stage, "nobody") == [0, 0]
    assert not any(position.quantity for position in stage.state.positions.values())
    for _ in range(3):
        stage.second(BTCUSDT=100, ETHUSDT=100)
    assert trade(stage).state == "COMPLETE"


def test_what_it_holds_is_part_of_the_unrealised_profit() -> None:
    stage = held_pair(pair_stage())
    stage.quote("BTCUSDT", 101)
    short, long = trade_holdings(stage.state, trade(stage))
    parts = unrealised(short, d("101.01")), unrealised(long, d("99.99"))
    assert stage.engine.unrealised(stage.now) == sum(parts)
    assert max(parts) < 0


def test_the_buy_back_of_its_short_leg_stays_reserved() -> None:
    """At the stop, 99.99 x 0.999 x 1.02 rounded down to the tick, and the fee on top: no entry may use that cash."""
    stage = pair_stage(funds={"USDT": 200, "BTC": 28, "ETH": 1})
    wish(stage, entry("0.1"))
    stage.settle()
    sold = leg_orders(stage)[0].quantity
    reserved = committed_cash(stage.engine._desk, VENUE, "USDT")
    assert reserved == (sold * d("101.88") / d("0.999")).quantize(d("1e-8"), rounding="ROUND_DOWN")
    assert stage.submit(signal(quantity="1.5", symbol="ETHUSDT")).status == 201
    stage.settle()
    free = stage.state.balances[VENUE, "USDT"].free
    assert free > 185
    assert free - reserved < 40
    refused = stage.submit(signal(quantity="0.4", symbol="ETHUSDT")).body["error"]
    assert (refused["rule"], d(refused["limit"])) == ("R7", free - reserved)


def test_the_base_of_its_long_leg_is_not_sold_by_others() -> None:
    stage = held_pair(pair_stage(funds=HUNTER | {"ETH": "0.5"}))
    answer = stage.submit(signal(Side.SELL, "1", symbol="ETHUSDT"))
    assert answer.body["error"]["rule"] == "R7"
    assert "at most 0.5 ETH" in answer.body["error"]["message"]


def test_another_strategy_may_not_go_against_a_leg() -> None:
    stage = held_pair(pair_stage(probe("other", "101:SELL", symbols=("ETHUSDT",), priority=1, quantity="0.2")))
    stage.let(11 * SECOND, step_ms=SECOND)
    stage.quote("BTCUSDT", 100)
    stage.forget()
    stage.second(ETHUSDT=101)
    assert [rule for rule, _ in stage.denials()] == ["HOLDING"]


# -- leaving


def test_an_exit_closes_both_legs_as_one_trade() -> None:
    """2.49975 / 0.999 = 2.502252...: bought back a step more, at 98.01; 3.74587038 sold at 100.99, in whole steps."""
    stage = held_pair(pair_stage())
    stage.quote("BTCUSDT", 98)
    stage.quote("ETHUSDT", 101)
    wish(stage, leaving())
    assert moves(stage) == [("UNWINDING", "back"), ("UNWINDING", "unwinding orders")]
    assert [(order.symbol, order.side, order.quantity) for order in unwound(stage)] == [
        ("BTCUSDT", Side.BUY, d("2.50226")),
        ("ETHUSDT", Side.SELL, d("3.74587")),
    ]
    assert [order.correlation_id for order in unwound(stage)] == [fact.signal.signal_id for fact in stage.said(SignalReceived)]
    stage.settle()
    assert_flat(stage)
    results = stage.state.results["one"]
    assert (results.trades, results.wins, results.won) == (1, 1, trade(stage).pnl)
    quote = stage.funds[VENUE]["USDT"] - 5_000
    moved = {fact.asset: fact.amount for fact in stage.said(TargetAdjusted)}
    assert trade(stage).pnl == quote + sum(_cut(moved[asset] * price) for asset, price in (("BTC", d("98.01")), ("ETH", d("100.99"))))


def _cut(amount: Decimal) -> Decimal:
    return amount.quantize(d("1e-8"), rounding="ROUND_DOWN")


def test_an_exit_of_one_leg_leaves_both() -> None:
    stage = held_pair(pair_stage())
    wish(stage, leaving()[:1])
    assert len(unwound(stage)) == 2
    stage.settle()
    assert_flat(stage)


def test_an_exit_that_the_venue_would_not_take_is_denied_and_the_pair_held() -> None:
    stage = held_pair(pair_stage())
    key = (VENUE, "ETHUSDT")
    stage.state.rules[key] = msgspec.structs.replace(stage.state.rules[key], status="BREAK")
    wish(stage, leaving())
    assert [rule for rule, _ in stage.denials()] == ["STATUS"] * 2
    assert trade(stage).state == "COMPLETE"
    assert not unwound(stage)


def test_nothing_is_left_while_the_engine_takes_no_signals() -> None:
    stage = held_pair(pair_stage())
    stage.operate("PAUSE")
    stage.forget()
    wish(stage, leaving())
    assert not stage.facts
    assert trade(stage).state == "COMPLETE"


def test_an_exit_is_wished_once() -> None:
    stage = held_pair(pair_stage())
    wish(stage, leaving())
    stage.forget()
    stage.let(SECOND)
    wish(stage, [*leaving()])
    assert not stage.said(SignalReceived)


def test_a_buy_back_beyond_the_cash_waits_for_what_the_other_leg_brings() -> None:
    """Somebody took the cash away: what there is buys back a part, the rest follows when the sale is paid for."""
    stage = held_pair(pair_stage())
    taken = stage.state.balances[VENUE, "USDT"].free - 100
    stage._add(VENUE, "USDT", -taken)
    stage.do(TransferReported(venue=VENUE, asset="USDT", amount=-taken, venue_time_ms=stage.venue_ms))
    wish(stage, leaving())
    assert [order.quantity for order in unwound(stage) if order.side is Side.BUY] == [d("0.99000")]  # 100 / (100.01 x 1.01)
    stage.settle()
    stage.let(SECOND)
    stage.settle()
    assert trade(stage).state == "CLOSED"
    assert held(stage) == [0, 0]


# -- stops (R6)


@pytest.mark.parametrize(
    ("symbol", "safe", "fires"),
    [("BTCUSDT", "101.86", "101.87"), ("ETHUSDT", "98.13", "98.12")],
)
def test_a_stop_on_either_leg_unwinds_both(symbol: str, safe: str, fires: str) -> None:
    """Short at 99.89001: 101.88; long at 100.11011...: 98.11. The ask is a cent above the price, the bid a cent below."""
    stage = held_pair(pair_stage())
    stage.quote(symbol, safe)
    assert trade(stage).state == "COMPLETE"
    stage.quote(symbol, fires)
    assert moves(stage)[0][1].startswith(f"stop of {symbol} at ")
    assert len(unwound(stage)) == 2
    stage.settle()
    assert_flat(stage)


def test_the_tighter_stop_of_two_wins() -> None:
    stage = pair_stage()
    wish(stage, entry(stop_fraction=d("0.005")))
    stage.settle()
    stage.quote("ETHUSDT", "99.62")  # 100.11 x 0.995 = 99.61: the bid is there
    assert trade(stage).state == "UNWINDING"


@pytest.mark.parametrize("action", ["PAUSE", "HALT"])
def test_stops_fire_while_nothing_is_entered(action: str) -> None:
    stage = held_pair(pair_stage())
    stage.operate(action)
    stage.quote("ETHUSDT", 90)
    stage.settle()
    assert_flat(stage)


def test_a_stop_reached_while_the_venue_was_away_fires_when_it_is_back() -> None:
    stage = held_pair(pair_stage())
    stage.disconnect()
    stage.quote("ETHUSDT", 90)
    assert trade(stage).state == "COMPLETE"
    stage.connect(channels=("orders",))
    stage.answer_reconcile()
    stage.settle()
    assert_flat(stage)


def test_an_unwinding_that_fails_is_tried_until_it_succeeds() -> None:
    stage = held_pair(pair_stage())
    stage.filling = False
    stage.quote("ETHUSDT", 90)
    for _ in range(8):
        for order in [order for order in stage.state.open.by_id.values() if order.purpose is Purpose.UNWIND]:
            stage.refuse(order)
        stage.let(31 * SECOND, step_ms=SECOND)
        for symbol, price in (("BTCUSDT", 100), ("ETHUSDT", 90)):
            stage.quote(symbol, price)
    assert "cannot be unwound" in stage.said(ErrorRecorded)[-1].detail
    assert trade(stage).state == "UNWINDING"
    for order in list(stage.state.open.by_id.values()):
        stage.fill_whole(order, 90)
    assert_flat(stage)


def test_a_buy_back_waits_for_its_cash() -> None:
    """The cash is withdrawn and the bought leg brings next to nothing: what is short is bought back when there is cash again."""
    stage = held_pair(pair_stage())
    stage.filling = False
    paid(stage, -stage.state.balances[VENUE, "USDT"].free)
    stage.quote("BTCUSDT", 103)
    (sold,) = unwound(stage)
    assert (sold.symbol, sold.side) == ("ETHUSDT", Side.SELL)
    stage.fill_whole(sold, "0.5")
    assert unwound(stage) == [sold]
    assert trade(stage).state == "UNWINDING"
    paid(stage, 1_000)
    stage.filling = True
    for _ in range(3):
        stage.second(BTCUSDT=103)
    assert [(order.symbol, order.side) for order in unwound(stage)[1:]] == [("BTCUSDT", Side.BUY)]
    assert trade(stage).state == "CLOSED"
    assert held(stage) == [0, 0]


def paid(stage: Stage, usdt: Decimal | int) -> None:
    stage.do(TransferReported(venue=VENUE, asset="USDT", amount=d(usdt), venue_time_ms=stage.venue_ms))


# -- legs that fail


def first_fills(stage: Stage) -> tuple[Order, Order]:
    stage.filling = False
    wish(stage, entry())
    first, second = leg_orders(stage)
    stage.fill_whole(first, "99.99")
    stage.accept(second)
    return first, second


def rejected(stage: Stage, order: Order) -> None:
    stage.do(OrderRefused(client_order_id=order.client_order_id, code=-2010, message="no"))


def expired(stage: Stage, order: Order) -> None:
    stage.end(order, "EXPIRED")


def partly_filled(stage: Stage, order: Order) -> None:
    stage.fill(order, "1", "100.01")
    stage.end(order, "EXPIRED")


@pytest.mark.parametrize("fails", [expired, partly_filled])
def test_a_second_leg_that_fails_unwinds_the_first(fails: Any) -> None:
    stage = pair_stage()
    _, second = first_fills(stage)
    fails(stage, second)
    assert moves(stage)[-2][1].startswith("failed leg: ETHUSDT EXPIRED")
    assert {order.symbol for order in unwound(stage)} == ({"BTCUSDT", "ETHUSDT"} if fails is partly_filled else {"BTCUSDT"})
    for order in unwound(stage):
        stage.fill_whole(order, 100)
    assert_flat(stage)


def test_a_refused_first_leg_unwinds_the_second() -> None:
    stage = pair_stage()
    stage.filling = False
    wish(stage, entry())
    first, second = leg_orders(stage)
    stage.send(first)
    rejected(stage, first)
    stage.fill_whole(second, "100.01")
    (order,) = unwound(stage)
    stage.fill_whole(order, 100)
    assert_flat(stage)


def test_legs_that_never_left_are_no_trade_that_kelly_counts() -> None:
    stage = pair_stage()
    stage.filling = False
    wish(stage, entry())
    for order in leg_orders(stage):
        stage.do(SendRefused(client_order_id=order.client_order_id, reason="too old"))
    assert_flat(stage)
    assert trade(stage).pnl == 0
    assert "one" not in stage.state.results


def test_the_time_limit_ends_legging() -> None:
    stage = pair_stage()
    _, second = first_fills(stage)
    stage.let(9_900)
    assert trade(stage).state == "LEGGING"
    stage.let(300)
    assert stage.last_cancel().client_order_id == second.client_order_id
    stage.end(second, "CANCELED")
    stage.fill_whole(unwound(stage)[0], 100)
    assert_flat(stage)


# -- restarts


def test_a_pair_that_is_held_is_held_after_a_restart() -> None:
    stage = held_pair(pair_stage()).again()
    assert trade(stage).state == "COMPLETE"
    assert held(stage) == [-SOLD, BOUGHT]
    wish(stage, leaving())
    stage.settle()
    assert_flat(stage)


def test_a_stop_after_a_restart_unwinds_both() -> None:
    stage = held_pair(pair_stage()).again()
    stage.quote("ETHUSDT", 90)
    stage.settle()
    assert_flat(stage)


@pytest.mark.parametrize("both", [True, False])
def test_legs_that_were_on_their_way_are_what_the_venue_says(both: bool) -> None:
    stage = pair_stage()
    stage.filling = False
    wish(stage, entry())
    first, second = leg_orders(stage)
    for order, price in ((first, "99.99"), (second, "100.01")):
        stage.send(order)
        stage.take(order)
        if both or order is first:
            stage.match(order, order.quantity, price)
    if not both:
        stage.orders[second.client_order_id].status = "EXPIRED"
    again = stage.again()
    if both:
        assert trade(again).state == "COMPLETE"
        assert held(again) == [-SOLD, BOUGHT]
        return
    again.fill_whole(unwound_of(again)[0], 100)
    assert_flat(again)


def unwound_of(stage: Stage) -> list[Order]:
    return [order for order in stage.state.open.by_id.values() if order.purpose is Purpose.UNWIND]


def test_an_unwinding_goes_on_after_a_restart() -> None:
    stage = held_pair(pair_stage())
    stage.filling = False
    wish(stage, leaving())
    buy, sell = unwound(stage)
    stage.fill_whole(buy, "100.01")
    stage.send(sell)
    stage.take(sell)
    stage.match(sell, 1, "99.99")
    stage.orders[sell.client_order_id].status = "EXPIRED"
    again = stage.again()
    (rest,) = unwound_of(again)
    assert (rest.symbol, rest.quantity) == ("ETHUSDT", d("2.74587"))
    again.fill_whole(rest, 100)
    assert_flat(again)


# -- operators, other strategies, the end


@pytest.mark.parametrize("action", ["PAUSE", "STOP"])
def test_a_strategy_that_is_paused_or_stopped_keeps_its_pair_and_its_stops(action: str) -> None:
    stage = held_pair(pair_stage())
    assert operate(stage, action, "one") == 200
    stage.let(SECOND)
    assert stage.state.strategies["one"] in (StrategyState.PAUSED, StrategyState.STOPPED)
    assert trade(stage).state == "COMPLETE"
    stage.quote("ETHUSDT", 90)
    stage.settle()
    assert_flat(stage)


def test_stopping_a_strategy_between_its_legs_unwinds_them() -> None:
    stage = pair_stage()
    _, second = first_fills(stage)
    operate(stage, "STOP", "one")
    assert stage.last_cancel().client_order_id == second.client_order_id
    stage.end(second, "CANCELED")
    stage.fill_whole(unwound(stage)[0], 100)
    assert_flat(stage)
    assert stage.state.strategies["one"] == "STOPPED"


def test_a_shutdown_does_not_wait_for_a_pair_that_is_held() -> None:
    stage = held_pair(pair_stage())
    stage.do(StopRequested(reason="SIGTERM"))
    assert stage.state.engine_state == "STOPPED"
    assert stage.said(EngineStopped)[0].clean
    assert trade(stage).state == "COMPLETE"


def test_a_shutdown_waits_for_legs_that_are_on_their_way() -> None:
    stage = pair_stage()
    _, second = first_fills(stage)
    stage.do(StopRequested(reason="SIGTERM"))
    assert stage.state.engine_state == "STOPPING"
    stage.end(second, "CANCELED")
    stage.fill_whole(unwound(stage)[0], 100)
    assert stage.state.engine_state == "STOPPED"
    assert_flat(stage)


def test_r36_a_higher_priority_against_one_leg_unwinds_both() -> None:
    stage = held_pair(pair_stage(probe("other", "101:SELL", symbols=("ETHUSDT",), priority=9, quantity="0.2")))
    stage.second(ETHUSDT=101)
    lost = stage.said(ConflictLost)
    assert [(fact.strategy, fact.winner) for fact in lost] == [("one", "other")]
    assert moves(stage)[0] == ("UNWINDING", lost[0].message)
    assert trade(stage).state == "CLOSED"
    assert held(stage) == [0, 0]
    assert stage.state.holdings["other", VENUE, "ETHUSDT"].quantity == d("-0.2")


def test_r36_a_pair_of_the_higher_priority_overrules_an_entry_against_a_leg() -> None:
    stage = pair_stage(probe("other", "101:SELL", symbols=("ETHUSDT",), priority=1, quantity="0.2"))
    stage.second(ETHUSDT=101)
    stage.quote("ETHUSDT", 100)
    wish(stage, entry())
    assert [(fact.strategy, fact.winner) for fact in stage.said(ConflictLost)] == [("other", "one")]
    stage.settle()
    assert trade(stage).state == "COMPLETE"
    assert stage.state.holdings["other", VENUE, "ETHUSDT"].quantity == 0
