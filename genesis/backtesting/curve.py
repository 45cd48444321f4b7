"""The account's worth over time: marks, samples, drawdown, and the sum that must come out exactly at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from genesis.backtesting.metrics import DrawdownWatch
from genesis.backtesting.venue import SimulatedVenue
from genesis.core.models import SymbolRules
from genesis.core.money import ONE, ZERO
from genesis.core.state import AssetKey


class Curve:
    """Equity in the quote asset: every asset of every account at the middle of its book. Sampled every `sample_ms`."""

    def __init__(self, venues: Mapping[str, SimulatedVenue], rules: Iterable[SymbolRules], quote: str, sample_ms: int) -> None:
        self.samples: list[tuple[int, Decimal]] = []
        self.drawdowns: list[Decimal] = []
        self.watch = DrawdownWatch()
        self.first_prices: dict[AssetKey, Decimal] = {}
        self._venues = venues
        self._symbols: dict[AssetKey, str] = {(each.venue, each.base): each.symbol for each in rules if each.quote == quote}
        self._quote = quote
        self._sample_ms = sample_ms
        self._next_ms: int | None = None
        self._opening = {(name, asset): amount for name, venue in venues.items() for asset, amount in venue.account.totals().items()}

    def price_of(self, venue: str, asset: str) -> Decimal:
        """The middle of the asset's book, 1 for the quote asset, 0 before its first trade and without a symbol of its own."""
        if asset == self._quote:
            return ONE
        symbol = self._symbols.get((venue, asset))
        quote = self._venues[venue].quotes.get(symbol) if symbol is not None else None
        return (quote.bid + quote.ask) / 2 if quote is not None else ZERO

    def equity(self) -> Decimal:
        """What all accounts are worth now."""
        total = ZERO
        for name, venue in self._venues.items():
            for asset, amount in venue.account.totals().items():
                if amount:
                    total += amount * self.price_of(name, asset)
        return total

    def opening_equity(self) -> Decimal:
        """What the opening balances were worth at each asset's first price."""
        return sum((amount * self.first_prices.get(key, ZERO) for key, amount in self._opening.items()), ZERO)

    def see(self, at_ms: int) -> Decimal:
        """Mark the accounts; the drawdown now. Nothing is sampled before every asset of the opening has a price."""
        for key in self._opening:
            if not self.first_prices.get(key):
                self.first_prices[key] = self.price_of(*key)
                if not self.first_prices[key] and key in self._symbols:
                    return ZERO
        equity = self.equity()
        drawdown = self.watch.see(equity)
        if self._next_ms is None:
            self._next_ms = at_ms
        while at_ms >= self._next_ms:
            self._sample(self._next_ms, equity, drawdown)
            self._next_ms += self._sample_ms
        return drawdown

    def end(self, at_ms: int) -> None:
        """The last sample: the accounts as they stand."""
        self._sample(at_ms, self.equity(), self.watch.see(self.equity()))

    def _sample(self, at_ms: int, equity: Decimal, drawdown: Decimal) -> None:
        self.samples.append((at_ms, equity))
        self.drawdowns.append(drawdown)

    def revaluation(self, residuals: Iterable[tuple[AssetKey, Decimal, Decimal]]) -> Decimal:
        """What the opening holdings and the leftovers of trades gained since by price alone."""
        held = [(key, amount, self.first_prices.get(key, ZERO)) for key, amount in self._opening.items()]
        return sum((amount * (self.price_of(*key) - price) for key, amount, price in (*held, *residuals)), ZERO)
