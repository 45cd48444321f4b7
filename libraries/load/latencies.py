"""Latencies as a histogram of three significant digits (HdrHistogram). Microseconds inside, milliseconds outside."""

from __future__ import annotations

from collections.abc import Iterable

from hdrh.histogram import HdrHistogram

LONGEST_US = 3_600_000_000
PERCENTILES = (50.0, 90.0, 99.0, 99.9, 100.0)
_FIRST_EDGE_US = 10.0
NAMES = ("p50", "p90", "p99", "p99.9", "max")


class Latencies:
    """Counts, never a list: an hour at any rate takes the same memory."""

    def __init__(self) -> None:
        self._histogram = HdrHistogram(1, LONGEST_US, 3)

    @classmethod
    def of_ns(cls, values: Iterable[int]) -> Latencies:
        """Of durations in nanoseconds; one below 0 is a defect of the caller's clocks."""
        made = cls()
        for value in values:
            made.add_ns(value)
        return made

    def add_ns(self, value: int) -> None:
        assert value >= 0, f"a latency below 0: {value} ns; were both times taken on one monotonic clock?"
        self._histogram.record_value(min(max(value // 1_000, 1), LONGEST_US))

    @property
    def count(self) -> int:
        return int(self._histogram.total_count)

    def percentile_ms(self, percentile: float) -> float:
        """Milliseconds; 0.0 of nothing."""
        return float(self._histogram.get_value_at_percentile(percentile)) / 1_000 if self.count else 0.0

    @property
    def p50_ms(self) -> float:
        return self.percentile_ms(50.0)

    @property
    def p99_ms(self) -> float:
        return self.percentile_ms(99.0)

    def figures(self) -> dict[str, float]:
        """Milliseconds by name: p50, p90, p99, p99.9, max."""
        return {name: round(self.percentile_ms(percentile), 3) for name, percentile in zip(NAMES, PERCENTILES, strict=True)}

    def text(self) -> str:
        """One line for a message."""
        return ", ".join(f"{name} {value:g} ms" for name, value in self.figures().items())

    def buckets(self) -> list[tuple[float, int]]:
        """(upper edge in ms, how many) of edges that grow by the square root of two, empty ones between included: for a picture."""
        counted: list[tuple[float, int]] = []
        edge, number = _FIRST_EDGE_US, 0
        for step in self._histogram.get_recorded_iterator():
            while step.value_iterated_to > edge:
                if number or counted:
                    counted.append((edge / 1_000, number))
                edge, number = edge * 2**0.5, 0
            number += step.count_added_in_this_iter_step
        return [*counted, (edge / 1_000, number)] if number else counted
