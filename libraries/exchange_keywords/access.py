"""Who may ask the venue, and how often: limits used up, addresses banned, keys revoked or limited."""

from __future__ import annotations

from typing import Any

from robot.api.deco import keyword

from libraries.common.component import Component
from libraries.common.types import NOT_GIVEN, Duration, Permission, Timeout, milliseconds
from libraries.world.exchange import Exchange

_HELD = Timeout(seconds=10)
_BAN = Timeout(minutes=2)


class AccessKeywords(Component):
    """What an operator of the venue can do to a client. All windows and bans follow the venue's clock."""

    @keyword
    def exhaust_the_request_weight(self, *, remaining: int = 0, at_least: Timeout = _HELD, venue: str = NOT_GIVEN) -> None:
        """Use up the request weight of this machine's address: the next requests are answered with 429 (X31).

        The count starts again with the venue's next full minute that is at least `at_least` away.

        Args:
            remaining: How much weight is left.
            at_least: How long it stays so at least.
            venue: Alias of the venue; default: the first one opened.

        Example:
            ```robotframework
            Exhaust The Request Weight    at_least=5 seconds
            ```
        """
        self._set_limits(venue, remaining_weight=remaining, at_least_ms=milliseconds(at_least))

    @keyword
    def exhaust_the_order_count(self, *, remaining: int = 0, at_least: Timeout = _HELD, venue: str = NOT_GIVEN) -> None:
        """Use up the account's orders of ten seconds: new orders are answered with -1015, cancels still pass (X33).

        Args:
            remaining: How many orders are left.
            at_least: How long it stays so at least.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: the test has no account yet.

        Example:
            ```robotframework
            Exhaust The Order Count    remaining=1
            ```
        """
        account = self.account(venue).name
        self._set_limits(venue, account=account, remaining_orders=remaining, at_least_ms=milliseconds(at_least))

    @keyword
    def ban_the_clients_address(self, duration: Timeout = _BAN, *, venue: str = NOT_GIVEN) -> None:
        """Ban this machine's address from REST and WebSocket API now: every request is answered with 418 (X32).

        Args:
            duration: How long, by the venue's clock; default: 2 minutes, as a first ban.
            venue: Alias of the venue; default: the first one opened.

        Example:
            ```robotframework
            Ban The Clients Address    2 minutes
            ```
        """
        self._set_limits(venue, ban_ms=milliseconds(duration))

    @keyword
    def lift_the_ban(self, *, venue: str = NOT_GIVEN) -> None:
        """Let this machine's address ask again.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Example:
            ```robotframework
            Lift The Ban
            ```
        """
        self._set_limits(venue, ban_ms=0)

    @keyword
    def let_the_client_start_afresh(self, *, venue: str = NOT_GIVEN) -> None:
        """Forget what this machine's address used and lift its ban: for the teardown of tests that share a venue.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Example:
            ```robotframework
            Let The Client Start Afresh
            ```
        """
        self._set_limits(venue, forget=True)

    @keyword
    def let_the_venues_clock_pass(self, duration: Duration, *, venue: str = NOT_GIVEN) -> None:
        """Move the venue's clock forward: windows end, bans are over, sessions and listenKeys grow old.

        Args:
            duration: How much, such as `2 minutes`, `24 hours`; above 0.
            venue: Alias of the venue; default: the first one opened.

        Example:
            ```robotframework
            Let The Venues Clock Pass    2 minutes
            ```
        """
        self.exchange(venue).admin.advance_clock(milliseconds(duration))
        self.note("venue clock", advanced_ms=milliseconds(duration))

    @keyword
    def revoke_the_api_key(self, *, venue: str = NOT_GIVEN) -> None:
        """Revoke the account's key: signed requests are answered with -2015 and 401, a session ends with its next request (X35).

        Args:
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: the test has no account yet.

        Example:
            ```robotframework
            Revoke The Api Key
            ```
        """
        self._change_key(venue, revoked=True)

    @keyword
    def restore_the_api_key(self, *, venue: str = NOT_GIVEN) -> None:
        """Let a revoked key count again.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: the test has no account yet.

        Example:
            ```robotframework
            Revoke The Api Key
            Restore The Api Key
            ```
        """
        self._change_key(venue, revoked=False)

    @keyword
    def limit_the_api_key(self, *permissions: Permission, venue: str = NOT_GIVEN) -> None:
        """From now on the account's key may do this, and nothing else.

        Args:
            permissions: Some of `USER_DATA` (questions about the account), `TRADE`, `USER_STREAM`.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: the test has no account yet.

        Example:
            ```robotframework
            Limit The Api Key    USER_DATA    USER_STREAM
            ```
        """
        self._change_key(venue, permissions=[permission.value for permission in permissions])

    @keyword
    def bind_the_api_key_to(self, *addresses: str, venue: str = NOT_GIVEN) -> None:
        """From now on the account's key counts from these addresses only.

        Args:
            addresses: Such as `127.0.0.9`; none = from everywhere.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: the test has no account yet.

        Example:
            ```robotframework
            Bind The Api Key To    127.0.0.9
            ```
        """
        self._change_key(venue, addresses=list(addresses))

    @keyword
    def bar_the_account_from_trading(self, *, venue: str = NOT_GIVEN) -> None:
        """Orders and cancels of the account are refused: "This account may not place or cancel orders.".

        Args:
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: the test has no account yet.

        Example:
            ```robotframework
            Bar The Account From Trading
            ```
        """
        self._set_trading(venue, enabled=False)

    @keyword
    def let_the_account_trade_again(self, *, venue: str = NOT_GIVEN) -> None:
        """End what `Bar The Account From Trading` began.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: the test has no account yet.

        Example:
            ```robotframework
            Bar The Account From Trading
            Let The Account Trade Again
            ```
        """
        self._set_trading(venue, enabled=True)

    def _set_limits(self, venue: str | None, **change: Any) -> None:
        self.exchange(venue).admin.set_limits(**change)
        self.note("venue limits", **change)

    def _change_key(self, venue: str | None, **change: Any) -> None:
        exchange, account = self._named(venue)
        exchange.admin.change_keys(account, **change)
        self.note("api key", account=account, **change)

    def _set_trading(self, venue: str | None, *, enabled: bool) -> None:
        exchange, account = self._named(venue)
        exchange.admin.set_trading(account, enabled)
        self.note("trading", account=account, enabled=enabled)

    def _named(self, venue: str | None) -> tuple[Exchange, str]:
        return self.exchange(venue), self.account(venue).name
