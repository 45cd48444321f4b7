"""The engine's ticks and fills against those of independent observers."""

from __future__ import annotations

from typing import Any

from robot.api.deco import keyword

from libraries.common.assertions import Question, settle
from libraries.common.component import Component
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, Symbol, Timeout
from libraries.market_data_keywords.streams import same

_LOOK = "GET /ticks and GET /fills of the engine, and the frames of the observer"
_FILL = {"price": "L", "quantity": "l", "quote_quantity": "Y", "fee": "n"}
"""Amount of the engine's fill -> field of the venue's executionReport."""


class WitnessKeywords(Component):
    """Equal means: the same, to the last digit, whatever the channel that told of it."""

    @keyword
    def the_engine_tick_equals_the_watched_trade(
        self, symbol: Symbol, *, name: str = "stream", venue: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> dict[str, Any]:
        """The engine's newest tick of a symbol is the observer's newest trade: price, quantity, time and id.

        Args:
            symbol: Such as `BTCUSDT`; its `@trade` stream must be watched, in milliseconds.
            name: Name of the observer.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The engine's tick.

        Raises:
            WrongArgument: nothing is watched under that name.
            AssertionError: they differ until the timeout, or there is none.

        Example:
            ```robotframework
            Watch The Stream    btcusdt@trade
            Someone Buys    BTCUSDT    qty=0.4    price=101.00
            The Engine Tick Equals The Watched Trade    BTCUSDT
            ```
        """
        watcher = self.notes.watchers.get(name)
        if watcher is None:
            raise WrongArgument(f"nothing is watched under the name {name!r}; begin with Watch The Stream")
        alias = self.exchange(venue).alias

        def read() -> dict[str, Any]:
            trades = [frame["data"] for frame in watcher.seen() if frame["stream"] == f"{symbol.lower()}@trade"]
            tick = self.engine(engine).control.tick(alias, symbol)
            if not trades or tick is None:
                raise NotYet(f"observer: {len(trades)} trades, engine: {tick or 'none'}")
            seen = {key: tick[key] for key in ("price", "quantity", "venue_time_ms", "trade_id")}
            told = trades[-1]
            witness = {"price": told["p"], "quantity": told["q"], "venue_time_ms": told["T"], "trade_id": told["t"]}
            if not all(same(str(seen[key]), witness[key]) for key in seen):
                raise NotYet(f"engine: {seen}, observer: {witness}")
            return tick

        return settle(Question(read, f"last tick of {symbol}", _LOOK), "be the same by engine and observer", lambda _: True, timeout)

    @keyword
    def the_engine_fills_equal_the_observed_fills(
        self, *, socket: str = "account", timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> int:
        """The engine has booked exactly the executions that the observer of its account was told of, each once.

        Args:
            socket: The observer (keyword: Watch The Account), opened before the first order.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            How many executions were compared.

        Raises:
            WrongArgument: there is no such observer.
            AssertionError: they differ until the timeout; with what differs.

        Example:
            ```robotframework
            Watch The Account
            The Engine Holds    BTCUSDT    BUY    0.1
            The Engine Fills Equal The Observed Fills
            ```
        """
        observer = self.notes.websockets.get(socket)
        if observer is None:
            raise WrongArgument(f"no observer {socket!r}; open one first (keyword: Watch The Account)")

        def compare() -> int:
            told = {event["t"]: event for event in observer.events() if event["e"] == "executionReport" and event["x"] == "TRADE"}
            booked = {row["trade_id"]: row for row in self.engine(engine).control.fills()}
            if told.keys() != booked.keys():
                raise NotYet(f"the engine booked {sorted(booked)}, the observer was told of {sorted(told)}")
            for trade_id, row in booked.items():
                differing = [name for name, key in _FILL.items() if not same(str(row[name]), told[trade_id][key])]
                if differing:
                    raise NotYet(f"execution {trade_id} differs in {', '.join(differing)}: {row} and {told[trade_id]}")
            return len(booked)

        return settle(Question(compare, "booked executions", _LOOK), "be those that the observer saw", lambda _: True, timeout)
