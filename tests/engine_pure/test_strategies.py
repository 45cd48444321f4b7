"""Strategies beside each other: states, bars, health, isolation, conflicts, shares of the pool, restarts (R9, R32, R36, L3)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from genesis.core.commands import FetchBars, PlaceOrder
from genesis.core.events import BarsFailed, MarketTrade, OperatorAction, StopRequested
from genesis.core.facts import ConflictLost, OrderIntended, RiskDenied, StrategyChanged, StrategyErred
from genesis.core.models import EngineState, MarketState, Purpose, Side, StrategyState
from genesis.core.settings import RiskSettings, RuntimeSettings
from genesis.core.state import State
from genesis.engine.strategy_states import TRANSITIONS, IllegalStrategyTransition, enter
from genesis.engine.wishes import carry_out
from genesis.strategies.base import Wish
from genesis.strategies.registry import make
from tests.builders import VENUE, Amount, d, signal
from tests.engine_pure.bench import refold
from tests.engine_pure.strategy_kit import SECOND, Spent, Stage, probe, tape_of, with_probes

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


def operate(stage: Stage, action: str, name: str) -> int:
    stage.do(OperatorAction(action=f"{action}_STRATEGY", reply_to=7, strategy=name))
    return stage.commands[-1].status  # type: ignore[attr-defined,no-any-return]


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


@pytest.mark.parametrize("act", ["RAISE", "NONSENSE"])
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


def test_a_cycle_over_its_budget_costs_a_health_error_and_its_wish_still_counts() -> None:
    spent = Spent()
    stage = Stage(with_probes(probe("slow", "101:BUY"), probe("fast", "101:BUY", symbols=("ETHUSDT",))), supervisor=spent).open()
    spent.takes = {"slow": 100, "fast": 1}
    stage.second(BTCUSDT=100)
    assert not stage.said(StrategyErred)
    spent.takes = {"slow": 101, "fast": 1}
    stage.second(BTCUSDT=101, ETHUSDT=101)
    assert [(fact.strategy, fact.what) for fact in stage.said(StrategyErred)] == [("slow", "budget")]
    assert {order.strategy for order in (*stage.orders_of("slow"), *stage.orders_of("fast"))} == {"slow", "fast"}
    for _ in range(4):
        stage.second(BTCUSDT=100)
    assert stage.state.strategies == {"slow": "PAUSED", "fast": "RUNNING"}


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


# -- conflicts (R36) and limits of signals (R9)


def rivals(high: int, low: int, **changes: object) -> Stage:
    """`long` buys at 101, `short` sells at 102, on one symbol."""
    return Stage(with_probes(probe("long", "101:BUY", priority=high), probe("short", "102:SELL", priority=low), **changes)).open()


def test_r36_the_lower_priority_loses_and_is_told_why() -> None:
    stage = rivals(2, 1)
    stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=102)
    assert [rule for rule, _ in stage.denials()] == ["R36"]
    assert "long (priority 2) went BUY" in stage.denials()[0][1]
    assert not stage.orders_of("short")


def test_r36_equal_priorities_leave_the_first_alone() -> None:
    stage = rivals(1, 1)
    stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=102)
    assert [rule for rule, _ in stage.denials()] == ["R36"]


def test_r36_the_higher_priority_overrules_what_is_there() -> None:
    stage = rivals(1, 2)
    stage.second(BTCUSDT=101)
    bought = stage.state.holdings["long", VENUE, "BTCUSDT"].quantity
    assert bought > 0
    stage.second(BTCUSDT=102)
    lost = stage.said(ConflictLost)
    assert [(fact.strategy, fact.winner) for fact in lost] == [("long", "short")]
    assert stage.state.signal_outcomes[lost[0].signal_id].status == "overruled"
    assert [(o.strategy, o.side, o.purpose) for o in stage.orders_of("long")][1:] == [("long", Side.SELL, Purpose.EXIT)]
    assert abs(stage.state.holdings["long", VENUE, "BTCUSDT"].quantity) < d("0.00001")
    assert stage.state.holdings["short", VENUE, "BTCUSDT"].quantity < 0


def test_r36_an_entry_that_is_still_on_its_way_is_cancelled_and_what_it_gets_is_closed() -> None:
    stage = rivals(1, 2)
    stage.filling = False
    stage.second(BTCUSDT=101)
    entry = stage.orders_of("long")[0]
    stage.accept(entry)
    stage.second(BTCUSDT=102)
    assert stage.last_cancel().client_order_id == entry.client_order_id
    stage.fill(entry, "1", 101)
    stage.end(entry, "CANCELED")
    assert [(order.side, order.purpose) for order in stage.orders_of("long")][1:] == [(Side.SELL, Purpose.EXIT)]


def test_r36_ends_after_ten_seconds_but_nobody_trades_away_what_another_holds() -> None:
    stage = rivals(1, 2)
    stage.second(BTCUSDT=101)
    for _ in range(11):
        stage.second(BTCUSDT=100)
    stage.second(BTCUSDT=102)
    assert [rule for rule, _ in stage.denials()] == ["HOLDING"]
    assert stage.state.holdings["long", VENUE, "BTCUSDT"].quantity > 0


def test_r36_within_ten_seconds_and_not_after() -> None:
    for pause, rules in ((9, ["R36"]), (11, [])):
        stage = rivals(2, 1, runtime=RuntimeSettings(bar_grace_ms=0))
        stage.filling = False
        stage.second(BTCUSDT=101)
        stage.refuse(stage.orders_of("long")[0])
        for _ in range(pause - 1):
            stage.second(BTCUSDT=100)
        stage.second(BTCUSDT=102)
        assert [rule for rule, _ in stage.denials()] == rules, pause


def test_r36_is_remembered_over_a_restart() -> None:
    stage = rivals(2, 1)
    stage.second(BTCUSDT=101)
    again = stage.again()
    again.second(BTCUSDT=102)
    assert [rule for rule, _ in again.denials()] == ["R36"]


def test_r9_a_burst_of_five_in_ten_seconds() -> None:
    stage = Stage(with_probes(probe("one", "*:BUY", quantity="0.2"))).open()
    for _ in range(7):
        stage.second(BTCUSDT=100)
    assert [rule for rule, _ in stage.denials()][:2] == ["R9", "R9"]
    assert len(stage.orders_of("one")) == 5
    for _ in range(10):
        stage.second()
    stage.second(BTCUSDT=100)
    assert len(stage.orders_of("one")) == 6


def test_r9_twenty_in_a_minute_and_each_strategy_for_itself() -> None:
    runtime = RuntimeSettings(bar_grace_ms=0, burst_signals=1_000)
    both = (probe("one", "*:BUY", quantity="0.2"), probe("two", "*:BUY", quantity="0.2", symbols=("ETHUSDT",)))
    stage = Stage(with_probes(*both, runtime=runtime)).open()
    stage.forget()
    for _ in range(25):
        stage.second(BTCUSDT=100, ETHUSDT=100)
    of_one = [fact.order for fact in stage.all_facts if isinstance(fact, OrderIntended) and fact.order.strategy == "one"]
    of_two = [fact.order for fact in stage.all_facts if isinstance(fact, OrderIntended) and fact.order.strategy == "two"]
    assert (len(of_one), len(of_two)) == (20, 20)


def test_r9_trades_a_day_start_anew_at_midnight() -> None:
    stage = Stage(with_probes(probe("one", "*:BUY", quantity="0.2"), risk=RiskSettings(trades_a_day=2))).open()
    for _ in range(3):
        stage.second(BTCUSDT=100)
    assert [rule for rule, _ in stage.denials()][-1:] == ["R9"]
    assert len([f for f in stage.all_facts if isinstance(f, OrderIntended)]) == 2
    stage.wall_ms += 86_400_000
    stage.second(BTCUSDT=100)
    assert len([f for f in stage.all_facts if isinstance(f, OrderIntended)]) == 3


# -- one pool


def test_a_strategy_binds_no_more_than_its_share() -> None:
    """120,000 of equity: R1 lets 6,000 through, 0.06 of it are 7,200."""
    stage = Stage(with_probes(probe("one", "*:BUY", capital_share=d("0.06")))).open()
    stage.second(BTCUSDT=100)
    stage.second(BTCUSDT=100)
    stage.second(BTCUSDT=100)
    orders = [f.order for f in stage.all_facts if isinstance(f, OrderIntended)]
    spent = sum(order.quantity for order in orders) * d("100.01")
    assert d(7_000) < spent <= d(7_200)
    assert stage.denials()[-1][0] == "SHARE"


def test_a_quantity_beyond_the_share_is_denied() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY", quantity="50", capital_share=d("0.04")))).open()
    stage.second(BTCUSDT=101)
    assert [rule for rule, _ in stage.denials()] == ["SHARE"]


def test_reservations_of_several_strategies_never_exceed_the_pool() -> None:
    """Each wants 300 of 700 free cash at the same bar; `check_always` looks at every event."""
    both = [probe(f"s{n}", "101:BUY", capital_share=d("0.3"), priority=-n, quantity="3") for n in range(3)]
    stage = Stage(with_probes(*both), funds={"USDT": 700, "BTC": 100, "ETH": 100}).open()
    stage.filling = False
    stage.second(BTCUSDT=101)
    assert [order.strategy for name in ("s0", "s1", "s2") for order in stage.orders_of(name)] == ["s0", "s1"]
    assert [rule for rule, _ in stage.denials()] == ["R7"]


def test_a_scarce_slot_goes_to_the_higher_priority() -> None:
    """A SNIPER has one position (R4); both want one at the same moment."""
    small = {"USDT": 600, "BTC": 0, "ETH": 0}
    for first, second, winner in ((1, 2, "two"), (2, 1, "one")):
        given = with_probes(probe("one", "101:BUY", priority=first), probe("two", "101:BUY", symbols=("ETHUSDT",), priority=second))
        venue = msgspec.structs.replace(given.venues[0], targets={})
        stage = Stage(msgspec.structs.replace(given, venues=(venue,)), funds=small).open()
        assert stage.state.tier == "SNIPER"
        stage.second(BTCUSDT=101, ETHUSDT=101)
        assert [order.strategy for name in ("one", "two") for order in stage.orders_of(name)] == [winner]
        assert [rule for rule, _ in stage.denials()] == ["R4"]


# -- who holds what


def test_each_strategy_knows_its_own_part_of_a_position() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY 103:EXIT", quantity=1), probe("two", "102:BUY", quantity=2))).open()
    stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=102)
    one, two = (stage.state.holdings[name, VENUE, "BTCUSDT"] for name in ("one", "two"))
    assert (one.quantity, two.quantity) == (d("0.999"), d("1.998"))
    assert one.entry_price == d("101.01") / d("0.999")
    stage.second(BTCUSDT=103)
    assert (one.quantity, two.quantity) == (d(0), d("1.998"))
    assert stage.state.results["one"].trades == 1
    assert stage.state.results["one"].wins == 1
    assert "two" not in stage.state.results


def test_a_stop_closes_everybodys_part_the_oldest_first() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY", quantity=1), probe("two", "102:BUY", quantity=2))).open()
    stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=102)
    stage.second(BTCUSDT=99)
    one, two = (stage.state.holdings[name, VENUE, "BTCUSDT"] for name in ("one", "two"))
    assert one.quantity == 0
    assert two.quantity == 0
    assert stage.state.results["one"].lost > 0
    assert stage.state.positions[VENUE, "BTCUSDT"].realised == one.realised + two.realised


def test_a_strategy_exits_no_more_than_it_holds() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY 103:EXIT", quantity=1), probe("two", "102:BUY", quantity=2))).open()
    stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=102)
    reply = stage.submit(signal(Side.SELL, "2", strategy="one", purpose=Purpose.EXIT))
    assert reply.body["error"]["rule"] == "EXIT"


def test_the_tighter_of_two_stops_wins() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY", quantity=1, stop_fraction="0.01"))).open()
    stage.second(BTCUSDT=101)
    position = stage.state.positions[VENUE, "BTCUSDT"]
    assert position.stop_price == d("100.1")  # 101.01 / 0.999 x 0.99


# -- markets (R32)


def test_r32_a_symbol_whose_market_is_asleep_is_not_entered() -> None:
    stage = Stage(with_probes(probe("one", "*:BUY", symbols=("BTCUSDT", "ETHUSDT"), quantity="0.2"))).open()
    desk = stage.engine._desk
    desk.begin(stage.now)
    wish = Wish(
        venue=VENUE, symbol="BTCUSDT", side=Side.BUY, purpose=Purpose.ENTRY, confidence=d(1), reason="", inputs={}, quantity=d("0.2")
    )
    bar = stage.engine.runtime.feeds[VENUE, "BTCUSDT", SECOND].history[-1]
    carry_out(desk, "one", [wish], bar, {(VENUE, "BTCUSDT"): MarketState.DEAD})
    denials = [fact for fact in desk.facts if isinstance(fact, RiskDenied)]
    assert [(fact.rule, fact.value) for fact in denials] == [("R32", "DEAD")]
    assert not [fact for fact in desk.facts if isinstance(fact, OrderIntended)]


def test_a_leg_of_a_pair_is_never_entered_alone() -> None:
    stage = Stage(with_probes(probe("one"))).open()
    desk = stage.engine._desk
    desk.begin(stage.now)
    leg = Wish(
        venue=VENUE, symbol="BTCUSDT", side=Side.BUY, purpose=Purpose.ENTRY, confidence=d(1), reason="", inputs={}, pair="one-BTC-ETH"
    )
    carry_out(desk, "one", [leg], stage.engine.runtime.feeds[VENUE, "BTCUSDT", SECOND].history[-1], {})
    assert [fact.rule for fact in desk.facts if isinstance(fact, RiskDenied)] == ["PAIR"]
    assert not [fact for fact in desk.facts if isinstance(fact, OrderIntended)]


def test_a_wish_of_a_bar_that_came_late_is_dropped() -> None:
    stage = Stage(with_probes(probe("one", "*:BUY"))).open()
    stage.disconnect(channel="market")
    stage.let(9 * SECOND)
    stage.tape = tape_of(stage, [{"BTCUSDT": 100} for _ in range(10)])
    stage.forget()
    stage.answer_bars()
    assert not stage.signals()


# -- the same in any company, and after a restart

TAPE: list[Mapping[str, Amount]] = [
    {"BTCUSDT": 101, "ETHUSDT": 102},
    {"BTCUSDT": 102, "ETHUSDT": 101},
    {"BTCUSDT": 103},
    {"ETHUSDT": 103},
    {"BTCUSDT": 101, "ETHUSDT": 102},
    {"BTCUSDT": 103, "ETHUSDT": 103},
]
COMPANY = (
    probe("a", "101:BUY 103:EXIT", priority=3),
    probe("b", "102:BUY 103:EXIT", symbols=("ETHUSDT",), priority=2),
    probe("c", "102:BUY 103:EXIT", symbols=("BTCUSDT", "ETHUSDT"), priority=1),
)


def played(stage: Stage, tape: list[Mapping[str, Amount]]) -> Stage:
    for prices in tape:
        stage.second(**prices)
    return stage


def test_a_concurrent_run_equals_serial_runs_on_the_same_tape() -> None:
    together = played(Stage(with_probes(*COMPANY)).open(), TAPE)
    for terms in COMPANY:
        alone = played(Stage(with_probes(terms)).open(), TAPE)
        assert alone.signals(terms.name) == together.signals(terms.name)
        assert len(alone.signals()) >= 3


@pytest.mark.parametrize("cut", range(1, len(TAPE)))
def test_the_next_signal_after_a_restart_is_that_of_the_uninterrupted_run(cut: int) -> None:
    whole = played(Stage(with_probes(*COMPANY)).open(), TAPE[:cut])
    whole.second()  # the restart takes a second
    played(whole, TAPE[cut:])
    first = played(Stage(with_probes(*COMPANY)).open(), TAPE[:cut])
    before = first.signals()
    rest = played(first.again(), TAPE[cut:])
    assert before + rest.signals() == whole.signals()
    assert rest.state.holdings == whole.state.holdings


def test_a_snapshot_gives_back_what_strategies_are_and_hold() -> None:
    stage = played(Stage(with_probes(*COMPANY)).open(), TAPE[:2])
    copy = State.from_document(stage.state.document())
    assert copy.digest() == stage.state.digest() == refold(stage.all_facts).digest()
    assert copy.holdings == stage.state.holdings
    assert list(copy.entry_signals) == list(stage.state.entry_signals)
    assert copy.entries_of_day == stage.state.entries_of_day


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
