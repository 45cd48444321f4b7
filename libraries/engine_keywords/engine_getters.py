"""Getters over the engine itself: state, digest, health, metrics; opportunities and multi-leg trades; its top of book."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.amounts import Money, Price, exact
from libraries.common.assertions import ask
from libraries.common.errors import NotYet, WrongArgument, refuse_unknown
from libraries.common.types import NOT_GIVEN, BookSide, EngineStatus, Symbol, Timeout
from libraries.engine_keywords.reading import EngineReader
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine
from libraries.world.errors import WorldError


class EngineGetterKeywords(EngineReader):
    """What the engine says of itself."""

    @keyword
    def get_engine_state(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: EngineStatus = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """The engine's state.

        Args:
            operator: `==` or `!=`; left out, the state is only returned.
            expected: Such as `RUNNING`.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The state.

        Raises:
            WorldError: the engine does not run or does not answer.

        Example:
            ```robotframework
            Get Engine State    ==    RUNNING
            ```
        """
        question = self.question(engine, lambda running: EngineStatus[str(running.control.health()["state"])], "state of the engine")
        return str(ask(question, operator, expected, timeout).value)

    @keyword
    def get_state_digest(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """The digest of the engine's trading state: equal digests = equal orders, fills, positions, balances, strategies.

        Args:
            operator: `==` or `!=`; left out, the digest is only returned.
            expected: A digest that this keyword returned before.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The digest, 64 hexadecimal characters.

        Example:
            ```robotframework
            ${before} =    Get State Digest
            Stop The Engine
            Restart The Engine
            Get State Digest    ==    ${before}
            ```
        """
        return ask(
            self.question(engine, lambda running: str(running.control.state()["digest"]), "state digest"), operator, expected, timeout
        )

    @keyword
    def get_health(
        self,
        path: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """One value of the engine's `/health`, as text (`true`, `false`, a number, a word).

        Args:
            path: Names joined by dots: `state`, `epoch`, `journal_seq`, `test_hooks`, `venues.binance.orders`,
                `venues.binance.market`, `venues.binance.reconciled`, `books.binance/BTCUSDT`.
            operator: A text operator; left out, the value is only returned.
            expected: The value to compare with.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The value.

        Raises:
            WrongArgument: a path that `/health` does not have; lists the names at that place.

        Example:
            ```robotframework
            Get Health    venues.binance.market    ==    true
            ```
        """
        question = self.question(engine, lambda running: _dig(running.control.health(), path), f"health {path}")
        return ask(question, operator, expected, timeout)

    @keyword
    def get_address_in_use(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        venue: str = "binance",
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """By which of a venue's addresses the engine goes: 1 = the first, as its `/health` tells.

        Args:
            operator: An assertion operator; left out, the value is only returned.
            expected: The number to compare with.
            venue: Alias of the venue.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Address In Use    ==    2    timeout=20s
            ```
        """
        path = f"venues.{venue}.address.number"
        question = self.question(engine, lambda running: int(_dig(running.control.health(), path)), f"address of {venue} in use")
        return ask(question, operator, expected, timeout)

    @keyword
    def get_metric(
        self,
        name: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Money = NOT_GIVEN,
        *,
        labels: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Decimal:
        """A Prometheus metric of the engine; samples of one name are added up.

        Args:
            name: Such as `genesis_orders_total`.
            operator: A comparison; left out, the value is only returned.
            expected: The value to compare with.
            labels: Only samples whose labels contain this text, such as `venue="binance"`.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The value.

        Raises:
            AssertionError: no such metric in time, or another value; with what was last seen.

        Example:
            ```robotframework
            Get Metric    genesis_trades_total    ==    2
            ```
        """
        question = self.question(engine, lambda running: _metric(running.control.metrics(), name, labels), f"metric {name}", "GET /metrics")
        return ask(question, operator, expected, timeout)

    @keyword
    def get_top_of_book(
        self,
        symbol: Symbol,
        side: BookSide,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Price = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Decimal:
        """The best price of one side of the engine's own book.

        Args:
            symbol: Such as `BTCUSDT`.
            side: `BID` or `ASK`.
            operator: A comparison; left out, the price is only returned.
            expected: The price to compare with, in quote per base.
            venue: Alias of the venue; default: the first one.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The price.

        Example:
            ```robotframework
            Get Top Of Book    BTCUSDT    BID    ==    99.00
            ```
        """
        name = self.venue_name(venue)

        def read(running: Engine) -> Decimal:
            book = running.control.book(name, symbol)
            if book is None:
                raise NotYet("no book that the engine trusts")
            levels = book["bids"] if side is BookSide.BID else book["asks"]
            if not levels:
                raise NotYet(f"no {side.value.lower()}s in the book")
            return exact(levels[0][0], "price", "100.25", 18)

        return ask(self.question(engine, read, f"best {side.value.lower()} of {symbol}"), operator, expected, timeout)

    @keyword
    def the_engine_should_have_ended(self, exit_code: int, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> None:
        """The engine ends by itself with this exit code; announces the death, so that it is no surprise to the test.

        Args:
            exit_code: 0 clean, 4 database, 5 venue, 7 halted by an internal failure, 11 stopped with something left, 143 left at a
                second signal; docs/engine.md has them all.
            timeout: How long to wait; default 5 seconds.
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: it still runs, or ended otherwise; the end of its log is in the message.

        Example:
            ```robotframework
            The Engine Should Have Ended    7
            ```
        """
        running = self.engine(engine)
        child = running.child
        if child is None:
            raise WorldError(f"engine {running.alias} was never started; start it first (keyword: Start A Fresh Engine)")
        child.announce_death("keyword The Engine Should Have Ended")
        code = child.wait(Deadline(timeout or Timeout(seconds=5)).remaining())
        if code != exit_code:
            raise AssertionError(
                f"engine {running.alias} should end with exit code {exit_code}, it is {child.exit_text()}.\n"
                f"End of its log:\n{child.log_tail()}"
            )
        running.forget()
        self.note("stop", engine=running.alias, exit_code=code)


def _dig(document: Any, path: str) -> str:
    """The value at a dotted path; a name may itself hold a slash, never a dot."""
    for name in path.split("."):
        if not isinstance(document, dict):
            raise WrongArgument(f"health has nothing below {document!r} for {path!r}")
        if name not in document:
            raise refuse_unknown("health value", name, list(document))
        document = document[name]
    return str(document).lower() if isinstance(document, bool) else str(document)


def _metric(text: str, name: str, labels: str | None) -> Decimal:
    """The sum of the samples of one metric."""
    names: set[str] = set()
    total: Decimal | None = None
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        sample, _, number = line.rpartition(" ")
        sample_name, _, sample_labels = sample.partition("{")
        names.add(sample_name)
        if sample_name == name and (labels is None or labels in sample_labels):
            total = (total or Decimal(0)) + Decimal(number)
    if total is None:
        similar = ", ".join(sorted(other for other in names if other.startswith("genesis_"))) or "none"
        raise NotYet(f"no such metric{' with ' + labels if labels else ''} (there are: {similar})")
    return total
