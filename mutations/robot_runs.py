"""What Robot tests said: red, green, and whether a red one is red in its own words.

A test that fails because nothing came up says nothing about the rule that was broken. So a failure counts only if the suite's setup
passed and, of a test that starts engines, the first start was completed: the engine said that it was ready, and came to the state that
the test waited for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from robot.api import ExecutionResult
from robot.result import Keyword, TestCase

from libraries.evidence.requirements import requirement_ids
from mutations.catalogue import RobotTest

STARTS = ("start a fresh engine", "start a standby engine")
"""Keywords of EngineLibrary that start a first process."""
NOT_LOADED = ("Parent suite setup failed", "No keyword with name", "Importing ", "Test timeout exceeded before")
"""How messages begin or what they hold where the suite itself was not there."""
LONGEST = 600


class Outcome(msgspec.Struct, frozen=True):
    """One test: `status` PASS, FAIL or SKIP; its requirement ids; `said`, the head of its message; `hollow`, why a red one is none."""

    status: str
    ids: tuple[str, ...]
    said: str
    hollow: str = ""

    @property
    def red(self) -> bool:
        return self.status == "FAIL" and not self.hollow

    @property
    def skipped(self) -> bool:
        """Whether the test was there and decided nothing: its limit needs a quiet machine, say."""
        return self.status == "SKIP" and not self.hollow


def outcomes(output: Path, suite: str, tests: Sequence[str]) -> dict[RobotTest, Outcome]:
    """The outcome of each of these tests by `output`/output.xml; one that is not in it was not run."""
    found = {test.name: _outcome(test) for test in ExecutionResult(output / "output.xml").suite.all_tests}
    missing = Outcome("SKIP", (), "not run: there is no such test", "not run")
    return {RobotTest(suite, name): found.get(name, missing) for name in tests}


def _outcome(test: TestCase) -> Outcome:
    said = " ".join(test.message.split())[:LONGEST]
    return Outcome(test.status, tuple(requirement_ids(test.tags)), said, _hollow(test) if test.status == "FAIL" else "")


def _hollow(test: TestCase) -> str:
    if any(words in test.message[:LONGEST] for words in NOT_LOADED):
        return "the suite was not there"
    first = next((keyword for keyword in _keywords(test) if str(keyword.name).lower() in STARTS), None)
    return "" if first is None or first.status == "PASS" else "no engine came up"


def _keywords(item: Any) -> Iterator[Keyword]:
    """Setup and body of a test, a keyword or a control structure, in the order in which they ran, with what they called."""
    if getattr(item, "has_setup", False):
        yield item.setup
        yield from _keywords(item.setup)
    for step in getattr(item, "body", ()):
        if isinstance(step, Keyword):
            yield step
        yield from _keywords(step)
