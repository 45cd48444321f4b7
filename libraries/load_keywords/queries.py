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
from libraries.load_keywords.results import LoadComponent
from libraries.load_keywords.shown import PERCENT
from libraries.load_keywords.types import Percentile
from libraries.world.engine import Engine

ASKED = 300
"""Questions of one measurement."""
MOST_REPEATS = 2


class QueryKeywords(LoadComponent):
    """The way there and back is measured too: the database alone takes less."""

    @keyword
    def database_answers_keep_within(
        self, percentile: Percentile, most: timedelta, *, repeats: int = MOST_REPEATS, engine: str = NOT_GIVEN
    ) -> float:
        """The engine is asked for one order after the other, 300 times, each read from its database, over its control API; a percentile of
        the times keeps within a limit. Each answer must be the order that was asked for.

        A measurement that missed the limit while the machine itself stood still for more than 2 % of the time, or computed more than 1.15
        times slower than the reference, is made again, at most `repeats` times. If it was not quiet in the last try either, and so
        slow that it explains what is missing, nobody can tell: the test is skipped and says so.

        Args:
            percentile: `p50`, `p90`, `p99`, `p99.9` or `max`.
            most: The limit, such as `10ms`.
            repeats: How often it may be measured again on a machine that was not quiet.
            engine: Alias; default: the first engine.

        Returns:
            Milliseconds.

        Raises:
            WrongArgument: the engine has no orders.
            AssertionError: it took longer than the machine explains, or answered with another order; the machine's own speed is in the
                message.
            SkipExecution: it took longer, and the machine was not quiet.

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
        tries: list[str] = []
        while True:
            took, speed = _measured(asked, [names[number % len(names)] for number in range(ASKED)])
            value = took.percentile_ms(PERCENT[percentile])
            context = f"{ASKED} of {len(names):,} orders, over the control API; {speed.text()}"
            tries.append(f"{took.text()}; {context}")
            if value <= limit_ms or speed.quiet or len(tries) > repeats:
                break
        name = f"database query, {percentile.value}"
        logger.info(f"{name} {value:.2f} ms, {value / limit_ms:.2f} of the {limit_ms:g} ms required; {context}")
        self.measured(name, "ms", value, required=limit_ms, context=context, histogram=took.buckets())
        if value > limit_ms:
            listed = "\n".join(f"  try {number}: {text}" for number, text in enumerate(tries, 1))
            text = f"{name} should be at most {limit_ms:g} ms, it was {value:.2f} ms:\n{listed}"
            raise machine.missed(speed, text, times=value / limit_ms)
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
