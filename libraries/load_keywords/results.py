"""The loads of this test (or of its suite's setup), and how a getter compares a figure with its limit."""

from __future__ import annotations

from decimal import Decimal

from assertionengine import AssertionOperator
from robot.api import logger

from libraries.common.assertions import check_arguments, compare, shown
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.notes import shared_notes
from libraries.load.running import Outcome


class LoadComponent(Component):
    """Knows the last load."""

    def outcome(self) -> Outcome:
        """The last load of this test.

        Raises:
            WrongArgument: there was none.
        """
        for memory in (self.notes, shared_notes()):
            if memory is not None and memory.loads:
                return memory.loads[-1]
        raise WrongArgument("there was no load in this test yet; offer one first (keyword: Offer A Steady Load)")

    def reconciled(self) -> Outcome:
        """The last load, if what venue, database and audit chain say of it agrees: a time of anything else says nothing.

        Raises:
            AssertionError: they do not agree; says how.
        """
        found = self.outcome()
        if found.account.problems:
            raise AssertionError(problems_of(found))
        return found

    def told(
        self, name: str, unit: str, value: Decimal, *, operator: AssertionOperator | None, limit: Decimal | None, context: str
    ) -> None:
        """What was reached, with its ratio to the limit, in the log and among the run's figures."""
        ratio = f", {value / limit:.2f} of the limit {limit}" if limit else ""
        logger.info(f"{name}: {value} {unit}{ratio}; {context}")
        more = operator in (AssertionOperator[">="], AssertionOperator[">"])
        compared = more or operator in (AssertionOperator["<="], AssertionOperator["<"])
        required = float(limit) if compared and limit is not None else None
        self.measured(name, unit, float(value), required=required, more=more, context=context)


def problems_of(found: Outcome) -> str:
    """What does not agree, as a paragraph."""
    listed = "\n".join(f"  {problem}" for problem in found.account.problems)
    ticks = found.account.ticks
    return f"venue, database and audit chain do not agree on the load of {ticks} ticks, so its times are not looked at:\n{listed}"


def check(value: Decimal, operator: AssertionOperator | None, expected: Decimal | None, subject: str, context: str) -> Decimal:
    """The value, if it satisfies the assertion; without an operator it is only returned.

    Raises:
        WrongArgument: operator and expected value do not go together.
        AssertionError: it does not; tells expected, found and the context.
    """
    check_arguments(operator, expected, subject)
    if operator is not None and not compare(value, operator, expected):
        raise AssertionError(f"{subject} should be {operator.value} {shown(expected)}, it was {shown(value)}; {context}")
    return value
