"""Getters over orders, fills and signals of the engine. Getter is assertion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.amounts import Quantity
from libraries.common.assertions import ask, ask_fields
from libraries.common.component import member
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, OrderStatus, SignalStatus, Symbol, Timeout, VenueOrderType
from libraries.engine_keywords.reading import ORDER_AMOUNTS, ORDER_TEXTS, EngineReader, amount, expected_amount
from libraries.world.engine import Engine


class OrderGetterKeywords(EngineReader):
    """Read over the control API of the running engine; LedgerLibrary reads the database instead."""

    @keyword
    def the_order(
        self,
        *,
        status: OrderStatus = NOT_GIVEN,
        filled: Quantity = NOT_GIVEN,
        quote: Quantity = NOT_GIVEN,
        reserved: Quantity = NOT_GIVEN,
        reason: str = NOT_GIVEN,
        order: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> None:
        """The order becomes all of this, at one moment, within the timeout.

        Args:
            status: State in the engine's words, such as `PARTIALLY_FILLED`.
            filled: Executed quantity, in base.
            quote: Executed amount, in quote.
            reserved: What the order still reserves, in its reserved asset.
            reason: The whole reason text.
            order: Client order id; default: the last order placed.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: nothing to expect was given, or no order was placed.
            AssertionError: not in time; with what was last seen of each.

        Example:
            ```robotframework
            The Order    status=PARTIALLY_FILLED    filled=0.4
            ```
        """
        name = self.order_id(order)

        def read(running: Engine) -> dict[str, Any]:
            row = _order(running, name)
            return {
                "status": row["state"],
                "filled": amount(row, "executed"),
                "quote": amount(row, "cum_quote"),
                "reserved": amount(row, "reserved"),
                "reason": row["reason"],
            }

        wanted = {"status": status, "filled": filled, "quote": quote, "reserved": reserved, "reason": reason}
        ask_fields(self.question(engine, read, f"order {name}"), wanted, timeout)

    @keyword
    def get_order_status(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: OrderStatus = NOT_GIVEN,
        *,
        order: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """The state of an order in the engine's words.

        Args:
            operator: `==` or `!=`; left out, the state is only returned.
            expected: Such as `FILLED`.
            order: Client order id; default: the last order placed.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The state.

        Raises:
            AssertionError: not in time; with the state last seen.

        Example:
            ```robotframework
            Get Order Status    ==    FILLED    timeout=2s
            ```
        """
        name = self.order_id(order)
        question = self.question(engine, lambda running: OrderStatus[_order(running, name)["state"]], f"status of order {name}")
        return str(ask(question, operator, expected, timeout).value)

    @keyword
    def get_order_field(
        self,
        field: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        order: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Any:
        """A field of an order as the engine holds it.

        Args:
            field: `quantity`, `price`, `executed`, `cum_quote`, `reserved` (amounts, compared exactly), or `venue`, `symbol`,
                `side`, `order_type`, `time_in_force`, `purpose`, `strategy`, `correlation_id`, `multi_leg_id`, `leg`,
                `state`, `pending`, `knowledge`, `venue_order_id`, `reserved_asset`, `reason`, `epoch`.
            operator: An assertion operator; left out, the value is only returned.
            expected: The value to compare with.
            order: Client order id; default: the last order placed.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The value; amounts as exact decimals.

        Raises:
            WrongArgument: an unknown field.
            AssertionError: not in time; with the value last seen.

        Example:
            ```robotframework
            Get Order Field    reason    contains    balance
            Get Order Field    cum_quote    ==    40.00
            ```
        """
        member("field of an order", field, [*ORDER_AMOUNTS, *ORDER_TEXTS])
        name = self.order_id(order)
        subject = f"{field} of order {name}"
        if field in ORDER_AMOUNTS:
            wanted: Any = expected_amount(expected, field)
            return ask(self.question(engine, lambda running: amount(_order(running, name), field), subject), operator, wanted, timeout)
        texts = self.question(engine, lambda running: _text(_order(running, name).get(field)), subject)
        return ask(texts, operator, expected, timeout)

    @keyword
    def get_order_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        status: OrderStatus = NOT_GIVEN,
        symbol: Symbol = NOT_GIVEN,
        strategy: str = NOT_GIVEN,
        without: VenueOrderType = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """How many orders the engine knows.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            status: Only orders in this state.
            symbol: Only orders of this symbol.
            strategy: Only orders of this strategy, such as `external`.
            without: Orders of this type are left out: `STOP_LOSS_LIMIT` where the stops of positions are not what is counted.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Order Count    ==    0    status=OPEN
            ```
        """
        wanted = {"state": status.value if status else None, "symbol": symbol, "strategy": strategy}

        def count(running: Engine) -> int:
            rows = [row for row in running.control.orders() if without is None or row["order_type"] != without.value]
            return sum(1 for row in rows if matches(row, wanted))

        left_out = f" without {without.value}" if without else ""
        return ask(self.question(engine, count, f"number of orders{suffix(wanted)}{left_out}"), operator, expected, timeout)

    @keyword
    def get_signal_status(
        self,
        signal_id: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: SignalStatus = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """What became of a signal: `ACCEPTED` or `DENIED`.

        Args:
            signal_id: The id under which it was sent (`signal_id=` of `The Engine Places`).
            operator: `==` or `!=`; left out, the status is only returned.
            expected: The status to compare with.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The status.

        Example:
            ```robotframework
            The Engine Places    BUY    BTCUSDT    qty=0.2    signal_id=morning-1
            Get Signal Status    morning-1    ==    ACCEPTED
            ```
        """
        question = self.question(engine, lambda running: signal_status(_signal(running, signal_id)), f"status of signal {signal_id}")
        return str(ask(question, operator, expected, timeout).value)

    @keyword
    def get_orders(self, *, engine: str = NOT_GIVEN) -> list[dict[str, Any]]:
        """All orders that the engine knows, as rows; amounts as text.

        Args:
            engine: Alias; default: the first engine.

        Returns:
            The rows.

        Example:
            ```robotframework
            ${orders} =    Get Orders
            ```
        """
        return self.engine(engine).control.orders()

    @keyword
    def use_the_order(
        self,
        *,
        symbol: Symbol = NOT_GIVEN,
        strategy: str = NOT_GIVEN,
        purpose: str = NOT_GIVEN,
        number: int = 1,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """Make an order that no keyword placed (a stop, a leg, a strategy's own) *the order* of this test.

        Args:
            symbol: Only orders of this symbol.
            strategy: Only orders of this strategy.
            purpose: Only orders with this purpose: `ENTRY`, `EXIT`, `STOP`, `LEG`, `UNWIND`.
            number: Which of them, from 1, oldest first.
            timeout: How long to wait for it; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The client order id.

        Raises:
            AssertionError: there was none in time.

        Example:
            ```robotframework
            Use The Order    symbol=BTCUSDT    purpose=STOP
            The Order    status=FILLED
            ```
        """
        if purpose is not None:
            member("purpose", purpose, ["ENTRY", "EXIT", "STOP", "LEG", "UNWIND"])
        if number < 1:
            raise WrongArgument(f"orders are counted from 1, got {number}")
        wanted = {"symbol": symbol, "strategy": strategy, "purpose": purpose}

        def find(running: Engine) -> str:
            rows = [row for row in running.control.orders() if matches(row, wanted)]
            rows.sort(key=lambda row: _order_number(row["client_order_id"]))
            if len(rows) < number:
                raise NotYet(f"{len(rows)} such orders")
            return str(rows[number - 1]["client_order_id"])

        self.notes.last_order = ask(self.question(engine, find, f"order{suffix(wanted)}"), None, None, timeout)
        return self.notes.last_order


def _order(running: Engine, name: str) -> dict[str, Any]:
    row = running.control.order(name)
    if row is None:
        raise NotYet(f"the engine knows no order {name}")
    return row


def signal_status(row: Mapping[str, Any]) -> SignalStatus:
    """What became of a signal, by its row.

    Raises:
        NotYet: the engine says neither; one that it has only received may still be decided.
    """
    word = str(row["status"]).upper()
    if word not in SignalStatus.__members__:
        raise NotYet(f"{word}, neither accepted nor denied")
    return SignalStatus[word]


def _signal(running: Engine, signal_id: str) -> dict[str, Any]:
    rows = running.control.signals()
    for row in rows:
        if row["signal_id"] == signal_id:
            return row
    raise NotYet(f"the engine knows no signal {signal_id} (it knows {len(rows)})")


def _order_number(client_order_id: str) -> int:
    """The counter at the end of a client order id (`gabcdef-17`): the order in which they were minted."""
    tail = client_order_id.rpartition("-")[2]
    return int(tail) if tail.isdigit() else 0


def matches(row: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(value is None or row.get(name) == value for name, value in wanted.items())


def suffix(wanted: dict[str, Any]) -> str:
    given = [f"{name}={value}" for name, value in wanted.items() if value is not None]
    return f" with {', '.join(given)}" if given else ""


def _text(value: object) -> str:
    return "" if value is None else str(value)
