"""Strategies against each other: conflicts and limits of signals (R9, R36)."""

from __future__ import annotations

from genesis.core.facts import ConflictLost, OrderIntended, SignalReceived
from genesis.core.models import Execution, Purpose, Side
from genesis.core.settings import RiskSettings, RuntimeSettings
from tests.builders import VENUE, d, signal
from tests.engine_pure.strategy_kit import Stage, probe, with_probes

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


def test_r36_what_came_to_nothing_is_overruled_without_a_trace_of_a_close() -> None:
    stage = rivals(1, 2)
    stage.filling = False
    stage.second(BTCUSDT=101)
    stage.refuse(stage.orders_of("long")[0])
    stage.second(BTCUSDT=102)
    assert [fact.strategy for fact in stage.said(ConflictLost)] == ["long"]
    assert len(stage.orders_of("long")) == 1
    assert len(stage.orders_of("short")) == 1


def test_r36_what_a_stop_has_closed_already_is_not_closed_again() -> None:
    stage = rivals(1, 2)
    stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=98)
    assert stage.state.holdings["long", VENUE, "BTCUSDT"].quantity == 0
    before = len(stage.orders_of("long"))
    stage.second(BTCUSDT=102)
    assert [fact.strategy for fact in stage.said(ConflictLost)] == ["long"]
    assert len(stage.orders_of("long")) == before


def test_a_strategy_closes_nothing_that_it_does_not_hold() -> None:
    stage = Stage(with_probes(probe("one", "101:BUY"), probe("two", ""))).open()
    stage.second(BTCUSDT=101)
    held = stage.state.holdings["one", VENUE, "BTCUSDT"].quantity
    wish = signal(Side.SELL, "0.5", source="strategy", strategy="two", purpose=Purpose.EXIT)
    assert stage.submit(wish).body["error"]["rule"] == "EXIT"
    assert stage.state.holdings["one", VENUE, "BTCUSDT"].quantity == held


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


def test_r36_of_an_iceberg_everything_is_closed_at_once() -> None:
    """Each of its slices has bought something; one exit closes what they bought together."""
    iceberg = probe("long", "101:BUY", priority=1, quantity="3", execution=Execution.ICEBERG)
    stage = Stage(with_probes(iceberg, probe("short", "102:SELL", priority=2))).open()
    stage.second(BTCUSDT=101)
    assert (len(stage.orders_of("long")), stage.state.holdings["long", VENUE, "BTCUSDT"].quantity) == (4, d("2.997"))
    stage.second(BTCUSDT=102)
    asked = [fact.signal.signal_id for fact in stage.all_facts if isinstance(fact, SignalReceived) and fact.signal.purpose is Purpose.EXIT]
    assert len(asked) == [order.purpose for order in stage.orders_of("long")].count(Purpose.EXIT) == 1
    assert abs(stage.state.holdings["long", VENUE, "BTCUSDT"].quantity) < d("0.00001")
