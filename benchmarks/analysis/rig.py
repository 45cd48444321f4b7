"""Ten strategies on ten pairs, with the analysis that they look at. Each step says how long it took."""

from __future__ import annotations

import time
from decimal import Decimal

import msgspec

from genesis.analytics.bars import BarBuilder
from genesis.analytics.book_metrics import measure
from genesis.analytics.market_analyzer import MarketAnalyzer
from genesis.analytics.market_state import MarketGauge
from genesis.analytics.returns import Returns, correlation
from genesis.core.models import Bar, MarketState, Purpose, Side, TopOfBook
from genesis.core.money import ZERO
from genesis.core.settings import ArbitrageSettings, EngineSettings, StrategyTerms
from genesis.core.strategy_settings import MarketSettings
from genesis.strategies import registry
from genesis.strategies.base import BarStrategy, Wish

from .tape import INTERVAL_MS, LEVELS, START_MS, SYMBOLS, VENUE, Book, Trade, rules

KINDS = {"momentum": 4, "mean_reversion": 3, "pairs_trading": 3}
"""How many strategies of each kind there are: ten, each on all ten pairs."""
EAGER = {
    "momentum": {"breakout": "0", "volume_ratio": "0.5", "adx_above": "10", "trades_in": "RANGING TRENDING VOLATILE"},
    "mean_reversion": {"band_width": "1", "rsi_low": "45", "rsi_high": "55", "trades_in": "RANGING TRENDING VOLATILE"},
    "pairs_trading": {"enter_z": "1", "least_correlation": "0", "trades_in": "RANGING TRENDING VOLATILE"},
}
"""Parameters with which there is something to decide and to say at many bars."""


class Times(msgspec.Struct):
    """Nanoseconds of each of some steps: on the wall, and of the processor (which leaves out when others had it)."""

    wall: list[int] = []
    processor: list[int] = []

    def since(self, begun: tuple[int, int]) -> None:
        self.processor.append(time.thread_time_ns() - begun[1])
        self.wall.append(time.perf_counter_ns() - begun[0])


def now() -> tuple[int, int]:
    """The moment at which a step begins."""
    return time.perf_counter_ns(), time.thread_time_ns()


class Spent(msgspec.Struct):
    """What every single step took."""

    trade: Times = msgspec.field(default_factory=Times)
    bar: Times = msgspec.field(default_factory=Times)
    book: Times = msgspec.field(default_factory=Times)
    together: Times = msgspec.field(default_factory=Times)
    cycle: Times = msgspec.field(default_factory=Times)
    round: Times = msgspec.field(default_factory=Times)
    wishes: int = 0


class Rig:
    """Fed with the past, then with trades and books."""

    def __init__(self) -> None:
        settings = MarketSettings()
        self.spent = Spent()
        self.gauges = {symbol: MarketGauge(settings) for symbol in SYMBOLS}
        self.now_ms = START_MS
        self._returns = {symbol: Returns(settings.correlation_bars) for symbol in SYMBOLS}
        self._builders = {symbol: BarBuilder(VENUE, symbol, INTERVAL_MS, from_ms=START_MS) for symbol in SYMBOLS}
        self._analyzer = MarketAnalyzer({VENUE: Decimal("0.001")}, "USDT", 4, ArbitrageSettings().min_net)
        self._analyzer.learn(rules(symbol) for symbol in SYMBOLS)
        self._tops: dict[tuple[str, str], TopOfBook] = {}
        self._seats = [(make(kind, number), Holdings(self)) for kind, count in KINDS.items() for number in range(count)]

    def warm(self, bar: Bar) -> None:
        """A bar of the past; nothing is measured."""
        self._see(bar)
        for strategy, holdings in self._seats:
            strategy.on_bar(bar, holdings)

    def on_trade(self, trade: Trade) -> None:
        """A tick of the tape: analysis of the pair; the strategies' cycles where bars are closed by it."""
        begun = now()
        closed = self._builders[trade.symbol].on_trade(trade.price, trade.quantity, trade.time_ms)
        self.gauges[trade.symbol].on_trade(trade.price, trade.time_ms)
        self.spent.trade.since(begun)
        for bar in closed:
            self.now_ms = bar.close_ms + 1
            self._close(bar)

    def on_book(self, book: Book) -> None:
        """A change of a book: every arbitrage route through it, spread, depth, liquidity, imbalance."""
        begun = now()
        self._tops[(VENUE, book.top.symbol)] = book.top
        self._analyzer.look(VENUE, book.top.symbol, lambda venue, symbol: self._tops.get((venue, symbol)))
        measure(book.bids, book.asks, within_bps=Decimal(10), levels=LEVELS)
        self.spent.book.since(begun)

    def compare(self) -> None:
        """Correlation of returns of each pair with each later one (R10)."""
        for index, one in enumerate(SYMBOLS):
            for other in SYMBOLS[index + 1 :]:
                begun = now()
                correlation(self._returns[one], self._returns[other])
                self.spent.together.since(begun)

    def _close(self, bar: Bar) -> None:
        spent, begun = self.spent, now()
        self._see(bar)
        spent.bar.since(begun)
        all_begun = now()
        for strategy, holdings in self._seats:
            begun = now()
            wishes = strategy.on_bar(bar, holdings)
            spent.cycle.since(begun)
            holdings.obey(wishes)
            spent.wishes += len(wishes)
        spent.round.since(all_begun)

    def _see(self, bar: Bar) -> None:
        gauge = self.gauges[bar.symbol]
        gauge.on_bar(bar)
        self._returns[bar.symbol].add(bar.close_ms, bar.close)
        gauge.state(bar.close_ms + 1)


class Holdings:
    """The `View` of one strategy; each of its wishes is filled at once."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._held: dict[tuple[str, str], Decimal] = {}

    @property
    def now_ms(self) -> int:
        return self._rig.now_ms

    def top(self, venue: str, symbol: str) -> TopOfBook | None:
        return None

    def market_state(self, venue: str, symbol: str) -> MarketState | None:
        return self._rig.gauges[symbol].state(self._rig.now_ms)

    def held(self, venue: str, symbol: str) -> Decimal:
        return self._held.get((venue, symbol), ZERO)

    def entry_price(self, venue: str, symbol: str) -> Decimal | None:
        return None

    def entered_ms(self, venue: str, symbol: str) -> int | None:
        return None

    def correlation(self, a: tuple[str, str], b: tuple[str, str]) -> float | None:
        return None

    def obey(self, wishes: list[Wish]) -> None:
        for wish in wishes:
            signed = wish.weight if wish.side is Side.BUY else -wish.weight
            self._held[(wish.venue, wish.symbol)] = ZERO if wish.purpose is Purpose.EXIT else signed


def make(kind: str, number: int) -> BarStrategy:
    """Strategy `number` of its kind, on all pairs."""
    terms = StrategyTerms(name=f"{kind}-{number}", kind=kind, venue=VENUE, symbols=SYMBOLS, interval_ms=INTERVAL_MS, parameters=EAGER[kind])
    return registry.make(EngineSettings(venues=()), terms)
