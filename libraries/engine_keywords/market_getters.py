"""What the engine says of its market data: connections, what it did not believe, its canonical ticks; and its clock, moved."""

from __future__ import annotations

from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import ask
from libraries.common.errors import NotYet, WrongArgument, refuse_unknown
from libraries.common.types import NOT_GIVEN, Duration, Symbol, Timeout, milliseconds
from libraries.engine_keywords.reading import EngineReader
from libraries.world.engine import Engine
from libraries.world.errors import WorldError

_LOOK = "GET /market of the engine, and its log below"
_STATES = ("CONNECTING", "SUBSCRIBING", "LIVE", "RETIRING", "WAITING", "CLOSED")
_TICK_FIELDS = ("symbol", "price", "quantity", "venue_time_ms", "trade_id")


class MarketGetterKeywords(EngineReader):
    """Asked of one venue's market data."""

    @keyword
    def get_market_connection_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        state: str = NOT_GIVEN,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """How many market data connections the engine has to a venue, whatever their state.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            state: Only those in this state: `CONNECTING`, `SUBSCRIBING`, `LIVE`, `RETIRING`, `WAITING` or `CLOSED`.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Raises:
            WrongArgument: an unknown state; lists the known ones.

        Example:
            ```robotframework
            Get Market Connection Count    ==    1    state=LIVE
            ```
        """
        if state is not None and state not in _STATES:
            raise refuse_unknown("state of a connection", state, list(_STATES))
        name = self.venue_name(venue)

        def read(running: Engine) -> int:
            return sum(1 for row in _venue(running, name)["connections"] if state in (None, row["state"]))

        wanted = f"number of {state + ' ' if state else ''}market connections"
        return ask(self.question(engine, read, wanted, _LOOK), operator, expected, timeout)

    @keyword
    def get_rejected_count(
        self,
        reason: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """How many public messages the engine did not believe, for one reason.

        Args:
            reason: Such as `stale`, `duplicate`, `not_a_number` (docs/market-data.md has them all).
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Raises:
            WrongArgument: an unknown reason; lists the known ones.

        Example:
            ```robotframework
            Get Rejected Count    duplicate    ==    0
            ```
        """
        name = self.venue_name(venue)

        def read(running: Engine) -> int:
            counts = _venue(running, name)["rejected"]
            if reason not in counts:
                raise refuse_unknown("reason", reason, list(counts))
            return int(counts[reason]) - self.mark(running.alias).rejected.get(name, {}).get(reason, 0)

        return ask(self.question(engine, read, f"number of {reason} messages", _LOOK), operator, expected, timeout)

    @keyword
    def get_market_counter(
        self,
        name: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """How often something happened to the engine's market data; 0 for what never did.

        Args:
            name: Such as `books_lost`, `books_synchronised`, `connections_replaced`, `stale_connections`, `snapshots_refused`,
                `snapshots_failed`, `trades_missed`.
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Market Counter    books_lost    ==    0
            ```
        """
        alias = self.venue_name(venue)

        def read(running: Engine) -> int:
            before = self.mark(running.alias).counters.get(alias, {}).get(name, 0)
            return int(_venue(running, alias)["counters"].get(name, 0)) - before

        return ask(self.question(engine, read, f"counter {name}", _LOOK), operator, expected, timeout)

    @keyword
    def get_last_tick(
        self,
        symbol: Symbol,
        field: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """One value of the newest public trade as the engine's strategies see it, whatever stream told of it.

        Args:
            symbol: Such as `BTCUSDT`.
            field: `price` (quote), `quantity` (base), `venue_time_ms` or `trade_id`.
            operator: A text operator; left out, the value is only returned.
            expected: The text to compare with (amounts in canonical form: `0.5`, not `0.50`).
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The value.

        Raises:
            WrongArgument: an unknown field; lists the known ones.

        Example:
            ```robotframework
            Someone Buys    BTCUSDT    qty=0.4    price=101.00
            Get Last Tick    BTCUSDT    price    ==    101
            ```
        """
        if field not in _TICK_FIELDS:
            raise refuse_unknown("field of a tick", field, list(_TICK_FIELDS))
        name = self.venue_name(venue)

        def read(running: Engine) -> str:
            tick = running.control.tick(name, symbol)
            if tick is None:
                raise NotYet("the engine has seen no trade of it")
            return str(tick[field])

        return ask(self.question(engine, read, f"{field} of the last tick of {symbol}", _LOOK), operator, expected, timeout)

    @keyword
    def let_the_engines_clock_pass(self, duration: Duration, *, engine: str = NOT_GIVEN) -> None:
        """Move the engine's clock ahead, as if so much time had passed at once. Pauses, ages and deadlines of the engine follow.

        The engine must have been started with `movable_clock=True`. While it is killed or stopped, so much time has passed when it is
        started again.

        Args:
            duration: Such as `10s`, `23 hours`; above 0.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: the engine's clock cannot be moved, or not by that much.

        Example:
            ```robotframework
            Start A Fresh Engine    movable_clock=True
            Let The Engines Clock Pass    10s
            ```
        """
        try:
            self.engine(engine).move_clock(milliseconds(duration))
        except WorldError as error:
            raise WrongArgument(f"the engine's clock cannot pass {duration}: {error}") from None
        self.note("engine's clock moved", by_ms=milliseconds(duration))


def _venue(running: Engine, name: str) -> dict[str, Any]:
    return dict(running.control.market()["venues"][name])
