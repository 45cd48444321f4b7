"""A stage with two venues that trade the same: the first, and its reserve, which takes over after two seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from genesis.core.commands import FetchBars, PlaceOrder
from genesis.core.events import BarsFailed, BarsFetched, ConnectionChanged, MarketTrade
from genesis.core.models import Order, Side
from genesis.core.settings import EngineSettings, FailoverSettings, StrategyTerms, VenueTerms
from genesis.core.state import State
from tests.builders import VENUE, Amount, d, rules
from tests.engine_pure.strategy_kit import BTC, ETH, SECOND, Stage, with_probes

RESERVE = "second"
FIRST_OUT = frozenset({VENUE})
LISTED = (BTC, ETH, rules(venue=RESERVE), rules("ETHUSDT", "ETH", venue=RESERVE))


def rerouted(*terms: StrategyTerms, at_reserve: tuple[str, ...] = ("BTCUSDT", "ETHUSDT"), **changes: Any) -> EngineSettings:
    """Settings of two venues, the second the reserve of the first, and these strategies at the first."""
    targets = {"BTC": d(100), "ETH": d(100)}
    first = VenueTerms(name=VENUE, symbols=("BTCUSDT", "ETHUSDT"), targets=targets)
    reserve = VenueTerms(name=RESERVE, symbols=at_reserve, targets=targets, reserve_for=VENUE)
    made = with_probes(*terms, failover=FailoverSettings(reserve_after_ms=2 * SECOND), **changes)
    return msgspec.structs.replace(made, venues=(first, reserve))


class TwoVenues(Stage):
    """Both venues print and quote the same prices; one that is `dead` prints and answers nothing."""

    def __init__(self, given: EngineSettings, state: State | None = None, at_reserve: Mapping[str, Amount] | None = None) -> None:
        super().__init__(given, state, listed=LISTED)
        if at_reserve is not None:
            self.funds[RESERVE] = {asset: d(amount) for asset, amount in at_reserve.items()}
        self.dead: set[str] = set()

    @property
    def alive(self) -> list[str]:
        return [terms.name for terms in self.settings.venues if terms.name not in self.dead]

    def open(self, *dead: str, **_: Amount) -> TwoVenues:
        """RUNNING with both venues at 100, or without those that are `dead` from the start; strategies are warm."""
        self.dead = set(dead)
        self.boot()
        self._begin({"BTCUSDT": 100, "ETHUSDT": 100})
        return self

    def _begin(self, prices: Mapping[str, Amount]) -> None:
        for venue in self.alive:
            self.connect(venue)
            self.answer_reconcile()
        for symbol, price in prices.items():
            self.quote(symbol, price)
        self.second()
        for _ in range(3):  # the reserve takes over after two seconds
            self.second(**prices)
        self.forget()

    def again(self) -> TwoVenues:
        """kill -9 and a new process on the journal's facts, with the venues that are alive; what is dead stays so."""
        known = self.restart()
        stage = TwoVenues(self.settings, known.state)
        stage.funds, stage.orders, stage.trades = self.funds, self.orders, self.trades
        stage.wall_ms, stage.venue_ms, stage.mono_ns = self.wall_ms, self.venue_ms, self.mono_ns
        stage.all_facts, stage.epoch, stage._trade_id = list(self.all_facts), known.epoch, self._trade_id
        stage.printed, stage.dead = self.printed, self.dead
        stage.boot()
        stage._begin(self.last)
        return stage

    # -- what breaks

    def lose(self, venue: str = VENUE, *, seconds: int = 3, channels: tuple[str, ...] = ("orders", "market")) -> None:
        """A venue cannot be reached; so many seconds pass, in which the other one prints what it printed last. Of one whose market is
        still there only orders are dead."""
        if "market" in channels:
            self.dead.add(venue)
        for channel in channels:
            self.do(ConnectionChanged(venue=venue, channel=channel, connected=False, reason="dead"))
        for _ in range(seconds):
            self.second(**self.last)

    def back(self, venue: str = VENUE) -> None:
        """The venue is there again, read, and its bars are answered."""
        self.dead.discard(venue)
        self.connect(venue)
        self.answer_reconcile()
        for symbol, price in self.last.items():
            self.quote(symbol, price)
        self.second(**self.last)
        self.second(**self.last)

    # -- what the venues say

    def quote(self, symbol: str, price: Amount) -> None:
        self.last[symbol] = price
        for terms in self.settings.venues:
            if terms.name in self.alive and symbol in terms.symbols:
                self.book(d(price) - self.spread, d(price) + self.spread, symbol=symbol, venue=terms.name)

    def trade(self, symbol: str, price: Amount, quantity: Amount = 1, at_ms: int | None = None) -> None:
        self._trade_id += 1
        self.quote(symbol, price)
        at_ms = at_ms if at_ms is not None else self.venue_ms
        self.printed.append((symbol, d(price), d(quantity), at_ms))
        for venue in self.alive:
            self.do(MarketTrade(venue=venue, symbol=symbol, price=d(price), quantity=d(quantity), venue_time_ms=at_ms))
            self.settle()

    def _answer(self, command: FetchBars) -> None:
        of: dict[str, Any] = {"venue": command.venue, "symbol": command.symbol, "interval_ms": command.interval_ms}
        if command.venue in self.dead:
            self.do(BarsFailed(reason="dead", **of))
            return
        bars = tuple(msgspec.structs.replace(bar, venue=command.venue) for bar in self._printed_bars(command))
        self.do(BarsFetched(until_ms=command.until_ms, bars=bars, **of))

    def settle(self) -> None:
        while self._placed < len(self.asked(PlaceOrder)):
            order = self.asked(PlaceOrder)[self._placed].order
            self._placed += 1
            if self.filling and order.venue in self.alive:
                price = d(self.last[order.symbol]) + (self.spread if order.side is Side.BUY else -self.spread)
                self.fill_whole(order, order.price or price)

    # -- what came of it

    def placed(self) -> list[tuple[str, str, str]]:
        """(venue, symbol, side) of the orders of strategies since the last `forget`."""
        known: list[Order] = [command.order for command in self.asked(PlaceOrder)]
        return [(order.venue, order.symbol, str(order.side)) for order in known if order.strategy in self.engine.runtime.seats]

    def held(self, name: str, venue: str, symbol: str = "BTCUSDT") -> bool:
        """Whether a strategy holds something of a symbol at a venue."""
        holding = self.state.holdings.get((name, venue, symbol))
        return holding is not None and holding.quantity != 0
