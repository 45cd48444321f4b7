"""Generated bars: the same seed and symbol give the same bars, whatever the machine. Whole ticks and integers only, no float."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from decimal import Decimal

from genesis.backtesting.settings import GeneratorSettings
from genesis.backtesting.tape import Print, prints_of_bar
from genesis.core.models import Bar, SymbolRules
from genesis.core.money import ONE, floor_to, truncate8

_BITS = 256
_STEPS = 4
"""Moves within a bar; its four prices come of them."""
_SMALLEST_TICK = Decimal("0.00000001")


def bars(rules: SymbolRules, settings: GeneratorSettings, seed: int, count: int) -> Iterator[Bar]:
    """`count` bars of one symbol; each draws from a stream of numbers of its own, by seed and symbol."""
    digest = hashlib.sha256(f"{seed}/{rules.venue}/{rules.symbol}".encode()).digest()
    numbers = random.Random(int.from_bytes(digest, "big"))  # noqa: S311 - a market, no secret
    tick = rules.tick_size or _SMALLEST_TICK
    price = max(floor_to(settings.start, tick), tick)
    step_volatility = settings.volatility / 2  # four steps of half the bar's deviation: 4 x (s/2)^2 = s^2
    for number in range(count):
        path = [price]
        for _ in range(_STEPS):
            pull = settings.reversion * (settings.start - path[-1]) / settings.start / _STEPS
            change = settings.drift / _STEPS + pull + step_volatility * _normal(numbers)
            path.append(max(floor_to(max(path[-1] * (ONE + change), tick), tick), tick))
        price = path[-1]
        open_ms = settings.start_ms + number * settings.interval_ms
        yield Bar(
            venue=rules.venue,
            symbol=rules.symbol,
            open_ms=open_ms,
            close_ms=open_ms + settings.interval_ms - 1,
            open=path[0],
            high=max(path),
            low=min(path),
            close=price,
            volume=truncate8(settings.volume * Decimal(numbers.randrange(500, 1_501)) / 1_000),
            trades=4,
        )


def _normal(numbers: random.Random) -> Decimal:
    """A centred binomial of 256 bits over its standard deviation of 8."""
    return Decimal(numbers.getrandbits(_BITS).bit_count() - _BITS // 2) / 8


def generated(rules: SymbolRules, settings: GeneratorSettings, seed: int, count: int, first_after_ms: int) -> Iterator[Print]:
    """The tape of `bars`."""
    for bar in bars(rules, settings, seed, count):
        yield from prints_of_bar(bar, first_after_ms)
