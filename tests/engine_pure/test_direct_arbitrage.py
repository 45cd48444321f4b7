"""Arbitrage across two venues, and what an opportunity needs to be one (R15)."""

from __future__ import annotations

import pytest

from genesis.core.events import OrderRefused
from genesis.core.facts import MultiLegChanged, OpportunitySeen, OrderIntended, RiskDenied, TargetAdjusted
from genesis.core.models import EngineState, Purpose, Side, TradeState
from genesis.core.settings import VenueTerms
from tests.builders import VENUE, d, rules, settings
from tests.engine_pure.arbitrage_kit import BTC, CROSS, ETH, ON, open_gap, pair, trade_of, triangle
from tests.engine_pure.bench import Bench

# -- direct, across two venues


def test_direct_legs_leave_together_and_move_the_targets() -> None:
    """2 % of 2,200.. = 44.0.. USDT; bounded by 101: 0.43585 BTC."""
    bench = pair()
    legs = [fact.order for fact in bench.said(OrderIntended)]
    assert [(order.venue, order.side) for order in legs] == [("a", Side.BUY), ("b", Side.SELL)]
    quantity = legs[0].quantity
    assert legs[1].quantity == quantity
    bench.fill_whole(legs[0], "100")
    assert trade_of(bench).state is TradeState.LEGGING
    bench.fill_whole(legs[1], "101")
    assert trade_of(bench).state is TradeState.CLOSED
    fee = quantity * d("0.001")
    adjusted = {fact.venue: fact.amount for fact in bench.said(TargetAdjusted)}
    assert adjusted == {"a": quantity - fee, "b": -quantity}
    # what the buy venue has too much and the sell venue too little: the fee, at the last fill price of 101
    assert trade_of(bench).pnl is not None
    bench.assert_funds_equal()


@pytest.mark.parametrize(("failing", "venue", "side"), [(1, "a", Side.SELL), (0, "b", Side.BUY)])
def test_a_failed_direct_leg_is_undone_at_the_other_venue(failing: int, venue: str, side: Side) -> None:
    bench = pair()
    legs = [fact.order for fact in bench.said(OrderIntended)]
    bench.do(OrderRefused(client_order_id=legs[failing].client_order_id, code=-2010, message="no"))
    bench.fill_whole(legs[1 - failing], "100")
    order = bench.last_placed()
    assert (order.venue, order.side, order.purpose) == (venue, side, Purpose.UNWIND)
    bench.fill_whole(order, "100")
    assert trade_of(bench).state is TradeState.CLOSED
    bench.assert_funds_equal()


def test_one_venue_down_stops_both() -> None:
    bench = pair()
    for order in [fact.order for fact in bench.said(OrderIntended)]:
        bench.fill_whole(order, "100")
    bench.disconnect("b")
    assert bench.state.engine_state is EngineState.DEGRADED
    bench.forget()
    bench.let(5_000)
    bench.book("103", "103.1", venue="b")
    assert not bench.said(OpportunitySeen)


def test_a_next_leg_that_the_venue_would_not_take_unwinds() -> None:
    picky = rules("ETHBTC", "ETH", "BTC", tick_size="0.00001", min_notional="1")
    bench = triangle(cross=picky)
    open_gap(bench)
    bench.fill_whole(bench.last_placed(), "100")
    assert bench.last_placed().purpose is Purpose.UNWIND
    assert "too little" in next(fact.reason for fact in bench.said(MultiLegChanged) if fact.after == "UNWINDING")


def test_an_opportunity_too_small_for_the_lots_is_only_reported() -> None:
    bench = triangle(cross=rules("ETHBTC", "ETH", "BTC", tick_size="0.00001", step_size="100", min_notional="0.0001"))
    open_gap(bench)
    assert [(fact.traded, fact.reason) for fact in bench.said(OpportunitySeen)] == [
        (False, "too small for the lot size of ETHBTC, ETHUSDT")
    ]


def test_an_account_that_cannot_be_valued_trades_nothing() -> None:
    """1 BNB is held, and its book is not there: limits are fractions of an equity that nobody knows."""
    terms = VenueTerms(name=VENUE, symbols=("BTCUSDT", "ETHUSDT", "ETHBTC", "BNBUSDT"))
    listed = (BTC, ETH, CROSS, rules("BNBUSDT", "BNB"))
    bench = Bench(settings(venues=(terms,), arbitrage=ON), rules=listed, funds={"USDT": 1000, "BTC": 1, "BNB": 1})
    bench.start("99.9", "100")
    bench.book("0.0499", "0.05", symbol="ETHBTC")
    open_gap(bench)
    assert [fact.reason for fact in bench.said(OpportunitySeen)] == [f"expected a fresh book of {VENUE}/BNBUSDT"]


def test_the_first_book_of_all_may_bring_an_opportunity() -> None:
    bench = Bench(triangle().settings, rules=(BTC, ETH, CROSS), funds={"USDT": 1000, "BTC": 0})
    bench.boot()
    bench.connect()
    bench.book("5.1", "5.11", symbol="ETHUSDT")
    bench.book("99.9", "100")
    bench.book("0.0499", "0.05", symbol="ETHBTC")
    assert not bench.said(OpportunitySeen)
    bench.answer_reconcile()
    assert [fact.traded for fact in bench.said(OpportunitySeen)] == [True]


def test_the_book_that_completes_the_valuation_may_bring_an_opportunity() -> None:
    bench = Bench(triangle().settings, rules=(BTC, ETH, CROSS), funds={"USDT": 1000, "BTC": 1})
    bench.boot()
    bench.connect()
    bench.answer_reconcile()
    bench.book("5.1", "5.11", symbol="ETHUSDT")
    bench.book("0.0499", "0.05", symbol="ETHBTC")
    assert bench.state.tier is None
    bench.book("99.9", "100")
    assert bench.state.tier == "SNIPER"
    assert [fact.traded for fact in bench.said(OpportunitySeen)] == [True]


def test_legs_in_a_quote_without_a_price_are_denied() -> None:
    """ETHBTC differs between two venues, but what a BTC is worth at the second nobody knows while its BTCUSDT has no book."""
    listed = tuple(
        made for venue in ("a", "b") for made in (rules(venue=venue), rules("ETHBTC", "ETH", "BTC", venue=venue, min_notional="0.0001"))
    )
    terms = tuple(VenueTerms(name=venue, symbols=("BTCUSDT", "ETHBTC")) for venue in ("a", "b"))
    bench = Bench(settings(venues=terms, arbitrage=ON), rules=listed, funds={"USDT": 1000, "BTC": 1, "ETH": 10})
    bench.funds["b"]["BTC"] = d(0)
    bench.boot()
    for venue in ("a", "b"):
        bench.connect(venue)
        bench.answer_reconcile()
    bench.book("99.9", "100", venue="a")
    bench.book("0.0499", "0.05", symbol="ETHBTC", venue="a")
    bench.book("0.051", "0.052", symbol="ETHBTC", venue="b")
    assert [fact.rule for fact in bench.said(RiskDenied)] == ["R25"]


def test_a_pressed_kill_switch_blocks_arbitrage() -> None:
    bench = triangle()
    bench.operate("KILL")
    open_gap(bench)
    assert [fact.rule for fact in bench.said(RiskDenied)] == ["KILL_SWITCH"]
    assert not bench.said(OrderIntended)
