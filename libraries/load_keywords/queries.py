"""How long the engine takes to answer from its database."""

from __future__ import annotations

import time
from datetime import timedelta

from robot.api import logger
from robot.api.deco import keyword

from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN
from libraries.load import machine
from libraries.load.latencies import Latencies
from libraries.load.tries import MOST_REPEATS, Try, tried
from libraries.load_keywords.results import LoadComponent
from libraries.load_keywords.shown import PERCENT
from libraries.load_keywords.types import Percentile
from libraries.world.engine import Engine

ASKED = 300
"""Questions of one measurement."""


class QueryKeywords(LoadComponent):
    """The way there and back is measured too: the database alone takes less."""

    @keyword
    def database_answers_keep_within(
        self, percentile: Percentile, most: timedelta, *, repeats: int = MOST_REPEATS, engine: str = NOT_GIVEN
    ) -> float:
        """The engine is asked for one order after the other, 300 times, each read from its database, over its control API; a percentile of
        the times keeps within a limit. Each answer must be the order that was asked for.

        A measurement that missed the limit by no more than the machine's own slowness explains, or on a machine that was not quiet (it
        stood still for more than 2 % of the time, or computed more than 1.15 times slower than the reference), is made again, at most
        `repeats` times. If the machine explains what is missing in the last try, too, nobody can tell: the test is skipped and says so.

        Args:
            percentile: `p50`, `p90`, `p99`, `p99.9` or `max`.
            most: The limit, such as `10ms`.
            repeats: How often it may be measured again on a machine that may be to blame.
            engine: Alias; default: the first engine.

        Returns:
            Milliseconds.

        Raises:
            WrongArgument: the engine has no orders.
            AssertionError: it took longer than the machine explains, or answered with another order; the machine's own speed is in the
                message.
            SkipExecution: it took longer, and the machine may be why.

        Example:
            ```robotframework
            Offer A Steady Load    100    15s
            Database Answers Keep Within    p99    10ms
            ```
        """
        asked = self.engine(engine)
        names = [str(order["client_order_id"]) for order in asked.control.orders()]
        if not names:
            raise WrongArgument("the engine has no orders to ask for; offer a load first (keyword: Offer A Steady Load)")
        limit_ms = most.total_seconds() * 1_000

        def measured() -> Try[Latencies]:
            took, speed = _measured(asked, [names[number % len(names)] for number in range(ASKED)])
            text = f"{took.text()}; {ASKED} of {len(names):,} orders, over the control API; {speed.text()}"
            return Try(found=took, times=took.percentile_ms(PERCENT[percentile]) / limit_ms, text=text, speed=speed)

        tries = tried(measured, repeats)
        value, name = tries.last.found.percentile_ms(PERCENT[percentile]), f"database query, {percentile.value}"
        logger.info(f"{name} {value:.2f} ms, {tries.last.times:.2f} of the {limit_ms:g} ms required; {tries.last.text}")
        self.measured(name, "ms", value, required=limit_ms, context=tries.last.text, histogram=tries.last.found.buckets())
        tries.check(f"{name} should be at most {limit_ms:g} ms, it was {value:.2f} ms")
        return value


def _measured(engine: Engine, names: list[str]) -> tuple[Latencies, machine.Speed]:
    """One question after the other.

    Raises:
        AssertionError: an answer is not the order that was asked for.
    """
    took, factor = Latencies(), machine.calibrate()
    with machine.Hiccups() as probe:
        for name in names:
            begun = time.monotonic_ns()
            order = engine.control.order(name)
            took.add_ns(time.monotonic_ns() - begun)
            if order is None or order["client_order_id"] != name:
                raise AssertionError(f"the engine was asked for order {name}, it answered {order}")
    return took, probe.speed(factor)
