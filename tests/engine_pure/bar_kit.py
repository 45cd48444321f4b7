"""Bars for tests: out of closes, out of walks, seeded."""

from __future__ import annotations

import random
from decimal import Decimal

from genesis.core.models import Bar, MarketState, Purpose, Side, TopOfBook
from genesis.strategies.base import BarStrategy, Wish
from genesis.strategies.mandated import Mandate
from tests.builders import START_MS, SYMBOL, VENUE, Amount, d

MINUTE_MS = 60_000
FIRST_MS = START_MS - START_MS % MINUTE_MS


def bar(index: int, close: Amount, *, symbol: str = SYMBOL, interval_ms: int = MINUTE_MS, **changes: Amount) -> Bar:
    """The bar number `index`; flat at `close` with a volume of 1 unless `changes` says otherwise."""
    price = d(close)
    values = {"open": price, "high": price, "low": price, "volume": d(1)} | {
        name: d(amount) for name, amount in changes.items() if name != "trades"
    }
    values["high"] = max(values["high"], values["open"], price)
    values["low"] = min(values["low"], values["open"], price)
    open_ms = FIRST_MS + index * interval_ms
    return Bar(
        venue=VENUE,
        symbol=symbol,
        open_ms=open_ms,
        close_ms=open_ms + interval_ms - 1,
        close=price,
        trades=int(changes.get("trades", 1)),
        **values,
    )


def walk(seed: int, length: int, *, symbol: str = SYMBOL, start: float = 100.0, step: float = 0.01, pull: float = 0.0) -> list[Bar]:
    """A random walk of bars with wicks; `step` = deviation of a bar's return, `pull` = how strongly it is drawn back to its start."""
    chance = random.Random(seed)
    bars, price = [], start
    for index in range(length):
        before = price
        price = max(price * (1 + chance.gauss(0, step)) - pull * (price - start), start / 100)
        high, low = max(before, price) * (1 + abs(chance.gauss(0, step / 3))), min(before, price) * (1 - abs(chance.gauss(0, step / 3)))
        amounts = {"open": cents(before), "high": cents(high), "low": cents(low), "volume": cents(chance.uniform(0.5, 3))}
        bars.append(bar(index, cents(price), symbol=symbol, **amounts))
    return bars


def cents(amount: float) -> Decimal:
    """An amount with two places."""
    return Decimal(f"{amount:.2f}")


def couple(seed: int, length: int, *, ratio: float = 1.5, noise: float = 0.4) -> tuple[list[Bar], list[Bar]]:
    """Bars of ETHUSDT and BTCUSDT that go together: the first is `ratio` of the second, and a spread that always comes back."""
    chance, spread = random.Random(seed), 0.0
    second = walk(seed, length, step=0.004)
    first = []
    for index, one in enumerate(second):
        spread = 0.8 * spread + chance.gauss(0, noise)
        first.append(bar(index, cents(20 + ratio * float(one.close) + spread), symbol="ETHUSDT"))
    return first, second


class Desk:
    """What a strategy may look at, and what it holds: a `View` that fills every wish at once, one unit of each weight."""

    def __init__(self, state: MarketState | None) -> None:
        self.now_ms = FIRST_MS
        self.state = state
        self.quantities: dict[tuple[str, str], Decimal] = {}
        self.prices: dict[tuple[str, str], Decimal] = {}

    def top(self, venue: str, symbol: str) -> TopOfBook | None:
        return None

    def market_state(self, venue: str, symbol: str) -> MarketState | None:
        return self.state

    def held(self, venue: str, symbol: str) -> Decimal:
        return self.quantities.get((venue, symbol), Decimal(0))

    def entry_price(self, venue: str, symbol: str) -> Decimal | None:
        return self.prices.get((venue, symbol)) if self.held(venue, symbol) else None

    def entered_ms(self, venue: str, symbol: str) -> int | None:
        return self.now_ms if self.held(venue, symbol) else None

    def correlation(self, a: tuple[str, str], b: tuple[str, str]) -> float | None:
        return None

    def hold(self, symbol: str, quantity: Amount, price: Amount = 100) -> Desk:
        self.quantities[(VENUE, symbol)], self.prices[(VENUE, symbol)] = d(quantity), d(price)
        return self

    def obey(self, wishes: list[Wish], bars: list[Bar]) -> None:
        for wish in wishes:
            price = next(one.close for one in bars if one.symbol == wish.symbol)
            signed = wish.weight if wish.side is Side.BUY else -wish.weight
            self.hold(wish.symbol, 0 if wish.purpose is Purpose.EXIT else signed, price)


def mandate(*symbols: str) -> Mandate:
    return Mandate(name="under-test", symbols=tuple((VENUE, symbol) for symbol in symbols or (SYMBOL,)), interval_ms=MINUTE_MS)


def last_wishes(strategy: BarStrategy, bars: list[Bar], desk: Desk) -> list[Wish]:
    """What it wishes at the last of these bars; what it wished of those before is dropped."""
    wishes: list[Wish] = []
    for one in bars:
        wishes = strategy.on_bar(one, desk)
    return wishes
