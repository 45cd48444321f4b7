"""The tape: public trades in order of time, from dumps or a generator. A bar becomes the few trades that give exactly it again."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from genesis.core.models import Bar
from genesis.core.money import EIGHT_PLACES, ZERO, floor_to


class Print(msgspec.Struct, frozen=True):
    """One public trade. `price` in quote per base, `quantity` in base."""

    at_ms: int
    venue: str
    symbol: str
    price: Decimal
    quantity: Decimal


def prints_of_bar(bar: Bar, first_after_ms: int) -> list[Print]:
    """The trades of a bar: open, low, high, close of one that rises (close >= open), open, high, low, close of one that falls.

    The first one comes `first_after_ms` after the bar's begin, at most a quarter of its length, so that an order decided on
    the bar before meets this bar's open; the last one at its last millisecond; a bar without volume is silence.
    """
    if bar.volume == ZERO:
        return []
    middle = (bar.low, bar.high) if bar.close >= bar.open else (bar.high, bar.low)
    prices = (bar.open, *middle, bar.close)
    length = bar.close_ms - bar.open_ms
    first = min(first_after_ms, length // 4)
    times = [bar.open_ms + first + (length - first) * number // 3 for number in range(4)]
    each = floor_to(bar.volume / 4, EIGHT_PLACES)
    sizes = (each, each, each, bar.volume - 3 * each)
    return [Print(at_ms, bar.venue, bar.symbol, price, size) for at_ms, price, size in zip(times, prices, sizes, strict=True)]


def merged(tapes: Iterable[Iterator[Print]]) -> Iterator[Print]:
    """All tapes as one, by time; at the same time in the order of the tapes."""
    return heapq.merge(*tapes, key=lambda each: each.at_ms)
