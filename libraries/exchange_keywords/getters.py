"""What the venue saw and holds: its own words, from its own process. Getter is assertion."""

from __future__ import annotations

from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.amounts import Money, Quantity, exact
from libraries.common.assertions import Question, ask
from libraries.common.component import Component, member
from libraries.common.errors import NotYet
from libraries.common.types import NOT_GIVEN, Asset, Symbol, Timeout, VenueBalanceField, VenueOrderStatus, VenueOrderType

ORDER_FIELDS = (
    "order_id",
    "client_order_id",
    "symbol",
    "side",
    "type",
    "time_in_force",
    "price",
    "stop_price",
    "quantity",
    "executed",
    "cum_quote",
)
_AMOUNT_FIELDS = ("price", "stop_price", "quantity", "executed", "cum_quote")
_LOOK = "the exchange transcript of this test below, and the venue's ledger.jsonl"


class VenueGetterKeywords(Component):
    """Every getter reads the admin interface of the exchange process; none asks the engine."""

    @keyword
    def get_venue_order_status(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: VenueOrderStatus = NOT_GIVEN,
        *,
        order: str = NOT_GIVEN,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> str:
        """The status of an order in the venue's words: `NEW`, `PARTIALLY_FILLED`, `FILLED`, `CANCELED`, `EXPIRED`.

        Args:
            operator: `==` or `!=`; left out, the status is only returned.
            expected: The status to compare with.
            order: Client order id; default: the last order placed.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The status.

        Raises:
            AssertionError: not in time; with the status last seen.

        Example:
            ```robotframework
            Get Venue Order Status    ==    CANCELED
            ```
        """
        name = self.order_id(order)
        question = Question(
            lambda: VenueOrderStatus[str(self._order(name, venue)["status"])], f"status of order {name} at the venue", _LOOK
        )
        return str(ask(question, operator, expected, timeout).value)

    @keyword
    def get_venue_order_field(
        self,
        field: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        order: str = NOT_GIVEN,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> Any:
        """A field of an order as the venue holds it.

        Args:
            field: `order_id`, `client_order_id`, `symbol`, `side`, `type`, `time_in_force`, `price`, `stop_price`
                (0 = none), `quantity`, `executed` or `cum_quote`.
            operator: An assertion operator; left out, the value is only returned.
            expected: The value to compare with; for amounts exact decimal text (`0.50` equals `0.5`).
            order: Client order id; default: the last order placed.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The value; amounts as exact decimals.

        Raises:
            WrongArgument: an unknown field.
            AssertionError: not in time; with the value last seen.

        Example:
            ```robotframework
            Get Venue Order Field    executed    ==    0.4
            ```
        """
        member("field of a venue order", field, list(ORDER_FIELDS))
        name = self.order_id(order)
        question: Question[Any]
        wanted: Any = expected
        if field in _AMOUNT_FIELDS:
            question = Question(lambda: Quantity(self._order(name, venue)[field] or 0), f"{field} of order {name} at the venue", _LOOK)
            wanted = self.amount(expected, field)
        else:
            question = Question(lambda: str(self._order(name, venue)[field]), f"{field} of order {name} at the venue", _LOOK)
        return ask(question, operator, wanted, timeout)

    @keyword
    def get_venue_order_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        symbol: Symbol = NOT_GIVEN,
        status: VenueOrderStatus = NOT_GIVEN,
        without: VenueOrderType = NOT_GIVEN,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How many orders of the test's account the venue has accepted.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            symbol: Only orders of this symbol.
            status: Only orders of this status, such as `NEW` for resting ones.
            without: Orders of this type are left out: `STOP_LOSS_LIMIT` where the stops of positions are not what is counted.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Venue Order Count    ==    1    status=NEW    without=STOP_LOSS_LIMIT
            ```
        """
        account = self.account(venue).name

        def count() -> int:
            rows = self.exchange(venue).admin.orders(account, symbol)
            kept = [row for row in rows if without is None or row["type"] != without.value]
            return sum(1 for row in kept if status is None or row["status"] == status.value)

        what = f"number of {status.value + ' ' if status else ''}orders of {account} at the venue"
        what += f" without {without.value}" if without else ""
        return ask(Question(count, what, _LOOK), operator, expected, timeout)

    @keyword
    def get_venue_trade_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How many executions the test's account has at the venue.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Venue Trade Count    ==    2
            ```
        """
        account = self.account(venue).name
        question = Question(lambda: len(self.exchange(venue).admin.trades(account)), f"number of trades of {account} at the venue", _LOOK)
        return ask(question, operator, expected, timeout)

    @keyword
    def get_venue_trades(self, *, venue: str = NOT_GIVEN) -> list[dict[str, Any]]:
        """All executions of the test's account as the venue books them, oldest first.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            Rows with `trade_id`, `symbol`, `price`, `quantity`, `quote_quantity`, `fee`, `fee_asset`, `side`, `maker`,
            `client_order_id`, `time`; amounts as text.

        Example:
            ```robotframework
            ${trades} =    Get Venue Trades
            ```
        """
        return self.exchange(venue).admin.trades(self.account(venue).name)

    @keyword
    def get_venue_balance(
        self,
        asset: Asset,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Money = NOT_GIVEN,
        *,
        field: VenueBalanceField = VenueBalanceField.total,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> Money:
        """What the test's account holds of an asset, by the venue's books.

        Args:
            asset: Such as `USDT`.
            operator: A comparison; left out, the amount is only returned.
            expected: The amount to compare with, exact.
            field: `free`, `locked` or `total` (default).
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The amount.

        Example:
            ```robotframework
            Get Venue Balance    USDT    ==    4900    field=free
            ```
        """
        account = self.account(venue).name

        def read() -> Money:
            row = self.exchange(venue).admin.account(account)["balances"].get(asset, {"free": "0", "locked": "0"})
            free, locked = Money(row["free"]), Money(row["locked"])
            return {VenueBalanceField.free: free, VenueBalanceField.locked: locked}.get(field, Money(free + locked))

        question = Question(read, f"{field.value} balance of {asset} of {account} at the venue", _LOOK)
        return ask(question, operator, expected, timeout)

    @keyword
    def get_venue_request_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        path: str = NOT_GIVEN,
        via: str = NOT_GIVEN,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How many requests of the test's account the venue has received.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            path: Only requests whose path or method contains this, such as `order.place` or `/api/v3/order`.
            via: Only `rest`, `ws-api` or `stream`.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Venue Request Count    ==    1    path=order.place    via=ws-api
            ```
        """
        if via is not None:
            member("channel", via, ["rest", "ws-api", "stream"])
        what = f"number of requests{' with ' + path if path else ''}{' via ' + via if via else ''} at the venue"
        return ask(Question(lambda: len(self._requests(path, via, venue)), what, _LOOK), operator, expected, timeout)

    @keyword
    def get_venue_requests(self, *, path: str = NOT_GIVEN, via: str = NOT_GIVEN, venue: str = NOT_GIVEN) -> list[dict[str, Any]]:
        """The requests of the test's account as the venue received them, without keys and signatures.

        Args:
            path: Only requests whose path or method contains this.
            via: Only `rest`, `ws-api` or `stream`.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            Rows with `seq`, `mono_ns`, `via`, `method`, `path`, `params`, `status`, `code`.

        Example:
            ```robotframework
            ${placed} =    Get Venue Requests    path=order.place
            ```
        """
        return self._requests(path, via, venue)

    def amount(self, expected: str | None, name: str) -> Quantity | None:
        """An expected value of an amount field, through the same converter as every amount."""
        return None if expected is None else Quantity(exact(expected, name, "0.5", 18))

    def _order(self, name: str, venue: str | None) -> dict[str, Any]:
        rows = self.exchange(venue).admin.orders(self.account(venue).name)
        for row in reversed(rows):
            if row["client_order_id"] == name:
                return row
        raise NotYet(f"the venue has no order {name} (it has {len(rows)} of this account)")

    def _requests(self, path: str | None, via: str | None, venue: str | None) -> list[dict[str, Any]]:
        rows = self.exchange(venue).admin.requests(self.account(venue).name)
        return [row for row in rows if (via is None or row["via"] == via) and (path is None or path in f"{row['method']} {row['path']}")]
