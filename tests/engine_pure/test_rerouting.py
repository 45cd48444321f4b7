"""Strategies whose venue is out trade at its reserve (decision 37): which venue serves, what is left where, what is not entered twice."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from genesis.core.events import OutcomeUnknown
from genesis.core.facts import ConditionChanged, EngineStateChanged, SignalReceived
from genesis.core.models import Bar, EngineState, Purpose, Side
from genesis.engine.pairs import carry_out
from genesis.strategies.base import Wish
from tests.builders import VENUE, d
from tests.engine_pure.bench import refold
from tests.engine_pure.reserve_stage import RESERVE, TwoVenues, rerouted
from tests.engine_pure.strategy_kit import SECOND, Spent, probe

PLAN = "101:BUY 103:EXIT"


def opened(*dead: str, plan: str = PLAN, **changes: Any) -> TwoVenues:
    return TwoVenues(rerouted(probe("one", plan, **changes))).open(*dead)


def serving(stage: TwoVenues) -> str:
    return stage.engine.runtime.serving("one").terms.venue


def test_it_trades_on_at_the_reserve_while_the_first_is_out() -> None:
    stage = opened()
    assert serving(stage) == VENUE
    stage.lose()
    assert (serving(stage), stage.state.engine_state) == (RESERVE, EngineState.RUNNING)
    stage.second(BTCUSDT=101)
    assert stage.placed() == [(RESERVE, "BTCUSDT", "BUY")]
    assert stage.held("one", RESERVE)
    assert not stage.held("one", VENUE)


def test_on_standby_the_reserve_s_bars_enter_nothing_and_leave_no_record() -> None:
    stage = opened()
    stage.second(BTCUSDT=101)
    assert stage.placed() == [(VENUE, "BTCUSDT", "BUY")]
    assert [fact.signal.venue for fact in stage.said(SignalReceived)] == [VENUE]


def test_while_the_reserve_serves_the_first_enters_nothing_even_if_its_market_is_seen() -> None:
    """Only its order entry is out: its bars go on."""
    stage = opened()
    stage.lose(channels=("orders",))
    assert serving(stage) == RESERVE
    stage.second(BTCUSDT=101)
    assert [fact.signal.venue for fact in stage.said(SignalReceived)] == [RESERVE]


def test_before_the_reserve_takes_over_nothing_is_entered_at_either() -> None:
    stage = opened()
    stage.lose(seconds=1)
    stage.second(BTCUSDT=101)
    assert stage.placed() == []


def test_what_it_holds_at_the_first_is_not_entered_at_the_reserve() -> None:
    stage = opened(plan="101:BUY 102:BUY")
    stage.second(BTCUSDT=101)
    stage.lose()
    stage.forget()
    stage.second(BTCUSDT=102)
    assert stage.placed() == []
    ((rule, message),) = stage.denials()
    assert rule == "I29"
    assert "at binance; it enters BTCUSDT at second once that is closed there" in message


def test_another_symbol_is_entered_at_the_reserve_meanwhile() -> None:
    stage = opened(symbols=("BTCUSDT", "ETHUSDT"))
    stage.second(BTCUSDT=101)
    stage.lose()
    stage.forget()
    stage.second(ETHUSDT=101)
    assert stage.placed() == [(RESERVE, "ETHUSDT", "BUY")]


def test_after_the_return_entries_go_to_the_first_again() -> None:
    stage = opened()
    stage.lose()
    stage.back()
    assert serving(stage) == VENUE
    stage.forget()
    stage.second(BTCUSDT=101)
    assert stage.placed() == [(VENUE, "BTCUSDT", "BUY")]


def test_what_was_opened_at_the_reserve_is_closed_at_the_reserve_after_the_return() -> None:
    stage = opened()
    stage.lose()
    stage.second(BTCUSDT=101)
    stage.back()
    stage.forget()
    stage.second(BTCUSDT=103)
    assert stage.placed() == [(RESERVE, "BTCUSDT", "SELL")]
    assert not stage.held("one", RESERVE)
    stage.assert_funds_equal()


def test_what_was_opened_at_the_first_is_closed_at_the_first_after_the_return() -> None:
    stage = opened()
    stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=100)
    stage.lose()
    stage.forget()
    stage.second(BTCUSDT=103)
    assert stage.placed() == []
    stage.quote("BTCUSDT", 100)
    stage.back()
    stage.second(BTCUSDT=103)
    assert stage.placed() == [(VENUE, "BTCUSDT", "SELL")]


def test_while_it_holds_at_the_reserve_the_first_does_not_enter_that_symbol() -> None:
    stage = opened(plan="101:BUY 102:BUY")
    stage.lose()
    stage.second(BTCUSDT=101)
    stage.back()
    stage.forget()
    stage.second(BTCUSDT=102)
    assert stage.placed() == []
    assert [rule for rule, _ in stage.denials()] == ["I29"]


def _wished(stage: TwoVenues, venue: str, purpose: Purpose, close_ms: int) -> None:
    """What the strategy wishes of the bar that closes at that time, at that venue, in a decision of its own."""
    desk = stage.engine._desk
    desk.begin(stage.now)
    side = Side.BUY if purpose is Purpose.ENTRY else Side.SELL
    wish = Wish(venue=venue, symbol="BTCUSDT", side=side, purpose=purpose, confidence=d(1), reason="", inputs={}, quantity=d("0.2"))
    last = stage.engine.runtime.feeds[venue, "BTCUSDT", SECOND].history[-1]
    bar: Bar = msgspec.structs.replace(last, open_ms=close_ms - SECOND + 1, close_ms=close_ms)
    carry_out(desk, "one", [wish], bar, {})
    stage.facts += desk.facts
    stage.all_facts += desk.facts
    stage.commands += desk.commands


def test_one_bar_is_never_entered_at_both_venues() -> None:
    """The order that the first was sent ended without a fill, so that nothing else is in the way."""
    stage = opened(plan="")
    stage.filling = False
    close_ms = stage.wall_ms + 5 * SECOND
    _wished(stage, VENUE, Purpose.ENTRY, close_ms)
    order = stage.last_placed()
    stage.refuse(order)
    stage.lose()
    stage.forget()
    _wished(stage, RESERVE, Purpose.ENTRY, close_ms)
    assert stage.signals() == []
    _wished(stage, RESERVE, Purpose.ENTRY, close_ms + SECOND)
    assert stage.placed() == [(RESERVE, "BTCUSDT", "BUY")]


def test_an_exit_at_the_reserve_is_another_signal_than_the_first_s_of_the_same_bar() -> None:
    stage = opened(plan="101:BUY")
    stage.lose()
    stage.second(BTCUSDT=101)
    stage.back()
    stage.forget()
    close_ms = stage.wall_ms + 5 * SECOND
    _wished(stage, VENUE, Purpose.EXIT, close_ms)
    _wished(stage, RESERVE, Purpose.EXIT, close_ms)
    assert [signal_id for *_, signal_id in stage.signals()] == [
        f"one-BTCUSDT-{close_ms}-1",
        f"one-BTCUSDT@second-{close_ms}-1",
    ]
    assert stage.placed() == [(RESERVE, "BTCUSDT", "SELL")]


def test_an_order_of_unknown_outcome_at_the_first_blocks_its_symbol_until_it_is_proven() -> None:
    stage = opened(plan="101:BUY 102:BUY")
    stage.filling = False
    stage.second(BTCUSDT=101)
    lost = stage.last_placed()
    stage.send(lost)
    stage.do(OutcomeUnknown(client_order_id=lost.client_order_id, action="NEW", reason="timeout"))
    stage.filling = True
    stage.lose()
    stage.forget()
    stage.second(BTCUSDT=102)
    assert stage.placed() == []
    assert [(rule, lost.client_order_id in message) for rule, message in stage.denials()] == [("I29", True)]


def test_switched_off_it_stays_with_its_venue() -> None:
    settings = rerouted(msgspec.structs.replace(probe("one", PLAN), reroute=False))
    stage = TwoVenues(settings).open()
    assert stage.engine.runtime.stand_ins == {}
    stage.lose()
    assert serving(stage) == VENUE
    stage.second(BTCUSDT=101)
    assert stage.placed() == []


def test_switched_off_its_entries_are_refused_where_they_belong() -> None:
    settings = rerouted(msgspec.structs.replace(probe("one", PLAN), reroute=False))
    stage = TwoVenues(settings).open()
    stage.lose(channels=("orders",))
    stage.second(BTCUSDT=101)
    assert [rule for rule, _ in stage.denials()] == ["I25"]


def test_without_either_venue_nothing_is_entered() -> None:
    stage = opened()
    stage.lose()
    stage.lose(RESERVE, channels=("orders",))
    assert stage.state.engine_state is EngineState.DEGRADED
    stage.second(BTCUSDT=101)
    assert stage.placed() == []
    stage.back()
    stage.forget()
    stage.second(BTCUSDT=101)
    assert stage.placed() == [(VENUE, "BTCUSDT", "BUY")]


def test_a_kill_while_it_is_rerouted_gives_the_same_state_and_it_trades_on_there() -> None:
    stage = opened(plan="101:BUY 102:EXIT 103:BUY")
    stage.lose()
    stage.second(BTCUSDT=101)
    digest = stage.state.digest()
    assert refold(stage.all_facts).digest() == digest
    again = stage.again()
    assert (serving(again), again.state.engine_state) == (RESERVE, EngineState.RUNNING)
    assert again.held("one", RESERVE)
    again.second(BTCUSDT=102)
    again.second(BTCUSDT=103)
    assert again.placed() == [(RESERVE, "BTCUSDT", "SELL"), (RESERVE, "BTCUSDT", "BUY")]
    again.assert_funds_equal()


def test_an_engine_that_starts_while_the_first_is_out_serves_it_at_the_reserve() -> None:
    stage = opened().again()
    stage.dead.add(VENUE)
    started = stage.again()
    assert serving(started) == RESERVE
    assert started.state.strategies["one"] == "RUNNING"
    started.second(BTCUSDT=101)
    assert started.placed() == [(RESERVE, "BTCUSDT", "BUY")]


def test_an_engine_that_starts_without_its_reserve_waits_for_it_a_while_and_trades_at_the_first() -> None:
    stage = opened()
    stage.dead.add(RESERVE)
    started = stage.again()
    states = [fact.after for fact in started.all_facts if isinstance(fact, EngineStateChanged)]
    assert states[-2:] == [EngineState.RECONCILING, EngineState.RUNNING]
    started.second(BTCUSDT=101)
    assert started.placed() == [(VENUE, "BTCUSDT", "BUY")]
    started.back(RESERVE)
    assert started.engine.venues()[RESERVE].reconciled


def test_a_reserve_that_dies_disturbs_nothing_at_the_first() -> None:
    stage = opened()
    stage.lose(RESERVE)
    assert stage.states("one") == []
    stage.second(BTCUSDT=101)
    assert stage.placed() == [(VENUE, "BTCUSDT", "BUY")]


def test_a_seat_that_fails_at_the_venue_that_does_not_serve_changes_no_state() -> None:
    """It is made anew, which takes longer than an instalment, and the strategy runs on; the one that serves would have it RECOVERING."""
    stage = opened()
    assert isinstance(stage.supervisor, Spent)
    stage.supervisor.takes["one"] = 60

    def failing(*_: object) -> list[Wish]:
        raise RuntimeError("broken")

    stage.engine.runtime.stand_ins["one"].strategy.on_bar = failing  # type: ignore[method-assign,assignment]
    stage.second(BTCUSDT=100)
    assert (stage.states("one"), stage.state.strategy_errors["one"]) == ([], 1)
    stage.engine.runtime.seats["one"].strategy.on_bar = failing  # type: ignore[method-assign,assignment]
    stage.second(BTCUSDT=100)
    assert stage.states("one")[0] == "RECOVERING"


def test_a_seat_that_is_not_warm_wishes_nothing() -> None:
    stage = opened(warm_up=3)
    stage.lose()
    stage.engine.runtime.stand_ins["one"].fed = {}
    for price in (101, 100):
        stage.second(BTCUSDT=price)
    assert stage.placed() == []
    stage.second(BTCUSDT=101)
    assert stage.placed() == [(RESERVE, "BTCUSDT", "BUY")]


def test_its_market_is_that_of_the_venue_that_serves() -> None:
    """R32: the first prints nothing for more than a minute, and would be DEAD."""
    stage = opened(trades_in="RANGING TRENDING VOLATILE")
    for number in range(40):
        stage.second(BTCUSDT=d("100.1") if number % 2 else 100)
    assert stage.state.strategies["one"] == "RUNNING"
    stage.lose()
    stage.forget()
    for number in range(61):
        stage.second(BTCUSDT=d("100.1") if number % 2 else 100)
    assert stage.states("one") == []
    stage.second(BTCUSDT=101)
    assert stage.placed() == [(RESERVE, "BTCUSDT", "BUY")]


def test_only_the_symbols_that_the_reserve_lists_are_traded_there() -> None:
    stage = TwoVenues(rerouted(probe("one", PLAN, symbols=("BTCUSDT", "ETHUSDT")), at_reserve=("ETHUSDT",))).open()
    stage.lose()
    stage.second(BTCUSDT=101)
    stage.second(ETHUSDT=101)
    assert stage.placed() == [(RESERVE, "ETHUSDT", "BUY")]


@pytest.mark.parametrize(
    ("at_reserve", "quantity", "rule", "says"),
    [
        ({"USDT": 0, "BTC": 0, "ETH": 0}, None, "R7", "expected free USDT at second for a BUY; 0 are free"),
        ({"USDT": 0, "BTC": 100, "ETH": 100}, None, "R7", "expected free USDT at second for a BUY; 0 are free"),
        ({"USDT": 150, "BTC": 0, "ETH": 0}, None, "R2", "expected a notional of at least 10 USDT"),
        (
            {"USDT": 300, "BTC": 0, "ETH": 0},
            "0.2",
            "R1",
            "expected a notional of at most 15 USDT, by the account of the reserve second alone",
        ),
    ],
    ids=["nothing", "no cash", "an account too small for the least order", "too much for that account"],
)
def test_a_reserve_with_too_little_refuses_by_name(at_reserve: dict[str, int], quantity: str | None, rule: str, says: str) -> None:
    given: dict[str, Any] = {} if quantity is None else {"quantity": quantity}
    stage = TwoVenues(rerouted(probe("one", PLAN, **given)), at_reserve=at_reserve).open()
    stage.lose()
    stage.second(BTCUSDT=101)
    assert stage.placed() == []
    assert stage.denials() == [(rule, says)]


def test_an_entry_at_the_reserve_is_sized_by_that_account() -> None:
    """1,000 USDT there, 100,000 and more at the first: at most 5 % of 1,000 (R1)."""
    stage = TwoVenues(rerouted(probe("one", PLAN)), at_reserve={"USDT": 1000, "BTC": 0, "ETH": 0}).open()
    stage.lose()
    stage.second(BTCUSDT=101)
    (order,) = stage.orders_of("one")
    assert d("49.9") < order.quantity * d("101.01") <= d(50)


def test_the_reserve_s_own_exposure_is_limited_by_what_is_there() -> None:
    """R5: 90 % of 1,000, in entries of 50 each."""
    stage = TwoVenues(rerouted(probe("one", PLAN, quantity="0.45")), at_reserve={"USDT": 1000, "BTC": 0, "ETH": 0}).open()
    stage.lose()
    for _ in range(25):
        stage.second(BTCUSDT=101)
        for _ in range(3):  # R9: five signals in ten seconds
            stage.second(BTCUSDT=100)
    bought = [order for order in stage.orders_of("one") if order.venue == RESERVE]
    assert len(bought) > 10
    assert sum(order.quantity for order in bought) * 100 <= 900
    assert ("R5", True) in [(rule, "by the account of the reserve second alone" in message) for rule, message in stage.denials()]


def test_which_venue_serves_is_on_record() -> None:
    stage = opened()
    stage.lose()
    stage.back()
    assert [fact.state for fact in stage.said(ConditionChanged) if fact.name == "second/reserve"] == [
        "ACTIVE for binance",
        "STANDBY for binance",
    ]
