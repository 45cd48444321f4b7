"""Bars for tests: out of closes, out of walks, seeded."""

from __future__ import annotations

import random
from decimal import Decimal

from genesis.core.models import Bar
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
