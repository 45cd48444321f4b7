"""The few keywords of EvidenceLibrary."""

from __future__ import annotations

from robot.api.deco import keyword

from libraries.evidence.listener import EvidenceListener
from libraries.evidence.requirements import catalogue
from libraries.world.errors import WorldError
from libraries.world.session import Session


class EvidenceKeywords:
    """Thin: everything else happens in the listener."""

    def __init__(self, session: Session, listener: EvidenceListener) -> None:
        self._session = session
        self._listener = listener

    @keyword
    def expect_violation(self, *invariants: str) -> None:
        """Announce that this test's audit must find these invariants violated; any other violation, or none, is red.

        Args:
            invariants: one or more ids, `I01` to `I36`.

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
        if self._session.test is None:
            raise WorldError("Expect Violation is for tests: use it inside a test, not in a suite setup or teardown")
        self._session.expected_violations.update(invariants)

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
