"""Markets start and stop strategies, and keep them from entering (R32), through the whole engine."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.facts import RiskDenied
from tests.builders import d
from tests.engine_pure.strategy_kit import SECOND, Stage, probe, with_probes

BARS = 40
"""More than R32 needs to tell a market's state."""


def ranging(number: int) -> Decimal:
    return d("100.1") if number % 2 else d(100)


def trending(number: int) -> Decimal:
    return 100 + d("0.1") * number


def staged(plan: str, trades_in: str) -> Stage:
    """A strategy on a market that rises all the time (BTCUSDT) and one that goes up and down (ETHUSDT)."""
    one = probe("one", plan, symbols=("BTCUSDT", "ETHUSDT"), trades_in=trades_in, quantity="0.2")
    stage = Stage(with_probes(one)).open()
    for number in range(BARS):
        stage.second(BTCUSDT=trending(number), ETHUSDT=ranging(number))
    stage.forget()
    return stage


def test_r32_an_entry_in_a_market_that_it_does_not_trade_in_is_denied_and_one_in_the_other_is_not() -> None:
    stage = staged("104:BUY 100.05:BUY", "RANGING")
    assert stage.state.strategies["one"] == "RUNNING"
    stage.second(BTCUSDT=104, ETHUSDT="100.05")
    assert [(fact.rule, fact.value) for fact in stage.said(RiskDenied)] == [("R32", "TRENDING")]
    assert [order.symbol for order in stage.orders_of("one")] == ["ETHUSDT"]


def test_r32_an_exit_is_taken_in_every_market() -> None:
    stage = staged("103.95:BUY 104.05:EXIT", "TRENDING")
    stage.second(BTCUSDT="103.95", ETHUSDT=100)
    assert [str(order.purpose) for order in stage.orders_of("one")] == ["ENTRY"]
    for number in range(2 * BARS):
        stage.second(BTCUSDT=ranging(number) + 4, ETHUSDT=ranging(number))
    assert stage.state.strategies["one"] == "IDLE"
    stage.second(BTCUSDT="104.05")
    assert stage.state.strategies["one"] == "IDLE"
    assert [str(order.purpose) for order in stage.orders_of("one")] == ["ENTRY", "EXIT"]


def test_r32_a_market_that_falls_asleep_stops_a_strategy_and_a_trade_starts_it_again() -> None:
    stage = staged("105:BUY", "RANGING TRENDING VOLATILE")
    stage.let(58 * SECOND, step_ms=SECOND)
    stage.answer_bars()
    assert stage.state.strategies["one"] == "RUNNING"
    stage.let(2 * SECOND)
    assert stage.states("one") == ["IDLE"]
    assert "DEAD" in stage.state.strategy_reasons["one"]
    stage.trade("ETHUSDT", 100)
    assert stage.states("one") == ["IDLE", "RUNNING"]


def test_r32_a_strategy_on_markets_none_of_which_it_trades_in_waits() -> None:
    stage = staged("104:BUY 100.05:BUY", "VOLATILE")
    assert stage.state.strategies["one"] == "IDLE"
    stage.second(BTCUSDT=104, ETHUSDT="100.05")
    assert not stage.signals()
