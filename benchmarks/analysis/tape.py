"""Ten pairs that trade: bars of the past to warm up on, then public trades and books, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from genesis.core.models import Bar, SymbolRules, TopOfBook
from genesis.core.order_book import Level

VENUE = "binance"
BASES = ("BTC", "ETH", "BNB", "SOL", "XRP", "ADA")
SYMBOLS = (*(f"{base}USDT" for base in BASES), "ETHBTC", "BNBBTC", "SOLBTC", "BNBETH")
"""Six against the dollar and four crosses: there are triangles among them."""
INTERVAL_MS = 1_000
LEVELS = 20
START_MS = 1_700_000_000_000
_CENT = Decimal("0.01")
_MICRO = Decimal("0.000001")
_LOT = Decimal("0.001")


class Trade(msgspec.Struct, frozen=True):
    symbol: str
    price: Decimal
    quantity: Decimal
    time_ms: int


class Book(msgspec.Struct, frozen=True):
    """Levels, best first, and the top of them."""

    bids: list[Level]
    asks: list[Level]
    top: TopOfBook


class Tape:
    """Prices are random walks around a common one, so that pairs go together."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a repeatable market, no secret
        self._common = 1.0
        self._own = dict.fromkeys(BASES, 1.0)

    def past(self, bars: int) -> Iterator[Bar]:
        """`bars` bars of each pair, in order of their close; they end where the trades begin."""
        for index in range(-bars, 0):
            for symbol in SYMBOLS:
                yield self._bar(symbol, START_MS + index * INTERVAL_MS)

    def trades(self, count: int, per_second: int) -> Iterator[Trade]:
        """Public trades, evenly spaced, the pairs in turn."""
        for number in range(count):
            symbol = SYMBOLS[number % len(SYMBOLS)]
            quantity = Decimal(self._chance.randrange(1, 5_000)) * _LOT
            yield Trade(symbol, self._price(symbol), quantity, START_MS + number * 1_000 // per_second)

    def books(self, count: int) -> Iterator[Book]:
        """Books of the pairs in turn."""
        for number in range(count):
            yield self._book(SYMBOLS[number % len(SYMBOLS)], number)

    def _price(self, symbol: str) -> Decimal:
        """A cross is worth what its two assets are, so that there is an arbitrage now and then and not always."""
        base, quote = assets(symbol)
        if quote != "USDT":
            return Decimal(f"{self._dollars(base) / self._dollars(quote):.6f}")
        self._common *= 1 + self._chance.gauss(0, 0.0004)
        self._own[base] *= 1 + self._chance.gauss(0, 0.0002) - 0.02 * (self._own[base] - 1)
        return Decimal(f"{self._dollars(base):.2f}")

    def _dollars(self, base: str) -> float:
        return 500.0 * (BASES.index(base) + 1) * self._common * self._own[base]

    def _bar(self, symbol: str, open_ms: int) -> Bar:
        prices = [self._price(symbol) for _ in range(4)]
        return Bar(
            venue=VENUE,
            symbol=symbol,
            open_ms=open_ms,
            close_ms=open_ms + INTERVAL_MS - 1,
            open=prices[0],
            high=max(prices),
            low=min(prices),
            close=prices[-1],
            volume=Decimal(self._chance.randrange(1, 5_000)) * _LOT,
            trades=4,
        )

    def _book(self, symbol: str, number: int) -> Book:
        middle = self._price(symbol)
        tick = _CENT if assets(symbol)[1] == "USDT" else _MICRO
        bids, asks = self._levels(middle, -tick), self._levels(middle, tick)
        top = TopOfBook(
            venue=VENUE,
            symbol=symbol,
            bid=bids[0][0],
            bid_quantity=bids[0][1],
            ask=asks[0][0],
            ask_quantity=asks[0][1],
            update_id=number,
            received_ns=0,
        )
        return Book(bids, asks, top)

    def _levels(self, middle: Decimal, step: Decimal) -> list[Level]:
        return [(middle + number * step, Decimal(self._chance.randrange(1, 5_000)) * _LOT) for number in range(1, LEVELS + 1)]


def assets(symbol: str) -> tuple[str, str]:
    """(base, quote)."""
    quote = next(quote for quote in ("USDT", "BTC", "ETH") if symbol.endswith(quote))
    return symbol.removesuffix(quote), quote


def rules(symbol: str) -> SymbolRules:
    base, quote = assets(symbol)
    limits = {"tick_size": _MICRO, "min_price": _MICRO, "max_price": Decimal(10**6), "step_size": _LOT, "min_qty": _LOT}
    return SymbolRules(
        venue=VENUE,
        symbol=symbol,
        base=base,
        quote=quote,
        status="TRADING",
        max_qty=Decimal(10**4),
        min_notional=Decimal(5),
        **limits,
    )
