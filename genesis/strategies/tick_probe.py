"""A strategy for load tests: it answers each public trade of its symbols with one entry. The registry offers it with test hooks only."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.events import MarketTrade
from genesis.core.models import Bar, MarketState, Purpose, Side
from genesis.core.money import ONE, ZERO, parse, text
from genesis.core.settings import StrategyTerms
from genesis.core.state import SymbolKey
from genesis.strategies.base import View, Wish

_KNOWN = ("quantity", "side", "every")


class TickProbe:
    """`quantity` (base) and `side` of its entries; `every` = it answers one trade in so many (1 = all; by trade id)."""

    def __init__(self, terms: StrategyTerms) -> None:
        """Raises ValueError: a parameter that is not known, or that cannot be read."""
        given = terms.parameters
        unknown = [name for name in given if name not in _KNOWN]
        if unknown:
            raise ValueError(f"parameters.{unknown[0]}: expected one of {', '.join(_KNOWN)}, got this one; remove it")
        self._quantity = _quantity(given.get("quantity", ""))
        self._side = _side(given.get("side", "BUY"))
        self._every = _every(given.get("every", "1"))
        self.name = terms.name
        self.priority = terms.priority
        self.capital_share = terms.capital_share
        self.trades_in = frozenset(MarketState)
        self.symbols: tuple[SymbolKey, ...] = tuple((terms.venue, symbol) for symbol in terms.symbols)
        self.interval_ms = terms.interval_ms
        self.warm_up = 0

    def on_bar(self, bar: Bar, view: View) -> list[Wish]:
        return []

    def on_trade(self, trade: MarketTrade, view: View) -> list[Wish]:
        if trade.trade_id % self._every:
            return []
        return [
            Wish(
                venue=trade.venue,
                symbol=trade.symbol,
                side=self._side,
                purpose=Purpose.ENTRY,
                confidence=ONE,
                reason="a public trade",
                inputs={"trade_id": str(trade.trade_id), "price": text(trade.price)},
                quantity=self._quantity,
                beside=True,
            )
        ]


def _quantity(given: str) -> Decimal:
    try:
        quantity = parse(given)
    except ValueError:
        quantity = ZERO
    if quantity <= ZERO:
        raise ValueError(f"parameters.quantity: expected an amount of base above 0 such as 0.2, got {given!r}")
    return quantity


def _side(given: str) -> Side:
    if given not in Side.__members__:
        raise ValueError(f"parameters.side: expected BUY or SELL, got {given!r}")
    return Side(given)


def _every(given: str) -> int:
    if not (given.isascii() and given.isdigit()) or int(given) < 1:
        raise ValueError(f"parameters.every: expected a whole number from 1 on, got {given!r}")
    return int(given)
