"""The venue's own ledger file, read from disk: what the exchange says happened."""

from __future__ import annotations

import json
from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import Question, ask
from libraries.common.component import Component, member
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.world.exchange import Exchange

LINE_TYPES = [
    *("venue", "account", "transfer", "request", "order", "list", "activated", "triggered", "locked", "amended"),
    *("trade", "prevented", "closed", "fault"),
]
_LOOK = "ledger.jsonl of the exchange in the kept world"


class VenueLedgerKeywords(Component):
    """Append-only, double entry, one line per command."""

    @keyword
    def get_venue_ledger_count(
        self,
        type: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How many lines of one type the venue's ledger has about the test's account.

        Args:
            type: `account`, `transfer`, `request`, `order`, `trade`, `closed` or `fault` (`venue` counts the file's first line).
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Venue Ledger Count    trade    ==    2
            ```
        """
        member("type of ledger line", type, LINE_TYPES)
        question = Question(lambda: len(self._lines(type, venue)), f"number of {type} lines in the venue's ledger", _LOOK)
        return ask(question, operator, expected, timeout)

    @keyword
    def get_venue_ledger_lines(self, type: str, *, venue: str = NOT_GIVEN) -> list[dict[str, Any]]:
        """The lines of one type about the test's account, oldest first.

        Args:
            type: `account`, `transfer`, `request`, `order`, `trade`, `closed` or `fault`.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The lines as documents; amounts as text.

        Example:
            ```robotframework
            ${trades} =    Get Venue Ledger Lines    trade
            ```
        """
        member("type of ledger line", type, LINE_TYPES)
        return self._lines(type, venue)

    def _lines(self, kind: str, venue: str | None) -> list[dict[str, Any]]:
        lines = ledger_lines(self.exchange(venue), kind)
        if kind == "venue":
            return lines
        account = self.account(venue).name
        return [line for line in lines if account in accounts_of(line)]


def ledger_lines(exchange: Exchange, kind: str) -> list[dict[str, Any]]:
    """All complete lines of one type; a line that is being written is left for the next look."""
    raw = exchange.ledger_path.read_bytes()
    whole = raw[: raw.rfind(b"\n") + 1]
    lines = (json.loads(line) for line in whole.splitlines())
    return [line for line in lines if line["type"] == kind]


def accounts_of(line: dict[str, Any]) -> tuple[str, ...]:
    """The accounts that a ledger line is about."""
    if line["type"] == "trade":
        return (line["maker"]["account"], line["taker"]["account"])
    return (line["account"],)
