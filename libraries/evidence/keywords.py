"""The few keywords of EvidenceLibrary."""

from __future__ import annotations

import time
from datetime import timedelta

from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn

from libraries.auditor.situations import SITUATIONS
from libraries.evidence.figures import Figure, record_figure
from libraries.evidence.listener import EvidenceListener
from libraries.evidence.requirements import catalogue
from libraries.evidence.small_run import small_run
from libraries.world.errors import WorldError
from libraries.world.session import Session


class EvidenceKeywords:
    """Thin: everything else happens in the listener."""

    def __init__(self, session: Session, listener: EvidenceListener) -> None:
        self._session = session
        self._listener = listener
        self._stopwatch: float | None = None

    @keyword
    def expect_violation(self, *invariants: str) -> None:
        """Announce that this test's audit must find these invariants violated; any other violation, or none, is red.

        Args:
            invariants: one or more ids, `I01` to `I37`.

        Raises:
            WorldError: an id that does not exist, or none given.

        Example:
        ```robotframework
        Expect Violation    I19
        ```
        """
        known = [identifier for identifier in catalogue() if identifier.startswith("I") and identifier[1:].isdigit()]
        unknown = [identifier for identifier in invariants if identifier not in known]
        if unknown or not invariants:
            raise WorldError(f"expected one or more invariants from {known[0]} to {known[-1]}, got {', '.join(unknown) or 'none'}")
        self._must_be_in_a_test("Expect Violation")
        self._session.expected_violations.update(invariants)

    @keyword
    def these_situations_must_occur(self, *situations: str) -> None:
        """Demand that each of these has occurred at least once to every engine of this test, by its journal and the venue's ledger (I36).

        A test that is about something rare says so: it is red where that did not come about, whatever else went well.

        Args:
            situations: One or more of the auditor's, such as `killed`, `filled while down`, `order adopted`, `outcome unknown`.

        Raises:
            WorldError: a situation that the auditor does not know (the known ones are listed), or none given.

        Example:
        ```robotframework
        These Situations Must Occur    killed    filled while down
        ```
        """
        unknown = [name for name in situations if name not in SITUATIONS]
        if unknown or not situations:
            raise WorldError(f"expected one or more situations from {', '.join(SITUATIONS)}, got {', '.join(unknown) or 'none'}")
        self._must_be_in_a_test("These Situations Must Occur")
        self._session.demanded_situations.update(situations)

    @keyword
    def start_the_stopwatch(self) -> None:
        """From now on time is measured; `Stop The Stopwatch` tells how much has passed.

        Example:
        ```robotframework
        Start The Stopwatch
        Stop The Stopwatch    time to first acknowledged order    most=30 seconds
        ```
        """
        self._stopwatch = time.monotonic()

    @keyword
    def stop_the_stopwatch(self, what: str, *, most: timedelta) -> float:
        """Show what was measured as the test's message and in the suite's metadata; red if it took longer than allowed.

        Args:
            what: What took so long, such as `time to first acknowledged order`.
            most: How long it may take, such as `30 seconds`.

        Returns:
            Seconds.

        Raises:
            AssertionError: it took longer.
            WorldError: the stopwatch was not started in this test.

        Example:
        ```robotframework
        Start The Stopwatch
        Stop The Stopwatch    time to first acknowledged order    most=30 seconds
        ```
        """
        if self._stopwatch is None:
            raise WorldError("expected a stopwatch that runs, it does not; start it first (keyword: Start The Stopwatch)")
        took, self._stopwatch = time.monotonic() - self._stopwatch, None
        robot = BuiltIn()
        self._record(what, took, most.total_seconds())
        text = f"{what}: {took:.2f} s (at most {most.total_seconds():g} s)"
        robot.set_test_message(text)
        robot.set_suite_metadata(str(robot.get_variable_value("${TEST NAME}")), text, top=True)
        if took > most.total_seconds():
            raise AssertionError(f"expected {what} within {most.total_seconds():g} s, it took {took:.2f} s")
        return round(took, 3)

    @keyword
    def a_small_run_leaves(self, *files: str) -> str:
        """Run one small suite by itself, make its summary, and look at what it left.

        Args:
            files: Names that must be there and hold something, such as `report.html`, `summary.html`.

        Returns:
            The verdict of its summary: `release`, `do not release` or `not decided`.

        Raises:
            WorldError: a command failed; its words are in the message.
            AssertionError: a file is missing or empty, or the summary counts other tests than were run.

        Example:
        ```robotframework
        A Small Run Leaves    report.html    summary.html    metrics.json
        ```
        """
        directory = self._session.directory / "small-run"
        found = small_run(directory)
        missing = [
            name for name in files if not (directory / "results" / name).is_file() or not (directory / "results" / name).stat().st_size
        ]
        if missing:
            raise AssertionError(f"a run should leave {', '.join(files)}; missing or empty: {', '.join(missing)}")
        if (found["tests"], found["passed"]) != (1, 1):
            raise AssertionError(f"one test was run and passed, the summary counts {found['tests']} and {found['passed']}")
        return str(found["verdict"])

    def _must_be_in_a_test(self, name: str) -> None:
        if self._session.test is None:
            raise WorldError(f"{name} is for tests: use it inside a test, not in a suite setup or teardown")

    def _record(self, what: str, took: float, most: float) -> None:
        session = self._session
        record_figure(
            session.results_directory,
            Figure(name=what, unit="s", value=round(took, 3), required=most, suite=session.suite_name, test=session.test_name),
        )

    @keyword(tags=["robot:private"])
    def close_the_world_of_the_suite(self) -> None:
        """Runs by itself at the end of every suite file: the exchange goes down, and nothing may be left.

        Raises:
            AssertionError: an exchange died or did not end cleanly, or something was left behind.

        Example:
        ```robotframework
        Close The World Of The Suite
        ```
        """
        problems = self._listener.close_suite()
        if problems:
            raise AssertionError("\n".join(problems))
