"""The runtime of strategies: who gets which bar, in which order, and what happens to those that misbehave.

Bars that close together are given to the strategies by priority, the higher first, and their wishes are decided in that
order: a scarce slot goes to the higher priority.

A strategy that is rerouted (`rerouting`) has a seat at the reserve of its venue, too: made by itself, with the bars of that market. Its
state is one; it is warm, and in a market that it trades in, by the seat that serves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from genesis.core.commands import Alert
from genesis.core.errors import STRATEGY_FAILED
from genesis.core.events import BarsFailed, BarsFetched, MarketTrade
from genesis.core.models import Bar, EngineState, MarketState, StrategyState
from genesis.core.state import SymbolKey
from genesis.engine import pairs, parents, rerouting, strategy_states, wishes
from genesis.engine.bars import NEVER_MS, BarFeed, VenueTime
from genesis.engine.desk import Desk
from genesis.engine.market_watch import FeedKey, MarketWatch
from genesis.engine.orders import cancel
from genesis.engine.seat import Seat
from genesis.engine.strategy_cycles import Cycles, Make
from genesis.engine.strategy_states import LISTENING, WARMING, WISHING, enter, state_of
from genesis.engine.supervision import Supervisor

_ALL_MARKETS = frozenset(MarketState)


class StrategyRuntime:
    """One per engine."""

    def __init__(self, desk: Desk, make: Make, supervisor: Supervisor) -> None:
        self._desk = desk
        seats = [Seat.of(terms, make(terms)) for terms in desk.settings.strategies]
        self.seats: dict[str, Seat] = {seat.name: seat for seat in sorted(seats, key=lambda s: (-s.terms.priority, s.name))}
        self.stand_ins: dict[str, Seat] = {name: Seat.of(terms, make(terms)) for name, terms in desk.stand_ins.items()}
        """The seats of rerouted strategies at the reserve of their venue."""
        self._all: list[Seat] = [seat for name in self.seats for seat in self._seats_of(name)]
        self.feeds: dict[FeedKey, BarFeed] = {}
        markets = desk.settings.market_states
        least = max(markets.smoothing_bars, markets.correlation_bars) + 1
        for seat in self._all:
            for venue, symbol in seat.symbols:
                key = (venue, symbol, seat.interval_ms)
                keep = max([least, *(other.warm_up for other in self._all if other.listens(*key))])
                self.feeds.setdefault(key, BarFeed(*key, keep))
        compared = self._compared(markets.correlation_bars + 2)
        self._feeds_of: dict[SymbolKey, list[BarFeed]] = defaultdict(list)
        for (venue, symbol, _), feed in self.feeds.items():
            self._feeds_of[venue, symbol].append(feed)
        self._at_trades: dict[SymbolKey, list[Seat]] = defaultdict(list)
        for seat in self._all:
            for pair in seat.symbols if seat.decides_at_trades else ():
                self._at_trades[pair].append(seat)
        self.ticks_shed = 0
        """How many trades strategies were not asked about: they had waited too long, or the engine was not RUNNING."""
        self._times = {name: VenueTime() for name in desk.terms}
        self._up: set[str] = set()
        self._quiet_until_ms: dict[str, int] = {}  # venue -> when the next of its feeds has something to close or to ask for
        self._watch = MarketWatch([key for key in self.feeds if key not in compared], markets, compared)
        desk.companions.together = self._together
        self._cycles = Cycles(desk, make, supervisor, self._watch, self.feeds, serves=lambda seat: self.serving(seat.name) is seat)

    def _seats_of(self, name: str) -> list[Seat]:
        """That at the strategy's own venue, and the one at the reserve, if it is rerouted."""
        stand_in = self.stand_ins.get(name)
        return [self.seats[name]] if stand_in is None else [self.seats[name], stand_in]

    def serving(self, name: str) -> Seat:
        """The seat of a strategy whose entries are taken now."""
        stand_in = self.stand_ins.get(name)
        if stand_in is not None and rerouting.serving(self._desk, name) == stand_in.terms.venue:
            return stand_in
        return self.seats[name]

    def _compared(self, keep: int) -> list[FeedKey]:
        """Feeds of the symbols that no strategy looks at, for the correlation of positions (R10); one symbol has nothing to compare."""
        symbols = [(terms.name, symbol) for terms in self._desk.settings.venues for symbol in terms.symbols]
        interval_ms = self._desk.settings.risk.correlation_interval_ms
        missing = [(*symbol, interval_ms) for symbol in symbols if (*symbol, interval_ms) not in self.feeds] if len(symbols) > 1 else []
        self.feeds.update({key: BarFeed(*key, keep) for key in missing})
        return missing

    def _together(self, a: SymbolKey, b: SymbolKey) -> float | None:
        """Correlation of the returns of two symbols (R10)."""
        interval_ms = self._desk.settings.risk.correlation_interval_ms
        return self._watch.correlation((*a, interval_ms), (*b, interval_ms))

    # -- life of the strategies ------------------------------------------------------------------------------------

    def on_booted(self, stuck: Iterable[str]) -> None:
        """Every strategy goes on as it was: those that ran recover, those that were stopped by somebody stay so."""
        for name in stuck:
            if name in self.seats and state_of(self._desk, name) is not StrategyState.ERROR:
                self._give_up(name)
        for name in self.seats:
            state = state_of(self._desk, name)
            if name not in self._desk.state.strategies:
                enter(self._desk, name, StrategyState.STARTING, "switched on")
            elif state in LISTENING and state is not StrategyState.RECOVERING:
                enter(self._desk, name, StrategyState.RECOVERING, "restart")
            elif state is StrategyState.STOPPED and self._desk.state.strategy_reasons.get(name) == strategy_states.SWITCHED_OFF:
                enter(self._desk, name, StrategyState.STARTING, "switched on")

    def _give_up(self, name: str) -> None:
        if StrategyState.ERROR not in strategy_states.TRANSITIONS[state_of(self._desk, name)]:
            return
        enter(self._desk, name, StrategyState.ERROR, "a cycle did not end; the watchdog ended the process")
        self._desk.send(Alert(severity="critical", text=f"{STRATEGY_FAILED}: {name}: a cycle did not end"))

    def operate(self, name: str, after: StrategyState) -> str:
        """START, PAUSE or STOP (as the state that is wanted); why not, or ""."""
        if name not in self.seats:
            return f"strategy: expected one of {', '.join(sorted(self.seats)) or 'none (there are none)'}, got {name!r}"
        before = state_of(self._desk, name)
        if after not in strategy_states.TRANSITIONS[before]:
            return f"strategy {name} is {before}; it cannot become {after}"
        enter(self._desk, name, after, "operator")
        if after is StrategyState.STARTING:
            for seat in self._seats_of(name):
                self._cycles.anew(seat)
        elif after is StrategyState.STOPPING:
            for order in list(self._desk.state.open.by_id.values()):
                if order.strategy == name and not order.purpose.reduces:
                    cancel(self._desk, order, "operator")
        return ""

    def progress(self) -> None:
        """What follows from circumstances: stopping strategies stop, warm ones begin, markets start and stop them (R32)."""
        for name in self.seats:
            seat, state = self.serving(name), state_of(self._desk, name)
            if state not in LISTENING:
                parents.abort_of_strategy(self._desk, name, f"strategy {name} is {state}")
            if state is StrategyState.STOPPING:
                if not any(order.strategy == name and not order.purpose.reduces for order in self._desk.state.open.by_id.values()):
                    enter(self._desk, name, StrategyState.STOPPED, "no entry of it is open")
            elif (state in WARMING and seat.warm) or state in WISHING:
                self._follow_market(seat, state)

    def _follow_market(self, seat: Seat, state: StrategyState) -> None:
        if self._desk.state.engine_state is not EngineState.RUNNING:
            return
        markets = {symbol: self._market(seat, symbol) for symbol in seat.symbols}
        trades = any(self._traded(seat, market) for market in markets.values())
        after = StrategyState.RUNNING if trades else StrategyState.IDLE
        if after is not state:
            said = ", ".join(f"{symbol} {market or 'unknown'}" for (_, symbol), market in markets.items())
            enter(self._desk, seat.name, after, f"market: {said}")

    @staticmethod
    def _traded(seat: Seat, market: MarketState | None) -> bool:
        """Whether a strategy may enter in such a market (R32); one that cannot be told yet is for those who trade in all."""
        return market in seat.trades_in if market is not None else seat.trades_in == _ALL_MARKETS

    def _market(self, seat: Seat, symbol: SymbolKey) -> MarketState | None:
        return self._watch.state_of((*symbol, seat.interval_ms), self._times[symbol[0]].now_ms(self._desk.now))

    # -- time and bars ---------------------------------------------------------------------------------------------

    def on_market(self, venue: str, *, connected: bool) -> None:
        """The market channel of a venue went up or down."""
        (self._up.add if connected else self._up.discard)(venue)
        for feed in self._of(venue):
            if connected and self._times[venue].said_ms:
                feed.connected(self._times[venue].now_ms(self._desk.now))
            else:
                feed.disconnected()

    def hear(self, venue: str, venue_ms: int) -> None:
        """The venue named its time."""
        first = not self._times[venue].said_ms
        self._times[venue].hear(venue_ms, self._desk.now)
        if first and venue in self._up:
            for feed in self._of(venue):
                feed.connected(venue_ms)

    def on_trade(self, event: MarketTrade) -> None:
        """A public trade: of every bar that is over by it the strategies hear before anything else happens."""
        self.hear(event.venue, event.venue_time_ms)
        self._watch.on_trade(event)
        for feed in self._feeds_of.get((event.venue, event.symbol), ()):
            feed.take(event)
        self._close(event.venue)
        self._answer(event)

    def _answer(self, event: MarketTrade) -> None:
        """Ask those who decide at trades. One that has waited too long is shed: more comes than can be handled, and what would be entered
        on it is entered too late; so is one that comes while nothing is entered. Bars are made of it all the same."""
        seats = self._at_trades.get((event.venue, event.symbol))
        if seats is None:
            return
        now_ms = self._times[event.venue].now_ms(self._desk.now)
        closed = self._desk.state.engine_state is not EngineState.RUNNING
        if closed or now_ms - event.venue_time_ms > self._desk.settings.market.tick_shed_ms:
            self.ticks_shed += 1
            return
        for seat in seats:
            if state_of(self._desk, seat.name) in WISHING and seat.warm:
                wished = self._cycles.answer(seat, event, now_ms)
                for number, wish in enumerate(wished, 1):
                    signal_id = rerouting.signal_id(self._desk, seat.name, event.venue, event.symbol, f"t{event.trade_id}-{number}")
                    wishes.carry_out(self._desk, seat.name, wish, signal_id, {})

    def on_fetched(self, event: BarsFetched) -> None:
        feed = self.feeds.get((event.venue, event.symbol, event.interval_ms))
        if feed is not None:
            self._quiet_until_ms.pop(event.venue, None)
            self._deliver(feed.fetched(event.bars, event.until_ms))
            self._close(event.venue)

    def on_failed(self, event: BarsFailed) -> None:
        feed = self.feeds.get((event.venue, event.symbol, event.interval_ms))
        if feed is not None:
            self._quiet_until_ms.pop(event.venue, None)
            feed.failed(self._desk.after_ms(self._desk.settings.runtime.bars_retry_ms))

    def tick(self) -> None:
        """Let strategies catch up, close what is over by the engine's clock, and ask for what is missing."""
        for seat in self._all:
            self._cycles.tick(seat)
        for venue in self._times:
            self._close(venue)

    def _of(self, venue: str) -> list[BarFeed]:
        return [feed for feed in self.feeds.values() if feed.venue == venue]

    def _close(self, venue: str) -> None:
        time = self._times[venue].now_ms(self._desk.now)
        if not time:
            return
        closed_ms = time - self._desk.settings.runtime.bar_grace_ms
        if closed_ms < self._quiet_until_ms.get(venue, 0):
            return  # asked for each public trade: nobody wants all feeds looked at for one that changes nothing
        feeds = [feed for feed in self._of(venue) if feed.quiet_until_ms <= closed_ms]
        bars = [bar for feed in feeds for bar in feed.close(closed_ms)]
        if bars:
            self._deliver(bars)
        for feed in feeds:
            command = feed.wanted(closed_ms, self._desk.now)
            if command is not None:
                self._desk.send(command)
        self._quiet_until_ms[venue] = min((feed.quiet_until_ms for feed in self._of(venue)), default=NEVER_MS)

    def _deliver(self, bars: list[Bar]) -> None:
        """Give bars to the strategies, oldest first; those that end together by priority: the higher one also acts first. A strategy
        that has heard later ones of another symbol already sees all of its bars again, in order."""
        late = [seat for seat in self._all if any(bar.close_ms < seat.latest_ms for bar in filter(seat.hears, bars))]
        for close_ms in sorted({bar.close_ms for bar in bars}):
            together = [bar for bar in bars if bar.close_ms == close_ms]
            for bar in together:
                self._watch.on_bar(bar)
            self._desk.companions.bars += 1
            for seat in self._all:
                for bar in filter(seat.hears, together):
                    self._turn(seat, bar, late)
        for seat in late:
            self._cycles.in_order(seat)
        if bars:
            self.progress()

    def _turn(self, seat: Seat, bar: Bar, late: list[Seat]) -> None:
        seat.heard[bar.venue, bar.symbol] = bar.close_ms
        if seat in late or state_of(self._desk, seat.name) not in LISTENING:
            return
        wished = self._cycles.run(seat, bar)
        if state_of(self._desk, seat.name) in WISHING and seat.warm and self._fresh(bar):
            untraded = {key: market for key in seat.symbols if not self._traded(seat, market := self._market(seat, key))}
            pairs.carry_out(self._desk, seat.name, wished, bar, untraded)

    def _fresh(self, bar: Bar) -> bool:
        """Whether a bar is the last one, or has just ended: what a strategy wishes of an older one comes too late."""
        allowed_ms = max(self._desk.settings.runtime.bar_age_ms, bar.close_ms - bar.open_ms + 1)
        return self._times[bar.venue].now_ms(self._desk.now) - bar.close_ms <= allowed_ms
