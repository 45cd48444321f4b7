"""Strategies that decide at public trades: each tick one answer, and none to a tick that waited too long (S10)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from genesis.core.events import MarketTrade, OperatorAction
from genesis.core.facts import OrderIntended, StrategyErred
from genesis.core.models import Purpose, Side
from genesis.core.settings import MarketSettings, RuntimeSettings, StrategyTerms
from genesis.strategies.base import TickStrategy, View, Wish
from genesis.strategies.probe import Probe
from genesis.strategies.tick_probe import TickProbe
from tests.builders import VENUE, d
from tests.engine_pure.strategy_kit import Stage, operate, probe, with_probes

MANY = RuntimeSettings(bar_grace_ms=0, signals_a_minute=1_000, burst_signals=1_000)


def ticker(name: str = "ticker", **parameters: str) -> StrategyTerms:
    parameters = {"quantity": "0.2", "up_to": "0.001"} | parameters
    return StrategyTerms(
        name=name, kind="tick_probe", venue=VENUE, symbols=("BTCUSDT",), parameters=parameters, capital_share=d("0.5"), interval_ms=1_000
    )


def stage(*terms: StrategyTerms, **market: int) -> Stage:
    opened = Stage(with_probes(*(terms or (ticker(),)), runtime=MANY, market=MarketSettings(**market))).open()
    opened.forget()
    return opened


def print_a_trade(on: Stage, number: int, *, age_ms: int = 0, symbol: str = "BTCUSDT", quantity: str = "0.001") -> None:
    """A public trade that happened `age_ms` ago by the venue's time."""
    at_ms = on.now.wall_ms - age_ms
    on.do(MarketTrade(venue=VENUE, symbol=symbol, price=Decimal(100), quantity=Decimal(quantity), venue_time_ms=at_ms, trade_id=number))


def numbers(on: Stage) -> list[str]:
    return [intended.order.correlation_id for intended in on.said(OrderIntended) if intended.order.purpose is Purpose.ENTRY]


def test_each_trade_is_answered_once_while_earlier_answers_are_under_way() -> None:
    on = stage()
    on.filling = False
    for number in (1_001, 1_002, 1_003):
        print_a_trade(on, number)
    assert numbers(on) == [f"ticker-BTCUSDT-t{number}-1" for number in (1_001, 1_002, 1_003)]
    print_a_trade(on, 1_003)
    assert len(numbers(on)) == 3, "the same trade never makes the same signal twice"


def test_a_trade_of_another_symbol_is_none_of_its_business() -> None:
    on = stage()
    print_a_trade(on, 1, symbol="ETHUSDT")
    assert not numbers(on)


def test_a_trade_that_waited_too_long_is_shed_and_counted() -> None:
    on = stage(tick_shed_ms=500)
    print_a_trade(on, 1_001)
    print_a_trade(on, 1_002, age_ms=501)
    print_a_trade(on, 1_003, age_ms=500)
    assert numbers(on) == ["ticker-BTCUSDT-t1001-1", "ticker-BTCUSDT-t1003-1"]
    assert on.engine.runtime.ticks_shed == 1


def test_a_trade_while_nothing_is_entered_is_shed_and_counted() -> None:
    on = stage()
    on.do(OperatorAction(action="PAUSE", reply_to=7))
    print_a_trade(on, 1_001)
    assert (numbers(on), on.engine.runtime.ticks_shed) == ([], 1)


def test_a_paused_strategy_answers_nothing() -> None:
    on = stage()
    operate(on, "PAUSE", "ticker")
    print_a_trade(on, 1_001)
    assert not numbers(on)


def test_its_own_fills_are_no_ticks() -> None:
    on = stage(ticker(side="SELL"))
    for number, quantity in enumerate(("0.001", "0.2", "0.0011"), 1_001):
        print_a_trade(on, number, quantity=quantity)
    assert [order.correlation_id for order in on.orders_of("ticker")] == ["ticker-BTCUSDT-t1001-1"]
    assert {order.side for order in on.orders_of("ticker")} == {Side.SELL}


def test_without_a_bound_every_trade_is_one_its_own_too() -> None:
    terms = ticker()
    on = stage(msgspec.structs.replace(terms, parameters={"quantity": "0.2"}))
    for number, quantity in enumerate(("0.001", "0.2", "5"), 1_001):
        print_a_trade(on, number, quantity=quantity)
    assert len(numbers(on)) == 3


class Failing(TickProbe):
    def on_trade(self, trade: MarketTrade, view: View) -> list[Wish]:
        if trade.trade_id == 1_001:
            raise RuntimeError("told to fail")
        return super().on_trade(trade, view)


def test_a_failure_at_a_trade_is_a_health_error_and_costs_nobody_else() -> None:
    on = stage(ticker(), probe("other", "100:BUY", symbols=("ETHUSDT",)))
    on.engine.runtime.seats["ticker"].strategy = Failing(ticker())
    print_a_trade(on, 1_001)
    assert [(fact.strategy, fact.what) for fact in on.said(StrategyErred)] == [("ticker", "exception")]
    assert on.state.strategies == {"ticker": "RUNNING", "other": "RUNNING"}
    print_a_trade(on, 1_002)
    assert numbers(on) == ["ticker-BTCUSDT-t1002-1"]


def test_who_decides_at_trades_says_so() -> None:
    assert isinstance(TickProbe(ticker()), TickStrategy)
    assert not isinstance(Probe(probe("other")), TickStrategy)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"quantity": "0"}, "parameters.quantity: expected an amount of base above 0 such as 0.2, got '0'"),
        ({"quantity": "much"}, "parameters.quantity: expected an amount"),
        ({"side": "buy"}, "parameters.side: expected BUY or SELL, got 'buy'"),
        ({"up_to": ""}, "parameters.up_to: expected an amount of base above 0 such as 0.2, got ''"),
        ({"up_to": "0.2"}, r"parameters.up_to: expected less than quantity \(0.2\), got 0.2"),
        ({"plan": "1:BUY"}, "parameters.plan: expected one of quantity, side, up_to"),
    ],
)
def test_wrong_parameters_are_named(parameters: dict[str, str], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        TickProbe(ticker(**parameters))
