"""Engines with an opportunity: around three symbols of one venue, and across two venues."""

from __future__ import annotations

from typing import Any

from genesis.core.facts import OpportunitySeen
from genesis.core.models import MultiLegTrade, SymbolRules
from genesis.core.settings import ArbitrageSettings, EngineSettings, VenueTerms
from tests.builders import VENUE, d, rules, settings
from tests.engine_pure.bench import Bench

BTC, ETH = rules(), rules("ETHUSDT", "ETH")
CROSS = rules("ETHBTC", "ETH", "BTC", tick_size="0.00001", min_notional="0.0001")
ON = ArbitrageSettings(enabled=True)
FEES = {VENUE: d("0.001"), "a": d("0.001"), "b": d("0.002")}


def triangle(cross: SymbolRules = CROSS, arbitrage: ArbitrageSettings = ON, **changes: Any) -> Bench:
    """An engine that knows three books and no opportunity."""
    terms = VenueTerms(name=VENUE, symbols=("BTCUSDT", "ETHUSDT", "ETHBTC"))
    made = settings(venues=(terms,), arbitrage=arbitrage, **changes)
    bench = Bench(made, rules=(BTC, ETH, cross), funds={"USDT": 1000, "BTC": 1, "ETH": 10})
    bench.start("99.9", "100")
    bench.book("4.99", "5", symbol="ETHUSDT")
    bench.book("0.0499", "0.05", symbol="ETHBTC")
    assert not bench.said(OpportunitySeen)
    return bench


def open_gap(bench: Bench) -> None:
    """ETHUSDT rises: USDT > BTC > ETH > USDT is worth 1.7 %."""
    bench.book("5.1", "5.11", symbol="ETHUSDT")


def trade_of(bench: Bench) -> MultiLegTrade:
    """The only multi-leg trade."""
    (trade,) = bench.state.multi_legs.values()
    return trade


def pair(**changes: Any) -> Bench:
    """Two venues, of which one pays more than the other asks."""
    made: EngineSettings = settings(
        venues=tuple(VenueTerms(name=name, symbols=("BTCUSDT",)) for name in ("a", "b")), arbitrage=ON, **changes
    )
    bench = Bench(made, rules=(rules(venue="a"), rules(venue="b")), funds={"USDT": 1000, "BTC": 1})
    bench.boot()
    for name in ("a", "b"):
        bench.connect(name)
        bench.answer_reconcile()
    for name in ("a", "b"):
        bench.book("99.9", "100", venue=name)
    bench.forget()
    bench.book("101", "101.1", venue="b")
    return bench
