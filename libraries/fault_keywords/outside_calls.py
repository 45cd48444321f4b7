"""The n-th call of an engine to its venue fails, for every n."""

from __future__ import annotations

from robot.api import logger
from robot.api.deco import keyword

from libraries.campaign.outside import MOST_CALLS, SYMBOL, Failure, Moment, fail
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN
from libraries.world.session import session


class OutsideCallKeywords(Component):
    """Each session has an engine, an account and an audit of its own."""

    @keyword
    def every_outside_call_fails_once(
        self,
        failure: Failure,
        *,
        during: Moment = Moment.TRADING,
        first: int = 1,
        every: int = 1,
        last: int = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> int:
        """Sessions with a new engine each: in the n-th one its n-th request to the venue fails, until a session has no n-th one.

        A session is a start, an order that is filled, one that is filled in parts, one that is cancelled, and an exit. After it the
        engine comes to rest, is RUNNING, and is audited. During `RESTART` the calls are those of the start after a kill that left a
        position and an order, filled in part meanwhile; during `SHUTDOWN` those of an end that cancels what rests and closes the
        position, with exit code 0.

        Args:
            failure: `CUT` (the connection is reset, the request is lost), `LOST` (it is done, no answer comes), `FAILED` (503 -1007,
                nothing is done) or `FAILED_AND_DONE` (503 -1007, it is done, and events of orders come late).
            during: Whose calls fail: those of the `TRADING` (default, with its start), of a `RESTART`, or of a `SHUTDOWN`.
            first: Number of the first request that fails.
            every: Only every so many-th request: 1 = each.
            last: Number of the last request that fails; default: none, it goes on until a session is untouched.
            venue: Alias of the venue, which lists BTCUSDT; default: the first one opened.

        Returns:
            How many sessions had a call that failed.

        Raises:
            WrongArgument: `first` or `every` below 1, or `last` below `first`.
            AssertionError: a session was not survived; which call failed, and what is wrong.

        Example:
            ```robotframework
            Every Outside Call Fails Once    LOST
            Every Outside Call Fails Once    CUT    first=3    every=10    last=13
            Every Outside Call Fails Once    LOST    during=RESTART
            ```
        """
        if first < 1 or every < 1:
            raise WrongArgument(f"first and every are numbers from 1 on, got {first} and {every}")
        if last is not None and last < first:
            raise WrongArgument(f"last is a number from {first} on, got {last}")
        exchange, hits, wrong = self.exchange(venue), 0, []
        for nth in range(first, MOST_CALLS if last is None else last + 1, every):
            directory = session.directory / f"{during.value}-{failure.value}-{nth}".lower()
            outcome = fail(nth, failure, during, exchange, root=session.engine_root, directory=directory)
            self.note("outside call failed", nth=nth, failure=failure.value, during=during.value, what=outcome.hit)
            logger.info(f"{nth}: {outcome.hit or 'untouched'}")
            wrong += [f"call {nth} ({outcome.hit or 'untouched'}): {each}" for each in outcome.failures]
            if not outcome.hit:
                break
            hits += 1
        else:
            if last is None:
                wrong.append(f"a session should have fewer than {MOST_CALLS} calls to {SYMBOL}'s venue, none was untouched")
        if wrong or not hits:
            raise AssertionError("\n".join(wrong) or f"at least one session should have a call number {first}, none had")
        return hits
