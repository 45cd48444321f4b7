"""Pairs, icebergs and ticks of strategies whose venue is out (decision 37): a pair has both legs at one venue, slices end with its
turn, and a trade of either venue is a signal of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from genesis.core.events import MarketTrade
from genesis.core.facts import ParentChanged
from genesis.core.models import Execution, ParentState, Purpose, Side
from genesis.core.settings import RuntimeSettings, StrategyTerms
from genesis.engine.pairs import carry_out
from genesis.strategies.base import Wish
from genesis.strategies.registry import at_reserve
from tests.builders import VENUE, d, signal
from tests.engine_pure.pair_kit import BOTH, entry, leaving, trade
from tests.engine_pure.reserve_stage import RESERVE, TwoVenues, rerouted
from tests.engine_pure.strategy_kit import SECOND, probe


def opened(**changes: Any) -> TwoVenues:
    return TwoVenues(rerouted(probe("one", symbols=BOTH, capital_share=d("0.5")), **changes)).open()


def wish(stage: TwoVenues, venue: str, wished: list[Wish]) -> None:
    """These legs at a venue, of a bar that has just closed there."""
    desk = stage.engine._desk
    desk.begin(stage.now)
    bar = stage.engine.runtime.feeds[venue, "BTCUSDT", SECOND].history[-1]
    carry_out(desk, "one", [msgspec.structs.replace(one, venue=venue) for one in wished], bar, {})
    stage.facts += desk.facts
    stage.all_facts += desk.facts
    stage.commands += desk.commands
    stage.settle()


def test_a_pair_is_entered_at_the_reserve_with_both_legs() -> None:
    stage = opened()
    stage.lose()
    wish(stage, RESERVE, entry())
    stage.second()
    assert trade(stage).state == "COMPLETE"
    assert {leg.venue for leg in trade(stage).legs} == {RESERVE}


def test_a_pair_at_the_reserve_enters_nothing_on_standby_and_leaves_no_record() -> None:
    stage = opened()
    wish(stage, RESERVE, entry())
    assert (stage.signals(), stage.state.multi_legs) == ([], {})


def test_a_pair_of_the_reserve_is_left_there_on_standby() -> None:
    stage = opened()
    stage.lose()
    wish(stage, RESERVE, entry())
    stage.back()
    stage.forget()
    wish(stage, RESERVE, leaving())
    stage.second()
    assert trade(stage).state == "CLOSED"
    assert {venue for venue, *_ in stage.placed()} == {RESERVE}


def test_a_pair_that_is_held_at_the_first_is_not_entered_at_the_reserve() -> None:
    stage = opened()
    wish(stage, VENUE, entry())
    stage.second(BTCUSDT=100, ETHUSDT=100)
    stage.lose()
    stage.forget()
    wish(stage, RESERVE, entry())
    assert stage.placed() == []
    assert {rule for rule, _ in stage.denials()} == {"I29"}


def test_a_pair_is_sized_by_the_reserve_s_own_account() -> None:
    stage = TwoVenues(rerouted(probe("one", symbols=BOTH)), at_reserve={"USDT": 1000, "BTC": 5, "ETH": 5}).open()
    stage.lose()
    wish(stage, RESERVE, entry("1"))
    assert len(stage.placed()) == 2
    assert all(order.quantity * 100 <= 100 for order in stage.orders_of("one"))  # 5 % of 2,000


def test_a_kind_that_trades_pairs_is_rerouted_with_whole_pairs_only() -> None:
    symbols = ("BTCUSDT", "ETHUSDT", "LTCUSDT", "XRPUSDT")
    settings = rerouted(at_reserve=("BTCUSDT", "ETHUSDT", "LTCUSDT"))
    terms = StrategyTerms(name="pairs", kind="pairs_trading", venue=VENUE, symbols=symbols)
    found = at_reserve(settings, terms)
    assert found is not None
    assert (found.venue, found.symbols) == (RESERVE, ("BTCUSDT", "ETHUSDT"))
    single = msgspec.structs.replace(terms, kind="momentum")
    assert getattr(at_reserve(settings, single), "symbols", None) == ("BTCUSDT", "ETHUSDT", "LTCUSDT")
    assert at_reserve(settings, msgspec.structs.replace(terms, symbols=("LTCUSDT", "XRPUSDT"))) is None


# -- slices


def iceberg(stage: TwoVenues) -> str:
    """An iceberg of 300 USDT whose first slice is filled by nobody; its id."""
    stage.filling = False
    reply = stage.submit(signal(Side.BUY, "3", execution=Execution.ICEBERG))
    assert reply.status == 201, reply
    return str(reply.body["parent_id"])


@pytest.mark.parametrize("begun_at", [VENUE, RESERVE])
def test_slices_end_when_their_venue_takes_no_entries_any_more(begun_at: str) -> None:
    stage = opened()
    if begun_at == RESERVE:
        stage.lose()
    parent_id = iceberg(stage)
    assert stage.state.parents[parent_id].venue == begun_at
    stage.forget()
    if begun_at == RESERVE:
        stage.back()
    else:
        stage.lose()
    last = [fact.parent for fact in stage.said(ParentChanged)][-1]
    assert last.state is ParentState.ABORTED
    assert last.reason.endswith(f"takes the entries, {begun_at} does not")


def test_a_slice_waits_while_an_order_of_its_symbol_is_open_at_the_other_venue() -> None:
    """An exit at the reserve, of unknown outcome: the first sends no slice before it has ended (I29)."""
    stage = opened()
    stage.lose()
    bought = stage.submit(signal(quantity="2")).body["client_order_id"]
    stage.settle()
    assert stage.state.orders[bought].executed == 2
    stage.back()
    parent_id = iceberg(stage)
    first_slice = stage.last_placed()
    leaving_order = stage.submit(signal(venue=RESERVE, side=Side.SELL, quantity="1", purpose=Purpose.EXIT)).body["client_order_id"]
    stage.fill_whole(first_slice, first_slice.price or "100")
    assert len(stage.state.parents[parent_id].orders) == 1
    stage.fill_whole(stage.state.orders[leaving_order], "100")
    stage.let(SECOND)
    assert len(stage.state.parents[parent_id].orders) == 2


# -- ticks

MANY = RuntimeSettings(bar_grace_ms=0, signals_a_minute=1_000, burst_signals=1_000)


def test_a_trade_of_either_venue_is_a_signal_of_its_own() -> None:
    terms = StrategyTerms(
        name="ticker",
        kind="tick_probe",
        venue=VENUE,
        symbols=("BTCUSDT",),
        parameters={"quantity": "0.2", "up_to": "0.001"},
        capital_share=d("0.5"),
        interval_ms=SECOND,
    )
    stage = TwoVenues(rerouted(terms, runtime=MANY)).open()

    def tick(venue: str) -> None:
        stage.do(
            MarketTrade(
                venue=venue, symbol="BTCUSDT", price=Decimal(100), quantity=Decimal("0.001"), venue_time_ms=stage.wall_ms, trade_id=7
            )
        )
        stage.settle()

    for venue in (RESERVE, VENUE):
        tick(venue)
    assert [signal_id for *_, signal_id in stage.signals()] == ["ticker-BTCUSDT-t7-1"]
    stage.lose()
    stage.forget()
    tick(RESERVE)
    assert [rule for rule, _ in stage.denials()] == ["I29"]  # it holds BTCUSDT at the first
    assert [signal_id for *_, signal_id in stage.signals()] == ["ticker-BTCUSDT@second-t7-1"]
