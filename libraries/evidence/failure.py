"""What failed, first of all: expected, last seen and elapsed as a table, the step that failed, and the way into it."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from libraries.evidence.audit import Verdict
from libraries.evidence.pictures.timeline import TEST, Moment
from libraries.evidence.render import Marked, pre, table
from libraries.evidence.requirements import text_of

_MOST_VIOLATIONS = 12
_PATTERNS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"\AExpected (?P<what>error) '(?P<expected>.*)' but got '(?P<got>.*?)'\.",
        r"(?P<what>[^\n]+?) should (?P<expected>.+?), last seen: (?P<got>.*?) "
        r"\((?P<waited>\d+ tr(?:y|ies) in [\d.]+ s)\)\. Look at: (?P<look>[^\n]*)",
        r"(?P<what>[^\n]+?) (?:should|must) (?P<expected>.+?), (?:got|last seen:|it is|it was) (?P<got>[^\n]*)",
        r"(?P<what>[^\n]+?) should (?P<expected>[^\n]+?), (?P<got>[^\n]+?)\. Look at:? (?P<look>[^\n]*)",
        r"(?P<what>[^\n]*?) died although (?P<expected>no keyword announced it): (?P<got>[^\n]*)",
        r"(?:(?P<what>[^\n]*?)[:,]? )?\bexpected (?P<expected>[^\n]+?),? (?:got|came|it took|found) (?P<got>[^\n]*)",
        r"(?:(?P<what>[^\n:]*): )?(?P<got>[^\n]+) != (?P<expected>[^\n]+)",
    )
)
"""The project's own words first (libraries/common/assertions.py), then those of errors, and BuiltIn's `actual != expected` last."""


@dataclass(frozen=True)
class Reading:
    """A message taken apart; a part that it does not tell is empty."""

    what: str
    expected: str = ""
    got: str = ""
    waited: str = ""
    look: str = ""


def read(message: str) -> Reading:
    """Expected and actual out of a message; if it tells neither, its first line is what failed."""
    first = message.strip().partition("\n")[0]
    for pattern in _PATTERNS:
        if match := pattern.search(message):
            found = {name: (text or "").strip() for name, text in match.groupdict().items()}
            before = "" if match.start() < len(first) or not first else f"{first} "
            return Reading(**found | {"what": before + found["what"]})
    return Reading(first)


@dataclass(frozen=True)
class Step:
    """A keyword that failed."""

    name: str
    args: tuple[str, ...]
    source: Path | None
    line: int
    started: datetime
    message: str
    mono_ns: int

    @property
    def text(self) -> str:
        return "    ".join([self.name, *self.args])

    @property
    def place(self) -> str:
        return f"{self.source.name}:{self.line}" if self.source else ""


class FailedSteps:
    """Keywords of the running test that failed, in the order in which they ended: inner ones before those that called them."""

    def __init__(self) -> None:
        self._steps: deque[Step] = deque(maxlen=200)

    def clear(self) -> None:
        self._steps.clear()

    def add(self, data: Any, result: Any) -> None:
        source = Path(data.source) if getattr(data, "source", None) else None
        args = tuple(str(argument) for argument in result.args)
        line = getattr(data, "lineno", None) or 0
        self._steps.append(Step(result.name, args, source, line, result.start_time, result.message, time.monotonic_ns()))

    def way_to(self, message: str) -> list[Step]:
        """The step of the test whose failure made this message, then the keywords inside of it that failed, outermost first."""
        steps = list(self._steps)
        while steps and not (steps[-1].message and steps[-1].message in message):
            steps.pop()
        way: list[Step] = []
        for step in reversed(steps):
            if not way or step.started >= way[-1].started:
                way.append(step)
        return way


def what_failed(message: str, way: Sequence[Step], problems: Sequence[str], verdict: Verdict, elapsed_s: float) -> str:
    """The first thing that a reader sees. `problems`: what the end of the test found, beside the test's own message."""
    rows = [_row(read(message), _elapsed(elapsed_s))] if message else []
    rows += _violations(verdict)
    rows += [_row(read(problem), "") for problem in problems if not problem.startswith("audit: I")]
    lines = [
        f"step    {step.text}    ({step.place})" if not depth else f"inside  {step.text}    ({step.place})"
        for depth, step in enumerate(way)
    ]
    look = read(message).look
    lines += [f"look at {look}"] if look else []
    return table(("what", "expected", "actual, last seen", "after"), rows) + (pre("\n".join(lines)) if lines else "")


def moment_of(way: Sequence[Step]) -> Iterable[Moment]:
    """Where in the timeline the test failed."""
    return [Moment(way[0].mono_ns, TEST, f"FAILED: {way[0].text}", grave=True)] if way else []


def _elapsed(seconds: float) -> str:
    return f"{seconds:.3f} s from the test's begin"


def _row(found: Reading, after: str) -> Sequence[object]:
    expected, got = _marked(found.expected, found.got)
    return found.what, expected, got, found.waited or after


def _marked(expected: str, got: str) -> tuple[object, object]:
    """Of fields (`have price=1, qty=2`) those that differ are marked; of single values the whole."""
    wanted = dict(re.findall(r"(\w+)=([^,]*)", expected)) if expected.startswith("have ") else {}
    seen = dict(re.findall(r"(\w+)=([^,]*)", got))
    differing = {name for name, value in wanted.items() if name in seen and seen[name] != value}
    if not differing:
        return Marked(expected), Marked(got)
    marks = [[(f"{name}={value}", name in differing) for name, value in side.items() if name in wanted] for side in (wanted, seen)]
    return Marked.of_parts(marks[0]), Marked.of_parts(marks[1])


def _violations(verdict: Verdict) -> list[Sequence[object]]:
    rows: list[Sequence[object]] = [
        (
            f"{identifier} {text_of(identifier)}: {found.get('what')}",
            Marked(str(found.get("expected"))),
            Marked(str(found.get("got"))),
            "the audit",
        )
        for identifier, result in sorted(verdict.invariants.items())
        if any(failure.startswith(f"audit: {identifier} violated") for failure in verdict.failures)  # not those that were announced
        for found in result["violations"]
    ]
    more = len(rows) - _MOST_VIOLATIONS
    return rows if more <= 0 else [*rows[:_MOST_VIOLATIONS], (f"... and {more} more findings", "", "", "")]
