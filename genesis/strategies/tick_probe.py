"""A strategy for load tests: it answers each public trade of its symbols with one entry. The registry offers it with test hooks only."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.events import MarketTrade
from genesis.core.models import Bar, MarketState, Purpose, Side
from genesis.core.money import ONE, ZERO, parse, text
from genesis.core.settings import StrategyTerms
from genesis.core.state import SymbolKey
from genesis.strategies.base import View, Wish

_KNOWN = ("quantity", "side", "up_to")


class TickProbe:
    """`quantity` (base) and `side` of its entries. It answers every public trade, its own fills too (a closed loop), or with `up_to` those
    of so much base at most, less than `quantity` (an open loop)."""

    def __init__(self, terms: StrategyTerms) -> None:
        """Raises ValueError: a parameter that is not known, or that cannot be read."""
        given = terms.parameters
        unknown = [name for name in given if name not in _KNOWN]
        if unknown:
            raise ValueError(f"parameters.{unknown[0]}: expected one of {', '.join(_KNOWN)}, got this one; remove it")
        self._quantity = _amount("quantity", given.get("quantity", ""))
        self._side = _side(given.get("side", "BUY"))
        self._up_to = _amount("up_to", given["up_to"]) if "up_to" in given else None
        if self._up_to is not None and self._up_to >= self._quantity:
            raise ValueError(f"parameters.up_to: expected less than quantity ({text(self._quantity)}), got {text(self._up_to)}")
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
        if self._up_to is not None and trade.quantity > self._up_to:
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


def _amount(name: str, given: str) -> Decimal:
    try:
        amount = parse(given)
    except ValueError:
        amount = ZERO
    if amount <= ZERO:
        raise ValueError(f"parameters.{name}: expected an amount of base above 0 such as 0.2, got {given!r}")
    return amount


def _side(given: str) -> Side:
    if given not in Side.__members__:
        raise ValueError(f"parameters.side: expected BUY or SELL, got {given!r}")
    return Side(given)
