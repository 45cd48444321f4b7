"""Faults of the venue as a whole, as sentences: it is gone, its rules or keys change, money moves behind a client's back."""

from __future__ import annotations

from typing import Any

from robot.api.deco import keyword

from libraries.common.amounts import Money, plain
from libraries.common.types import NOT_GIVEN, Asset, Symbol, Timeout, milliseconds
from libraries.fault_keywords.arming import FaultComponent
from libraries.fault_keywords.types import SymbolStatus


class VenueFaultKeywords(FaultComponent):
    """They happen at once. What they change stays changed when the venue is healed."""

    @keyword
    def venue_goes_down_for(self, period: Timeout, *, cut: bool = True, venue: str = NOT_GIVEN) -> str:
        """For a while the venue's port refuses connections; orders rest on, the process lives.

        Args:
            period: How long, such as `2s`.
            cut: True (default): open connections are reset too; False: they stay.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Venue Goes Down For    2s
            ```
        """
        return self._now(venue, type="down", ms=milliseconds(period), cut=cut)

    @keyword
    def set_the_symbol_status(self, symbol: Symbol, status: SymbolStatus, *, venue: str = NOT_GIVEN) -> str:
        """A symbol is halted, only cancelled on, or trades again.

        Args:
            symbol: Such as `BTCUSDT`.
            status: `TRADING`, `HALT`, `BREAK`, `CANCEL_ONLY` or `END_OF_DAY`.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Raises:
            WrongArgument: the venue has no such symbol.

        Example:
            ```robotframework
            Set The Symbol Status    BTCUSDT    CANCEL_ONLY
            ```
        """
        return self._now(venue, type="set_status", symbol=symbol, status=status.value)

    @keyword
    def change_the_rules_of(self, symbol: Symbol, *, venue: str = NOT_GIVEN, **rules: str) -> str:
        """Filters of a symbol change while it trades; orders that rest stay.

        Args:
            symbol: Such as `BTCUSDT`.
            venue: Alias of the venue; default: the first one opened.
            rules: New numbers: `tick_size`, `min_price`, `max_price`, `step_size`, `min_qty`, `max_qty`, `min_notional`.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Raises:
            WrongArgument: no such symbol, or a rule or number that is none.

        Example:
            ```robotframework
            Change The Rules Of    BTCUSDT    tick_size=0.50    min_notional=10
            ```
        """
        return self._now(venue, type="change_rules", symbol=symbol, rules={name: str(value) for name, value in rules.items()})

    @keyword
    def move_the_balance(self, asset: Asset, amount: Money, *, silently: bool = False, venue: str = NOT_GIVEN) -> str:
        """Money of the test's account comes or goes without the client's doing.

        Args:
            asset: Such as `USDT`.
            amount: How much; negative: it leaves.
            silently: True: the account's streams are not told.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Raises:
            WrongArgument: more than is free would leave.

        Example:
            ```robotframework
            Move The Balance    USDT    -250.50    silently=True
            ```
        """
        account = self.account(venue).name
        return self._now(venue, type="move_balance", account=account, asset=asset, amount=plain(amount), silent=silently)

    @keyword
    def expire_the_listen_key(self, *, venue: str = NOT_GIVEN) -> str:
        """The listenKey of the test's account ends before its time; its stream is told.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Expire The Listen Key
            ```
        """
        return self._now(venue, type="expire_listen_key", account=self.account(venue).name)

    @keyword
    def announce_the_shutdown(self, after: Timeout, *, venue: str = NOT_GIVEN) -> str:
        """`serverShutdown` is announced on the venue's WebSocket connections, and they end after a while; new ones are welcome.

        Args:
            after: How long they live on, such as `1s`.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Announce The Shutdown    after=1s
            ```
        """
        return self._now(venue, type="server_shutdown", after_ms=milliseconds(after))

    def _now(self, venue: str | None, **action: Any) -> str:
        return self.arm(venue, {"point": "now", "action": action})
