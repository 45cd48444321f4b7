"""User data streams on the WebSocket API: who is subscribed, and the way of an account's events to them (binance-spot 1.8)."""

from __future__ import annotations

from collections.abc import Container

import msgspec

from ..core.errors import VenueError
from ..core.venue_events import AccountEvent, VenueEvent
from .clock import VenueClock
from .connection import ApiConnection, Subscription
from .fault_events import EventTap

MAX_ACTIVE = 1_000
"""Active subscriptions of one connection."""
MAX_IDS = 65_535
"""Subscriptions of one connection in its whole life."""
_encode = msgspec.json.Encoder().encode


class UserData:
    """All subscriptions of all connections."""

    def __init__(self, clock: VenueClock, faults: EventTap) -> None:
        self._clock = clock
        self._faults = faults
        self._subscribers: dict[str, dict[ApiConnection, int]] = {}

    @property
    def audience(self) -> Container[str]:
        """The accounts to whose events somebody is subscribed, now and later."""
        return self._subscribers

    def subscribe(self, connection: ApiConnection, account: str, *, by_logon: bool) -> int:
        """The new subscription's id.

        Raises:
            VenueError: -2035 the account has one on this connection, -2042 too many on this connection.
        """
        if connection in self._subscribers.get(account, {}):
            raise VenueError(-2035, "User Data Stream subscription already active.")
        if connection.used_ids >= MAX_IDS or len(connection.subscriptions) >= MAX_ACTIVE:
            raise VenueError(-2042, "Maximum subscription ID reached for this connection.")
        number = connection.subscribe(Subscription(account, by_logon))
        self._subscribers.setdefault(account, {})[connection] = number
        return number

    def unsubscribe(self, connection: ApiConnection, number: int) -> None:
        """End an active subscription; the connection is told that its stream ended."""
        account = connection.subscriptions.pop(number).account
        self._leave(account, connection)
        self._send(connection, number, _encode({"e": "eventStreamTerminated", "E": self._clock.now_ms()}))

    def end_logon(self, connection: ApiConnection) -> None:
        """End the subscription that hangs on the session, if there is one."""
        for number in [number for number, each in connection.subscriptions.items() if each.by_logon]:
            self.unsubscribe(connection, number)

    def forget(self, connection: ApiConnection) -> None:
        """The connection is gone."""
        for subscription in connection.subscriptions.values():
            self._leave(subscription.account, connection)

    def _leave(self, account: str, connection: ApiConnection) -> None:
        subscribers = self._subscribers[account]
        del subscribers[connection]
        if not subscribers:
            del self._subscribers[account]

    def on_event(self, event: VenueEvent) -> None:
        """The venue's listener: events leave before the answer of the command that caused them."""
        if not isinstance(event, AccountEvent):
            return
        subscribers = self._subscribers.get(event.account)
        if subscribers:
            payload = _encode(event.payload)
            for connection, number in subscribers.items():
                if self._faults.needed:
                    self._faults.user(event, connection.in_its_unit(_wrapped(number, payload)), connection)
                else:
                    self._send(connection, number, payload)

    @staticmethod
    def _send(connection: ApiConnection, number: int, payload: bytes) -> None:
        connection.send_event(_wrapped(number, payload))


def _wrapped(number: int, payload: bytes) -> bytes:
    return b'{"subscriptionId":%d,"event":%s}' % (number, payload)
