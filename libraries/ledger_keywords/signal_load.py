"""Signals that are sent all the time while something breaks: what the engine acknowledged is compared with its journal."""

from __future__ import annotations

import time

from assertionengine import AssertionOperator
from robot.api import logger
from robot.api.deco import keyword

from libraries.common.assertions import ONCE, Question, ask
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Symbol, Timeout
from libraries.engine_keywords.signal_source import Sent, SignalSources
from libraries.fault_keywords.types import WriteOutcome
from libraries.ledger_keywords.database import DatabaseReader
from libraries.world.deadlines import Deadline
from libraries.world.session import session

GO_ON = Timeout(seconds=60)
PACE = Timeout(milliseconds=250)
_LOOK = "the history and the engine.log of this test, and the logs of the database's nodes in its directory of this world"


class SignalLoadKeywords(DatabaseReader):
    """The auditor looks at each of these signals, too (I14, I15): its history has every question and every answer."""

    @keyword
    def signals_are_sent_all_the_time(
        self, *symbols: Symbol, pace: Timeout = PACE, orders: int = 4, venue: str = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> None:
        """From now on each symbol has a source that buys 0.10 and sells 0.09 at market in turn, one signal after the other.

        Args:
            symbols: Such as `BTCUSDT`; default: all that the engine trades.
            pace: How long each source waits between an answer and its next signal.
            orders: Wait until so many are acknowledged.
            venue: Alias of the venue; default: the first one.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: there are sources already.
            AssertionError: not so many orders within 60 seconds.

        Example:
            ```robotframework
            Signals Are Sent All The Time
            Count Orders From Here
            Kill The Primary Database
            Orders Are Acknowledged Again    most=5s
            End The Signals
            Get Signals    LOST    ==    0
            ```
        """
        if self.notes.sources is not None:
            raise WrongArgument("signals are sent already; end them first (keyword: End The Signals)")
        running = self.engine(engine)
        known = tuple(Symbol(symbol) for link in running.links for symbol in link.symbols)
        sources = SignalSources(running, self.exchange(venue).alias, symbols or known, pace.total_seconds())
        self.notes.sources = sources
        session.scope.cleanups.append(sources.stop)
        sources.wait_for(orders, Deadline(GO_ON))
        self.note("signals are sent all the time", symbols=[str(symbol) for symbol in symbols or known])

    @keyword
    def count_orders_from_here(self) -> None:
        """`Orders Are Acknowledged Again` means signals that are sent from now on: say it right before something breaks.

        Raises:
            WrongArgument: no signals are sent.

        Example:
            ```robotframework
            Count Orders From Here
            ```
        """
        self._sources().counted_from = time.monotonic()

    @keyword
    def orders_are_acknowledged_again(self, *, most: Timeout, orders: int = 1) -> float:
        """So many orders are acknowledged of signals that were sent since `Count Orders From Here`, within so much time from there.

        Args:
            most: Such as `5s`.
            orders: How many.

        Returns:
            Seconds from there to the acknowledgement.

        Raises:
            WrongArgument: no signals are sent.
            AssertionError: not in time.

        Example:
            ```robotframework
            Orders Are Acknowledged Again    most=5s
            ```
        """
        seconds = self._sources().wait_for(orders, Deadline(most))
        self.note("orders are acknowledged again", after_s=round(seconds, 2))
        self.measured("orders acknowledged again after a fault", "s", seconds, required=most.total_seconds())
        logger.info(f"{orders} orders were acknowledged {seconds:.2f} s after the moment from which they count (at most {most} allowed)")
        if seconds > most.total_seconds():
            raise AssertionError(
                f"an order should be acknowledged within {most.total_seconds():g} s, it was after {seconds:.2f} s. {_LOOK}"
            )
        return round(seconds, 3)

    @keyword
    def end_the_signals(self, *, engine: str = NOT_GIVEN) -> None:
        """Stop the sources and compare what they were told with the journal as it is now.

        Args:
            engine: Alias of an engine on that journal; default: the first engine.

        Raises:
            WrongArgument: no signals are sent.
            WorldError: one still waits for an answer.

        Example:
            ```robotframework
            End The Signals
            ```
        """
        sources = self._sources()
        sources.stop()
        received = [(fact["correlation_id"], fact["payload"]["signal"]["signal_id"]) for fact in self.facts(engine, "SignalReceived")]
        correlated = dict(received)
        ordered = [correlated[row["correlation_id"]] for row in self.rows(engine, "orders") if row["correlation_id"] in correlated]
        self.notes.sources, self.notes.sent = None, sources.end([name for _, name in received], ordered)
        sent = self.notes.sent
        figures = {"acknowledged": sent.acknowledged, "refused": sent.refused, "unknown": sent.unknown}
        figures |= {"lost": len(sent.lost), "phantom": len(sent.phantom)}
        logger.info(", ".join(f"{name} {value}" for name, value in figures.items()))
        self.note("signals ended", **figures)

    @keyword
    def get_signals(self, outcome: WriteOutcome, operator: AssertionOperator = NOT_GIVEN, expected: int = NOT_GIVEN) -> int:
        """How many signals of the sources ended so.

        Args:
            outcome: `ACKNOWLEDGED` (the engine said that an order is on its way), `LOST` (acknowledged, and the journal has no such signal,
                or no order of it), `PHANTOM` (in the journal twice, or never sent, or an order of a signal that was refused),
                `INDETERMINATE` (no answer came).
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.

        Returns:
            The number.

        Raises:
            WrongArgument: the signals have not ended.
            AssertionError: another number.

        Example:
            ```robotframework
            Get Signals    LOST    ==    0
            ```
        """
        sent = self._sent()
        numbers = {
            WriteOutcome.ACKNOWLEDGED: sent.acknowledged,
            WriteOutcome.INDETERMINATE: sent.unknown,
            WriteOutcome.LOST: len(sent.lost),
            WriteOutcome.PHANTOM: len(sent.phantom),
        }
        question = Question(lambda: numbers[outcome], f"number of signals that are {outcome.value.lower()}", _LOOK)
        return ask(question, operator, expected, ONCE)

    def _sources(self) -> SignalSources:
        if self.notes.sources is None:
            raise WrongArgument("no signals are sent; start them first (keyword: Signals Are Sent All The Time)")
        return self.notes.sources

    def _sent(self) -> Sent:
        if self.notes.sent is None:
            raise WrongArgument("nothing was counted yet; end the signals first (keyword: End The Signals)")
        return self.notes.sent
