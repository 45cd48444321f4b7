"""The demo market as a pure, endless sequence of commands: same seed, same sequence.

Moving mids, 20 levels a side, a crowd that trades. BTCUSDT, ETHUSDT and BNBUSDT walk at random within bounds; ETHBTC follows from the
first two, so that no triangle is ever worth its fees.
Whole numbers only: prices in units of 1e-8.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgspec

from ..core.amounts import floor_to
from ..core.orders import Side
from ..core.venue_events import E8

LEVELS = 20
"""Levels a side."""
_TRADE_PERCENT = 80
_WAIT_MS = (20, 80)


class Book(msgspec.Struct, frozen=True):
    """Account `market` offers exactly these levels, (price, quantity), best first."""

    symbol: str
    bids: list[tuple[int, int]]
    asks: list[tuple[int, int]]


class Take(msgspec.Struct, frozen=True):
    """Account `crowd` sends a MARKET order."""

    symbol: str
    side: Side
    quantity: int


class DemoStep(msgspec.Struct, frozen=True):
    """Wait so long, then do these in order."""

    wait_ms: int
    commands: list[Book | Take]


class _Shape(msgspec.Struct, frozen=True):
    """How a symbol moves: start and greatest change per step of its mid, distance of levels, quantity step, largest level in steps."""

    mid: int
    walk: int
    gap: int
    step: int
    most_steps: int


_SHAPES: dict[str, _Shape] = {
    "BTCUSDT": _Shape(43_210 * E8, 3 * E8, E8, E8 // 100_000, 150_000),
    "ETHUSDT": _Shape(2_345 * E8, E8 // 5, E8 // 10, E8 // 10_000, 250_000),
    "ETHBTC": _Shape(0, 0, E8 // 100_000, E8 // 10_000, 250_000),
    "BNBUSDT": _Shape(315 * E8, E8 // 20, E8 // 20, E8 // 1_000, 200_000),
}
SYMBOLS = tuple(_SHAPES)


class _Walk:
    """The mids and the quantities that stand at each level. A level keeps its quantity as long as it is in sight."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._mids = {symbol: shape.mid for symbol, shape in _SHAPES.items()}
        self._quantities: dict[tuple[str, int], int] = {}

    def move(self, symbol: str) -> None:
        shape = _SHAPES[symbol]
        if not shape.walk:
            self._mids[symbol] = self._mids["ETHUSDT"] * E8 // self._mids["BTCUSDT"]
            return
        mid = self._mids[symbol] + self._random.randrange(-shape.walk, shape.walk + 1)
        self._mids[symbol] = min(max(mid, shape.mid * 8 // 10), shape.mid * 12 // 10)

    def book(self, symbol: str) -> Book:
        gap = _SHAPES[symbol].gap
        centre = floor_to(self._mids[symbol], gap)
        bids = [centre - gap * number for number in range(LEVELS)]
        asks = [centre + gap * (number + 1) for number in range(LEVELS)]
        before, self._quantities = self._quantities, {key: value for key, value in self._quantities.items() if key[0] != symbol}
        for price in (*bids, *asks):
            known = before.get((symbol, price))
            self._quantities[symbol, price] = known or self._quantity(symbol, _SHAPES[symbol].most_steps)
        return Book(symbol, [(p, self._quantities[symbol, p]) for p in bids], [(p, self._quantities[symbol, p]) for p in asks])

    def take(self, symbol: str) -> Take:
        side: Side = "BUY" if self._random.randrange(2) else "SELL"
        return Take(symbol, side, self._quantity(symbol, _SHAPES[symbol].most_steps // 10))

    def trades(self) -> bool:
        return self._random.randrange(100) < _TRADE_PERCENT

    def wait_ms(self) -> int:
        return self._random.randrange(*_WAIT_MS)

    def _quantity(self, symbol: str, most_steps: int) -> int:
        """At least a fiftieth of the most, so that no order falls below the smallest notional."""
        return self._random.randrange(most_steps // 50, most_steps + 1) * _SHAPES[symbol].step


def demo_steps(seed: int) -> Iterator[DemoStep]:
    """First the books of all symbols at once, then for ever: one symbol after another moves, and four times in five somebody trades."""
    walk = _Walk(Random(seed))  # noqa: S311 - a market, not a secret
    walk.move("ETHBTC")
    yield DemoStep(0, [walk.book(symbol) for symbol in SYMBOLS])
    while True:
        for symbol in SYMBOLS:
            walk.move(symbol)
            commands: list[Book | Take] = [walk.book(symbol)]
            if walk.trades():
                commands.append(walk.take(symbol))
            yield DemoStep(walk.wait_ms(), commands)
