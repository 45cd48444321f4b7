"""Capital that a strategy has bound: what it holds, what its entries may still cost, slices not sent; valued in USDT or not at all."""

from __future__ import annotations

import msgspec
import pytest

from genesis.core.events import BookLost
from genesis.core.models import Execution, Side
from genesis.core.settings import VenueTerms
from genesis.engine import conflicts
from tests.builders import VENUE, d, limit_signal, signal
from tests.engine_pure.arbitrage_kit import BTC, CROSS, ETH
from tests.engine_pure.strategy_kit import Stage, probe, with_probes

LOSE_BTC = BookLost(venue=VENUE, symbol="BTCUSDT", reason="gap")


def crossing(plan: str = "", **changes: object) -> Stage:
    """One strategy on ETHBTC; BTC is worth 100 USDT, ETH 5, so one ETH costs 0.05 BTC. All BTC there is may be spent."""
    given = with_probes(probe("one", plan, symbols=("ETHBTC",), capital_share=d("0.5"), **changes))
    venue = VenueTerms(name=VENUE, symbols=("BTCUSDT", "ETHUSDT", "ETHBTC"))
    stage = Stage(msgspec.structs.replace(given, venues=(venue,)), listed=(BTC, ETH, CROSS))
    stage.spread = d(0)
    stage.boot()
    stage.connect()
    stage.answer_reconcile()
    for symbol, bid, ask in (("BTCUSDT", 100, "100.01"), ("ETHUSDT", 5, "5.01"), ("ETHBTC", "0.05", "0.0501")):
        stage.book(bid, ask, symbol=symbol)
    stage.forget()
    return stage


def bound(stage: Stage) -> object:
    desk = stage.engine._desk
    desk.now = stage.now
    return conflicts.bound(desk, "one")


def of_one(side: Side, quantity: str, **changes: object) -> object:
    return signal(side, quantity, symbol="ETHBTC", source="strategy", strategy="one", **changes)


def test_nothing_is_bound_at_first() -> None:
    assert bound(crossing()) == 0


def test_what_is_held_counts_at_its_cost_in_usdt_and_cannot_be_told_without_a_book() -> None:
    stage = crossing()
    order = stage.order(of_one(Side.BUY, "10"))
    stage.fill_whole(order, "0.0501")
    assert bound(stage) == d("0.501") * d("100.005")  # the cost in BTC at BTC's mid
    stage.do(LOSE_BTC)
    assert bound(stage) is None


def test_an_open_entry_counts_by_what_it_reserves_and_cannot_be_told_without_a_book() -> None:
    stage = crossing()
    wish = limit_signal(Side.BUY, "10", "0.05", symbol="ETHBTC", source="strategy", strategy="one")
    stage.accept(stage.order(wish))
    assert bound(stage) == d("0.5") * d("100.005")
    stage.do(LOSE_BTC)
    assert bound(stage) is None


def test_slices_that_did_not_leave_yet_count() -> None:
    """50 ETH at 0.0501 BTC are 250.5 USDT: four slices, of which the first is an open order."""
    stage = crossing()
    stage.filling = False
    reply = stage.submit(of_one(Side.BUY, "50", execution=Execution.ICEBERG))
    assert reply.status == 201
    first = stage.last_placed()
    parent = stage.state.parents[reply.body["parent_id"]]
    later = sum(parent.slices[1:], d(0)) * d("0.0501") * d("100.005")
    assert bound(stage) == pytest.approx(first.reserved * d("100.005") + later, abs=d("0.00000002"))


def test_a_parent_none_of_whose_slices_left_counts_whole_and_cannot_be_told_without_a_book() -> None:
    stage = crossing()
    reply = stage.submit(of_one(Side.BUY, "50", execution=Execution.TWAP, duration_ms=300_000))
    assert reply.status == 201
    assert bound(stage) == d("50") * d("0.0501") * d("100.005")
    stage.do(LOSE_BTC)
    assert bound(stage) is None


def test_a_share_that_cannot_be_told_denies() -> None:
    stage = crossing()
    stage.accept(stage.order(limit_signal(Side.BUY, "10", "0.05", symbol="ETHBTC", source="strategy", strategy="one")))
    stage.do(LOSE_BTC)
    desk = stage.engine._desk
    desk.now = stage.now
    denial = conflicts.beyond_share(desk, of_one(Side.BUY, "1"), d(10), d(10_000))
    assert denial is not None
    assert (denial.rule, denial.message) == ("R25", "expected fresh books of all that one holds")


def test_slices_of_somebody_else_are_not_counted() -> None:
    stage = crossing()
    stage.filling = False
    assert stage.submit(signal(Side.BUY, "50", symbol="ETHBTC", execution=Execution.ICEBERG)).status == 201
    assert stage.state.working_parents
    assert bound(stage) == 0
