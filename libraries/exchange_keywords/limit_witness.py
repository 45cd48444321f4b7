"""What reached the venue since a moment, whoever sent it, and what it counted: the witness of limits that are kept (X31-X33)."""

from __future__ import annotations

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import Question, ask
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Timeout

_LOOK = "the exchange transcript of this test below"


class LimitWitnessKeywords(Component):
    """The venue's own counts."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: dict[str, int] = {}

    @keyword
    def mark_the_venues_requests(self, *, venue: str = NOT_GIVEN) -> int:
        """Remember which requests the venue has received so far, for `Get Request Count Since The Mark`.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The number of the last one.

        Example:
            ```robotframework
            Mark The Venues Requests
            Get Request Count Since The Mark    ==    0
            ```
        """
        exchange = self.exchange(venue)
        rows = exchange.admin.requests()
        self._marks[exchange.alias] = max((int(row["seq"]) for row in rows), default=0)
        return self._marks[exchange.alias]

    @keyword
    def get_request_count_since_the_mark(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        path: str = NOT_GIVEN,
        code: int = NOT_GIVEN,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How many requests the venue has received since `Mark The Venues Requests`, whoever sent them, also those that it refused.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            path: Only requests whose path or method contains this, such as `order.place`.
            code: Only those that it refused with this code, such as `-1021`.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Raises:
            WrongArgument: there is no mark yet.

        Example:
            ```robotframework
            Mark The Venues Requests
            Get Request Count Since The Mark    ==    0    path=order.place
            ```
        """
        exchange = self.exchange(venue)
        if exchange.alias not in self._marks:
            raise WrongArgument("nothing is marked yet; keyword: Mark The Venues Requests")
        since = self._marks[exchange.alias]

        def count() -> int:
            rows = exchange.admin.requests(since=since)
            named = [row for row in rows if path is None or path in f"{row['method']} {row['path']}"]
            return sum(1 for row in named if code is None or row["code"] == code)

        return ask(Question(count, f"number of requests since number {since}", _LOOK), operator, expected, timeout)

    @keyword
    def get_used_weight(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """The request weight that this machine's address has used in the venue's present minute, refused requests and connections too.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The weight.

        Example:
            ```robotframework
            ${used} =    Get Used Weight
            Get Used Weight    ==    ${used}
            ```
        """
        exchange = self.exchange(venue)
        question = Question(lambda: int(exchange.admin.limits()["used_weight"]), "used request weight at the venue", _LOOK)
        return ask(question, operator, expected, timeout)
