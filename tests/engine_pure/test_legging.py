"""The life of a multi-leg trade around three symbols: legs, limits, unwinding, reports (R4, R15, R16, P2)."""

from __future__ import annotations

import pytest

from genesis.core.errors import RISK_LIMIT
from genesis.core.events import BookLost, OrderRefused, OutcomeUnknown, StopRequested
from genesis.core.facts import ErrorRecorded, MultiLegChanged, OpportunitySeen, OrderIntended, RiskDenied, SignalReceived, TargetAdjusted
from genesis.core.models import EngineState, Purpose, Side, TradeState
from genesis.core.settings import ArbitrageSettings
from genesis.strategies.sniper.exits import arbitrage_exit
from tests.builders import VENUE, d
from tests.engine_pure.arbitrage_kit import open_gap, pair, trade_of, triangle
from tests.engine_pure.bench import Bench

# -- through the whole engine


def states(bench: Bench) -> list[str]:
    return [fact.after for fact in bench.said(MultiLegChanged)]


def test_from_opportunity_to_profit() -> None:
    """2 % of 1,151 (1,000 USDT, 1 BTC at 99.95, 10 ETH at 5.105) = 23.02 USDT; each leg is sized by what the one before
    it delivered."""
    bench = triangle()
    open_gap(bench)
    names = [type(fact).__name__ for fact in bench.facts]
    assert names[-5:] == ["OpportunitySeen", "SignalReceived", "MultiLegChanged", "OrderIntended", "MultiLegChanged"]
    assert [(fact.traded, fact.opportunity) for fact in bench.said(OpportunitySeen)] == [(True, "TRIANGULAR")]
    first = bench.last_placed()
    assert (first.symbol, first.side, first.purpose, first.quantity) == ("BTCUSDT", Side.BUY, Purpose.LEG, d("0.2302"))
    bench.fill_whole(first, "100")
    second = bench.last_placed()
    assert (second.symbol, second.side, second.quantity) == ("ETHBTC", Side.BUY, d("4.59939"))  # 0.2299698 / 0.05
    bench.fill_whole(second, "0.05")
    third = bench.last_placed()
    assert (third.symbol, third.side, third.quantity) == ("ETHUSDT", Side.SELL, d("4.59479"))  # of 4.59479061
    bench.fill_whole(third, "5.1")
    assert states(bench) == ["PLANNED", "LEGGING", "LEGGING", "LEGGING", "COMPLETE", "CLOSED"]
    # 23.433429 - 0.02343342 - 23.02 = 0.38999558; left over: 0.0000003 BTC at 100 and 0.00000061 ETH at 5.1
    assert trade_of(bench).pnl == d("0.39002869")
    adjusted = {fact.asset: (fact.amount, fact.reason) for fact in bench.said(TargetAdjusted)}
    assert adjusted == {"BTC": (d("0.0000003"), "multi-leg"), "ETH": (d("0.00000061"), "multi-leg")}
    assert {fact.correlation_id for fact in bench.facts[-1:]} == {trade_of(bench).multi_leg_id}
    assert not bench.state.positions
    bench.assert_funds_equal()


def test_an_opportunity_is_reported_once_until_it_disappears_or_its_lifetime_ends() -> None:
    bench = triangle()
    bench.operate("PAUSE")
    for expected in (1, 1, 1):
        open_gap(bench)
        assert len(bench.said(OpportunitySeen)) == expected
    assert [(fact.traded, fact.reason) for fact in bench.said(OpportunitySeen)] == [(False, "the engine is PAUSED")]
    bench.book("4.99", "5", symbol="ETHUSDT")
    open_gap(bench)
    assert len(bench.said(OpportunitySeen)) == 2
    bench.let(4_900)
    open_gap(bench)
    assert len(bench.said(OpportunitySeen)) == 2
    bench.let(100)
    open_gap(bench)
    assert len(bench.said(OpportunitySeen)) == 3
    assert not bench.said(OrderIntended)


def test_resume_looks_at_what_is_still_there() -> None:
    bench = triangle()
    bench.operate("QUIESCE")
    open_gap(bench)
    assert bench.said(OpportunitySeen)[-1].reason == "order sources are quiesced"
    bench.operate("RESUME")
    assert bench.said(OpportunitySeen)[-1].traded


def test_a_denied_trade_is_a_denied_signal() -> None:
    bench = triangle()
    open_gap(bench)
    bench.fill_whole(bench.last_placed(), "100")
    bench.forget()
    bench.let(5_000)
    open_gap(bench)
    assert [fact.rule for fact in bench.said(RiskDenied)] == ["R4"]  # one trade is under way at SNIPER
    assert bench.said(OpportunitySeen)[0].reason.startswith("R4")
    assert len(bench.said(SignalReceived)) == 1


def test_a_partly_filled_leg_is_unwound() -> None:
    bench = triangle()
    open_gap(bench)
    bench.fill_whole(bench.last_placed(), "100")
    second = bench.last_placed()
    bench.accept(second)
    bench.fill(second, "2", "0.05")
    bench.end(second, "EXPIRED")
    unwinds = [fact.order for fact in bench.said(OrderIntended) if fact.order.purpose is Purpose.UNWIND]
    assert sorted((o.symbol, o.side, o.quantity) for o in unwinds) == [
        ("BTCUSDT", Side.SELL, d("0.12996")),  # of 0.2302 - 0.0002302 - 0.1
        ("ETHUSDT", Side.SELL, d("1.998")),
    ]
    for order in unwinds:
        bench.fill_whole(order, {"BTCUSDT": "99.9", "ETHUSDT": "5.1"}[order.symbol])
    assert states(bench)[-2:] == ["UNWINDING", "CLOSED"]
    # 12.983004 - 0.01298300 + 10.1898 - 0.0101898 - 23.02, and 0.0000098 BTC left over at 99.9
    assert trade_of(bench).pnl == d("0.13061022")
    bench.assert_funds_equal()


def test_a_refused_first_leg_closes_with_nothing() -> None:
    bench = triangle()
    open_gap(bench)
    order = bench.last_placed()
    bench.do(OrderRefused(client_order_id=order.client_order_id, code=-2010, message="no"))
    assert states(bench)[-2:] == ["UNWINDING", "CLOSED"]
    assert trade_of(bench).pnl == 0


def test_the_time_limit_of_legging() -> None:
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    bench.do(BookLost(venue=VENUE, symbol="ETHBTC", reason="gap"))
    bench.fill_whole(first, "100")
    assert trade_of(bench).state is TradeState.LEGGING  # no fresh book for the second leg
    bench.let(10_000)
    assert trade_of(bench).state is TradeState.LEGGING
    bench.let(100)
    assert trade_of(bench).state is TradeState.UNWINDING
    bench.fill_whole(bench.last_placed(), "99.9")
    assert trade_of(bench).state is TradeState.CLOSED
    assert "time limit" in next(fact.reason for fact in bench.said(MultiLegChanged) if fact.after == "UNWINDING")


@pytest.mark.parametrize(
    ("bid", "ask", "leaves"),
    [
        ("99.05", "99.15", ""),  # 99.1 x 0.999 / 100 - 1 = -0.999 %
        ("99.04", "99.14", "loss"),  # -1.009 %
        ("100.5", "100.6", ""),  # 100.55 x 0.999 / 100 - 1 = +0.449 %
        ("100.6", "100.7", "gain"),  # +0.549 %
    ],
)
def test_r16_what_is_held_between_legs_is_left_at_its_limits(bid: str, ask: str, leaves: str) -> None:
    """-1 % or +0.5 % of what the first leg cost, its fee included."""
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    bench.do(BookLost(venue=VENUE, symbol="ETHBTC", reason="gap"))
    bench.fill_whole(first, "100")
    bench.book(bid, ask)
    bench.let(100)
    assert trade_of(bench).state is (TradeState.UNWINDING if leaves else TradeState.LEGGING)
    assert leaves in next((fact.reason for fact in bench.said(MultiLegChanged) if fact.after == "UNWINDING"), "")


def test_r16_what_is_held_between_legs_is_left_after_five_minutes() -> None:
    patient = ArbitrageSettings(enabled=True, legging_limit_ms=3_600_000)
    bench = triangle(arbitrage=patient)
    open_gap(bench)
    first = bench.last_placed()
    bench.do(BookLost(venue=VENUE, symbol="ETHBTC", reason="gap"))
    bench.fill_whole(first, "100")
    bench.let(299_900, step_ms=29_990)
    assert trade_of(bench).state is TradeState.LEGGING
    bench.let(100)
    assert trade_of(bench).state is TradeState.UNWINDING


def test_r16_an_open_leg_is_cancelled_when_the_other_one_loses() -> None:
    bench = pair()
    legs = [fact.order for fact in bench.said(OrderIntended)]
    bench.fill_whole(legs[0], "100")
    bench.accept(legs[1])
    bench.book("98", "98.1", venue="a")
    bench.book("98", "98.1", venue="b")
    bench.let(100)
    assert bench.last_cancel().client_order_id == legs[1].client_order_id


@pytest.mark.parametrize(
    ("gain", "age_ms", "leaves"),
    [("-0.01", 0, True), ("-0.0099", 0, False), ("0.005", 0, True), ("0.0049", 0, False), ("0", 300_000, True), ("0", 299_999, False)],
)
def test_r16_the_limits(gain: str, age_ms: int, leaves: bool) -> None:
    assert bool(arbitrage_exit(d(gain), age_ms, ArbitrageSettings())) is leaves
    assert bool(arbitrage_exit(None, age_ms, ArbitrageSettings())) is (age_ms >= 300_000)


def test_an_overdue_open_leg_is_cancelled() -> None:
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    bench.accept(first)
    bench.let(10_100)
    assert bench.last_cancel().client_order_id == first.client_order_id
    bench.end(first, "CANCELED")
    assert trade_of(bench).state is TradeState.CLOSED


@pytest.mark.parametrize("how", ["PAUSE", "HALT", "STOP"])
def test_an_engine_that_does_not_run_sends_no_further_leg(how: str) -> None:
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    if how == "STOP":
        bench.do(StopRequested(reason="SIGTERM"))
    else:
        bench.operate(how)
    bench.fill_whole(first, "100")
    order = bench.last_placed()
    assert (order.purpose, order.symbol, order.side) == (Purpose.UNWIND, "BTCUSDT", Side.SELL)
    bench.fill_whole(order, "99.9")
    assert trade_of(bench).state is TradeState.CLOSED
    if how == "STOP":
        assert bench.state.engine_state is EngineState.STOPPED


def test_a_degraded_engine_waits_with_the_next_leg() -> None:
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    bench.disconnect(channel="market")
    bench.fill_whole(first, "100")
    assert bench.state.engine_state is EngineState.DEGRADED
    assert bench.last_placed() == first
    assert trade_of(bench).state is TradeState.LEGGING


def test_a_restart_between_the_legs_unwinds() -> None:
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    bench.take(first)
    bench.match(first, first.quantity, "100")
    again = bench.restart()
    assert trade_of(again).state is TradeState.UNWINDING
    again.connect()
    again.answer_reconcile()
    order = again.last_placed()
    assert (order.purpose, order.quantity) == (Purpose.UNWIND, d("0.22996"))
    again.fill_whole(order, "100")
    assert trade_of(again).state is TradeState.CLOSED
    again.assert_funds_equal()


def test_a_leg_whose_outcome_is_unknown_is_waited_for() -> None:
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    bench.send(first)
    bench.do(OutcomeUnknown(client_order_id=first.client_order_id, action="NEW", reason="cut"))
    bench.let(11_000)
    assert trade_of(bench).state is TradeState.LEGGING
    bench.take(first)
    done = bench.match(first, first.quantity, "100")
    bench.report(first, fills=(done,), source="query")
    assert trade_of(bench).state is TradeState.UNWINDING


def test_unwinding_is_tried_a_bounded_number_of_times() -> None:
    bench = triangle()
    open_gap(bench)
    bench.operate("PAUSE")
    bench.fill_whole(bench.last_placed(), "100")
    for _ in range(5):
        order = bench.last_placed()
        assert order.purpose is Purpose.UNWIND
        bench.do(OrderRefused(client_order_id=order.client_order_id, code=-2010, message="no"))
        bench.let(31_000, step_ms=1_000)
    assert trade_of(bench).state is TradeState.CLOSED
    assert [fact.code for fact in bench.said(ErrorRecorded)] == [RISK_LIMIT]
    assert [fact.amount for fact in bench.said(TargetAdjusted)] == [d("0.2299698")]
