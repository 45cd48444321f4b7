"""A strategy's seat: what the engine knows of one configured strategy in this process."""

from __future__ import annotations

from collections import deque

import msgspec

from genesis.core.models import Bar, MarketState
from genesis.core.settings import StrategyTerms
from genesis.core.state import SymbolKey
from genesis.strategies.base import BarStrategy, TickStrategy


class Seat(msgspec.Struct, kw_only=True):
    """What the strategy says of itself is read once: whatever becomes of the object, the engine's idea of it stays."""

    terms: StrategyTerms
    strategy: BarStrategy
    symbols: tuple[SymbolKey, ...]
    interval_ms: int
    warm_up: int
    trades_in: frozenset[MarketState]
    decides_at_trades: bool = False
    fed: dict[SymbolKey, int] = {}  # closed bars of each symbol since it was made
    heard: dict[SymbolKey, int] = {}  # close of the last bar of each symbol that has been its turn
    unmade: bool = False  # it failed, and is made anew before it gets another bar
    waiting: deque[Bar] = msgspec.field(default_factory=deque)  # bars that it has to catch up with
    failed_at: set[tuple[SymbolKey, int]] = set()  # bars (by their close) that it failed at: this process gives it none twice
    spent_ns: int = 0  # processor time since the last tick

    @classmethod
    def of(cls, terms: StrategyTerms, strategy: BarStrategy) -> Seat:
        """The seat of a strategy that was just made."""
        return cls(
            terms=terms,
            strategy=strategy,
            symbols=tuple(strategy.symbols),
            interval_ms=strategy.interval_ms,
            warm_up=strategy.warm_up,
            trades_in=strategy.trades_in,
            decides_at_trades=isinstance(strategy, TickStrategy),
        )

    @property
    def name(self) -> str:
        return self.terms.name

    @property
    def behind(self) -> bool:
        """Whether it has to be made anew, or to catch up."""
        return self.unmade or bool(self.waiting)

    @property
    def warm(self) -> bool:
        return not self.behind and all(self.fed.get(key, 0) >= self.warm_up for key in self.symbols)

    @property
    def latest_ms(self) -> int:
        """Close of the last bar that has been its turn, of whatever symbol; 0 before the first."""
        return max(self.heard.values(), default=0)

    def hears(self, bar: Bar) -> bool:
        """Whether a bar is one of its own."""
        return self.listens(bar.venue, bar.symbol, bar.close_ms - bar.open_ms + 1)

    def listens(self, venue: str, symbol: str, interval_ms: int) -> bool:
        """Whether it wants the bars of that feed."""
        return (venue, symbol) in self.symbols and interval_ms == self.interval_ms
