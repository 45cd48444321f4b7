"""What the account is worth and what trading has made of it, kept as balances and books change: the same number as adding all of it up
anew."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from genesis.core.models import TopOfBook
from genesis.core.money import ONE, ZERO, truncate8
from genesis.core.settings import EngineSettings
from genesis.core.state import AssetKey, State, SymbolKey

NS_PER_MS = 1_000_000


def held(state: State, key: AssetKey) -> Decimal:
    """All that the account holds of an asset."""
    return state.balances[key].total


def made(state: State, key: AssetKey) -> Decimal:
    """What trading has made of an asset: the distance from its inventory target, less what was there or came in otherwise (R3, R22)."""
    balance = state.balances[key]
    return balance.total - balance.target - state.deposited.get("/".join(key), ZERO)


class Worth:
    """Total of an amount of every asset at the mid of its quote-asset book. An asset without a watched quote-asset symbol counts 0: it
    must not raise limits that nothing can verify."""

    def __init__(self, settings: EngineSettings, state: State, amount: Callable[[State, AssetKey], Decimal] = held) -> None:
        self._state = state
        self._amount = amount
        self._quote_asset = settings.quote_asset
        self._stale_ns = settings.timing.book_stale_ms * NS_PER_MS
        self._watched = {terms.name: terms.symbols for terms in settings.venues}
        self._symbols: dict[AssetKey, str] = {}  # by whose book an asset is valued
        self._assets: dict[SymbolKey, AssetKey] = {}
        self._middles: dict[SymbolKey, Decimal] = {}  # of every book, as it was last
        self._seen_ns: dict[SymbolKey, int] = {}  # when; a book that is lost is not in it
        self._ages: dict[SymbolKey, int] = {}  # the same of the books that are needed, the oldest first
        self._missing: dict[SymbolKey, None] = {}  # books that are needed and lost, or were never there
        self._values: dict[AssetKey, Decimal] = {}
        self._covered: dict[str, str] = {}  # venue that is out -> whose books value what is there
        self._total = ZERO
        self._shown: Decimal | None = None  # the total as it is told, until it changes
        self.learn()

    def learn(self) -> None:
        """The rules of symbols were read: which book values which asset."""
        self._symbols = {}
        for venue, symbols in self._watched.items():
            for symbol in symbols:
                rules = self._state.rules.get((venue, symbol))
                if rules is not None and rules.quote == self._quote_asset:
                    self._symbols.setdefault((venue, rules.base), symbol)
        self._assets = {(venue, symbol): (venue, asset) for (venue, asset), symbol in self._symbols.items()}
        self._values, self._total, self._shown, self._ages, self._missing = {}, ZERO, None, {}, {}
        for key in self._state.balances:
            self.hold(key)

    def symbol_of(self, venue: str, asset: str) -> str | None:
        """The watched symbol that prices `asset` in the quote asset."""
        return self._symbols.get((venue, asset))

    def middle(self, key: SymbolKey) -> Decimal:
        """The last middle of a book, however old; before the first one the price of the last own fill, else 0."""
        known = self._middles.get(key)
        return known if known is not None else self._state.last_fill_price.get(key, ZERO)

    def total(self, now_ns: int) -> Decimal | None:
        """In the quote asset, truncated to 8 places; None while a needed book is not fresh (R25)."""
        if self._covered:
            return self._anew(now_ns)
        if self._missing:
            return None
        oldest = next(iter(self._ages.values()), None)
        if oldest is not None and now_ns - oldest > self._stale_ns:
            return None
        if self._shown is None:
            self._shown = truncate8(self._total)
        return self._shown

    def cover(self, venue: str, by: str) -> None:
        """`venue` is out: what is there is valued by the books of `by`; "" = by its own again."""
        if by:
            self._covered[venue] = by
        else:
            self._covered.pop(venue, None)

    def book_of(self, venue: str, asset: str) -> SymbolKey | None:
        """The book that prices `asset` of `venue` in the quote asset now; None = none is watched."""
        by = self._covered.get(venue, venue)
        symbol = self._symbols.get((by, asset))
        return (by, symbol) if symbol is not None else None

    def _anew(self, now_ns: int) -> Decimal | None:
        """As `total`, while a venue is out: all of it added up."""
        total = ZERO
        for venue, asset in self._values:
            amount = self._amount(self._state, (venue, asset))
            if amount == ZERO or venue not in self._watched:
                continue
            if asset == self._quote_asset:
                total += amount
                continue
            book = self.book_of(venue, asset)
            if book is not None:
                seen_ns = self._seen_ns.get(book)
                if seen_ns is None or now_ns - seen_ns > self._stale_ns:
                    return None
                total += amount * self._middles[book]
        return truncate8(total)

    def see(self, top: TopOfBook) -> bool:
        """A book has changed; whether its middle did."""
        key, middle = (top.venue, top.symbol), top.mid
        self._seen_ns[key] = top.received_ns
        moved = self._middles.get(key) != middle
        self._middles[key] = middle
        if key in self._ages or key in self._missing:
            self._missing.pop(key, None)
            self._ages.pop(key, None)
            self._append(key)
            if moved:
                self._value(self._assets[key])
        return moved

    def lose(self, key: SymbolKey) -> None:
        """A book is gone until it is whole again."""
        self._seen_ns.pop(key, None)
        if self._ages.pop(key, None) is not None:
            self._missing[key] = None

    def hold(self, key: AssetKey) -> None:
        """The amount of an asset has changed."""
        symbol = self._symbols.get(key)
        book = (key[0], symbol) if symbol is not None else None
        needed = self._amount(self._state, key) != ZERO
        if book is not None and not needed:
            self._ages.pop(book, None)
            self._missing.pop(book, None)
        elif book is not None and book not in self._ages and book not in self._missing:
            if book in self._seen_ns:
                self._append(book)
            else:
                self._missing[book] = None
        self._value(key)

    def _append(self, key: SymbolKey) -> None:
        """Put a book behind the others; one that is older than the last of them to its place."""
        last = next(reversed(self._ages.values()), 0)
        self._ages[key] = self._seen_ns[key]
        if self._seen_ns[key] < last:
            self._ages = dict(sorted(self._ages.items(), key=lambda item: item[1]))

    def _value(self, key: AssetKey) -> None:
        after = self._amount(self._state, key) * self._price(key)
        self._total += after - self._values.get(key, ZERO)
        self._shown = None
        self._values[key] = after

    def _price(self, key: AssetKey) -> Decimal:
        if key[1] == self._quote_asset:
            return ONE if key[0] in self._watched else ZERO
        symbol = self._symbols.get(key)
        return self._middles.get((key[0], symbol), ZERO) if symbol is not None else ZERO
