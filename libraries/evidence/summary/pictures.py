"""A latency histogram as an inline SVG that takes its colours from the page, so that it is read in the dark too. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from libraries.evidence.summary.model import Limit

WIDTH, HEIGHT, BASE = 640, 150, 120
_LEFT, _RIGHT = 8, 632


class Bar(msgspec.Struct, frozen=True):
    """In the picture's units."""

    x: float
    width: float
    height: float
    title: str


class Picture(msgspec.Struct, frozen=True):
    """`limit_x`: where what is required lies; `ticks`: (x, text) of the axis, which is logarithmic."""

    title: str
    bars: list[Bar]
    limit_x: float
    ticks: list[tuple[float, str]]


def pictures(limits: Sequence[Limit]) -> list[Picture]:
    """One for each distribution that was measured, with the strictest of the limits that it is compared with."""
    strictest: dict[str, Limit] = {}
    for limit in sorted(limits, key=lambda one: one.required):
        if limit.histogram:
            strictest.setdefault(limit.source, limit)
    return [_picture(limit) for limit in strictest.values()]


def _picture(limit: Limit) -> Picture:
    edges = [edge for edge, _ in limit.histogram]
    low, high = math.log10(edges[0] / 2**0.5), math.log10(max(edges[-1], limit.required * 1.1))
    most = math.log10(max(number for _, number in limit.histogram) + 1)

    def x(value: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * (math.log10(value) - low) / (high - low), 1)

    bars = [
        Bar(
            x(edge / 2**0.5),
            round(x(edge) - x(edge / 2**0.5) - 1, 1),
            round(100 * math.log10(number + 1) / most, 1),
            f"up to {edge:.3g}: {number:,}",
        )
        for edge, number in limit.histogram
        if number
    ]
    ticks = [(x(10.0**power), f"{10.0**power:g}") for power in range(math.ceil(low), math.floor(high) + 1)]
    title = f"{limit.id} {limit.what}: how many took how long ({limit.unit}, both axes logarithmic); the line is what is required"
    return Picture(title, bars, x(limit.required), ticks)
