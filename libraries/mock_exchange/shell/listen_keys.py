"""listenKeys: user data on the market streams server, as it was before the venue removed it (binance-spot 1.8).

Strict, as the venue is now, every request about them is answered with 410; the leniency `listen_key_on` brings them back.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

import msgspec

from ...common.canary import canary
from ..core.errors import VenueError, mandatory
from ..core.time_unit import TimeUnit
from ..core.venue_events import AccountEvent, VenueEvent
from .api import Call, Endpoint, Exchange
from .time_unit import event_in

VALID_MS = 60 * 60_000
_encode = msgspec.json.Encoder().encode
Emit = Callable[[str, Callable[[int, TimeUnit], bytes]], None]


class ListenKeys:
    """At most one key an account; `emit(name, build)` reaches those who subscribed to a stream of that name."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._accounts: dict[str, str] = {}
        self._keys: dict[str, tuple[str, int]] = {}

    def start(self, account: str, now_ms: int) -> str:
        """A new key, or the account's present one, valid for 60 minutes from now on."""
        self.expire(now_ms)
        key = self._accounts.get(account) or canary()
        self._keys[key] = (account, now_ms + VALID_MS)
        self._accounts[account] = key
        return key

    def extend(self, account: str, key: str, now_ms: int) -> None:
        """Valid for 60 minutes from now on. Raises VenueError -1125."""
        self._check(account, key, now_ms)
        self._keys[key] = (account, now_ms + VALID_MS)

    def close(self, account: str, key: str, now_ms: int) -> None:
        """Raises VenueError -1125."""
        self._check(account, key, now_ms)
        del self._keys[key]
        del self._accounts[account]

    def expire(self, now_ms: int) -> None:
        """End the keys whose time is up; their readers are told."""
        for key, (account, until_ms) in list(self._keys.items()):
            if now_ms >= until_ms:
                del self._keys[key]
                del self._accounts[account]
                self._send(key, {"e": "listenKeyExpired", "E": now_ms, "listenKey": key})

    @property
    def audience(self) -> Container[str]:
        """The accounts that have a key, by which somebody may listen, now and later."""
        return self._accounts

    def account_of(self, key: str) -> str:
        """Whose key it is; "" = nobody's."""
        return self._keys.get(key, ("", 0))[0]

    def expire_now(self, account: str) -> None:
        """End the account's key, if it has one, as if its 60 minutes were over."""
        key = self._accounts.get(account)
        if key is not None:
            _, until_ms = self._keys[key]
            self.expire(until_ms)

    def on_event(self, event: VenueEvent) -> None:
        """The venue's listener."""
        if self._accounts and isinstance(event, AccountEvent):
            key = self._accounts.get(event.account)
            if key is not None:
                self._send(key, event.payload)

    def _send(self, key: str, payload: dict[str, object]) -> None:
        self._emit(key, lambda _event_us, unit: event_in(unit, _encode(payload)))

    def _check(self, account: str, key: str, now_ms: int) -> None:
        self.expire(now_ms)
        if self._accounts.get(account) != key:
            raise VenueError(-1125, "This listenKey does not exist.")


def _offered(exchange: Exchange) -> ListenKeys:
    if "listen_key_on" not in exchange.lenient:
        raise VenueError(-1016, "This service is no longer available.", 410)
    assert exchange.listen_keys is not None
    return exchange.listen_keys


def start(exchange: Exchange, call: Call) -> Any:
    return {"listenKey": _offered(exchange).start(call.account, exchange.clock.now_ms())}


def extend(exchange: Exchange, call: Call) -> Any:
    _offered(exchange).extend(call.account, _listen_key(call), exchange.clock.now_ms())
    return {}


def close(exchange: Exchange, call: Call) -> Any:
    _offered(exchange).close(call.account, _listen_key(call), exchange.clock.now_ms())
    return {}


def _listen_key(call: Call) -> str:
    key = call.params.get("listenKey")
    if not key:
        raise mandatory("listenKey")
    return key


_PARAMS = frozenset({"listenKey"})
START = Endpoint(start, "USER_STREAM", 2)
EXTEND = Endpoint(extend, "USER_STREAM", 2, _PARAMS)
CLOSE = Endpoint(close, "USER_STREAM", 2, _PARAMS)
