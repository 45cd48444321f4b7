"""What a WebSocket API connection is asked about itself: logon and logout, user data subscriptions (binance-spot 1.8, 1.10).

Also whose a signed request is: that of the key it names, or of the session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.errors import VenueError, mandatory, unread_parameters
from .api import Call, Exchange
from .connection import ApiConnection, Session
from .keys import STREAM, ApiKey, invalid_key
from .params import ws_payload
from .security import Security, check_signature, time_frame
from .user_data import UserData

SESSION_WEIGHT = 2
Handler = Callable[[ApiConnection, Call], Any]
_SIGNED = frozenset({"apiKey", "timestamp", "signature", "recvWindow"})


class SessionRevoked(VenueError):
    """The key that a session logged on with counts no more: the session ends, and the answer carries no id."""

    def __init__(self) -> None:
        error = invalid_key()
        super().__init__(error.code, error.msg, error.status)


class Sessions:
    """Session methods by name. Raises VenueError throughout."""

    def __init__(self, exchange: Exchange, user_data: UserData) -> None:
        self._exchange = exchange
        self._user_data = user_data
        self._methods: dict[str, tuple[Handler, frozenset[str]]] = {
            "session.logon": (self._logon, _SIGNED),
            "session.status": (self._status, frozenset()),
            "session.logout": (self._logout, frozenset()),
            "session.subscriptions": (self._subscriptions, frozenset()),
            "userDataStream.subscribe": (self._subscribe, frozenset()),
            "userDataStream.subscribe.signature": (self._subscribe_signature, _SIGNED),
            "userDataStream.unsubscribe": (self._unsubscribe, frozenset({"subscriptionId"})),
        }

    def perform(self, connection: ApiConnection, method: str, call: Call) -> Any:
        """Raises VenueError -1020: no such method."""
        found = self._methods.get(method)
        if found is None:
            raise VenueError(-1020, "This operation is not supported.")
        handler, names = found
        read = sum(1 for name in call.params if name in names or name == "returnRateLimits")
        if read != len(call.params):
            raise unread_parameters(read, len(call.params))
        return handler(connection, call)

    def check(self, connection: ApiConnection) -> None:
        """Before every request: a session whose key counts no more ends. Raises SessionRevoked."""
        session = connection.session
        if session is not None and not session.holds(connection.address):
            self._end(connection)
            raise SessionRevoked

    def authenticate(self, connection: ApiConnection, security: Security, call: Call) -> None:
        """By key and signature where the request brings them, else by the session."""
        params, session = call.params, connection.session
        if session is not None and "apiKey" not in params and "signature" not in params:
            if security not in session.permissions:
                raise invalid_key()
            frame = time_frame(params)
            frame.check(self._exchange.clock.now_us())
            call.account, call.frame = session.key.account, frame
            return
        key = self._signed_by(connection, call)
        if security not in key.permissions:
            raise invalid_key()

    def identify(self, connection: ApiConnection, call: Call) -> None:
        """For listenKey management: a key without a signature, or the session's."""
        api_key = call.params.get("apiKey")
        if api_key is None and connection.session is not None:
            call.account = connection.session.key.account
            return
        if not api_key:
            raise mandatory("apiKey")
        call.account = self._exchange.keys.permitted(api_key, STREAM, connection.address).account

    def _signed_by(self, connection: ApiConnection, call: Call) -> ApiKey:
        params = call.params
        api_key, signature = params.get("apiKey"), params.get("signature")
        if not api_key:
            raise mandatory("apiKey")
        if not signature:
            raise mandatory("signature")
        frame = time_frame(params)
        key = self._exchange.keys.find(api_key)
        if not key.counts_from(connection.address):
            raise invalid_key()
        check_signature(key, ws_payload(params), signature)
        frame.check(self._exchange.clock.now_us())
        call.account, call.frame = key.account, frame
        return key

    # -- session -----------------------------------------------------------------------------------------------------

    def _logon(self, connection: ApiConnection, call: Call) -> Any:
        key = self._signed_by(connection, call)
        kind = key.verifier.kind
        if kind != "ED25519" and "hmac_session_logon" not in self._exchange.lenient:
            raise VenueError(-4056, f"{'HMAC_SHA256' if kind == 'HMAC' else kind} API key is not supported.")
        if connection.session is not None and connection.session.key.account != key.account:
            self._user_data.end_logon(connection)
        connection.session = Session(key, self._exchange.clock.now_ms(), key.permissions)
        return self._status(connection, call)

    def _status(self, connection: ApiConnection, _call: Call) -> Any:
        session = connection.session
        return {
            "apiKey": session.key.api_key if session else None,
            "authorizedSince": session.since_ms if session else None,
            "connectedSince": connection.connected_ms,
            "returnRateLimits": connection.show_limits,
            "serverTime": self._exchange.clock.now_ms(),
            "userDataStream": bool(connection.subscriptions),
        }

    def _logout(self, connection: ApiConnection, call: Call) -> Any:
        self._end(connection)
        return self._status(connection, call)

    def _end(self, connection: ApiConnection) -> None:
        connection.session = None
        self._user_data.end_logon(connection)

    # -- user data ---------------------------------------------------------------------------------------------------

    def _subscribe(self, connection: ApiConnection, call: Call) -> Any:
        session = connection.session
        if session is None:
            raise VenueError(-1002, "You are not authorized to execute this request.", 401)
        if STREAM not in session.permissions:
            raise invalid_key()
        call.account = session.key.account
        return {"subscriptionId": self._user_data.subscribe(connection, call.account, by_logon=True)}

    def _subscribe_signature(self, connection: ApiConnection, call: Call) -> Any:
        key = self._signed_by(connection, call)
        if STREAM not in key.permissions:
            raise invalid_key()
        return {"subscriptionId": self._user_data.subscribe(connection, call.account, by_logon=False)}

    def _unsubscribe(self, connection: ApiConnection, call: Call) -> Any:
        text = call.params.get("subscriptionId")
        numbers = list(connection.subscriptions) if text is None else [int(text)] if text.isascii() and text.isdigit() else []
        if not numbers or any(number not in connection.subscriptions for number in numbers):
            raise VenueError(-2036, "User Data Stream subscription not active.")
        for number in numbers:
            self._user_data.unsubscribe(connection, number)
        return {}

    def _subscriptions(self, connection: ApiConnection, _call: Call) -> Any:
        return [{"subscriptionId": number} for number in connection.subscriptions]
