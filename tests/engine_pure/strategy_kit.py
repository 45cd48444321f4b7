"""A bench with strategies: a market tape of public trades, probes that act at prices, and a venue that fills at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from genesis.core.commands import FetchBars, PlaceOrder
from genesis.core.events import BarsFetched, MarketTrade, OperatorAction, OrderRefused
from genesis.core.facts import OrderIntended, RiskDenied, SignalReceived, StrategyChanged
from genesis.core.models import Bar, Order, Side, SymbolRules
from genesis.core.settings import EngineSettings, RuntimeSettings, StrategyTerms, VenueTerms
from genesis.core.state import State
from genesis.engine.engine import TradingEngine
from genesis.engine.supervision import Supervisor
from tests.builders import START_MS, VENUE, Amount, d, rules, settings
from tests.engine_pure.bench import Bench

BTC, ETH = rules(), rules("ETHUSDT", "ETH")
SECOND = 1_000
LISTED = {"BTCUSDT": BTC, "ETHUSDT": ETH}


def probe(name: str, plan: str = "", symbols: tuple[str, ...] = ("BTCUSDT",), **changes: Any) -> StrategyTerms:
    """A probe on one-second bars that needs one of them; other keywords are terms, or parameters of the probe."""
    of_terms = {key: changes.pop(key) for key in ("priority", "capital_share", "execution", "interval_ms") if key in changes}
    of_terms = {"capital_share": d("0.25"), "interval_ms": SECOND} | of_terms
    parameters = {"plan": plan} | {key: str(value) for key, value in changes.items()}
    return StrategyTerms(name=name, kind="probe", venue=VENUE, symbols=symbols, parameters=parameters, **of_terms)


class Spent:
    """A supervisor whose clock is set by the test: `takes[strategy]` = processor time of its cycles in ms, `once[strategy]` = of the
    next ones, before that. `turns` = what each took, in order: none more than its budget."""

    def __init__(self) -> None:
        self.takes: dict[str, int] = {}
        self.once: dict[str, list[int]] = {}
        self.turns: list[tuple[str, int]] = []

    def watch(self, strategy: str, budget_ns: int, cycle: Callable[[], None]) -> int:
        cycle()
        once = self.once.get(strategy)
        spent_ns = min((once.pop(0) if once else self.takes.get(strategy, 0)) * 1_000_000, budget_ns + 1)
        self.turns.append((strategy, spent_ns // 1_000_000))
        return spent_ns


def with_probes(*terms: StrategyTerms, **changes: Any) -> EngineSettings:
    """Settings with test hooks, two symbols and these strategies; bars close without grace."""
    venue = VenueTerms(name=VENUE, symbols=tuple(LISTED), targets={"BTC": d(100), "ETH": d(100)})
    runtime = changes.pop("runtime", RuntimeSettings(bar_grace_ms=0))
    return settings(venues=(venue,), strategies=terms, runtime=runtime, test_hooks=True, **changes)


class Stage(Bench):
    """Seconds pass by `second`, each with one trade per symbol named; whatever leaves is filled at once unless told otherwise."""

    def __init__(
        self,
        given: EngineSettings,
        state: State | None = None,
        funds: Mapping[str, Amount] | None = None,
        *,
        listed: tuple[SymbolRules, ...] = (BTC, ETH),
        supervisor: Supervisor | None = None,
    ) -> None:
        super().__init__(given, state, listed, funds or {"USDT": 100_000, "BTC": 100, "ETH": 100})
        self.supervisor = supervisor or Spent()
        self.engine = TradingEngine(given, self.state, "test01", self.supervisor)
        self.filling = True
        self.spread = d("0.01")
        self.last: dict[str, Amount] = {}
        self._trade_id = 0
        self._placed = 0
        self.printed: list[tuple[str, Decimal, Decimal, int]] = []
        self.tape: dict[str, list[Bar]] = {}

    def open(self, **prices: Amount) -> Stage:
        """RUNNING, every book quoted at these prices (100 by default), the strategies warm."""
        self.boot()
        self.connect()
        self.answer_reconcile()
        for symbol in self.engine.settings.venues[0].symbols:
            self.quote(symbol, prices.get(symbol, 100))
        self.second()  # the second in which the engine connected is not whole
        self.second(**{symbol: prices.get(symbol, 100) for symbol in self.engine.settings.venues[0].symbols})
        self.forget()
        return self

    def quote(self, symbol: str, price: Amount) -> None:
        self.last[symbol] = price
        self.book(d(price) - self.spread, d(price) + self.spread, symbol=symbol)

    def answer_bars(self) -> None:
        """The venue's klines: what the tape has of them."""
        while wanted := self.asked(FetchBars):
            self.commands = [command for command in self.commands if not isinstance(command, FetchBars)]
            for command in wanted:
                self._answer(command)

    def _answer(self, command: FetchBars) -> None:
        of_tape = [bar for bar in self.tape.get(command.symbol, ()) if bar.close_ms - bar.open_ms + 1 == command.interval_ms]
        bars = tuple(bar for bar in of_tape if command.from_ms <= bar.open_ms < command.until_ms)
        bars += tuple(self._printed_bars(command))
        of = {"venue": VENUE, "symbol": command.symbol, "interval_ms": command.interval_ms}
        self.do(BarsFetched(until_ms=command.until_ms, bars=bars, **of))

    def _printed_bars(self, command: FetchBars) -> Iterator[Bar]:
        """The venue's klines of what was printed here."""
        for open_ms in range(command.from_ms, command.until_ms, command.interval_ms):
            inside = [(p, q) for s, p, q, at in self.printed if s == command.symbol and open_ms <= at < open_ms + command.interval_ms]
            prices = [price for price, _ in inside]
            if prices:
                ends = {"open": prices[0], "high": max(prices), "low": min(prices), "close": prices[-1]}
                volume = sum((quantity for _, quantity in inside), d(0))
                close_ms = open_ms + command.interval_ms - 1
                yield Bar(venue=VENUE, symbol=command.symbol, open_ms=open_ms, close_ms=close_ms, volume=volume, trades=len(inside), **ends)

    def trade(self, symbol: str, price: Amount, quantity: Amount = 1, at_ms: int | None = None) -> None:
        """One public trade; the book follows it."""
        self._trade_id += 1
        self.quote(symbol, price)
        self.printed.append((symbol, d(price), d(quantity), at_ms if at_ms is not None else self.venue_ms))
        self.do(
            MarketTrade(
                venue=VENUE,
                symbol=symbol,
                price=d(price),
                quantity=d(quantity),
                venue_time_ms=at_ms if at_ms is not None else self.venue_ms,
            )
        )
        self.settle()

    def second(self, **prices: Amount) -> None:
        """These symbols trade once, then the second ends: its bars close. What the strategies ordered is filled."""
        for symbol, price in self.last.items():
            self.quote(symbol, price)
        for symbol, price in prices.items():
            self.trade(symbol, price)
        self.let(SECOND)
        self.answer_bars()
        self.settle()
        self.answer_bars()

    def settle(self) -> None:
        """Fill (or refuse) every order that has left since the last call."""
        while self._placed < len(self.asked(PlaceOrder)):
            order = self.asked(PlaceOrder)[self._placed].order
            self._placed += 1
            if self.filling:
                price = d(self.last[order.symbol]) + (self.spread if order.side is Side.BUY else -self.spread)
                self.fill_whole(order, order.price or price)

    def refuse(self, order: Order) -> None:
        self.send(order)
        self.do(OrderRefused(client_order_id=order.client_order_id, code=-2010, message="no"))

    def forget(self) -> None:
        super().forget()
        self._placed = 0

    # -- what came of it

    def states(self, name: str) -> list[str]:
        """The states that a strategy went through since the last `forget`."""
        return [str(fact.after) for fact in self.said(StrategyChanged) if fact.strategy == name]

    def signals(self, name: str | None = None) -> list[tuple[str, str, str, str]]:
        """(strategy, symbol, side, signal id) of every signal since the last `forget`."""
        signals = [fact.signal for fact in self.said(SignalReceived)]
        return [(s.strategy, s.symbol, str(s.side), s.signal_id) for s in signals if name in (None, s.strategy)]

    def orders_of(self, name: str) -> list[Order]:
        return [fact.order for fact in self.said(OrderIntended) if fact.order.strategy == name]

    def denials(self) -> list[tuple[str, str]]:
        """(rule, message) of every denial since the last `forget`."""
        return [(fact.rule, fact.message) for fact in self.said(RiskDenied)]

    def again(self) -> Stage:
        """kill -9 and a new process on the journal's facts, up to RUNNING; the tape goes on."""
        known = self.restart()
        stage = Stage(self.settings, known.state, {}, listed=self.rules, supervisor=self.supervisor)
        stage.funds, stage.orders, stage.trades = self.funds, self.orders, self.trades
        stage.wall_ms, stage.venue_ms, stage.mono_ns = self.wall_ms, self.venue_ms, self.mono_ns
        stage.all_facts, stage.epoch, stage.tape, stage._trade_id = list(self.all_facts), known.epoch, self.tape, self._trade_id
        stage.printed = self.printed
        stage.boot()
        stage.connect()
        stage.answer_reconcile()
        for symbol, price in self.last.items():
            stage.quote(symbol, price)
        stage.let(100)
        stage.answer_bars()
        stage.let(SECOND - 100)
        stage.answer_bars()
        stage.forget()
        return stage


def tape_of(stage: Stage, seconds: list[Mapping[str, Amount]]) -> dict[str, list[Bar]]:
    """The one-second bars that these trades make, as the venue would serve them, from START_MS on."""
    bars: dict[str, list[Bar]] = {}
    for index, prices in enumerate(seconds):
        for symbol, price in prices.items():
            open_ms = START_MS - START_MS % SECOND + index * SECOND
            flat = {name: d(price) for name in ("open", "high", "low", "close")}
            bars.setdefault(symbol, []).append(
                Bar(venue=VENUE, symbol=symbol, open_ms=open_ms, close_ms=open_ms + SECOND - 1, volume=d(1), trades=1, **flat)
            )
    return bars


def operate(stage: Stage, action: str, name: str) -> int:
    """An operator does START, PAUSE or STOP to a strategy; the status of the answer."""
    stage.do(OperatorAction(action=f"{action}_STRATEGY", reply_to=7, strategy=name))
    return stage.commands[-1].status  # type: ignore[attr-defined,no-any-return]
