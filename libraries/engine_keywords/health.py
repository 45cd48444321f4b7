"""The table of components that an engine's health is made of, and a wall clock that somebody sets another time."""

from __future__ import annotations

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import Question, ask
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Duration, Timeout, milliseconds

OK, NONE = "OK", "none"
_HEALTH = "health/"


class HealthKeywords(Component):
    """Each looks at the whole table: a component that fails along is one too many."""

    @keyword
    def get_unwell_components(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """The components of `/health` that are not OK, sorted, with blanks between them; `none` if all are.

        Args:
            operator: A text operator; left out, the names are only returned.
            expected: The names to compare with.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The names.

        Raises:
            AssertionError: not in time; with what was seen last.

        Example:
            ```robotframework
            Get Unwell Components    ==    none
            Kill The Alert Receiver    first
            Get Unwell Components    ==    alerts/webhook-1
            ```
        """
        control = self.engine(engine).control

        def read() -> str:
            table = control.health()["components"]
            return " ".join(sorted(name for name, seen in table.items() if seen["health"] != OK)) or NONE

        return ask(Question(read, "components that are not OK", "GET /health"), operator, expected, timeout)

    @keyword
    def get_components_that_changed(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """The components whose health was ever another than OK since the engine's process began, by its journal, sorted, with blanks
        between them; `none` if none was. One that failed for a moment, and that nobody looked at then, is among them.

        Args:
            operator: A text operator; left out, the names are only returned.
            expected: The names to compare with.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The names.

        Raises:
            AssertionError: not in time; with what was seen last.

        Example:
            ```robotframework
            Step The Engines Wall Clock    5s
            Get Components That Changed    ==    clock
            ```
        """

        control = self.engine(engine).control

        def read() -> str:
            names = control.state()["conditions"]
            return " ".join(sorted(name.removeprefix(_HEALTH) for name in names if name.startswith(_HEALTH))) or NONE

        return ask(
            Question(read, "components whose health changed", "the facts ConditionChanged of health/..., GET /state"),
            operator,
            expected,
            timeout,
        )

    @keyword
    def step_the_engines_wall_clock(self, by: Duration, *, engine: str = NOT_GIVEN) -> None:
        """Set the wall clock of the engine's process another time, as an administrator or a time server does it. Timers go on.

        Args:
            by: How far, such as `5s` or `-5s`.
            engine: Alias; default: the first engine. It was started with `movable_clock=True`.

        Raises:
            WrongArgument: the engine was not started with `movable_clock=True`.

        Example:
            ```robotframework
            Start A Fresh Engine    movable_clock=True
            Step The Engines Wall Clock    -5s
            ```
        """
        used = self.engine(engine)
        answer = used.control.step_clock(milliseconds(by))
        if not answer.ok:
            raise WrongArgument(f"the engine's clock cannot be set: {answer.body}; start it with movable_clock=True")
        self.note("wall clock stepped", engine=used.alias, by_ms=milliseconds(by))
