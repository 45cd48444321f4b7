"""The cycles of strategies: one strategy, one closed bar, and what happens to a strategy that misbehaves (L3, decision 19).

An exception or a senseless wish is a health error; so is a cycle over its budget. A strategy that failed is made anew from its
bars: what it held in memory is never more than they give back, and nothing of the others is touched. Too many errors pause it.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from genesis.core.commands import Alert
from genesis.core.errors import STRATEGY_FAILED
from genesis.core.facts import StrategyErred
from genesis.core.models import Bar, MarketState, StrategyState
from genesis.core.settings import StrategyTerms
from genesis.core.state import SymbolKey
from genesis.engine.bars import BarFeed
from genesis.engine.desk import NS_PER_MS, Desk
from genesis.engine.market_watch import FeedKey, MarketWatch
from genesis.engine.strategy_states import LISTENING, enter, state_of
from genesis.engine.strategy_view import StrategyView
from genesis.engine.supervision import Supervisor
from genesis.engine.wishes import nonsense
from genesis.strategies.base import BarStrategy, Wish

Make = Callable[[StrategyTerms], BarStrategy]
EXCEPTION, WISH, BUDGET = "exception", "wish", "budget"
"""What a health error is about."""
_DETAIL = 300


class Seat(msgspec.Struct):
    """One configured strategy in this process. `fed` = closed bars of each symbol since it was made."""

    terms: StrategyTerms
    strategy: BarStrategy
    fed: dict[SymbolKey, int] = {}

    @property
    def name(self) -> str:
        return self.terms.name

    @property
    def warm(self) -> bool:
        return all(self.fed.get(key, 0) >= self.strategy.warm_up for key in self.strategy.symbols)

    def hears(self, bar: Bar) -> bool:
        return (bar.venue, bar.symbol) in self.strategy.symbols and bar.close_ms - bar.open_ms + 1 == self.strategy.interval_ms


class Cycles:
    """Runs strategies, one bar at a time."""

    def __init__(self, desk: Desk, make: Make, supervisor: Supervisor, watch: MarketWatch, feeds: dict[FeedKey, BarFeed]) -> None:
        self._desk = desk
        self._make = make
        self._supervisor = supervisor
        self._watch = watch
        self._feeds = feeds

    def run(self, seat: Seat, bar: Bar) -> list[Wish]:
        """One cycle: what the strategy wishes, or a health error."""
        wished, what, detail = self._call(seat, bar)
        if what:
            self._count(seat, what, detail)
        if what in (EXCEPTION, WISH):
            self.anew(seat)
        return wished

    def anew(self, seat: Seat) -> None:
        """Make the strategy anew and give it the bars that it needs; what it wishes of them, or fails at again, is dropped."""
        seat.strategy, seat.fed = self._make(seat.terms), {}
        bars = [bar for key in seat.strategy.symbols for bar in self._last(seat, key)]
        for bar in sorted(bars, key=lambda bar: (bar.close_ms, bar.symbol)):
            self._call(seat, bar)

    def _call(self, seat: Seat, bar: Bar) -> tuple[list[Wish], str, str]:
        """(wishes, kind of health error or "", its words)."""
        view = StrategyView(self._desk, seat.name, bar.close_ms + 1, self._market(seat, bar.close_ms + 1), self._together(seat))
        self._supervisor.begin(seat.name)
        try:
            wished = list(seat.strategy.on_bar(bar, view))
            problem = next((text for text in (nonsense(wish, seat.strategy.symbols) for wish in wished) if text), "")
        except Exception as error:  # noqa: BLE001 - the caller records it as a health error
            self._supervisor.end()
            return [], EXCEPTION, f"{type(error).__name__}: {error}"
        spent_ms, budget_ms = self._supervisor.end() // NS_PER_MS, self._desk.settings.runtime.cycle_budget_ms
        seat.fed[(bar.venue, bar.symbol)] = seat.fed.get((bar.venue, bar.symbol), 0) + 1
        if problem:
            return [], WISH, problem
        if spent_ms > budget_ms:
            return wished, BUDGET, f"a cycle took {spent_ms} ms of processor time, {budget_ms} ms are allowed"
        return wished, "", ""

    def _count(self, seat: Seat, what: str, detail: str) -> None:
        desk, name = self._desk, seat.name
        errors = desk.state.strategy_errors.get(name, 0) + 1
        desk.record(StrategyErred(strategy=name, what=what, detail=detail[:_DETAIL], errors=errors, correlation_id=name))
        desk.send(Alert(severity="warning", text=f"{STRATEGY_FAILED}: {name}: {what}: {detail[:_DETAIL]}"))
        if errors >= desk.settings.runtime.errors_to_pause and state_of(desk, name) in LISTENING:
            enter(desk, name, StrategyState.PAUSED, f"{errors} health errors")

    def _last(self, seat: Seat, key: SymbolKey) -> list[Bar]:
        history = list(self._feeds[(*key, seat.strategy.interval_ms)].history)
        return history[-seat.strategy.warm_up :] if seat.strategy.warm_up else []

    def _market(self, seat: Seat, now_ms: int) -> Callable[[str, str], MarketState | None]:
        interval_ms = seat.strategy.interval_ms
        return lambda venue, symbol: self._watch.state_of((venue, symbol, interval_ms), now_ms)

    def _together(self, seat: Seat) -> Callable[[SymbolKey, SymbolKey], float | None]:
        interval_ms = seat.strategy.interval_ms
        return lambda a, b: self._watch.correlation((*a, interval_ms), (*b, interval_ms))
