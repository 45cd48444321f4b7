"""output.xml as tests: name, file, ids, status, first line of the message, link into log.html, command that repeats it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from robot.api import ExecutionResult, TestSuite, TestSuiteBuilder
from robot.errors import DataError
from robot.result import TestCase

from libraries.evidence import campaigns
from libraries.evidence.redaction import redact
from libraries.evidence.requirements import requirement_ids
from libraries.evidence.summary.model import Test

_LONGEST_MESSAGE = 300


class SummaryError(Exception):
    """What the summary needs is absent or cannot be read; the text says what was expected, what came and what to do."""


@dataclass(frozen=True)
class RunRead:
    """A run, as output.xml tells it. `started`: ISO time, UTC; `metadata`: of the top suite."""

    tests: list[Test]
    started: str
    seconds: float
    metadata: dict[str, str]


@dataclass(frozen=True)
class Known:
    """A test of the suites as they are now. `campaign`: left out of a run unless it is asked for."""

    source: str
    name: str
    ids: tuple[str, ...]
    campaign: bool

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.name


def read_run(results: Path) -> RunRead:
    """The run in that directory.

    Raises:
        SummaryError: there is no output.xml, or it is none.
    """
    output = results / "output.xml"
    if not output.is_file():
        raise SummaryError(
            f"expected the output.xml of a run in {results}, there is none; run `inv acceptance` first, or name other --results"
        )
    try:
        result = ExecutionResult(output, include_keywords=False)
    except DataError as error:
        raise SummaryError(f"expected {output} to be what robot or rebot wrote, it cannot be read: {error.message}") from None
    suite = result.suite
    return RunRead(
        tests=[_test(test) for test in suite.all_tests],
        started=suite.start_time.astimezone(UTC).isoformat(timespec="milliseconds") if suite.start_time else "",
        seconds=suite.elapsed_time.total_seconds(),
        metadata={str(name): str(value) for name, value in suite.metadata.items()},
    )


def _test(test: TestCase) -> Test:
    suite = test.parent
    return Test(
        name=test.name,
        suite=suite.full_name,
        source=from_suites(suite.source),
        status=test.status,
        ids=tuple(requirement_ids(test.tags)),
        message=first_line(test.message),
        seconds=round(test.elapsed_time.total_seconds(), 3),
        link=f"log.html#{test.id}",
        repeat=shlex.join(["robot", "--test", test.name, *campaigns.options(test.tags), from_root(suite.source)]),
    )


def first_line(message: str) -> str:
    """The first line that says something, without secrets, not endless."""
    text = next((line.strip() for line in redact(message).removeprefix("*HTML*").splitlines() if line.strip()), "")
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 3] + "..."


def from_root(source: Path | None) -> str:
    """A suite file as a command names it: from the checkout's root, wherever that was when the run was made."""
    return from_suites(source) or "suites"


def from_suites(source: Path | None) -> str:
    """`suites/flow/order_lifecycle.robot`: the same on each machine. A file outside of any `suites` keeps its path."""
    if source is None:
        return ""
    parts = Path(source).parts
    at = [number for number, part in enumerate(parts) if part == "suites"]
    return str(Path(*parts[at[-1] :])) if at else str(source)


def known_tests(suites: Path) -> list[Known]:
    """The tests of the suites as they are now; none if there are no suites there.

    Raises:
        SummaryError: they cannot be read.
    """
    if not suites.exists():
        return []
    try:
        return list(_walk(TestSuiteBuilder().build(suites)))
    except DataError as error:
        raise SummaryError(
            f"expected suites in {suites}, they cannot be read: {error.message}; correct them or name other --suites"
        ) from None


def _walk(suite: TestSuite) -> Iterable[Known]:
    for test in suite.tests:
        yield Known(from_suites(suite.source), test.name, tuple(requirement_ids(test.tags)), campaigns.TAG in test.tags)
    for child in suite.suites:
        yield from _walk(child)
