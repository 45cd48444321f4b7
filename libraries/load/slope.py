"""Does it leak? A straight line through samples, and a verdict that noise does not turn. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec


class Slope(msgspec.Struct, frozen=True, kw_only=True):
    """`per_minute` in the unit of the samples; `grown` over all of the time by that line; `first`, `last` as measured."""

    per_minute: float
    grown: float
    first: float
    last: float
    seconds: float
    samples: int

    def leaks(self, *, most_per_minute: float, least_grown: float) -> bool:
        """Whether it grows faster than allowed, and by more than what is noise."""
        return self.per_minute > most_per_minute and self.grown > least_grown


MOST_USED = 400
"""Of so many samples, evenly chosen, every pair is looked at."""


def slope(samples: Sequence[tuple[float, float]]) -> Slope:
    """The line of `(seconds, value)` by Theil and Sen: the median of the slopes of all pairs, so that a few outliers do not turn it.

    Raises:
        ValueError: fewer than three samples, or all of one moment.
    """
    if len(samples) < 3 or samples[0][0] == samples[-1][0]:
        raise ValueError(f"samples: expected three or more of different moments, got {len(samples)}; measure for longer")
    stride = -(-len(samples) // MOST_USED)
    used = samples[::stride]
    pairs = [(b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(used) for b in used[i + 1 :] if b[0] > a[0]]
    per_second = median(pairs)
    seconds = samples[-1][0] - samples[0][0]
    return Slope(
        per_minute=per_second * 60,
        grown=per_second * seconds,
        first=samples[0][1],
        last=samples[-1][1],
        seconds=seconds,
        samples=len(samples),
    )


def after_warm_up(samples: Sequence[tuple[float, float]], share: float = 0.25) -> list[tuple[float, float]]:
    """The samples without the first part of the time: caches fill, allocators settle."""
    if not samples:
        return []
    begin = samples[0][0] + (samples[-1][0] - samples[0][0]) * share
    return [sample for sample in samples if sample[0] >= begin]
