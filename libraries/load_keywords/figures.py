"""Getters over the last load: counts first, then rates, and what the processes used. Each message about time or processor says what the
machine was worth meanwhile."""

from __future__ import annotations

from decimal import Decimal

from assertionengine import AssertionOperator
from robot.api import logger
from robot.api.deco import keyword

from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN
from libraries.load.processes import Sample
from libraries.load.running import Outcome
from libraries.load.slope import Slope, after_warm_up, slope
from libraries.load_keywords.results import LoadComponent, check
from libraries.load_keywords.types import Counted, Resource, Watched

MB = 2**20
_NOISE = {Resource.MEMORY: 4.0, Resource.DESCRIPTORS: 2.0}
"""What may come and go without being a leak: MB, descriptors."""


class FigureKeywords(LoadComponent):
    """Nothing is asked again: a load is over when its keyword returns."""

    @keyword
    def get_load_count(self, what: Counted, operator: AssertionOperator = NOT_GIVEN, expected: Decimal = NOT_GIVEN) -> int:
        """A count of the last load.

        Args:
            what: `ticks` the venue sent, `orders` that answer them, `filled` (at the venue, and on disk with its time), `stops` beside
                them, `shed` (ticks that strategies were not asked about), `denied` (by a rule), `dropped` (trades that did not fit the
                engine's buffer), `missed` (trades that never came to the engine).
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.

        Returns:
            The number.

        Raises:
            WrongArgument: there was no load.
            AssertionError: it is another number.

        Example:
            ```robotframework
            Offer A Steady Load    100    2s
            Get Load Count    filled    ==    200
            ```
        """
        found = self.outcome()
        account = found.account
        value = {
            Counted.TICKS: account.ticks,
            Counted.ORDERS: account.orders,
            Counted.FILLED: len(account.journeys),
            Counted.STOPS: account.stops,
            Counted.SHED: account.shed,
            Counted.DENIED: account.denied.total(),
            Counted.DROPPED: found.trades_dropped,
            Counted.MISSED: found.trades_missed,
        }[what]
        return int(
            check(Decimal(value), operator, expected, f"{what.value} of the load", f"denied by rule: {dict(account.denied) or 'none'}")
        )

    @keyword
    def get_load_rate(self, operator: AssertionOperator = NOT_GIVEN, expected: Decimal = NOT_GIVEN) -> Decimal:
        """Orders a second that came through the whole path (tick, strategy, risk, intent on disk, wire, match, fill on disk), from the
        first tick's due moment to the last fill on disk. The load must reconcile.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: Orders a second.

        Returns:
            The rate.

        Raises:
            AssertionError: the books do not agree, or it is another rate; the machine's own speed is in the message.

        Example:
            ```robotframework
            Offer A Steady Load    1050    15s
            Get Load Rate    >=    1000
            ```
        """
        found = self.reconciled()
        value = Decimal(f"{found.account.rate:.1f}")
        context = (
            f"offered were {found.offered:,.0f}/s, the engine was done {found.drained_s:.1f} s after the last tick; {found.speed.text()}"
        )
        self.told("orders through the whole path", "orders/s", value, operator=operator, limit=expected, context=context)
        return check(value, operator, expected, "orders a second", context)

    @keyword
    def get_time_to_recover(self, operator: AssertionOperator = NOT_GIVEN, expected: Decimal = NOT_GIVEN) -> Decimal:
        """How long after the venue's last tick the engine had something left to do, in seconds.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: Seconds.

        Returns:
            Seconds.

        Raises:
            AssertionError: it took another time; the machine's own speed is in the message.

        Example:
            ```robotframework
            Offer A Steady Load    3000    5s
            Get Time To Recover    <=    10
            ```
        """
        found = self.outcome()
        value = Decimal(f"{found.drained_s:.2f}")
        self.told("end of an overload to nothing left to do", "s", value, operator=operator, limit=expected, context=found.speed.text())
        return check(value, operator, expected, "seconds to recover after the load", found.speed.text())

    @keyword
    def get_processor_use(self, process: Watched, operator: AssertionOperator = NOT_GIVEN, expected: Decimal = NOT_GIVEN) -> Decimal:
        """Processor time of a process over the time of the last load, in per cent; 100 is one core.

        Args:
            process: `engine` or `venue`.
            operator: A comparison; left out, the number is only returned.
            expected: Per cent.

        Returns:
            Per cent.

        Raises:
            AssertionError: it is another share; the machine's own speed is in the message.

        Example:
            ```robotframework
            Offer A Steady Load    900    10s
            Get Processor Use    engine    <=    50
            ```
        """
        found = self.outcome()
        value = Decimal(f"{100 * found.watch.cpu_share(process.value):.1f}")
        self.told(f"processor of the {process.value}", "%", value, operator=operator, limit=expected, context=found.speed.text())
        return check(value, operator, expected, f"processor use of the {process.value} (100 = one core)", found.speed.text())

    @keyword
    def get_peak_memory(self, process: Watched, operator: AssertionOperator = NOT_GIVEN, expected: Decimal = NOT_GIVEN) -> Decimal:
        """The most that a process had resident during the last load, in MB.

        Args:
            process: `engine` or `venue`.
            operator: A comparison; left out, the number is only returned.
            expected: MB.

        Returns:
            MB.

        Raises:
            AssertionError: it is another amount.

        Example:
            ```robotframework
            Offer A Steady Load    100    5s
            Get Peak Memory    engine    <=    2048
            ```
        """
        value = Decimal(max(sample.rss for sample in self.outcome().watch.samples[process.value]) // MB)
        self.told(f"memory of the {process.value}", "MB", value, operator=operator, limit=expected, context="resident, at most")
        return check(value, operator, expected, f"peak memory of the {process.value} (MB)", "resident, sampled twice a second")

    @keyword
    def the_load_leaks_nothing(self, process: Watched, resource: Resource, most_a_minute: Decimal) -> Decimal:
        """A straight line through what a process used during the last load (the first quarter of the time left out) does not rise faster
        than allowed, unless by less than is noise (4 MB, 2 descriptors).

        Args:
            process: `engine` or `venue`.
            resource: `memory` (MB) or `descriptors`.
            most_a_minute: How much more a minute is allowed.

        Returns:
            The slope, a minute.

        Raises:
            WrongArgument: another resource, or a load too short for a line.
            AssertionError: it leaks; tells the slope, first and last.

        Example:
            ```robotframework
            Offer A Steady Load    100    10s
            The Load Leaks Nothing    engine    descriptors    1
            ```
        """
        found = self.outcome()
        line = slope_of(found, process, resource)
        unit = "MB" if resource is Resource.MEMORY else "descriptors"
        text = (
            f"{line.per_minute:+.2f} {unit} a minute ({line.first:.0f} to {line.last:.0f} in {line.seconds:.0f} s, {line.samples} samples, "
            f"{found.account.orders:,} orders)"
        )
        logger.info(f"{resource.value} of the {process.value}: {text}")
        if line.leaks(most_per_minute=float(most_a_minute), least_grown=_NOISE[resource]):
            raise AssertionError(
                f"{resource.value} of the {process.value} should grow by at most {most_a_minute} {unit} a minute, it grew {text}"
            )
        return Decimal(f"{line.per_minute:.2f}")


def slope_of(found: Outcome, process: Watched, resource: Resource) -> Slope:
    """The line through a process's samples.

    Raises:
        WrongArgument: a resource that has no slope, or a load too short for one.
    """
    if resource not in _NOISE:
        raise WrongArgument(f"a leak is of memory or descriptors, got {resource.value}")

    def value(sample: Sample) -> float:
        return sample.rss / MB if resource is Resource.MEMORY else float(sample.descriptors)

    try:
        return slope(after_warm_up(found.watch.series(process.value, value)))
    except ValueError as error:
        raise WrongArgument(f"the load was too short for a slope: {error}") from None
