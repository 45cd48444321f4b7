"""Figures that a test measured, as records: one line of `<results>/figures.jsonl` each, for the summary's table of performance."""

from __future__ import annotations

from pathlib import Path

import msgspec

from libraries.world.progress import append_line

FIGURES = "figures.jsonl"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """`name` says what was measured, the same in every run; `required`: the limit that the test asserts (None: it asserts none);
    `more`: more is better; `context`: under which conditions (load, machine)."""

    name: str
    unit: str
    value: float
    required: float | None = None
    more: bool = False
    suite: str = ""
    test: str = ""
    context: str = ""
    histogram: list[tuple[float, int]] = []
    """Upper edges in the figure's unit, how many: of a latency, for a picture."""

    @property
    def factor(self) -> float | None:
        """How many times better than required; below 1 it is missed. None: nothing to compare."""
        return factor(self.value, self.required, more=self.more)


def factor(value: float, limit: float | None, *, more: bool) -> float | None:
    """How many times better than the limit a value is; below 1 it is missed. None = no limit."""
    if limit is None:
        return None
    best, least = (value, limit) if more else (limit, value)
    return best / least if least else float("inf")


def record_figure(results: Path, figure: Figure) -> None:
    append_line(results / FIGURES, msgspec.to_builtins(figure))
