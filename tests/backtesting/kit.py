"""Tapes, settings and signals for backtests: one symbol, amounts that a reader can add up."""

from __future__ import annotations

from typing import Any

from genesis.backtesting.runner import Backtest
from genesis.backtesting.settings import BacktestSettings
from genesis.backtesting.tape import Print, prints_of_bar
from genesis.core.events import Now, SignalSubmitted
from genesis.core.facts import Fact, OrderFilled
from genesis.core.models import Bar, Fill, Side, Signal
from genesis.core.settings import EngineSettings, StrategyTerms, VenueTerms
from tests import builders
from tests.builders import SYMBOL, VENUE, Amount, d

START_MS = 1_700_006_400_000
MINUTE_MS = 60_000
OPEN_AFTER_MS = 1_000


def bar(number: int, opened: Amount, high: Amount, low: Amount, close: Amount, volume: Amount = 40) -> Bar:
    """The bar of one minute."""
    open_ms = START_MS + number * MINUTE_MS
    return Bar(
        venue=VENUE,
        symbol=SYMBOL,
        open_ms=open_ms,
        close_ms=open_ms + MINUTE_MS - 1,
        open=d(opened),
        high=d(high),
        low=d(low),
        close=d(close),
        volume=d(volume),
        trades=4,
    )


def level(number: int, price: Amount) -> Bar:
    """A bar in which the price stands still."""
    return bar(number, price, price, price, price)


def tape(*bars: Bar) -> list[Print]:
    return [each for one in bars for each in prints_of_bar(one, OPEN_AFTER_MS)]


def frictionless(**changes: Any) -> BacktestSettings:
    """No slippage, no impact, a spread of two ticks, 1 ms of latency, 10,000 USDT."""
    values: dict[str, Any] = {
        "half_spread": d(0),
        "slippage": d(0),
        "impact": d(0),
        "latency_ms": 1,
        "rules": (builders.rules(),),
    }
    return BacktestSettings(**(values | changes))


def engine_settings(**changes: Any) -> EngineSettings:
    """One venue, no inventory, orders of any size."""
    venues = (VenueTerms(name=VENUE, symbols=(SYMBOL,)),)
    risk = builders.RiskSettings(max_order_fraction=d(1), max_exposure=d(1), sniper_max_order=d(100_000))
    return builders.settings(**({"venues": venues, "risk": risk} | changes))


def with_probe(plan: str, *, quantity: str = "1", name: str = "probe-one", priority: int = 0, **changes: Any) -> EngineSettings:
    """An engine with the strategy for tests: `plan` says what it does when a bar closes at a price."""
    terms = StrategyTerms(
        name=name,
        kind="probe",
        venue=VENUE,
        symbols=(SYMBOL,),
        priority=priority,
        parameters={"plan": plan, "quantity": quantity},
    )
    return engine_settings(strategies=(terms,), test_hooks=True, **changes)


class Run:
    """A backtest with signals of its own, and the fills that came of them."""

    def __init__(self, settings: BacktestSettings | None = None, engine: EngineSettings | None = None) -> None:
        self.fills: list[Fill] = []
        self.facts: list[Fact] = []
        self.backtest = Backtest(engine or engine_settings(), settings or frictionless(), watch=self._watch)

    def _watch(self, facts: list[Fact], _now: Now) -> None:
        self.facts += facts
        self.fills += [fact.fill for fact in facts if isinstance(fact, OrderFilled)]

    def signal(self, at_ms: int, side: Side, quantity: Amount, **changes: Any) -> Run:
        """A signal from outside at `at_ms`."""
        signal: Signal = builders.signal(side, quantity, **changes)
        self.backtest.schedule(at_ms, SignalSubmitted(signal=signal, reply_to=1))
        return self
