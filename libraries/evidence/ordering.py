"""Longest suite first: what the last whole run took, suite by suite, is the order of the next one, so that no long suite begins last.

`<results>/history/durations.json` outlives the runs; pabot gets it as an ordering file. A suite that it does not know comes last.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from robot.api import ExecutionResult
from robot.errors import DataError
from robot.result import TestSuite

DURATIONS = Path("history") / "durations.json"
ORDERING = Path("history") / "ordering.txt"


class Durations(msgspec.Struct, frozen=True):
    """`suites`: what was run; `seconds`: by a suite file's full name."""

    suites: str
    seconds: dict[str, float]


def remember(results: Path, suites: str) -> None:
    """Of the run that lies in `results`; a run without a readable output.xml is not remembered."""
    try:
        result = ExecutionResult(results / "output.xml", include_keywords=False)
    except DataError:
        return  # the completeness check has said so, and that run is red
    seconds: dict[str, float] = {}
    _gather(result.suite, seconds)
    (results / DURATIONS).parent.mkdir(exist_ok=True)
    (results / DURATIONS).write_bytes(msgspec.json.encode(Durations(suites, seconds)))


def _gather(suite: TestSuite, seconds: dict[str, float]) -> None:
    if suite.tests:
        seconds[str(suite.full_name)] = round(suite.elapsed_time.total_seconds(), 1)
    for child in suite.suites:
        _gather(child, seconds)


def ordering(results: Path, suites: str) -> Path | None:
    """Pabot's ordering file for a run of `suites` into `results`; None if no whole run of the same is remembered."""
    try:
        known = msgspec.json.decode((results / DURATIONS).read_bytes(), type=Durations)
    except (FileNotFoundError, msgspec.DecodeError):
        return None  # no run yet, or of an older form: the next one writes it anew
    if known.suites != suites or not known.seconds:
        return None
    longest_first = sorted(known.seconds, key=lambda name: (-known.seconds[name], name))
    (results / ORDERING).write_text("".join(f"--suite {name}\n" for name in longest_first), "utf-8")
    return results / ORDERING
