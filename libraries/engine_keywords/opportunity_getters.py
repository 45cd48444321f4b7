"""Getters over arbitrage: the opportunities that the engine saw and the multi-leg trades that came of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.amounts import Money
from libraries.common.assertions import ask
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, OpportunityKind, Timeout, TradeStatus
from libraries.engine_keywords.reading import EngineReader, amount
from libraries.world.engine import Engine


class OpportunityGetterKeywords(EngineReader):
    """A multi-leg trade is one object and one position."""

    @keyword
    def get_opportunity_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        kind: OpportunityKind = NOT_GIVEN,
        traded: bool = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """How many arbitrage opportunities above the threshold the engine saw.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            kind: Only `DIRECT` or only `TRIANGULAR`.
            traded: `True`: only those that became a trade; `False`: only those that did not.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Opportunity Count    >=    1    kind=TRIANGULAR    traded=True
            ```
        """

        def count(running: Engine) -> int:
            rows = running.control.opportunities()
            return sum(1 for row in rows if kind in (None, _kind(row)) and traded in (None, bool(row["traded"])))

        return ask(self.question(engine, count, "number of opportunities"), operator, expected, timeout)

    @keyword
    def get_multi_leg_trade_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        kind: OpportunityKind = NOT_GIVEN,
        state: TradeStatus = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """How many multi-leg trades (arbitrage, pairs) the engine has.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            kind: Only `DIRECT`, only `TRIANGULAR` or only `PAIR`.
            state: Only in this state.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Multi Leg Trade Count    ==    1    state=CLOSED
            ```
        """

        def count(running: Engine) -> int:
            return sum(1 for row in running.control.trades() if kind in (None, _kind(row)) and state in (None, TradeStatus[row["state"]]))

        return ask(self.question(engine, count, "number of multi-leg trades"), operator, expected, timeout)

    @keyword
    def get_multi_leg_trade_state(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: TradeStatus = NOT_GIVEN,
        *,
        number: int = 1,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """The state of a multi-leg trade.

        Args:
            operator: `==` or `!=`; left out, the state is only returned.
            expected: Such as `CLOSED`.
            number: Which trade, from 1, oldest first.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The state.

        Example:
            ```robotframework
            Get Multi Leg Trade State    ==    CLOSED
            ```
        """
        question = self.question(
            engine, lambda running: TradeStatus[str(_trade(running, number)["state"])], f"state of multi-leg trade {number}"
        )
        return str(ask(question, operator, expected, timeout).value)

    @keyword
    def get_multi_leg_trade_pnl(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Money = NOT_GIVEN,
        *,
        number: int = 1,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Decimal:
        """The profit of a closed multi-leg trade, in quote, fees included.

        Args:
            operator: A comparison; left out, the amount is only returned.
            expected: The amount to compare with, exact.
            number: Which trade, from 1, oldest first.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The amount.

        Example:
            ```robotframework
            Get Multi Leg Trade Pnl    >    0
            ```
        """

        def read(running: Engine) -> Decimal:
            row = _trade(running, number)
            if row["pnl"] is None:
                raise NotYet(f"no P&L yet, state {row['state']}")
            return amount(row, "pnl")

        return ask(self.question(engine, read, f"P&L of multi-leg trade {number}"), operator, expected, timeout)


def _trade(running: Engine, number: int) -> dict[str, Any]:
    if number < 1:
        raise WrongArgument(f"multi-leg trades are counted from 1, got {number}")
    rows = sorted(running.control.trades(), key=lambda row: int(row["created_ms"]))
    if len(rows) < number:
        raise NotYet(f"{len(rows)} multi-leg trades")
    return rows[number - 1]


def _kind(row: dict[str, Any]) -> OpportunityKind:
    return OpportunityKind[str(row.get("kind") or row.get("opportunity"))]
