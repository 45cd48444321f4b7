"""The backtest's loop: the pure engine on simulated time. One queue, ordered by time and age; nothing depends on the machine.

Public trades are known to the engine at once. A command needs `latency_ms` to the venue, and so long needs the account's news
back. The engine's timer fires at the end of every bar, and every `timer_ms` while an order or a trade is under way.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import chain

import msgspec

import genesis
from genesis.backtesting.curve import Curve
from genesis.backtesting.klines import Klines
from genesis.backtesting.settings import BacktestSettings
from genesis.backtesting.tape import Print
from genesis.backtesting.trades import RoundTrip, TradeBook
from genesis.backtesting.venue import SimulatedVenue
from genesis.core.commands import Alert, CancelOrder, Command, FetchBars, PlaceOrder, QueryOrder, Reconcile
from genesis.core.events import (
    BookChanged,
    ConnectionChanged,
    EngineBooted,
    Event,
    MarketTrade,
    Now,
    OperatorAction,
    OrderSent,
    SendRefused,
    TimerFired,
)
from genesis.core.facts import Fact, OrderFilled, OrderIntended, RiskDenied
from genesis.core.models import TopOfBook
from genesis.core.money import ZERO
from genesis.core.settings import EngineSettings
from genesis.core.state import State
from genesis.engine.engine import TradingEngine

INSTANCE = "backtest"
NS_PER_MS = 1_000_000
DRAWDOWN = "drawdown"
IDLE_TIMER_MS = 60_000
SETTLING_LATENCIES = 10
"""How many latencies after the last trade of the tape the last news may still take."""

Watcher = Callable[[list[Fact], Now], None]


class Outcome(msgspec.Struct, kw_only=True):
    """What a backtest came to. Amounts in the quote asset; `end - start = gross - fees + revaluation`, exactly."""

    from_ms: int
    to_ms: int
    prints: int
    start: Decimal
    end: Decimal
    gross: Decimal
    fees: Decimal
    revaluation: Decimal
    trades: list[RoundTrip]
    unfinished: list[RoundTrip]
    samples: list[tuple[int, Decimal]]
    drawdowns: list[Decimal]
    max_drawdown: Decimal
    stopped: str
    orders: int
    fills: int
    denials: dict[str, int]
    alerts: dict[str, int]
    digest: str


class Backtest:
    """One run over one tape. `watch` sees every decision's facts."""

    def __init__(self, engine: EngineSettings, settings: BacktestSettings, *, digest: str = "", watch: Watcher | None = None) -> None:
        self._settings = settings
        self._digest = digest
        self._watch = watch
        by_venue = {terms.name: [rules for rules in settings.rules if rules.venue == terms.name] for terms in engine.venues}
        self.venues = {terms.name: SimulatedVenue(terms, by_venue[terms.name], settings, settings.balances) for terms in engine.venues}
        self.engine = TradingEngine(_on_a_tape(engine), State(), INSTANCE)
        self._klines = Klines(self.engine.runtime.feeds)
        self.trades = TradeBook(self.engine.state)
        self.curve = Curve(self.venues, settings.rules, engine.quote_asset, settings.sample_ms)
        self._stale_ms = engine.timing.book_stale_ms // 2
        self._grid_ms = _grid(engine)
        self._queue: list[tuple[int, int, Event | Command]] = []
        self._age = 0
        self._now_ms = 0
        self._timer_ms = 0
        self._tops: dict[tuple[str, str], TopOfBook] = {}
        self._trade_ids: Counter[tuple[str, str]] = Counter()
        self._counts: Counter[str] = Counter()
        self._denials: Counter[str] = Counter()
        self._alerts: Counter[str] = Counter()

    def run(self, tape: Iterable[Print]) -> Outcome:
        """Play the tape to its end, or until the drawdown is larger than allowed.

        Raises:
            DataError: the tape cannot be read on.
            AssertionError, KeyError: a defect of engine, strategy or venue; no result can be trusted then.
        """
        prints = iter(tape)
        first = next(prints, None)
        if first is None:
            raise ValueError("expected a tape of at least one trade")
        self._begin(first.at_ms)
        stopped = ""
        for traded in chain((first,), prints):
            self._run_until(traded.at_ms)
            self._trade(traded)
            if self.curve.see(traded.at_ms) > self._settings.max_drawdown:
                stopped = DRAWDOWN
                break
        self._settle()
        return self._outcome(first.at_ms, stopped)

    def schedule(self, at_ms: int, event: Event) -> None:
        """Hand the engine an event of one's own at `at_ms`, such as a signal from outside. Before `run`."""
        self._age += 1
        heapq.heappush(self._queue, (at_ms, self._age, event))

    # -- time

    def _begin(self, at_ms: int) -> None:
        """Boot and reconcile just before the first trade."""
        self._now_ms = self._timer_ms = at_ms - 1
        scheduled, self._queue = self._queue, []
        self._handle(EngineBooted(epoch=1, version=genesis.__version__, config_digest=self._digest, test_hooks=False))
        for name in self.venues:
            for channel in ("market", "orders"):
                self._handle(ConnectionChanged(venue=name, channel=channel, connected=True))
        while self._queue:  # as if no time passed: the start is not part of the test
            self._take(heapq.heappop(self._queue)[2])
        for due_ms, age, event in scheduled:
            heapq.heappush(self._queue, (max(due_ms, self._now_ms), age, event))

    def _run_until(self, at_ms: int) -> None:
        """Everything that is due up to and including `at_ms`, in order."""
        while True:
            timer_ms = self._next_timer()
            queued_ms = self._queue[0][0] if self._queue else at_ms + 1
            due_ms = min(timer_ms, queued_ms)
            if due_ms > at_ms:
                break
            assert due_ms >= self._now_ms, f"time went back from {self._now_ms} to {due_ms}"
            self._now_ms = due_ms
            self._refresh()
            if queued_ms <= timer_ms:
                self._take(heapq.heappop(self._queue)[2])
            else:
                self._timer_ms = timer_ms
                self._handle(TimerFired())
        self._now_ms = at_ms

    def _next_timer(self) -> int:
        every_ms = min(self._settings.timer_ms, self._grid_ms) if self._under_way() else self._grid_ms
        return (max(self._timer_ms, self._now_ms - 1) // every_ms + 1) * every_ms

    def _under_way(self) -> bool:
        state = self.engine.state
        return bool(state.open.by_id or state.working_parents) or self.trades.legging

    def _settle(self) -> None:
        """Nothing new is begun, open orders are cancelled, and what the account did not hear yet it hears; the market stands still."""
        for action in ("QUIESCE", "CANCEL_ALL"):
            self._handle(OperatorAction(action=action, reply_to=0))
        self._run_until(self._now_ms + SETTLING_LATENCIES * max(self._settings.latency_ms, 1))

    # -- the venue and the engine

    def _trade(self, traded: Print) -> None:
        """A public trade happens: the account hears of it after the latency, the engine sees the new book and the trade now."""
        venue, key = self.venues[traded.venue], (traded.venue, traded.symbol)
        self._klines.take(traded)
        for news in venue.trade(traded):
            self._later(self._settings.latency_ms, news)
        quote = venue.quotes[traded.symbol]
        self._trade_ids[key] += 1
        self._tops[key] = TopOfBook(
            venue=traded.venue,
            symbol=traded.symbol,
            bid=quote.bid,
            bid_quantity=self._settings.depth / quote.bid,
            ask=quote.ask,
            ask_quantity=self._settings.depth / quote.ask,
            update_id=self._trade_ids[key],
            received_ns=self._now_ms * NS_PER_MS,
        )
        self._refresh()
        self._handle(BookChanged(top=self._tops[key]))
        self._handle(
            MarketTrade(
                venue=traded.venue,
                symbol=traded.symbol,
                price=traded.price,
                quantity=traded.quantity,
                venue_time_ms=traded.at_ms,
                trade_id=self._trade_ids[key],
            )
        )

    def _refresh(self) -> None:
        """A book in which nothing changed is no stale book: the tape knows of every trade there was."""
        oldest_ns = (self._now_ms - self._stale_ms) * NS_PER_MS
        for key, top in self._tops.items():
            if top.received_ns < oldest_ns:
                self._tops[key] = msgspec.structs.replace(top, received_ns=self._now_ms * NS_PER_MS)
                self._handle(BookChanged(top=self._tops[key]))

    def _later(self, milliseconds: int, item: Event | Command) -> None:
        self._age += 1
        heapq.heappush(self._queue, (self._now_ms + milliseconds, self._age, item))

    def _take(self, item: Event | Command) -> None:
        if isinstance(item, Event):
            self._handle(item)
            return
        for news in self._arrive(item):
            self._later(self._settings.latency_ms, news)

    def _arrive(self, command: Command) -> list[Event]:
        match command:
            case PlaceOrder(order=order):
                return self.venues[order.venue].place(order, self._now_ms)
            case CancelOrder(venue=venue):
                return self.venues[venue].cancel(command, self._now_ms)
            case QueryOrder(venue=venue):
                return self.venues[venue].query(command, self._now_ms)
            case Reconcile(venue=venue):
                return self.venues[venue].reconcile(command, self._now_ms)
            case FetchBars():
                return [self._klines.answer(command, self._now_ms)]
            case _:
                raise AssertionError(f"a command that no venue carries out: {command!r}")

    def _handle(self, event: Event) -> None:
        now = Now(self._now_ms, self._now_ms * NS_PER_MS)
        decision = self.engine.handle(event, now)
        if decision.facts:
            self._count(decision.facts)
            self.trades.see(decision.facts, self._now_ms, self.curve.price_of)
            if self._watch is not None:
                self._watch(decision.facts, now)
        for command in decision.commands:
            self._act(command, now)

    def _act(self, command: Command, now: Now) -> None:
        if isinstance(command, PlaceOrder):
            refusal = self.engine.refusal_before_send(command.order, now)
            if refusal is not None:
                self._later(0, SendRefused(client_order_id=command.order.client_order_id, reason=refusal))
                return
            self._later(0, OrderSent(client_order_id=command.order.client_order_id, signed_ms=self._now_ms))
            self._later(self._settings.latency_ms, command)
        elif isinstance(command, CancelOrder | QueryOrder | Reconcile | FetchBars):
            self._later(self._settings.latency_ms, command)
        elif isinstance(command, Alert):
            self._alerts[command.severity] += 1

    # -- the result

    def _count(self, facts: list[Fact]) -> None:
        for fact in facts:
            if isinstance(fact, RiskDenied):
                self._denials[fact.rule] += 1
            elif isinstance(fact, OrderIntended):
                self._counts["orders"] += 1
            elif isinstance(fact, OrderFilled):
                self._counts["fills"] += 1

    def _outcome(self, from_ms: int, stopped: str) -> Outcome:
        finished = list(self.trades.finished)
        unfinished = self.trades.unfinished(self._now_ms, self.curve.price_of)
        self.curve.end(self._now_ms)
        everything = [*finished, *unfinished]
        outcome = Outcome(
            from_ms=from_ms,
            to_ms=self._now_ms,
            prints=self._trade_ids.total(),
            start=self.curve.opening_equity(),
            end=self.curve.equity(),
            gross=sum((trade.gross for trade in everything), ZERO),
            fees=sum((trade.fees for trade in everything), ZERO),
            revaluation=self.curve.revaluation(self.trades.residuals),
            trades=finished,
            unfinished=unfinished,
            samples=self.curve.samples,
            drawdowns=self.curve.drawdowns,
            max_drawdown=self.curve.watch.largest,
            stopped=stopped,
            orders=self._counts["orders"],
            fills=self._counts["fills"],
            denials=dict(sorted(self._denials.items())),
            alerts=dict(sorted(self._alerts.items())),
            digest=self.engine.state.digest(),
        )
        check(outcome)
        return outcome


def check(outcome: Outcome) -> None:
    """The account gained what its trades gained, less fees, to the last digit: two books that share no arithmetic (I03).

    Raises:
        AssertionError: they differ; the result is not to be believed.
    """
    told = outcome.gross - outcome.fees + outcome.revaluation
    assert outcome.end - outcome.start == told, f"the account gained {outcome.end - outcome.start}, its trades tell of {told}"


def _on_a_tape(engine: EngineSettings) -> EngineSettings:
    """No trade of a tape comes late: a bar is over when its time is. Its venue keeps no stops, the engine has them all (decision 32)."""
    replace = msgspec.structs.replace
    runtime, protection = replace(engine.runtime, bar_grace_ms=0), replace(engine.protection, rest_at_venue=False)
    return replace(engine, runtime=runtime, protection=protection)


def _grid(engine: EngineSettings) -> int:
    """How often the timer fires while nothing is under way: at the end of every bar that a strategy waits for."""
    return math.gcd(IDLE_TIMER_MS, *(terms.interval_ms for terms in engine.strategies))
