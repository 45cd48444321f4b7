"""How often arbitrage may trade (R9): a multi-leg trade is one trade of the day, its signal one signal of its strategy."""

from __future__ import annotations

from genesis.core.facts import OpportunitySeen, RiskDenied, SignalReceived
from genesis.core.settings import RiskSettings, RuntimeSettings, VenueTerms
from tests.builders import VENUE, settings
from tests.engine_pure.arbitrage_kit import CROSS, ON, open_gap, triangle
from tests.engine_pure.bench import Bench
from tests.engine_pure.strategy_kit import BTC, ETH, Stage, probe


def traded(bench: Bench) -> bool:
    """The gap opens, and a trade that it leads to is made to its end; whether there was one."""
    before = len(bench.state.multi_legs)
    open_gap(bench)
    if len(bench.state.multi_legs) == before:
        return False
    for price in ("100", "0.05", "5.1"):
        bench.fill_whole(bench.last_placed(), price)
    bench.book("4.99", "5", symbol="ETHUSDT")
    return True


def close_gap(bench: Bench) -> None:
    bench.book("4.99", "5", symbol="ETHUSDT")


def test_r9_trades_a_day_bind_arbitrage_until_midnight() -> None:
    bench = triangle(risk=RiskSettings(trades_a_day=2))
    assert [traded(bench), traded(bench), traded(bench)] == [True, True, False]
    (denied,) = bench.said(RiskDenied)
    assert (denied.rule, denied.limit, denied.value) == ("R9", "2", "3")
    assert bench.said(OpportunitySeen)[-1].reason.startswith("R9: ")
    close_gap(bench)
    bench.wall_ms += 86_400_000
    assert traded(bench)


def test_r9_a_burst_of_arbitrage_ends_after_ten_seconds() -> None:
    bench = triangle(runtime=RuntimeSettings(burst_signals=2))
    assert [traded(bench), traded(bench), traded(bench)] == [True, True, False]
    assert bench.said(RiskDenied)[-1].message == "expected at most 2 signals of simple_arbitrage in 10 s; this is number 3"
    close_gap(bench)
    bench.let(10_000, step_ms=1_000)
    for symbol, bid, ask in (("BTCUSDT", "99.9", "100"), ("ETHUSDT", "4.99", "5"), ("ETHBTC", "0.0499", "0.05")):
        bench.book(bid, ask, symbol=symbol)
    assert traded(bench)


def test_an_arbitrage_takes_no_direction_that_another_strategy_could_be_against() -> None:
    """R36: it bought BTC a second ago and sold what that brought; who sells BTC now loses no conflict."""
    terms = VenueTerms(name=VENUE, symbols=("BTCUSDT", "ETHUSDT", "ETHBTC"))
    given = settings(
        venues=(terms,),
        strategies=(probe("short", "100.5:SELL", quantity="0.2"),),
        runtime=RuntimeSettings(bar_grace_ms=0),
        arbitrage=ON,
        test_hooks=True,
    )
    stage = Stage(given, listed=(BTC, ETH, CROSS), funds={"USDT": 100_000, "BTC": 100, "ETH": 100}).open(ETHBTC=1)
    stage.quote("ETHUSDT", 104)
    stage.settle()
    assert [trade.state for trade in stage.state.multi_legs.values()] == ["CLOSED"]
    stage.second(BTCUSDT="100.5")
    signals = {fact.signal.strategy: fact.signal.side for fact in stage.said(SignalReceived)}
    assert signals == {"simple_arbitrage": "BUY", "short": "SELL"}
    assert [rule for rule, _ in stage.denials()] == []
