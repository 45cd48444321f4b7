"""Where a ramp bent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN
from libraries.load import ramp
from libraries.load.knee import find
from libraries.load_keywords.results import LoadComponent, check
from libraries.load_keywords.shown import LIMIT_MS, show_steps


class RampKeywords(LoadComponent):
    """Of the last load, if it was a ramp upwards (*Offer A Ramp*)."""

    @keyword
    def get_knee_of_the_ramp(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Decimal = NOT_GIVEN,
        *,
        limit: timedelta = timedelta(milliseconds=LIMIT_MS),
    ) -> Decimal:
        """The highest rate of the last load, a ramp upwards, that was kept up with: in the second after it less than 98 % came through,
        or p99 was beyond the limit. The load must reconcile.

        Args:
            operator: A comparison; left out, the rate is only returned.
            expected: Ticks a second.
            limit: The longest p99 from end to end.

        Returns:
            Ticks a second; 0 = not even the first second was kept up with.

        Raises:
            WrongArgument: the last load was no ramp upwards.
            AssertionError: the ramp ended before anything bent, the books do not agree, or it is another rate.

        Example:
            ```robotframework
            Offer A Ramp    50    2000    20s
            Get Knee Of The Ramp    >=    100
            ```
        """
        found = self.reconciled()
        limit_ms = limit.total_seconds() * 1_000
        try:
            steps = ramp.steps(found.phases, found.account)
        except ValueError as error:
            raise WrongArgument(str(error)) from None
        show_steps(steps)
        bend = find(steps, limit_ms=limit_ms)
        if not bend.reached:
            raise AssertionError(f"the ramp should reach the knee, {bend.why}: offer one that rises further; {found.speed.text()}")
        value = Decimal(round(bend.rate or 0))
        context = f"{bend.why}; {found.speed.text()}"
        self.told("knee of the ramp", "ticks/s", value, operator=operator, limit=expected, context=context)
        return check(value, operator, expected, "the knee of the ramp (ticks a second)", context)
