"""The test's account at the venue: funds before and after the start, deposits and withdrawals."""

from __future__ import annotations

from decimal import Decimal

from robot.api.deco import keyword

from libraries.common.amounts import Price, Quantity, plain, positive
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Asset, Side, Symbol


class AccountKeywords(Component):
    """Every test has an account of its own at each venue; its keys go to the engine and nowhere else."""

    @keyword
    def fund_the_account(self, asset: Asset, amount: Quantity, *, venue: str = NOT_GIVEN) -> None:
        """Give the test's account an asset before its engine starts. May be repeated for more assets.

        With it, `Start A Fresh Engine` needs neither `balance` nor `tier`.

        Args:
            asset: Such as `USDT`.
            amount: How much, above 0, in units of the asset.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: the amount is not above 0, or the engine was started already (use `Deposit`).

        Example:
            ```robotframework
            Fund The Account    USDT    5000
            Fund The Account    BTC     0.5
            ```
        """
        alias = self.exchange(venue).alias
        positive(amount, f"amount of {asset}")
        if self.known_account(alias) is not None:
            raise WrongArgument(
                f"the account at {alias} is in use by an engine already: its funds were set at the start; "
                f"use Deposit    {asset}    {plain(amount)}"
            )
        funds = self.notes.funds.setdefault(alias, {})
        funds[asset] = funds.get(asset, Decimal(0)) + amount

    @keyword
    def deposit(self, asset: Asset, amount: Quantity, *, venue: str = NOT_GIVEN) -> None:
        """Money arrives in the test's account while the engine runs; the venue tells the engine.

        Args:
            asset: Such as `USDT`.
            amount: How much, above 0.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: the amount is not above 0, or the test has no account yet.

        Example:
            ```robotframework
            Deposit    USDT    250.50
            ```
        """
        self._transfer(asset, positive(amount, "amount"), venue)

    @keyword
    def withdraw(self, asset: Asset, amount: Quantity, *, venue: str = NOT_GIVEN) -> None:
        """Money leaves the test's account while the engine runs; the venue tells the engine.

        Args:
            asset: Such as `USDT`.
            amount: How much, above 0; at most what is free.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: the amount is not above 0, or the test has no account yet.
            WorldError: more than is free; the venue's own words are in the message.

        Example:
            ```robotframework
            Withdraw    USDT    100
            ```
        """
        self._transfer(asset, -positive(amount, "amount"), venue)

    @keyword
    def the_accounts_owner_places(
        self, side: Side, symbol: Symbol, *, qty: Quantity, price: Price = NOT_GIVEN, venue: str = NOT_GIVEN
    ) -> str:
        """A person trades by hand on the account of the test's engine, past the engine: a LIMIT order with a price, MARKET without.

        Args:
            side: `BUY` or `SELL`.
            symbol: Such as `BTCUSDT`.
            qty: Quantity in base, above 0.
            price: Limit in quote per base.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The client order id that the venue gave it.

        Raises:
            WrongArgument: the quantity is not above 0, or the test has no account yet.
            WorldError: the venue refused it; its own words are in the message.

        Example:
            ```robotframework
            Kill The Engine
            The Accounts Owner Places    BUY    BTCUSDT    qty=0.1    price=90.00
            ```
        """
        account = self.account(venue)
        placed = self.exchange(venue).admin.place_order(
            symbol=symbol,
            side=side.value,
            order_type="MARKET" if price is None else "LIMIT",
            quantity=plain(positive(qty, "qty")),
            price=None if price is None else plain(price),
            time_in_force=None if price is None else "GTC",
            account=account.name,
        )
        self.note("owner placed", account=account.name, order=placed["clientOrderId"])
        return str(placed["clientOrderId"])

    @keyword
    def the_accounts_owner_cancels_everything(self, *, venue: str = NOT_GIVEN) -> None:
        """A person cancels every open order on the account of the test's engine, past the engine.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: the test has no account yet.

        Example:
            ```robotframework
            Kill The Engine
            The Accounts Owner Cancels Everything
            ```
        """
        account = self.account(venue)
        answer = self.exchange(venue).admin.cancel_orders(account.name)
        self.note("owner cancelled", account=account.name, answer=answer)

    def _transfer(self, asset: Asset, amount: Decimal, venue: str | None) -> None:
        account = self.account(venue)
        self.exchange(venue).admin.transfer(account.name, asset, plain(amount))
        self.note("transfer", account=account.name, asset=asset, amount=plain(amount))
