"""What a campaign found, counted."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from libraries.campaign.plan import ELSEWHERE, Round, digest
from libraries.campaign.rounds import Outcome

LOST, PHANTOM, TWICE = "I14", "I15", "I08"


@dataclass(frozen=True)
class Figures:
    """The table, and why the campaign failed (empty = it did not)."""

    rows: dict[str, Any]
    failures: list[str]

    def text(self) -> str:
        width = max(map(len, self.rows))
        return "\n".join(f"{name:<{width}}  {value}" for name, value in self.rows.items())


def count(outcomes: Sequence[Outcome], plan: Sequence[Round], defined: Iterable[str], seed: int) -> Figures:
    """`defined`: every crash point that the engine has. One that was planned and at which nothing happened fails the campaign, and so
    does a row of zeros that nobody has looked for; both are demanded of a whole campaign only."""
    points = set(defined)
    expected = {one.point for one in plan if one.point}
    hit = set().union(*(one.points for one in outcomes)) & points
    recoveries = [seconds for one in outcomes for seconds in one.recovery_s]
    failures = [f"round {one.name}: {failure}" for one in outcomes for failure in one.failures]
    if len(outcomes) == len(plan):
        failures += [f"nothing happened at crash point {point}" for point in sorted(expected - hit)]
        failures += unexamined(outcomes)
    rows = {
        "seed": seed,
        "schedule (sha256)": digest(plan)[:16],
        "rounds": f"{len(outcomes)} of {len(plan)} planned",
        "crash points hit / defined": f"{len(hit)} / {len(points)} ({len(points & ELSEWHERE.keys())} are reached elsewhere)",
        "kills survived": f"{sum(one.kills for one in outcomes if not one.failures)} of {sum(one.kills for one in outcomes)}",
        "freezes / failures raised": f"{sum(one.stops for one in outcomes)} / {sum(one.raises for one in outcomes)}",
        "acknowledged operations": sum(one.acknowledged for one in outcomes),
        "indeterminate": sum(one.unknown for one in outcomes),
        "lost": violations(outcomes, LOST),
        "phantom": violations(outcomes, PHANTOM),
        "duplicate orders at the venue": violations(outcomes, TWICE),
        "start to next accepted order, p50 / max": _times(recoveries),
        "objects that invariants examined": sum(int(str(found["objects"])) for one in outcomes for found in one.invariants.values()),
        "invariants violated": violations(outcomes, None),
    }
    return Figures(rows, failures)


class Audited(Protocol):
    """An outcome, of whichever campaign."""

    @property
    def invariants(self) -> Mapping[str, Mapping[str, Any]]: ...


def violations(outcomes: Iterable[Audited], only: str | None) -> int:
    """How many findings there are: of one invariant, or (None) of all."""
    found = [(name, result) for one in outcomes for name, result in one.invariants.items()]
    return sum(len(result["violations"]) for name, result in found if only in (None, name))


def unexamined(outcomes: Sequence[Audited]) -> list[str]:
    """As sentences: which figure would be 0 because no audit of any round had anything to look at."""
    figures = {LOST: "lost", PHANTOM: "phantom", TWICE: "duplicate orders at the venue"}
    return [
        f"{name} says nothing: {invariant} examined no object in {len(outcomes)} rounds"
        for invariant, name in figures.items()
        if not any(int(one.invariants.get(invariant, {}).get("objects", 0)) for one in outcomes)
    ]


def _times(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} s / {max(seconds):.2f} s ({len(seconds)} recoveries)" if seconds else "none"
