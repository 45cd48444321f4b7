"""Getters over the engine's rate budget and over the conditions of the outside that it has on record."""

from __future__ import annotations

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import ask
from libraries.common.errors import NotYet, refuse_unknown
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.engine_keywords.reading import EngineReader
from libraries.world.engine import Engine

_FIELDS = ("limit", "for_entries", "used", "ends_in_ms")


class RateGetterKeywords(EngineReader):
    """What is left of the venue's limits."""

    @keyword
    def get_rate_limit(
        self,
        kind: str,
        interval_ms: int,
        field: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """One of the venue's limits as the engine's rate budget knows it.

        Args:
            kind: `REQUEST_WEIGHT`, `ORDERS` or `RAW_REQUESTS`.
            interval_ms: Length of its window, ms: 60000 of the weight, 10000 and 86400000 of orders, 300000 of requests.
            field: `limit`, `for_entries` (what entries may use of it), `used`, or `ends_in_ms`.
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Raises:
            WrongArgument: an unknown field; lists the known ones.

        Example:
            ```robotframework
            Get Rate Limit    ORDERS    10000    for_entries    ==    80
            ```
        """
        if field not in _FIELDS:
            raise refuse_unknown("field", field, list(_FIELDS))
        name = self.venue_name(venue)

        def read(running: Engine) -> int:
            for row in running.control.rates()[name]["limits"]:
                if (row["kind"], row["interval_ms"]) == (kind, interval_ms):
                    return int(row[field])
            raise NotYet(f"the engine knows no limit {kind} of {interval_ms} ms")

        return ask(self.question(engine, read, f"{field} of {kind} per {interval_ms} ms"), operator, expected, timeout)

    @keyword
    def get_condition(
        self,
        name: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """A condition of the outside, as the engine has it on record.

        Args:
            name: Such as `binance/requests` (FREE, ENTRIES_HELD, ORDERS_HELD, HELD, BANNED), `binance/market`, `binance/BTCUSDT/book`.
            operator: A text operator; left out, the word is only returned.
            expected: The word to compare with.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The word.

        Example:
            ```robotframework
            Get Condition    binance/market    ==    UP
            ```
        """

        def read(running: Engine) -> str:
            conditions = running.control.state()["conditions"]
            if name not in conditions:
                raise NotYet(f"no such condition is on record; there are {', '.join(sorted(conditions))}")
            return str(conditions[name])

        return ask(self.question(engine, read, f"condition {name}"), operator, expected, timeout)
