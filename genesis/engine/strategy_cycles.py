"""The cycles of strategies: one strategy, one closed bar, and what happens to a strategy that misbehaves (L3, decision 19).

An exception or a senseless wish is a health error; so is a cycle over its budget, which is interrupted. A strategy that failed is
made anew from its bars, without the one that it failed at: what it held in memory is never more than they give back, and nothing
of the others is touched. Too many errors pause it.

What a strategy has to catch up with, it gets in instalments, one between two ticks, each within the budget of a cycle: others
wait for it no longer than for a cycle.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import cast

import msgspec

from genesis.core.commands import Alert
from genesis.core.errors import STRATEGY_FAILED
from genesis.core.events import MarketTrade
from genesis.core.facts import StrategyErred
from genesis.core.models import Bar, MarketState, StrategyState
from genesis.core.settings import StrategyTerms
from genesis.core.state import SymbolKey
from genesis.engine.bars import BarFeed
from genesis.engine.desk import NS_PER_MS, Desk
from genesis.engine.market_watch import FeedKey, MarketWatch
from genesis.engine.seat import Seat
from genesis.engine.strategy_states import LISTENING, WARMING, WISHING, enter, state_of
from genesis.engine.strategy_view import StrategyView
from genesis.engine.supervision import CycleInterrupted, Supervisor
from genesis.engine.wishes import nonsense, unpaired
from genesis.strategies.base import BarStrategy, TickStrategy, Wish

Make = Callable[[StrategyTerms], BarStrategy]
EXCEPTION, WISH, BUDGET = "exception", "wish", "budget"
"""What a health error is about."""
_DETAIL = 300
_INSTALMENT = 2
"""Another bar is begun only while less than this part (half) of an instalment is used up: the rest is enough for a cycle."""


class Outcome(msgspec.Struct):
    """What came of a strategy's code: wishes, or a health error (`what` and its words)."""

    wished: list[Wish] = []
    what: str = ""
    detail: str = ""


class Cycles:
    """Runs strategies, one bar at a time."""

    def __init__(
        self,
        desk: Desk,
        make: Make,
        supervisor: Supervisor,
        watch: MarketWatch,
        feeds: dict[FeedKey, BarFeed],
        *,
        serves: Callable[[Seat], bool],
    ) -> None:
        """`serves` = whether entries of a seat are taken now: one that does not serve is warm again without a change of the strategy's
        state."""
        self._desk = desk
        self._make = make
        self._supervisor = supervisor
        self._watch = watch
        self._feeds = feeds
        self._serves = serves
        self._budget_ns = desk.settings.runtime.cycle_budget_ms * NS_PER_MS

    def run(self, seat: Seat, bar: Bar) -> list[Wish]:
        """One cycle: what the strategy wishes, or a health error. One that is behind gets the bar in its turn, and wishes nothing."""
        if seat.behind or state_of(self._desk, seat.name) in WARMING:
            seat.waiting.append(bar)
            self.catch_up(seat)
            return []
        outcome = self._cycle(seat, bar, self._budget_ns)
        if outcome.what:
            self._failed(seat, bar, outcome)
            self._recover(seat)
        return outcome.wished

    def answer(self, seat: Seat, trade: MarketTrade, now_ms: int) -> list[Wish]:
        """One cycle at a public trade: what the strategy wishes, or a health error. `now_ms` is the venue's time."""
        view = StrategyView(self._desk, seat.name, now_ms, self._market(seat, now_ms), self._together(seat))
        outcome = self._watched(seat, self._budget_ns, lambda: self._answered(seat, trade, view))
        if outcome.what:
            self._count(seat, outcome)
            self._from_its_bars(seat)
            self._recover(seat)
        return outcome.wished

    def anew(self, seat: Seat) -> None:
        """Make the strategy anew and give it the bars that it needs; what it wishes of them is dropped."""
        self._from_its_bars(seat)
        self.catch_up(seat)

    def in_order(self, seat: Seat) -> None:
        """Bars have come after later ones of its other symbols: it is made anew and sees all of them in the order of their close."""
        if state_of(self._desk, seat.name) in LISTENING:
            self._from_its_bars(seat)
            self._recover(seat)

    def _recover(self, seat: Seat) -> None:
        self.catch_up(seat)
        if not seat.warm and self._serves(seat) and state_of(self._desk, seat.name) in WISHING:
            enter(self._desk, seat.name, StrategyState.RECOVERING, "made anew from its bars")

    def tick(self, seat: Seat) -> None:
        """The next instalment may begin."""
        seat.spent_ns = 0
        self.catch_up(seat)

    def catch_up(self, seat: Seat) -> None:
        """Give a strategy what it is behind with, as far as the instalment goes."""
        while seat.behind and state_of(self._desk, seat.name) in LISTENING and seat.spent_ns * _INSTALMENT < self._budget_ns:
            left_ns = self._budget_ns - seat.spent_ns
            if seat.unmade:
                outcome = self._watched(seat, left_ns, lambda: self._made(seat))
                seat.unmade = bool(outcome.what)
                if outcome.what:
                    self._count(seat, outcome)
                continue
            bar = seat.waiting.popleft()
            outcome = self._cycle(seat, bar, left_ns)
            if outcome.what:
                self._failed(seat, bar, outcome)

    def _failed(self, seat: Seat, bar: Bar, outcome: Outcome) -> None:
        seat.failed_at.add(((bar.venue, bar.symbol), bar.close_ms))
        self._count(seat, outcome)
        self._from_its_bars(seat)

    def _from_its_bars(self, seat: Seat) -> None:
        bars = [bar for key in seat.symbols for bar in self._last(seat, key)]
        seat.unmade, seat.waiting = True, deque(sorted(bars, key=lambda bar: (bar.close_ms, bar.symbol)))

    def _made(self, seat: Seat) -> Outcome:
        seat.strategy, seat.fed = self._make(seat.terms), {}
        return Outcome()

    def _cycle(self, seat: Seat, bar: Bar, budget_ns: int) -> Outcome:
        view = StrategyView(self._desk, seat.name, bar.close_ms + 1, self._market(seat, bar.close_ms + 1), self._together(seat))
        outcome = self._watched(seat, budget_ns, lambda: self._asked(seat, bar, view))
        if not outcome.what:
            seat.fed[(bar.venue, bar.symbol)] = seat.fed.get((bar.venue, bar.symbol), 0) + 1
        return outcome

    @staticmethod
    def _asked(seat: Seat, bar: Bar, view: StrategyView) -> Outcome:
        return _sensible(seat, seat.strategy.on_bar(bar, view))

    @staticmethod
    def _answered(seat: Seat, trade: MarketTrade, view: StrategyView) -> Outcome:
        strategy = cast(TickStrategy, seat.strategy)  # `seat.decides_at_trades` says so; asking anew costs more than the answer
        outcome = _sensible(seat, strategy.on_trade(trade, view))
        if any(wish.pair is not None for wish in outcome.wished):
            return Outcome(what=WISH, detail="expected wishes of one symbol each at a trade, got the legs of a pair")
        return outcome

    def _watched(self, seat: Seat, budget_ns: int, act: Callable[[], Outcome]) -> Outcome:
        """Run a strategy's code under supervision. Whatever it raises is its own failure, a wish to leave the process, too."""
        came: list[Outcome] = []

        def cycle() -> None:
            try:
                came.append(act())
            except CycleInterrupted:
                raise
            except BaseException as error:  # noqa: BLE001 - the caller records it as a health error
                came.append(Outcome(what=EXCEPTION, detail=_words(error)))

        spent_ns = self._supervisor.watch(seat.name, budget_ns, cycle)
        seat.spent_ns += spent_ns
        if came and spent_ns <= budget_ns:
            return came[-1]
        spent_ms, budget_ms = spent_ns // NS_PER_MS, budget_ns // NS_PER_MS
        return Outcome(what=BUDGET, detail=f"interrupted after {spent_ms} ms of processor time, {budget_ms} ms are allowed")

    def _count(self, seat: Seat, outcome: Outcome) -> None:
        desk, name, what, detail = self._desk, seat.name, outcome.what, outcome.detail[:_DETAIL]
        errors = desk.state.strategy_errors.get(name, 0) + 1
        desk.record(StrategyErred(strategy=name, what=what, detail=detail, errors=errors, correlation_id=name))
        desk.send(Alert(severity="warning", text=f"{STRATEGY_FAILED}: {name}: {what}: {detail}"))
        if errors >= desk.settings.runtime.errors_to_pause and state_of(desk, name) in LISTENING:
            enter(desk, name, StrategyState.PAUSED, f"{errors} health errors")

    def _last(self, seat: Seat, key: SymbolKey) -> list[Bar]:
        """The bars of a symbol that give the strategy back: of those that have been its turn, without what it failed at."""
        heard_ms = seat.heard.get(key, 0)
        history = self._feeds[(*key, seat.interval_ms)].history
        bars = [bar for bar in history if bar.close_ms <= heard_ms and (key, bar.close_ms) not in seat.failed_at]
        return bars[-seat.warm_up :] if seat.warm_up else []

    def _market(self, seat: Seat, now_ms: int) -> Callable[[str, str], MarketState | None]:
        interval_ms = seat.interval_ms
        return lambda venue, symbol: self._watch.state_of((venue, symbol, interval_ms), now_ms)

    def _together(self, seat: Seat) -> Callable[[SymbolKey, SymbolKey], float | None]:
        interval_ms = seat.interval_ms
        return lambda a, b: self._watch.correlation((*a, interval_ms), (*b, interval_ms))


def _words(error: BaseException) -> str:
    """What an exception says; its class may be the strategy's own, and unable to."""
    try:
        return f"{type(error).__name__}: {error}".encode(errors="backslashreplace").decode()
    except CycleInterrupted:
        raise
    except BaseException:  # noqa: BLE001 - what matters is the first one
        return type(error).__name__


def _sensible(seat: Seat, wishes: Iterable[Wish]) -> Outcome:
    wished = list(wishes)
    problem = next((text for text in (nonsense(wish, seat.symbols) for wish in wished) if text), "") or unpaired(wished)
    return Outcome(what=WISH, detail=problem) if problem else Outcome(wished)
