"""The rows of `inv bench`: what is required, what is aimed at, what was reached, by which factor."""

from __future__ import annotations

import sys

import msgspec


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One measured figure. `key` names it over all runs; `reached` None = not measured, and `note` says why; `more`: more is better."""

    key: str
    what: str
    unit: str
    reached: float | None = None
    required: float | None = None
    goal: float | None = None
    more: bool = True
    note: str = ""
    wrong: bool = False
    """Something did not add up: not a slow figure, none at all."""

    def factor(self, limit: float | None) -> float | None:
        """How many times better than `limit` it is; below 1 it is missed. None = there is nothing to compare."""
        if limit is None or self.reached is None:
            return None
        best, least = (self.reached, limit) if self.more else (limit, self.reached)
        return best / least if least else float("inf")

    @property
    def fails(self) -> bool:
        """What is required was measured and missed, or something did not add up."""
        factor = self.factor(self.required)
        return self.wrong or (factor is not None and factor < 1)


def rendered(lines: list[Line], before: dict[str, float]) -> str:
    """The table in Markdown. `before`: what was reached by the last run, by key."""
    rows = [
        "| what | unit | required | goal | reached | times required | times goal | last run | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for line in lines:
        cells = [line.what, line.unit, _limit(line, line.required), _limit(line, line.goal), _number(line.reached)]
        cells += [_times(line.factor(line.required)), _times(line.factor(line.goal)), _number(before.get(line.key)), _remark(line)]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _limit(line: Line, limit: float | None) -> str:
    return "" if limit is None else f"{'>=' if line.more else '<='} {_number(limit)}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _times(factor: float | None) -> str:
    return "" if factor is None else f"{factor:.3g} x"


def _remark(line: Line) -> str:
    missed = "WRONG" if line.wrong else "MISSED" if line.fails else "goal missed" if (line.factor(line.goal) or 1) < 1 else ""
    return "; ".join(part for part in (missed, line.note) if part)


def progress(text: str) -> None:
    """What is measured now: a run takes half an hour."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
