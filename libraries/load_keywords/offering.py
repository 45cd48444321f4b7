"""Load that is offered: arrivals on a clock, in one of four shapes, each to its end, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import timedelta

from robot.api import logger
from robot.api.deco import keyword

from libraries.common.errors import WrongArgument
from libraries.common.types import Timeout
from libraries.load import schedule
from libraries.load.knee import Step, find
from libraries.load.running import Outcome, Run, Say
from libraries.load.schedule import Phase
from libraries.load.tries import MOST_REPEATS, Tries, Try, tried
from libraries.load_keywords.results import LoadComponent
from libraries.load_keywords.shown import LIMIT_MS, PERCENT, counts_text, latencies, show, show_steps
from libraries.load_keywords.types import Leg, Percentile, Rates
from libraries.world.deadlines import Deadline
from libraries.world.output import under_pabot
from libraries.world.session import robot_variable, session

AFTER_S = 300.0
"""How much longer than its schedule a load may take before it is given up: a busy machine is slow, not wrong."""
BURST = 300
"""Ticks at once, by which it is measured what the engine can do."""
LEAST_OVERLOAD = 3_000
"""Ticks a second: three times what is required."""


class OfferKeywords(LoadComponent):
    """Ticks come from inside the venue's process, one trade each, the symbols in turn. Every keyword waits for the end, reads what venue,
    database and audit chain say of the same orders, and draws it into the log."""

    def __init__(self) -> None:
        super().__init__()
        self._under_way: Run | None = None

    @keyword
    def offer_a_steady_load(self, rate: int, duration: timedelta, *, progress: bool = True) -> str:
        """So many ticks a second, evenly, whatever becomes of those before.

        Args:
            rate: Ticks a second.
            duration: Whole seconds, such as `15s`.
            progress: One line a second on the console (never under pabot).

        Returns:
            What came of it, in one line.

        Raises:
            WrongArgument: a rate or duration that is none.
            AssertionError: the venue or the engine did not come to its end in time.

        Example:
            ```robotframework
            Offer A Steady Load    1000    15s
            The Load Reconciles
            ```
        """
        return self._offer(schedule.steady(rate, whole(duration)), progress)

    @keyword
    def offer_steps(self, rates: Rates, each: timedelta, *, progress: bool = True) -> str:
        """One rate after another.

        Args:
            rates: Ticks a second, such as `250 500 1000`.
            each: How long each step lasts, whole seconds.
            progress: One line a second on the console (never under pabot).

        Returns:
            What came of it, in one line.

        Example:
            ```robotframework
            Offer Steps    250 500 1000    each=5s
            ```
        """
        return self._offer(schedule.steps(rates, whole(each)), progress)

    @keyword
    def offer_bursts(self, rate: int, burst: int, *, every: timedelta, times: int, progress: bool = True) -> str:
        """A steady rate, and so many ticks more at one moment, again and again.

        Args:
            rate: Ticks a second all the time.
            burst: So many more, all due at once.
            every: From burst to burst, whole seconds.
            times: How many bursts.
            progress: One line a second on the console (never under pabot).

        Returns:
            What came of it, in one line.

        Example:
            ```robotframework
            Offer Bursts    rate=100    burst=500    every=3s    times=3
            ```
        """
        return self._offer(schedule.bursts(rate, burst, whole(every), times), progress)

    @keyword
    def offer_a_ramp(self, rate: int, to_rate: int, duration: timedelta, *, progress: bool = True) -> str:
        """From one rate to another, in a straight line.

        Args:
            rate: Ticks a second at the begin.
            to_rate: Ticks a second at the end.
            duration: Whole seconds.
            progress: One line a second on the console (never under pabot).

        Returns:
            What came of it, in one line.

        Example:
            ```robotframework
            Offer A Ramp    100    1000    10s
            ```
        """
        return self._offer(schedule.ramp(rate, to_rate, whole(duration)), progress)

    @keyword
    def offer_an_overload(self, times: int, duration: timedelta, *, progress: bool = True) -> str:
        """Measure what the engine can do now (a burst, and how long it took), then offer so many times that, and wait for the end.

        Args:
            times: How many times what it can do, such as `3`.
            duration: Whole seconds.
            progress: One line a second on the console (never under pabot).

        Returns:
            What came of it, in one line.

        Example:
            ```robotframework
            Start An Engine For Load    market.tick_shed_ms=250
            Offer An Overload    3    5s
            Get Load Count    shed    >    0
            ```
        """
        self.begin_an_overload(times, duration, progress=progress)
        return self.await_the_end_of_the_load()

    @keyword
    def begin_an_overload(self, times: int, duration: timedelta, *, progress: bool = True) -> int:
        """As *Offer An Overload*, but the test goes on while it is offered.

        Args:
            times: How many times what the engine can do, such as `3`.
            duration: Whole seconds.
            progress: One line a second on the console (never under pabot), while its end is awaited.

        Returns:
            Ticks a second that are offered.

        Example:
            ```robotframework
            Begin An Overload    3    5s
            Await The End Of The Load
            ```
        """
        if times < 1:
            raise WrongArgument(f"times must be 1 or more, got {times}")
        self._offer(schedule.bursts(0, BURST, 1, 1), progress)
        measured = self.outcome().account
        capacity = max(len(measured.journeys) / measured.seconds, 1.0)
        rate = max(round(capacity * times), LEAST_OVERLOAD)
        logger.info(f"the engine did {capacity:.0f} orders a second of a burst of {BURST}; {rate} ticks a second are offered")
        self._begin(schedule.steady(rate, whole(duration)), progress)
        return rate

    @keyword
    def begin_a_steady_load(self, rate: int, duration: timedelta, *, progress: bool = True) -> None:
        """As *Offer A Steady Load*, but the test goes on while it is offered.

        Args:
            rate: Ticks a second.
            duration: Whole seconds, such as `15s`.
            progress: One line a second on the console (never under pabot), while its end is awaited.

        Example:
            ```robotframework
            Begin A Steady Load    100    5s
            Await The End Of The Load
            ```
        """
        self._begin(schedule.steady(rate, whole(duration)), progress)

    @keyword
    def await_the_end_of_the_load(self) -> str:
        """Wait for the end of a load that was begun, and for the engine to have nothing left to do.

        Returns:
            What came of it, in one line.

        Raises:
            WrongArgument: none was begun.
            AssertionError: it did not come to its end in time.

        Example:
            ```robotframework
            Begin A Steady Load    100    5s
            Await The End Of The Load
            ```
        """
        run, self._under_way = self._under_way, None
        if run is None:
            raise WrongArgument("no load is under way; begin one first (keyword: Begin A Steady Load)")
        found = run.wait(Deadline(Timeout(seconds=run.seconds + AFTER_S)))
        self.note("load ended", load=schedule.told(found.phases), ticks=found.account.ticks, filled=len(found.account.journeys))
        self.notes.loads.append(found)
        show(found)
        return counts_text(found)

    @keyword
    def find_the_knee(
        self, rates: Rates, each: timedelta, *, limit: timedelta = timedelta(milliseconds=LIMIT_MS), progress: bool = True
    ) -> str:
        """Offer rising rates, each to its end, until one is not kept up with: less than 98 % comes through, or p99 is beyond the limit.

        Args:
            rates: Ticks a second, rising.
            each: How long each step lasts, whole seconds.
            limit: The longest p99 from end to end.
            progress: One line a second on the console (never under pabot).

        Returns:
            The highest rate that was kept up with, and what bent after it, such as `500/s; at 1000/s ...`; `none; ...` where the first
            rate was too much, `not reached; ...` where every one was kept up with.

        Example:
            ```robotframework
            Find The Knee    500 1000 2000    each=3s
            ```
        """
        steps: list[Step] = []
        limit_ms = limit.total_seconds() * 1_000
        for rate in rates:
            self._offer(schedule.steady(rate, whole(each)), progress)
            account = self.reconciled().account
            steps.append(Step(offered=rate, achieved=account.rate, p99_ms=account.end_to_end.p99_ms))
            found = find(steps, limit_ms=limit_ms)
            if found.reached:
                break
        show_steps(steps)
        return found.text()

    @keyword
    def the_load_keeps_within(self, leg: Leg, percentile: Percentile, most: timedelta, *, repeats: int = MOST_REPEATS) -> float:
        """The last load reconciles, and a percentile of its latency keeps within a limit. Counted from the moment at which each tick was
        due, so that a stall counts for every tick that waited.

        A load that missed the limit by no more than the machine's own slowness explains, or on a machine that was not quiet (it stood still
        for more than 2 % of the time, or computed more than 1.15 times slower than the reference), is offered again, at most `repeats`
        times. If the machine explains what is missing in the last try, too, nobody can tell: the test is skipped and says so.

        Args:
            leg: `end to end` (tick due to fill on disk), `tick to order` (tick due to order at the venue, by the venue's clock alone),
                `decision` (tick sent to decision: message, analysis, strategy and risk) or `execution` (decision to the venue's first
                word).
            percentile: `p50`, `p90`, `p99`, `p999` or `max`.
            most: The limit, such as `50ms`.
            repeats: How often a load on a machine that may be to blame may be offered again.

        Returns:
            Milliseconds.

        Raises:
            AssertionError: the books do not agree, or it took longer than the machine explains; the machine's own speed is in the message.
            SkipExecution: it took longer, and the machine may be why.

        Example:
            ```robotframework
            Offer A Steady Load    1000    15s
            The Load Keeps Within    end to end    p99    50ms
            ```
        """
        limit_ms = most.total_seconds() * 1_000

        def looked_at(found: Outcome) -> Try[Outcome]:
            took = latencies(found, leg)
            times = took.percentile_ms(PERCENT[percentile]) / limit_ms if took.count else math.inf
            text = f"{leg.value}: {took.text()} of {took.count:,} orders at {found.offered:,.0f}/s; {found.speed.text()}"
            queued = found.offered if found.queued else 0.0
            return Try(found=found, times=times, text=text, speed=found.speed, queued=queued)

        tries = self._offered_until(looked_at, repeats)
        value = latencies(tries.last.found, leg).percentile_ms(PERCENT[percentile])
        self._keeps(leg, percentile, value, limit_ms, tries.last.found)
        tries.check(f"{leg.value} {percentile.value} should be at most {limit_ms:g} ms, it was {value:.2f} ms")
        return value

    @keyword
    def the_load_sustains(self, least: int, *, repeats: int = MOST_REPEATS) -> float:
        """The last load reconciles, and at least so many orders a second came through the whole path, from the first tick's due moment to
        the last fill on disk.

        A load that fell short by no more than the machine's own slowness explains, or on a machine that was not quiet (it stood still
        for more than 2 % of the time, or computed more than 1.15 times slower than the reference), is offered again, at most `repeats`
        times. If the machine explains what is missing in the last try, too, nobody can tell: the test is skipped and says so.

        Args:
            least: Orders a second; offer some more.
            repeats: How often a load on a machine that may be to blame may be offered again.

        Returns:
            Orders a second.

        Raises:
            AssertionError: the books do not agree, or they were fewer than the machine explains; the machine's own speed is in the message.
            SkipExecution: they were fewer, and the machine may be why.

        Example:
            ```robotframework
            Offer A Steady Load    1050    15s
            The Load Sustains    1000
            ```
        """

        def looked_at(found: Outcome) -> Try[Outcome]:
            rate = found.account.rate
            came = f"{rate:,.1f}/s of {found.offered:,.0f}/s, done {found.drained_s:.1f} s after the last tick; {found.speed.text()}"
            return Try(found=found, times=least / rate if rate else math.inf, text=came, speed=found.speed)

        tries = self._offered_until(looked_at, repeats)
        rate = tries.last.found.account.rate
        context = tries.last.text
        self.measured("orders through the whole path", "orders/s", round(rate, 1), required=float(least), more=True, context=context)
        tries.check(f"expected {least:,} orders a second or more, came {rate:,.1f}")
        return rate

    @keyword
    def the_load_reconciles(self) -> str:
        """Venue, database and audit chain agree on the last load, order by order and fill by fill; every tick has its one answer.

        Returns:
            What was counted, in one line.

        Raises:
            AssertionError: they do not agree; each difference is listed.

        Example:
            ```robotframework
            Offer A Steady Load    100    2s
            The Load Reconciles
            ```
        """
        return counts_text(self.reconciled())

    def _offered_until(self, looked_at: Callable[[Outcome], Try[Outcome]], repeats: int) -> Tries[Outcome]:
        """The last load, offered again while it missed its limit and the machine may be to blame. `looked_at`: what a load came to."""

        def offered_again(missed: Try[Outcome]) -> None:
            logger.warn(f"the machine was not quiet enough, the load is offered again: {missed.text}")
            self._offer(list(missed.found.phases), progress=True)

        return tried(lambda: looked_at(self.reconciled()), repeats, offered_again)

    def _keeps(self, leg: Leg, percentile: Percentile, value: float, limit_ms: float, found: Outcome) -> None:
        """The try that counts, in the log and among the run's figures."""
        context = f"at {found.offered:,.0f} ticks/s; {found.speed.text()}"
        logger.info(f"{leg.value} {percentile.value} {value:.2f} ms, {value / limit_ms:.2f} of the {limit_ms:g} ms required; {context}")
        buckets = latencies(found, leg).buckets()
        self.measured(f"{leg.value}, {percentile.value}", "ms", value, required=limit_ms, context=context, histogram=buckets)

    def _offer(self, phases: Sequence[Phase], progress: bool) -> str:
        self._begin(phases, progress)
        return self.await_the_end_of_the_load()

    def _begin(self, phases: Sequence[Phase], progress: bool) -> None:
        exchange, engine = self.exchange(), self.engine()
        try:
            run = Run(exchange, engine, phases, engine.links[0].symbols, _console() if progress else None)
        except ValueError as error:
            raise WrongArgument(str(error)) from None
        run.begin()
        self._under_way = run
        self.note("load begun", load=schedule.told(run.phases), symbols=len(engine.links[0].symbols), seconds=run.seconds)


def whole(duration: timedelta) -> int:
    """Whole seconds.

    Raises:
        WrongArgument: parts of a second, or none at all.
    """
    seconds = duration.total_seconds()
    if seconds < 1 or seconds != int(seconds):
        raise WrongArgument(f"a load lasts whole seconds, such as 15s, got {seconds:g} s")
    return int(seconds)


def _console() -> Say | None:
    """Where live progress goes: the console, if somebody sees it and wants it (`--variable LOAD_PROGRESS:off`)."""
    wanted = str(robot_variable("${LOAD_PROGRESS}", "on")).lower() != "off"
    return logger.console if wanted and not under_pabot(session.output_directory) else None
