"""Chance on whole numbers: the same seed gives the same numbers on every machine, and no float is ever computed. Pure.

Rounding: divisions cut towards minus infinity (Python's `//`). The normal law is a centred binomial of 1,024 fair bits (its standard
deviation is exactly 16 bits, its values sixteenths of that); Poisson counts come from a table of 64-bit thresholds.
"""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal, localcontext
from random import Random

ONE_SIGMA = 1024
"""`normal` returns multiples of a standard deviation in units of 1/1024."""
_BITS = 1024
_TABLE_BITS = 64


def stream(seed: int, *names: str) -> Random:
    """The numbers of one purpose of one symbol. Streams do not know of each other: a further symbol changes nobody else's numbers."""
    return Random("/".join((str(seed), *names)))  # noqa: S311 - a market, not a secret


def normal(random: Random) -> int:
    """A normally distributed number, mean 0, standard deviation `ONE_SIGMA`."""
    return (random.getrandbits(_BITS).bit_count() - _BITS // 2) * (ONE_SIGMA // 16)


class Poisson:
    """Counts of independent events, `mean` of them on average."""

    def __init__(self, mean: Decimal) -> None:
        with localcontext() as exact:
            exact.prec = 50
            probability = (-mean).exp()
            total, count = probability, 0
            self._thresholds = [int(total.scaleb(0) * 2**_TABLE_BITS)]
            while total < 1 - Decimal(2) ** -_TABLE_BITS and count < 1000:
                count += 1
                probability = probability * mean / count
                total += probability
                self._thresholds.append(int(total * 2**_TABLE_BITS))

    def draw(self, random: Random) -> int:
        return bisect_right(self._thresholds, random.getrandbits(_TABLE_BITS))


def uniform(random: Random, least: int, most: int) -> int:
    """Every whole number from `least` to `most` alike."""
    return random.randrange(least, most + 1)


def pareto(random: Random, least: int, most: int) -> int:
    """A bounded Pareto law of exponent 1: many small ones, few large ones; half of them below twice the least."""
    scale = 1 << 32
    return least * most * scale // (most * scale - random.getrandbits(32) * (most - least))


LAWS = {"uniform": uniform, "pareto": pareto}
