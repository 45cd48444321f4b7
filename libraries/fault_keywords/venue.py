"""Faults of the venue as a whole, as sentences: it is gone, its rules or keys change, money moves behind a client's back."""

from __future__ import annotations

from typing import Any

from robot.api.deco import keyword

from libraries.common.amounts import Money, plain
from libraries.common.types import NOT_GIVEN, Asset, Timeout
from libraries.fault_keywords.answers import milliseconds
from libraries.fault_keywords.arming import FaultComponent


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
    def revoke_the_keys(self, *, venue: str = NOT_GIVEN) -> str:
        """The keys of the test's account count no more: every signed request is refused with -2015.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Revoke The Keys
            ```
        """
        return self._now(venue, type="revoke_key", account=self.account(venue).name)

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
