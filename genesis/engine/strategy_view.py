"""What a strategy sees while it decides (`genesis.strategies.base.View`): pure reads of the desk and of the bars."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from genesis.core.models import MarketState, StrategyHolding, TopOfBook
from genesis.core.money import ZERO
from genesis.core.state import SymbolKey
from genesis.engine.desk import Desk
from genesis.engine.pair_holdings import legs_held


class StrategyView:
    """The view of one strategy at one bar. `now_ms` is the venue's time at the end of that bar."""

    def __init__(
        self,
        desk: Desk,
        strategy: str,
        now_ms: int,
        market: Callable[[str, str], MarketState | None],
        together: Callable[[SymbolKey, SymbolKey], float | None],
    ) -> None:
        self._desk = desk
        self._strategy = strategy
        self._now_ms = now_ms
        self._market = market
        self._together = together

    @property
    def now_ms(self) -> int:
        return self._now_ms

    def top(self, venue: str, symbol: str) -> TopOfBook | None:
        return self._desk.fresh_top(venue, symbol)

    def market_state(self, venue: str, symbol: str) -> MarketState | None:
        return self._market(venue, symbol)

    def held(self, venue: str, symbol: str) -> Decimal:
        return sum((part.quantity for part in self._parts(venue, symbol)), ZERO)

    def entry_price(self, venue: str, symbol: str) -> Decimal | None:
        parts = self._parts(venue, symbol)
        quantity = sum((abs(part.quantity) for part in parts), ZERO)
        return sum((part.cost for part in parts), ZERO) / quantity if quantity != ZERO else None

    def entered_ms(self, venue: str, symbol: str) -> int | None:
        return min((part.opened_ms for part in self._parts(venue, symbol)), default=None)

    def correlation(self, a: SymbolKey, b: SymbolKey) -> float | None:
        return self._together(a, b)

    def _parts(self, venue: str, symbol: str) -> list[StrategyHolding]:
        """Its part of the position, and the leg of a pair."""
        own = self._desk.state.holdings.get((self._strategy, venue, symbol))
        legs = [leg for leg in legs_held(self._desk, self._strategy) if (leg.venue, leg.symbol) == (venue, symbol)]
        return [part for part in (own, *legs) if part is not None and part.quantity != ZERO]
