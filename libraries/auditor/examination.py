"""What one invariant found: how many objects it looked at and what was wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from libraries.auditor import amounts

HELD = "held"
VIOLATED = "violated"
NOT_EXERCISED = "not exercised"


def show(value: object) -> str:
    """A value as a person reads it in a report."""
    if value is None or isinstance(value, Decimal):
        return amounts.text(value)
    return str(value)


@dataclass(frozen=True)
class Violation:
    """One broken promise: what was looked at, what it should have been, what it was, and where to look."""

    what: str
    expected: str
    got: str
    where: str


@dataclass
class Examination:
    """The result of one invariant. No object = not exercised, never held."""

    objects: int = 0
    violations: list[Violation] = field(default_factory=list)

    @property
    def status(self) -> str:
        if self.violations:
            return VIOLATED
        return HELD if self.objects else NOT_EXERCISED

    def look(self, objects: int = 1) -> None:
        """Count `objects` as examined."""
        self.objects += objects

    def equal(self, what: str, expected: object, got: object, where: str) -> bool:
        """Record a violation unless `expected == got`."""
        if expected == got:
            return True
        self.fail(what, show(expected), show(got), where)
        return False

    def require(self, holds: bool, what: str, expected: object, got: object, where: str) -> bool:
        """Record a violation unless `holds`."""
        if not holds:
            self.fail(what, show(expected), show(got), where)
        return holds

    def fail(self, what: str, expected: str, got: str, where: str) -> None:
        self.violations.append(Violation(what, expected, got, where))
