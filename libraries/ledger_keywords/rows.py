"""Getters over the tables of the engine's database. Getter is assertion."""

from __future__ import annotations

from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.amounts import exact
from libraries.common.assertions import Question, ask
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.ledger_keywords.database import DatabaseReader, Row, condition

LOOK = "the differing rows in the evidence of this test below, and engine.db in the kept world"
AMOUNTS = frozenset(
    [
        "quantity",
        "price",
        "executed",
        "cum_quote",
        "reserved",
        "quote_quantity",
        "fee",
        "cost",
        "realised",
        "stop_price",
        "opening",
        "total",
        "free",
        "locked",
        "target",
        "expected_net",
        "pnl",
    ]
)


class RowKeywords(DatabaseReader):
    """The database is read as another program would: read-only, committed rows only."""

    @keyword
    def get_row_count(
        self,
        table: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        where: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """How many rows a table of the engine's database has.

        Args:
            table: Such as `orders`, `fills`, `positions`, `balances`, `events`, `multi_leg_trades`, `snapshots`.
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            where: One condition `column=value`.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Raises:
            WrongArgument: no such table or column; lists those that are.

        Example:
            ```robotframework
            Get Row Count    orders    ==    1    where=state=FILLED
            ```
        """
        conditions = condition(where)
        subject = f"number of rows of {table}{' where ' + where if where else ''}"
        return ask(Question(lambda: len(self.rows(engine, table, conditions)), subject, LOOK), operator, expected, timeout)

    @keyword
    def get_row_field(
        self,
        table: str,
        column: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        where: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Any:
        """One column of the one row that meets the condition.

        Args:
            table: Such as `positions`.
            column: Such as `quantity`; amounts are compared exactly, everything else as text.
            operator: An assertion operator; left out, the value is only returned.
            expected: The value to compare with.
            where: One condition `column=value` that only one row meets.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The value; amounts as exact decimals, NULL as empty text.

        Raises:
            WrongArgument: no such table or column, or more than one row meets the condition.

        Example:
            ```robotframework
            Get Row Field    positions    quantity    ==    0.999    where=symbol=BTCUSDT
            ```
        """
        conditions = condition(where)
        subject = f"{column} of {table}{' where ' + where if where else ''}"

        def read() -> Row:
            rows = self.rows(engine, table, conditions)
            if not rows:
                raise NotYet("no such row")
            if len(rows) > 1:
                raise WrongArgument(f"{subject}: {len(rows)} rows meet it; add where=column=value that only one row meets")
            return rows[0]

        return self._ask_column(read, column, subject, operator, expected, timeout=timeout)

    @keyword
    def get_order_row(self, *, order: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> Row:
        """The row of an order in the engine's database.

        Args:
            order: Client order id; default: the last order placed.
            timeout: How long to wait for the row; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            Column -> value, as stored (amounts are text).

        Example:
            ```robotframework
            ${row} =    Get Order Row
            ```
        """
        name = self.order_id(order)
        return ask(Question(lambda: self._order_row(engine, name), f"row of order {name}", LOOK), None, None, timeout)

    @keyword
    def get_order_column(
        self,
        column: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        order: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Any:
        """A column of an order's row in the engine's database.

        Args:
            column: Such as `state`, `executed`, `correlation_id`, `purpose`.
            operator: An assertion operator; left out, the value is only returned.
            expected: The value to compare with; amounts are compared exactly.
            order: Client order id; default: the last order placed.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The value; amounts as exact decimals, NULL as empty text.

        Example:
            ```robotframework
            Get Order Column    state    ==    FILLED
            ```
        """
        name = self.order_id(order)
        read = lambda: self._order_row(engine, name)  # noqa: E731 - one expression, used once
        return self._ask_column(read, column, f"{column} of order {name} in the database", operator, expected, timeout=timeout)

    def _order_row(self, engine: str | None, name: str) -> Row:
        rows = self.rows(engine, "orders", {"client_order_id": name})
        if not rows:
            raise NotYet(f"no row of order {name}")
        return rows[0]

    def _ask_column(
        self,
        read: Any,
        column: str,
        subject: str,
        operator: AssertionOperator | None,
        expected: str | None,
        *,
        timeout: Timeout | None,
    ) -> Any:
        def value() -> Any:
            row = read()
            if column not in row:
                raise WrongArgument(f"{subject}: no such column; there are: {', '.join(row)}")
            if column in AMOUNTS:
                return exact(row[column] or "0", column, "0.5", 40)
            return "" if row[column] is None else str(row[column])

        wanted: Any = exact(expected, column, "0.5", 18) if column in AMOUNTS and expected is not None else expected
        return ask(Question(value, subject, LOOK), operator, wanted, timeout)
