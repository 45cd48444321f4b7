"""R10 compares the bars of every symbol that may be entered, whether a strategy looks at it or not."""

from __future__ import annotations

from genesis.core.commands import FetchBars
from genesis.core.events import BarsFetched
from genesis.core.facts import RiskDenied
from genesis.core.models import Bar, Side
from genesis.core.settings import RiskSettings, VenueTerms
from genesis.core.strategy_settings import MarketSettings
from tests.builders import START_MS, VENUE, d, rules, settings, signal
from tests.engine_pure.bench import Bench

MINUTE_MS = 60_000
BTC = ("100", "101", "100", "102", "101", "103")
AGAINST = tuple(str(200 - d(price)) for price in BTC)


def engine(*symbols: str, bars: int = 4) -> Bench:
    terms = VenueTerms(name=VENUE, symbols=symbols)
    configured = settings(venues=(terms,), risk=RiskSettings(), market_states=MarketSettings(correlation_bars=bars))
    bench = Bench(configured, rules=(rules(), rules("ETHUSDT", "ETH")), funds={"USDT": 5_000})
    bench.boot()
    bench.connect()
    bench.answer_reconcile()
    return bench


def closed(bench: Bench, symbol: str, prices: tuple[str, ...]) -> None:
    """The venue's klines of the last minutes."""
    (command,) = [one for one in bench.asked(FetchBars) if one.symbol == symbol]
    first_ms = command.until_ms - len(prices) * MINUTE_MS
    bars = []
    for number, price in enumerate(prices):
        opened = first_ms + number * MINUTE_MS
        ends = dict.fromkeys(("open", "high", "low", "close"), d(price))
        bars.append(Bar(venue=VENUE, symbol=symbol, open_ms=opened, close_ms=opened + MINUTE_MS - 1, volume=d(1), trades=1, **ends))
    bench.do(
        BarsFetched(venue=VENUE, symbol=symbol, interval_ms=command.interval_ms, until_ms=command.until_ms, bars=tuple(bars)),
    )


def beside(bench: Bench, prices: tuple[str, ...]) -> str | None:
    """What refuses a position in ETHUSDT beside one in BTCUSDT."""
    bench.let(100)
    closed(bench, "BTCUSDT", BTC)
    closed(bench, "ETHUSDT", prices)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        bench.book("99.99", "100", symbol=symbol)
    bench.fill(bench.order(signal(Side.BUY, "0.5")), "0.5", "100")
    bench.submit(signal(Side.BUY, "0.5", symbol="ETHUSDT"))
    denied = bench.said(RiskDenied)
    return denied[-1].rule if denied else None


def test_markets_that_go_together() -> None:
    assert beside(engine("BTCUSDT", "ETHUSDT"), BTC) == "R10"


def test_markets_that_go_against_each_other() -> None:
    assert beside(engine("BTCUSDT", "ETHUSDT"), AGAINST) is None


def test_too_few_bars_refuse_nothing() -> None:
    assert beside(engine("BTCUSDT", "ETHUSDT", bars=30), BTC) is None


def test_a_market_that_stands_still_refuses_nothing() -> None:
    assert beside(engine("BTCUSDT", "ETHUSDT"), ("50",) * 6) is None


def test_an_engine_of_one_symbol_reads_no_bars_for_it() -> None:
    bench = engine("BTCUSDT")
    bench.let(200)
    assert not bench.asked(FetchBars)
    assert bench.wall_ms > START_MS
