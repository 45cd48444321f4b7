"""Getters over positions, balances and P&L of the engine. Getter is assertion; all amounts are exact."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.amounts import Money, Price, Quantity
from libraries.common.assertions import ask, ask_fields
from libraries.common.types import NOT_GIVEN, Asset, BalanceField, PositionStatus, Symbol, Tier, Timeout
from libraries.engine_keywords.reading import EngineReader, amount
from libraries.world.engine import Engine

_FLAT: dict[str, Any] = {"state": "CLOSED", "quantity": "0", "cost": "0", "realised": "0", "stop_price": None}


class MoneyGetterKeywords(EngineReader):
    """A position is the holding minus the inventory target: negative = short of the target."""

    @keyword
    def the_position(
        self,
        symbol: Symbol,
        *,
        quantity: Quantity = NOT_GIVEN,
        cost: Money = NOT_GIVEN,
        average: Price = NOT_GIVEN,
        realised: Money = NOT_GIVEN,
        stop: Price = NOT_GIVEN,
        state: PositionStatus = NOT_GIVEN,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> None:
        """The position of a symbol becomes all of this, at one moment, within the timeout.

        Args:
            symbol: Such as `BTCUSDT`.
            quantity: Signed, in base (a buy's fee in base is taken off).
            cost: What the open quantity cost (long) or brought (short), in quote.
            average: cost / quantity, cut to 8 places.
            realised: Realised P&L of this symbol, in quote, exact.
            stop: The protective stop's price; `0` = no stop.
            state: `PENDING`, `OPEN`, `CLOSING` or `CLOSED`.
            venue: Alias of the venue; default: the first one.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: not in time; with what was last seen of each.

        Example:
            ```robotframework
            The Position    BTCUSDT    quantity=0.999    cost=100    realised=0    stop=98.10
            ```
        """
        name = self.venue_name(venue)

        def read(running: Engine) -> dict[str, Any]:
            row = _position(running, name, symbol)
            size, paid = amount(row, "quantity"), amount(row, "cost")
            return {
                "quantity": size,
                "cost": paid,
                "average": _average(paid, size),
                "realised": amount(row, "realised"),
                "stop": amount(row, "stop_price"),
                "state": row["state"],
            }

        wanted = {"quantity": quantity, "cost": cost, "average": average, "realised": realised, "stop": stop, "state": state}
        ask_fields(self.question(engine, read, f"position of {symbol}"), wanted, timeout)

    @keyword
    def get_position(
        self,
        symbol: Symbol,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Quantity = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Decimal:
        """The signed quantity of a position, in base; 0 when there is none.

        Args:
            symbol: Such as `BTCUSDT`.
            operator: A comparison; left out, the quantity is only returned.
            expected: The quantity to compare with, exact.
            venue: Alias of the venue; default: the first one.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The quantity.

        Raises:
            AssertionError: not in time; with the quantity last seen.

        Example:
            ```robotframework
            Get Position    BTCUSDT    ==    0.5    timeout=5s
            ```
        """
        name = self.venue_name(venue)
        question = self.question(engine, lambda running: amount(_position(running, name, symbol), "quantity"), f"position of {symbol}")
        return ask(question, operator, expected, timeout)

    @keyword
    def get_balance(
        self,
        asset: Asset,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Money = NOT_GIVEN,
        *,
        field: BalanceField = BalanceField.total,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Decimal:
        """A balance by the engine's own accounting; 0 for an asset it never saw.

        Args:
            asset: Such as `USDT`.
            operator: A comparison; left out, the amount is only returned.
            expected: The amount to compare with, exact.
            field: `total` (default), `free`, `locked`, `target` or `opening`.
            venue: Alias of the venue; default: the first one.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The amount.

        Example:
            ```robotframework
            Get Balance    USDT    ==    40    field=locked
            ```
        """
        name = self.venue_name(venue)

        def read(running: Engine) -> Decimal:
            for row in running.control.state()["balances"]:
                if row["venue"] == name and row["asset"] == asset:
                    return amount(row, field.value)
            return Decimal(0)

        return ask(self.question(engine, read, f"{field.value} balance of {asset}"), operator, expected, timeout)

    @keyword
    def get_realised_pnl(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Money = NOT_GIVEN,
        *,
        symbol: Symbol = NOT_GIVEN,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Decimal:
        """Realised profit and loss, fees included, exact, in quote.

        Args:
            operator: A comparison; left out, the amount is only returned.
            expected: The amount to compare with; a loss is negative.
            symbol: Only of this symbol; default: of all.
            venue: Alias of the venue; default: the first one (with `symbol`).
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The amount.

        Example:
            ```robotframework
            Get Realised Pnl    ==    -0.21    symbol=BTCUSDT
            ```
        """
        if symbol is None:
            return self._pnl("realised", "realised P&L", operator, expected, timeout=timeout, engine=engine)
        name = self.venue_name(venue)
        question = self.question(engine, lambda running: amount(_position(running, name, symbol), "realised"), f"realised P&L of {symbol}")
        return ask(question, operator, expected, timeout)

    @keyword
    def get_unrealised_pnl(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Money = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Decimal:
        """Unrealised profit and loss of all open positions, in quote.

        Args:
            operator: A comparison; left out, the amount is only returned.
            expected: The amount to compare with; a loss is negative.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The amount.

        Example:
            ```robotframework
            Get Unrealised Pnl    <    0
            ```
        """
        return self._pnl("unrealised", "unrealised P&L", operator, expected, timeout=timeout, engine=engine)

    @keyword
    def get_shown_pnl(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Money = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Decimal:
        """Realised profit and loss as shown to people: 0.01, rounded down.

        Args:
            operator: A comparison; left out, the amount is only returned.
            expected: The amount to compare with; a loss is negative.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The amount.

        Example:
            ```robotframework
            Get Shown Pnl    ==    1.79
            ```
        """
        return self._pnl("realised_shown", "shown P&L", operator, expected, timeout=timeout, engine=engine)

    @keyword
    def get_equity(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Money = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Decimal:
        """The balance that the rules speak of: every asset at the middle of a fresh book, in USDT.

        Args:
            operator: A comparison; left out, the amount is only returned.
            expected: The amount to compare with.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The amount.

        Example:
            ```robotframework
            Get Equity    ==    5000
            ```
        """
        return ask(self.question(engine, lambda running: amount(running.control.state(), "equity"), "equity"), operator, expected, timeout)

    @keyword
    def get_tier(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Tier = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """The engine's capital tier.

        Args:
            operator: `==` or `!=`; left out, the tier is only returned.
            expected: `SNIPER`, `HUNTER`, `STRATEGIST` or `ARCHITECT`.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The tier.

        Example:
            ```robotframework
            Get Tier    ==    HUNTER
            ```
        """
        question = self.question(engine, lambda running: Tier[str(running.control.state()["tier"])], "tier")
        return str(ask(question, operator, expected, timeout).value)

    def _pnl(
        self,
        field: str,
        subject: str,
        operator: AssertionOperator | None,
        expected: Money | None,
        *,
        timeout: Timeout | None,
        engine: str | None,
    ) -> Decimal:
        question = self.question(engine, lambda running: amount(running.control.state()["pnl"], field), subject)
        return ask(question, operator, expected, timeout)


def _position(running: Engine, venue: str, symbol: str) -> dict[str, Any]:
    """The row of a position; one that never was is flat."""
    for row in running.control.positions():
        if row["venue"] == venue and row["symbol"] == symbol:
            return row
    return _FLAT


def _average(cost: Decimal, quantity: Decimal) -> Decimal:
    if quantity == 0:
        return Decimal(0)
    with localcontext() as context:
        context.prec = 50
        return (cost / abs(quantity)).quantize(Decimal("0.00000001"), rounding=ROUND_DOWN)
