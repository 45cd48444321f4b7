"""The WebSocket API (`/ws-api/v3`): requests, answers and wrapped user data events on one connection, in order (binance-spot 1.10)."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from ..core.errors import VenueError, mandatory
from ..core.venue_events import AccountEvent, VenueEvent
from . import market_data, trading
from .api import Call, Endpoint, Exchange, run
from .connection import ApiConnection
from .params import INVALID_JSON, ws_params, ws_payload
from .security import KeyRing, check_signature, time_frame
from .usage import order_reports, weight_report

METHODS: dict[str, Endpoint] = {
    "ping": market_data.PING,
    "time": market_data.TIME,
    "exchangeInfo": market_data.EXCHANGE_INFO,
    "depth": market_data.DEPTH,
    "order.place": trading.PLACE,
    "order.status": trading.QUERY,
    "order.cancel": trading.CANCEL,
    "openOrders.status": trading.OPEN_ORDERS,
    "openOrders.cancelAll": trading.CANCEL_ALL,
    "allOrders": trading.ALL_ORDERS,
    "myTrades": trading.MY_TRADES,
    "account.status": trading.ACCOUNT,
}
_NULL = msgspec.Raw(b"null")
_CONNECT_WEIGHT = 2
_SESSION_WEIGHT = 2
_MALFORMED_WEIGHT = 1
_encode = msgspec.json.Encoder().encode


class Request(msgspec.Struct):
    method: str
    id: msgspec.Raw = _NULL
    params: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)


_decode = msgspec.json.Decoder(Request).decode
_decode_id = msgspec.json.Decoder(int | str | None).decode


class WsApi:
    """All connections of the WebSocket API, and the way of an account's events to them."""

    def __init__(self, exchange: Exchange, keys: KeyRing) -> None:
        self._exchange = exchange
        self._keys = keys
        self._numbers = itertools.count(1)
        self.connections: dict[str, ApiConnection] = {}
        self._subscribers: dict[str, dict[str, ApiConnection]] = {}
        self._sessions: dict[str, Callable[[ApiConnection, Call], Any]] = {
            "userDataStream.subscribe.signature": self._subscribe,
            "userDataStream.unsubscribe": self._unsubscribe,
            "session.subscriptions": self._subscriptions,
        }
        exchange.venue.listen(self._on_event)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one connection until it ends."""
        connection = ApiConnection(f"w{next(self._numbers)}")
        if not connection.socket.can_prepare(request).ok:
            return web.json_response({"code": -1000, "msg": "Expected a WebSocket upgrade; connect with a WebSocket client."}, status=400)
        self._exchange.usage.weigh(request.remote or "", _CONNECT_WEIGHT)
        await connection.open(request)
        self.connections[connection.id] = connection
        connection.show_limits = "returnRateLimits=false" not in request.raw_path
        try:
            await self._serve(connection, request.remote or "")
        finally:
            self._forget(connection)
        return connection.socket

    def abort(self, connection_id: str) -> bool:
        connection = self.connections.get(connection_id)
        if connection is None:
            return False
        connection.abort()
        return True

    async def close(self) -> None:
        """Say goodbye on every connection."""
        for connection in list(self.connections.values()):
            connection.flush()
            await connection.socket.close(code=WSCloseCode.GOING_AWAY, message=b"the venue is shutting down", drain=False)

    def shown(self) -> list[dict[str, object]]:
        """The connections as the admin API lists them."""
        return [
            {
                "id": each.id,
                "kind": "ws-api",
                "account": next(iter(each.subscriptions.values()), None),
                "streams": [],
                "since_ns": each.since_ns,
                "peer": each.peer,
            }
            for each in self.connections.values()
        ]

    async def _serve(self, connection: ApiConnection, address: str) -> None:
        while True:
            message = await connection.socket.receive()
            if message.type is WSMsgType.TEXT or message.type is WSMsgType.BINARY:
                self._on_message(connection, address, message.data)
            elif message.type is WSMsgType.PING:
                connection.pong(message.data)
            elif message.type is WSMsgType.PONG:
                connection.answered(bytes(message.data))
            else:
                return

    def _on_message(self, connection: ApiConnection, address: str, data: str | bytes) -> None:
        call = Call({}, "ws-api", time.monotonic_ns())
        identity, method, endpoint = _NULL, "", None
        status, code, weight = 200, None, _MALFORMED_WEIGHT
        try:
            request = _parsed(data)
            identity, method = request.id, request.method.removeprefix("v3/")
            call.params = ws_params(request.params)
            endpoint = METHODS.get(method)
            weight = endpoint.weight_of(call.params) if endpoint else _SESSION_WEIGHT
            outcome: dict[str, Any] = {"result": self._perform(connection, endpoint, method, call)}
        except VenueError as error:
            status, code = error.status, error.code
            outcome = {"error": {"code": error.code, "msg": error.msg}}
        answer = {"id": identity, "status": status, **outcome}
        limits = self._limits(address, weight, call)
        if call.params.get("returnRateLimits", "true" if connection.show_limits else "false") != "false":
            answer["rateLimits"] = limits
        self._exchange.transcript.add(call, "WS", method, status=status, code=code)
        connection.send(_encode(answer))

    def _limits(self, address: str, weight: int, call: Call) -> list[dict[str, object]]:
        """Count the request and report what is used: orders only where one was placed."""
        usage = self._exchange.usage
        orders = order_reports(usage.count_order(call.account, call.placed)) if call.placed else []
        return [*orders, weight_report(usage.weigh(address, weight))]

    def _perform(self, connection: ApiConnection, endpoint: Endpoint | None, method: str, call: Call) -> Any:
        if endpoint is None:
            session = self._sessions.get(method)
            if session is None:
                raise VenueError(-1020, "This operation is not supported.")
            return session(connection, call)
        if endpoint.security != "NONE":
            self._authenticate(call)
        return run(self._exchange, endpoint, call)

    def _authenticate(self, call: Call) -> None:
        params = call.params
        api_key, signature = params.get("apiKey"), params.get("signature")
        if not api_key:
            raise mandatory("apiKey")
        if not signature:
            raise mandatory("signature")
        frame = time_frame(params)
        credentials = self._keys.find(api_key)
        check_signature(credentials, ws_payload(params), signature)
        frame.check(self._exchange.clock)
        call.account, call.frame = credentials.account, frame

    # -- user data ---------------------------------------------------------------------------------------------------

    def _subscribe(self, connection: ApiConnection, call: Call) -> Any:
        self._authenticate(call)
        if call.account in connection.subscriptions.values():
            raise VenueError(-2035, "User Data Stream subscription already active.")
        number = connection.subscribe(call.account)
        self._subscribers.setdefault(call.account, {})[connection.id] = connection
        return {"subscriptionId": number}

    def _unsubscribe(self, connection: ApiConnection, call: Call) -> Any:
        text = call.params.get("subscriptionId")
        numbers = list(connection.subscriptions) if text is None else [int(text)] if text.isascii() and text.isdigit() else []
        if not numbers or any(number not in connection.subscriptions for number in numbers):
            raise VenueError(-2036, "User Data Stream subscription not active.")
        for number in numbers:
            account = connection.subscriptions.pop(number)
            del self._subscribers[account][connection.id]
        return {}

    def _subscriptions(self, connection: ApiConnection, _call: Call) -> Any:
        return [{"subscriptionId": number} for number in connection.subscriptions]

    def _on_event(self, event: VenueEvent) -> None:
        if not isinstance(event, AccountEvent):
            return
        for connection in list(self._subscribers.get(event.account, {}).values()):
            number = next(number for number, account in connection.subscriptions.items() if account == event.account)
            connection.send(_encode({"subscriptionId": number, "event": event.payload}))

    def _forget(self, connection: ApiConnection) -> None:
        connection.release()
        del self.connections[connection.id]
        for account in connection.subscriptions.values():
            del self._subscribers[account][connection.id]


def _parsed(data: str | bytes) -> Request:
    """Raises VenueError -1135: no JSON, no method, or an id that is neither whole number, text nor null."""
    try:
        request = _decode(data)
        _decode_id(request.id)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise VenueError(-1135, INVALID_JSON) from None
    return request
