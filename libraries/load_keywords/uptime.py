"""Time in which the engine can trade, over time: asked from outside, while faults come and go (L9)."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

from assertionengine import AssertionOperator
from robot.api import logger
from robot.api.deco import keyword

from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.evidence import render
from libraries.load_keywords.results import LoadComponent, check
from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import Engine
from libraries.world.errors import WorldError
from libraries.world.http import JsonClient
from libraries.world.session import session

DAY_S = 86_400
_LOOK_EVERY_S = 0.05
_ANSWER_S = 1.0
_TRADES = Timeout(seconds=60)
LEAST_LOOKS = 20
MOST_GAP_S = 2.0
"""A look that waits for its answer takes a second; in twice that between two of them anything may have happened unseen."""


class Watcher:
    """Asks an engine again and again whether it can trade: RUNNING, and its database answers. No answer is no."""

    def __init__(self, engine: Engine) -> None:
        self.begun = self._last = time.monotonic()
        self.looks = 0
        self._longest_gap_s = 0.0
        self._engine = engine
        self._client: JsonClient | None = None
        self._outages: list[list[float]] = []  # [begin, end]
        self._able = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load: can the engine trade?", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._client is not None:
            self._client.close()

    def sees(self, able: bool, deadline: Deadline) -> bool:
        """Whether a look that begins from now on finds that it can trade, or that it cannot, in time."""
        under_way = self.looks + 1
        return poll(lambda: True if self.looks > under_way and self._able is able else None, deadline, self._stop.wait) is not None

    def blind(self) -> str:
        """ "", or why it has not seen what it should: fewer looks than so many, or a time in which nobody looked."""
        gap_s = max(self._longest_gap_s, time.monotonic() - self._last)
        if self.looks >= LEAST_LOOKS and gap_s <= MOST_GAP_S:
            return ""
        return (
            f"whether the engine can trade should have been asked {LEAST_LOOKS} times or more and at least every {MOST_GAP_S:g} s, it was "
            f"asked {self.looks} times, with {gap_s:.1f} s between two: what happened meanwhile nobody knows"
        )

    def outages(self) -> list[tuple[float, float]]:
        """(seconds after the begin, how long): the last one as far as it has come."""
        now = time.monotonic()
        spans = [(span[0], span[1] if len(span) > 1 else now) for span in list(self._outages)]
        return [(begin - self.begun, end - begin) for begin, end in spans]

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            able = self._can_trade()
            now = time.monotonic()
            if self._able and not able:
                self._outages.append([self._last])  # it may have begun right after the last good answer
            elif able and not self._able:
                self._outages[-1].append(now)
            self._longest_gap_s = max(self._longest_gap_s, now - self._last)
            self._able, self.looks, self._last = able, self.looks + 1, now

    def _can_trade(self) -> bool:
        try:
            answer = self._own_client().request("GET", "/health", timeout=_ANSWER_S)
        except (WorldError, OSError):
            return False
        return answer.ok and answer.body.get("state") == "RUNNING" and answer.body.get("database", {}).get("ok") is True

    def _own_client(self) -> JsonClient:
        """A connection of this thread's own to the process that runs now. Raises WorldError: none does."""
        known = self._engine.control.client
        if self._client is None or self._client.base_url != known.base_url:
            if self._client is not None:
                self._client.close()
            self._client = JsonClient("the watch of the engine", known.base_url, known.token)
        return self._client


class UptimeKeywords(LoadComponent):
    """One watch per test."""

    @keyword
    def watch_whether_the_engine_can_trade(self, *, engine: str = NOT_GIVEN) -> None:
        """From now on the engine is asked twenty times a second whether it can trade: RUNNING, with a database that answers. An engine
        that does not answer cannot.

        Args:
            engine: Alias; default: the first engine.

        Example:
            ```robotframework
            Watch Whether The Engine Can Trade
            Kill The Engine
            Restart The Engine
            Get Availability    >=    99.9
            ```
        """
        if self.notes.uptime is not None:
            raise WrongArgument("whether the engine can trade is watched already; one watch per test")
        watcher = self.notes.uptime = Watcher(self.engine(engine))
        session.scope.cleanups.append(watcher.end)
        watcher.start()

    @keyword
    def await_that_the_engine_can_trade(self, *, timeout: Timeout = NOT_GIVEN) -> None:
        """Wait until the watch itself sees that the engine can trade: then what comes next is an outage of its own.

        Args:
            timeout: How long it may take; default 60 seconds.

        Raises:
            WrongArgument: nothing is watched.
            AssertionError: it did not happen in time; each outage is listed.

        Example:
            ```robotframework
            Watch Whether The Engine Can Trade
            Disconnect The Engine
            Get Engine State    !=    RUNNING    timeout=30s
            Await That The Engine Can Trade
            ```
        """
        self._await(True, "the engine should be able to trade", timeout)

    @keyword
    def await_that_the_engine_cannot_trade(self, *, timeout: Timeout = NOT_GIVEN) -> None:
        """Wait until the watch itself sees that the engine cannot trade: then what is broken may be healed, and was an outage.

        Args:
            timeout: How long it may take; default 60 seconds.

        Raises:
            WrongArgument: nothing is watched.
            AssertionError: it did not happen in time; each outage is listed.

        Example:
            ```robotframework
            Watch Whether The Engine Can Trade
            Kill The Venue
            Await That The Engine Cannot Trade
            Restart The Venue
            ```
        """
        self._await(False, "the engine should be unable to trade", timeout)

    def _await(self, able: bool, wish: str, timeout: Timeout) -> None:
        watcher = self._watcher()
        deadline = Deadline(timeout or _TRADES)
        if not watcher.sees(able, deadline):
            raise AssertionError(
                f"{wish} within {deadline.seconds:g} s, it was not after {watcher.looks} looks; "
                f"outages, each at and for: {watcher.outages() or 'none'}"
            )

    @keyword
    def get_availability(self, operator: AssertionOperator = NOT_GIVEN, expected: Decimal = NOT_GIVEN) -> Decimal:
        """Time in which the engine could trade, over time, in per cent of a day on which everything that has happened since the watch
        began happens once (L9). The share of the watched time itself stands in the log. Ends the watch.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: Per cent.

        Returns:
            Per cent of the day.

        Raises:
            WrongArgument: nothing is watched.
            AssertionError: it is another share (each outage is listed), or the watch has not looked: fewer than 20 times in all, or not
                for 2 seconds.

        Example:
            ```robotframework
            Watch Whether The Engine Can Trade
            Kill The Engine
            Restart The Engine
            Get Availability    >=    99.9
            ```
        """
        watcher, self.notes.uptime = self._watcher(), None
        _must_have_looked(watcher)
        watcher.end()
        watched, outages = time.monotonic() - watcher.begun, watcher.outages()
        down = sum(length for _, length in outages)
        logger.info(
            render.table(("out, s after the begin", "for, s"), [(f"{at:.1f}", f"{length:.2f}") for at, length in outages]), html=True
        )
        value = Decimal(f"{100 * (1 - down / DAY_S):.4f}")
        context = (
            f"{len(outages)} outages of {down:.1f} s together, on a day with one of each kind; of the {watched:.0f} s that were watched "
            f"({watcher.looks} looks) it could trade {100 * (1 - down / watched):.1f} %"
        )
        self.told("availability", "% of a day", value, operator=operator, limit=expected, context=context)
        return check(value, operator, expected, "availability (% of a day)", context)

    @keyword
    def get_outage_count(self, operator: AssertionOperator = NOT_GIVEN, expected: Decimal = NOT_GIVEN) -> int:
        """How often the engine could not trade since the watch began: a fault that caused no outage was none, or was not seen.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.

        Returns:
            The number.

        Raises:
            WrongArgument: nothing is watched.
            AssertionError: it is another number, or the watch has not looked: fewer than 20 times so far, or not for 2 seconds.

        Example:
            ```robotframework
            Watch Whether The Engine Can Trade
            Offer A Steady Load    20    2s
            Get Outage Count    ==    0
            ```
        """
        watcher = self._watcher()
        _must_have_looked(watcher)
        found = watcher.outages()
        return int(check(Decimal(len(found)), operator, expected, "outages", f"each at and for: {found or 'none'}"))

    def _watcher(self) -> Watcher:
        """Raises WrongArgument: nothing is watched."""
        if self.notes.uptime is None:
            raise WrongArgument("nothing is watched; begin with the keyword Watch Whether The Engine Can Trade")
        found: Watcher = self.notes.uptime
        return found


def _must_have_looked(watcher: Watcher) -> None:
    """Raises AssertionError: it has not, so that it says nothing."""
    if blind := watcher.blind():
        raise AssertionError(blind)
