"""The generator: laws and a seed become an endless sequence of steps. Pure; same laws and seed, same steps.

Per symbol and tick: the mid moves, account `market` offers a ladder around it, and the trades of that tick are dealt out over its
milliseconds. Symbols are merged by time; each draws from streams of numbers of its own, so that a further symbol changes no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from heapq import heappop, heappush, merge

from ..core.amounts import floor_to
from ..core.orders import Side
from ..core.venue_events import E8
from .chance import LAWS, Poisson, stream
from .laws import Laws, SymbolLaw
from .mids import ONE, path_of
from .regimes import Regime
from .steps import Book, Levels, Step, Take


class Generator:
    """All symbols of a market."""

    def __init__(self, laws: Laws, seed: int) -> None:
        self._laws = laws
        self._symbols = {name: _Symbol(laws, name, seed) for name in sorted(laws.symbols)}

    @property
    def laws(self) -> Laws:
        return self._laws

    def steps(self) -> Iterator[Step]:
        """First the books of all symbols at once, then for ever by time."""
        yield Step(0, tuple(symbol.book() for symbol in self._symbols.values()))
        yield from merge(*(symbol.steps() for symbol in self._symbols.values()), key=lambda step: step.at_ms)

    def impose(self, symbol: str, regime: Regime, now_ms: int) -> int:
        """Move `symbol` by `regime` from the next tick on that no path has computed yet; that tick's time in ms.

        Raises:
            ValueError: the symbol follows others by construction.
        """
        law = self._laws.symbols[symbol]
        if law.cross is not None:
            raise ValueError(f"{symbol} is the quotient of {law.cross.numerator} and {law.cross.denominator}; move one of them")
        if law.tie is not None and law.tie.cointegrated:
            raise ValueError(f"{symbol} is cointegrated with {law.tie.leader}; move {law.tie.leader}")
        tick = now_ms // self._laws.tick_ms + 2
        for each in self._symbols.values():
            each.path.impose(symbol, regime, tick)
        return tick * self._laws.tick_ms


class _Symbol:
    """One symbol: its ladder and its trades."""

    def __init__(self, laws: Laws, name: str, seed: int) -> None:
        self._law = laws.symbols[name]
        self._tick_ms = laws.tick_ms
        self._phase = stream(seed, name, "phase").randrange(laws.tick_ms)
        self.path = path_of(laws, name, seed)
        self._mid = self.path.next() // ONE
        self._ladder = _Ladder(self._law, seed)
        self._arrivals = _Arrivals(self._law, laws.tick_ms, seed)

    def book(self) -> Book:
        return self._ladder.around(self._mid)

    def steps(self) -> Iterator[Step]:
        begins = self._phase
        while True:
            for at_ms in self._arrivals.until(begins + self._tick_ms):
                yield Step(at_ms, (self._take(),))
            begins += self._tick_ms
            self._mid = self.path.next() // ONE
            yield Step(begins, (self.book(),))

    def _take(self) -> Take:
        return self._arrivals.take(self._mid)


class _Ladder:
    """What `market` offers around a mid. A level keeps its quantity as long as it is in sight."""

    def __init__(self, law: SymbolLaw, seed: int) -> None:
        self._law = law
        self._random = stream(seed, law.spec.symbol, "sizes")
        self._sizes: dict[int, int] = {}
        spec = law.spec
        self._lowest = max(spec.min_price, spec.tick_size, 1) + law.gap * law.levels
        self._highest = (spec.max_price or 10**18) - law.gap * (law.levels + law.spread)

    def around(self, mid: int) -> Book:
        law = self._law
        mid = min(max(mid, self._lowest), self._highest)
        best = floor_to(mid - law.gap * (law.spread - 1) // 2, law.gap)
        bids = [best - law.gap * number for number in range(law.levels)]
        asks = [best + law.gap * (law.spread + number) for number in range(law.levels)]
        known = self._sizes
        # Drawn in the order of prices, so that a size does not depend on how far the mid jumped.
        self._sizes = {price: known.get(price) or self._draw() for price in (*reversed(bids), *asks)}
        return Book(law.spec.symbol, self._levels(bids), self._levels(asks))

    def _levels(self, prices: list[int]) -> Levels:
        if not self._law.depth_growth:
            return [(price, self._sizes[price]) for price in prices]
        return [(price, self._grown(self._sizes[price], number)) for number, price in enumerate(prices)]

    def _grown(self, size: int, number: int) -> int:
        spec = self._law.spec
        grown = floor_to(size * (E8 + self._law.depth_growth * number) // E8, spec.step_size)
        return min(grown, spec.max_qty) if spec.max_qty else grown

    def _draw(self) -> int:
        step = self._law.spec.step_size or 1
        least, most = self._law.size
        return LAWS[self._law.size_law](self._random, least // step, most // step) * step


class _Arrivals:
    """When somebody trades, and how much: Poisson arrivals, each followed by others of its cluster."""

    def __init__(self, law: SymbolLaw, tick_ms: int, seed: int) -> None:
        self._law = law
        self._tick_ms = tick_ms
        self._random = stream(seed, law.spec.symbol, "trades")
        alone = Decimal(E8 - law.clustering) / E8
        self._poisson = Poisson(law.trades_per_second * alone * tick_ms / 1000)
        self._waiting: list[int] = []

    def until(self, end_ms: int) -> Iterator[int]:
        """The times of the trades of the tick that ends then, in order."""
        random = self._random
        for _ in range(self._poisson.draw(random)):
            heappush(self._waiting, end_ms - self._tick_ms + random.randrange(self._tick_ms))
        while self._waiting and self._waiting[0] < end_ms:
            at_ms = heappop(self._waiting)
            if random.randrange(E8) < self._law.clustering:
                heappush(self._waiting, at_ms + 1 + random.randrange(self._law.cluster_within_ms))
            yield at_ms

    def take(self, mid: int) -> Take:
        law, random = self._law, self._random
        side: Side = "BUY" if random.randrange(E8) < law.buy_share else "SELL"
        step = law.spec.step_size or 1
        least, most = law.trade_size
        quantity = LAWS[law.trade_law](random, least // step, most // step) * step
        return Take(law.spec.symbol, side, max(quantity, self._worth_enough(mid)))

    def _worth_enough(self, mid: int) -> int:
        """The smallest quantity that NOTIONAL lets through, with a tenth to spare for a price that moved."""
        spec = self._law.spec
        step = spec.step_size or 1
        return -(-spec.min_notional * E8 * 11 // (max(mid, 1) * 10) // step) * step
