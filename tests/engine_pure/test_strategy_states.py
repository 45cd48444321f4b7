"""Life of strategies: states, bars that warm them up, health, isolation (R32, L3)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from genesis.core.commands import FetchBars, PlaceOrder
from genesis.core.events import BarsFailed, MarketTrade, StopRequested
from genesis.core.facts import OrderIntended, StrategyChanged, StrategyErred
from genesis.core.models import EngineState, StrategyState
from genesis.engine.strategy_states import TRANSITIONS, IllegalStrategyTransition, enter
from genesis.strategies.registry import make
from tests.builders import VENUE, Amount, d
from tests.engine_pure.bench import refold
from tests.engine_pure.strategy_kit import SECOND, Stage, operate, probe, tape_of, with_probes

# -- states


def test_a_strategy_starts_warms_up_and_runs() -> None:
    stage = Stage(with_probes(probe("one", warm_up=3)))
    stage.boot()
    assert stage.states("one") == ["STARTING"]
    stage = Stage(with_probes(probe("one", warm_up=2)))
    stage.open()
    assert stage.state.strategies == {"one": "STARTING"}
    stage.second(BTCUSDT=100)
    assert stage.state.strategies == {"one": "RUNNING"}


def test_a_warm_up_is_read_from_the_venue() -> None:
    stage = Stage(with_probes(probe("one", warm_up=3)))
    stage.boot()
    stage.venue_ms += 10 * SECOND
    stage.tape = tape_of(stage, [{"BTCUSDT": 100 + n} for n in range(12)])
    stage.connect()
    stage.answer_reconcile()
    stage.quote("BTCUSDT", 100)
    stage.quote("ETHUSDT", 100)
    stage.let(100)
    assert stage.asked(FetchBars)[0].symbol == "BTCUSDT"
    stage.answer_bars()
    assert stage.state.strategies == {"one": "RUNNING"}
    assert not stage.signals()


def test_bars_that_cannot_be_read_are_asked_for_again() -> None:
    stage = Stage(with_probes(probe("one")))
    stage.boot()
    stage.connect()
    stage.answer_reconcile()
    stage.let(100)
    command = stage.asked(FetchBars)[0]
    stage.forget()
    stage.do(BarsFailed(venue=VENUE, symbol="BTCUSDT", interval_ms=SECOND, reason="503"))
    stage.let(900)
    assert not stage.asked(FetchBars)
    stage.let(200)
    assert stage.asked(FetchBars)[0].from_ms == command.from_ms


@pytest.mark.parametrize("before", list(StrategyState))
@pytest.mark.parametrize("after", list(StrategyState))
def test_states_change_by_the_table_only(before: StrategyState, after: StrategyState) -> None:
    stage = Stage(with_probes(probe("one")))
    stage.state.apply(StrategyChanged(strategy="one", before="IDLE", after=before, reason="test"))
    desk = stage.engine._desk
    desk.begin(stage.now)
    if after in TRANSITIONS[before]:
        enter(desk, "one", after, "test")
        assert stage.state.strategies["one"] == after
    else:
        with pytest.raises(IllegalStrategyTransition, match=f"after {before}, got {after}"):
            enter(desk, "one", after, "test")


def test_an_operator_pauses_starts_and_stops_one_strategy() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY"), probe("two", "101:BUY", symbols=("ETHUSDT",)))).open()
    assert operate(stage, "PAUSE", "one") == 200
    stage.second(BTCUSDT=101, ETHUSDT=101)
    assert [s[0] for s in stage.signals()] == ["two"]
    assert operate(stage, "PAUSE", "one") == 409
    assert operate(stage, "START", "nobody") == 404
    assert operate(stage, "START", "one") == 200
    assert stage.state.strategies["one"] == "RUNNING"
    assert operate(stage, "STOP", "one") == 200
    assert stage.state.strategies["one"] == "STOPPED"
    again = stage.again()
    assert again.state.strategies == {"one": "STOPPED", "two": "RUNNING"}


def test_a_stop_waits_for_the_entries_of_the_strategy() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY"))).open()
    stage.filling = False
    stage.second(BTCUSDT=101)
    order = stage.orders_of("one")[0]
    stage.accept(order)
    assert operate(stage, "STOP", "one") == 200
    assert stage.state.strategies["one"] == "STOPPING"
    stage.end(order, "CANCELED")
    assert stage.state.strategies["one"] == "STOPPED"


def test_a_strategy_that_left_the_configuration_is_stopped_and_starts_when_it_is_back() -> None:
    stage = Stage(with_probes(probe("one"))).open()
    without = Stage(with_probes(), refold(stage.all_facts))
    without.boot()
    assert without.states("one") == ["STOPPING", "STOPPED"]
    back = Stage(with_probes(probe("one")), refold([*stage.all_facts, *without.all_facts]))
    back.boot()
    assert back.states("one") == ["STARTING"]


# -- health and isolation


def quiet_and(plan: str, **changes: object) -> Stage:
    """`bad` does as planned, `good` buys at 105 and exits at 106; both on BTCUSDT and ETHUSDT apart."""
    return Stage(with_probes(probe("bad", plan), probe("good", "105:BUY 106:EXIT", symbols=("ETHUSDT",)), **changes)).open()


def trail(stage: Stage, name: str) -> list[object]:
    """Everything on record of one strategy, apart from the numbers of its orders and the engine's clocks."""
    kept = []
    for fact in stage.all_facts:
        if isinstance(fact, OrderIntended) and fact.order.strategy == name:
            kept.append((fact.order.symbol, fact.order.side, fact.order.quantity, fact.order.correlation_id))
        elif isinstance(fact, StrategyChanged | StrategyErred) and fact.strategy == name:
            kept.append(fact)
    return kept


@pytest.mark.parametrize("act", ["RAISE", "NONSENSE", "LEAVE"])
def test_five_health_errors_pause_a_strategy_and_touch_nobody_else(act: str) -> None:
    seconds: list[Mapping[str, Amount]] = [{"BTCUSDT": 101, "ETHUSDT": price} for price in (105, 103, 104, 106, 103, 103)]
    stage, alone = quiet_and(f"101:{act}"), quiet_and("")
    for prices in seconds:
        stage.second(**prices)
        alone.second(**prices)
    errors = [fact.errors for fact in stage.said(StrategyErred)]
    assert errors == [1, 2, 3, 4, 5]
    assert stage.states("bad") == ["PAUSED"]
    assert stage.state.strategies == {"bad": "PAUSED", "good": "RUNNING"}
    assert trail(stage, "good") == trail(alone, "good")
    assert stage.state.holdings["good", VENUE, "ETHUSDT"] == alone.state.holdings["good", VENUE, "ETHUSDT"]
    assert stage.state.engine_state is EngineState.RUNNING


def test_a_failed_strategy_goes_on_until_its_fifth_error() -> None:
    stage = quiet_and("101:RAISE 102:BUY")
    for _ in range(4):
        stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=102)
    assert len(stage.orders_of("bad")) == 1
    assert stage.state.strategies["bad"] == "RUNNING"


def test_a_start_by_the_operator_counts_anew() -> None:
    stage = quiet_and("101:RAISE")
    for _ in range(5):
        stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=100)
    assert operate(stage, "START", "bad") == 200
    assert stage.state.strategy_errors.get("bad", 0) == 0
    stage.second(BTCUSDT=101)
    assert stage.state.strategy_errors["bad"] == 1


def test_the_watchdogs_strategy_comes_up_in_error_and_stays_there() -> None:
    stage = Stage(with_probes(probe("one"), probe("two", symbols=("ETHUSDT",)))).open()
    again = Stage(stage.settings, refold(stage.all_facts))
    again.epoch = 1
    again.stuck = ("one",)
    again.open()
    assert again.state.strategies == {"one": "ERROR", "two": "RUNNING"}
    last = again.again()
    assert last.state.strategies == {"one": "ERROR", "two": "RUNNING"}
    assert operate(last, "START", "one") == 200


# -- bars


def test_a_missing_trade_id_has_its_bar_read_from_the_venue() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY"))).open()
    for trade_id in (1, 2, 4):
        stage.do(MarketTrade(venue=VENUE, symbol="BTCUSDT", price=d(101), quantity=d(1), venue_time_ms=stage.venue_ms, trade_id=trade_id))
    stage.forget()
    stage.let(SECOND)
    assert [command.symbol for command in stage.asked(FetchBars)] == ["BTCUSDT"]
    assert not stage.signals()


def test_an_engine_that_leaves_takes_no_wish() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY"))).open()
    stage.operate("PAUSE")
    stage.second(BTCUSDT=101)
    assert not stage.signals()
    stage.operate("RESUME")
    stage.second(BTCUSDT=101)
    assert len(stage.asked(PlaceOrder)) == 1
    stage.do(StopRequested(reason="SIGTERM"))
    stage.second(BTCUSDT=101)
    assert len(stage.asked(PlaceOrder)) == 1


# -- the registry


def test_a_probe_exists_with_test_hooks_only() -> None:
    given = with_probes(probe("one"))
    with pytest.raises(ValueError, match=r"kind: expected one of .*got 'probe'"):
        make(msgspec.structs.replace(given, test_hooks=False), given.strategies[0])


def test_a_kind_or_parameter_that_is_not_known_is_named() -> None:
    given = with_probes()
    with pytest.raises(ValueError, match="did you mean 'probe'"):
        make(given, msgspec.structs.replace(probe("one"), kind="prob"))
    with pytest.raises(ValueError, match=r"parameters\.plann"):
        make(given, probe("one", plann="x"))
