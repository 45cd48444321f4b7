"""Getters over the executions that the engine has booked."""

from __future__ import annotations

from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.amounts import Price, Quantity
from libraries.common.assertions import ask, ask_fields
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, Asset, Symbol, Timeout
from libraries.engine_keywords.order_getters import matches, suffix
from libraries.engine_keywords.reading import EngineReader, amount
from libraries.world.engine import Engine


class FillGetterKeywords(EngineReader):
    """Each execution counts once, whatever the channel that told of it."""

    @keyword
    def get_fill_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        symbol: Symbol = NOT_GIVEN,
        order: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """How many executions the engine has booked.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            symbol: Only fills of this symbol.
            order: Only fills of this client order id.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Fill Count    ==    2    symbol=BTCUSDT
            ```
        """
        wanted = {"symbol": symbol, "client_order_id": order}

        def count(running: Engine) -> int:
            return sum(1 for row in running.control.fills() if matches(row, wanted))

        return ask(self.question(engine, count, f"number of fills{suffix(wanted)}"), operator, expected, timeout)

    @keyword
    def the_fill(
        self,
        number: int = 1,
        *,
        price: Price = NOT_GIVEN,
        qty: Quantity = NOT_GIVEN,
        quote: Quantity = NOT_GIVEN,
        fee: Quantity = NOT_GIVEN,
        fee_asset: Asset = NOT_GIVEN,
        maker: bool = NOT_GIVEN,
        order: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> None:
        """A fill of an order is exactly this.

        Args:
            number: Which fill of the order, from 1, in order of the venue's trade ids.
            price: In quote per base.
            qty: In base.
            quote: In quote.
            fee: In `fee_asset`.
            fee_asset: The asset in which the fee was paid.
            maker: `True` if the order rested.
            order: Client order id; default: the last order placed.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: not in time; with what was last seen.

        Example:
            ```robotframework
            The Fill    price=100.00    qty=0.4    fee=0.0004    fee_asset=BTC    maker=True
            ```
        """
        if number < 1:
            raise WrongArgument(f"fills are counted from 1, got {number}")
        name = self.order_id(order)

        def read(running: Engine) -> dict[str, Any]:
            rows = sorted((row for row in running.control.fills() if row["client_order_id"] == name), key=lambda row: int(row["trade_id"]))
            if len(rows) < number:
                raise NotYet(f"only {len(rows)} fills")
            row = rows[number - 1]
            return {
                "price": amount(row, "price"),
                "qty": amount(row, "quantity"),
                "quote": amount(row, "quote_quantity"),
                "fee": amount(row, "fee"),
                "fee_asset": row["fee_asset"],
                "maker": bool(row["maker"]),
            }

        wanted = {"price": price, "qty": qty, "quote": quote, "fee": fee, "fee_asset": fee_asset, "maker": maker}
        ask_fields(self.question(engine, read, f"fill {number} of order {name}"), wanted, timeout)
