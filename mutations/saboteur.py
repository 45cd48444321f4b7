"""One broken rule after the other, each in a copy of the project of its own turn."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from queue import SimpleQueue

import msgspec

from mutations.catalogue import Mutation, RobotTest
from mutations.checkout import Checkout
from mutations.progress import Progress, key_of
from mutations.record import Row
from mutations.robot_runs import Outcome, outcomes

ATTEMPTS = 2
"""How often an unbroken test may run until it is green: a busy machine must not end a long run."""


class Unbroken(msgspec.Struct, frozen=True):
    """Tests of a suite where nothing is broken: what is to be said of those that are red, and which decided nothing on this machine."""

    red: tuple[str, ...] = ()
    undecided: frozenset[RobotTest] = frozenset()


class Saboteur:
    """`logs`: where the log.html of each patch is kept, so that somebody may look whether it explains itself."""

    def __init__(self, idle: SimpleQueue[Checkout], progress: Progress, logs: Path) -> None:
        self._idle = idle
        self._progress = progress
        self._logs = logs

    def unbroken(self, suite: str, tests: Sequence[str]) -> Unbroken:
        """Run those tests of a suite, where nothing is broken, that were not green yet."""
        for _attempt in range(ATTEMPTS):
            left = [test for test in tests if self._progress.of(_green(suite, test)) is None]
            if not left:
                return Unbroken()
            with self._copy() as copy:
                found, broken = _run(copy, suite, left)
            for test, outcome in found.items():
                if outcome.status == "PASS":
                    self._progress.keep(_green(test.suite, test.test), {test: outcome})
        undecided = frozenset(test for test, outcome in found.items() if outcome.skipped)
        not_green = {test: outcome for test, outcome in found.items() if outcome.status != "PASS" and not outcome.skipped}
        red = [f"{test.suite}::{test.test}: {outcome.status} {outcome.said}" for test, outcome in not_green.items()]
        return Unbroken((*red, *([broken] if broken else [])), undecided)

    def row(self, mutation: Mutation) -> Row:
        """Break it, unless that was done already, and say which of its tests are red."""
        done = self._progress.of(key_of(mutation))
        if done is None:
            with self._copy() as copy, nullcontext() if mutation.engine else copy.broken(mutation):
                found, broken = self._ask(copy, mutation)
            row = Row.of(mutation, found, broken)
            if row.red or not (broken or any(outcome.hollow or outcome.skipped for outcome in found.values())):
                self._progress.keep(key_of(mutation), found, broken)  # where nothing came up, nothing was measured: it is tried again
            return row
        return Row.of(mutation, dict(done.outcomes), done.broken)

    def _ask(self, copy: Checkout, mutation: Mutation) -> tuple[dict[RobotTest, Outcome], str]:
        found: dict[RobotTest, Outcome] = {}
        troubles = []
        for suite in dict.fromkeys(test.suite for test in mutation.robot_tests):
            tests = [test.test for test in mutation.robot_tests if test.suite == suite]
            seen, broken = _run(copy, suite, tests, mutation.engine, keep=self._logs / mutation.patch / Path(suite).stem)
            found |= seen
            troubles += [broken] if broken else []
        return found, "\n".join(troubles)

    @contextmanager
    def _copy(self) -> Iterator[Checkout]:
        copy = self._idle.get()
        try:
            yield copy
        finally:
            self._idle.put(copy)


def _green(suite: str, test: str) -> str:
    return f"unbroken {suite}::{test}"


def _run(
    copy: Checkout, suite: str, tests: Sequence[str], engine: str = "", keep: Path | None = None
) -> tuple[dict[RobotTest, Outcome], str]:
    output = copy.robot(suite, tests, engine)
    if isinstance(output, str):
        return {}, output
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        shutil.copy(output / "log.html", keep / "log.html")
    return outcomes(output, suite, tests), ""
