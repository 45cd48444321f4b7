"""The WebSocket API (`/ws-api/v3`): requests, answers and wrapped user data events on one connection, in order (binance-spot 1.10)."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Container, Coroutine
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from ..core.errors import VenueError
from ..core.time_unit import time_unit_of
from ..core.venue_events import AccountEvent
from . import listen_keys, market_routes, trading_routes
from .api import Call, Endpoint, Exchange, carry_out, run
from .connection import ApiConnection
from .fault_passage import Unanswered
from .fault_ws import WsPassage
from .lifetimes import LIFE_MS, SHUTDOWN_NOTICE_MS
from .limits import LimitExceeded
from .params import INVALID_JSON, NULL, LiteralRequest, PlainRequest, ws_params, ws_request
from .time_unit import answer_in
from .transcript import NO_ANSWER
from .user_data import UserData
from .ws_session import SESSION_WEIGHT, SessionRevoked, Sessions

METHODS: dict[str, Endpoint] = {
    **market_routes.WS_API,
    **trading_routes.WS_API,
    "userDataStream.start": listen_keys.START,
    "userDataStream.ping": listen_keys.EXTEND,
    "userDataStream.stop": listen_keys.CLOSE,
}
_MALFORMED_WEIGHT = 1
_encode = msgspec.json.Encoder().encode
_decode_id = msgspec.json.Decoder(int | str | None).decode


class _Asked(msgspec.Struct):
    """One request and what is known of its answer."""

    call: Call
    identity: msgspec.Raw = NULL
    method: str = ""
    status: int = 200
    code: int | None = None
    is_banned: bool = False


class WsApi:
    """All connections of the WebSocket API."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._user_data = UserData(exchange.clock, exchange.events)
        self._sessions = Sessions(exchange, self._user_data)
        self._numbers = itertools.count(1)
        self._answering: set[asyncio.Task[None]] = set()
        self._goodbyes: set[asyncio.Task[None]] = set()
        self.connections: dict[str, ApiConnection] = {}
        exchange.venue.listen(self._user_data.on_event, AccountEvent)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one connection until it ends. A refusal before that is an HTTP answer with the venue's error."""
        exchange, address = self._exchange, request.remote or ""
        client, now_ms = exchange.usage.client(address), exchange.clock.now_ms()
        any_pong = "pong_payload_any" in exchange.lenient
        connection = ApiConnection(f"w{next(self._numbers)}", client, address, now_ms, any_pong=any_pong, settle=exchange.settle)
        if not connection.socket.can_prepare(request).ok:
            return web.json_response({"code": -1000, "msg": "Expected a WebSocket upgrade; connect with a WebSocket client."}, status=400)
        asked = dict(parse_qsl(request.raw_path.partition("?")[2]))
        connection.time_unit = time_unit_of(asked.get("timeUnit"))
        connection.show_limits = asked.get("returnRateLimits") != "false"
        await connection.open(request)
        self.connections[connection.id] = connection
        try:
            await self._serve(connection)
        finally:
            self._forget(connection)
        return connection.socket

    @property
    def audience(self) -> Container[str]:
        """The accounts to whose events some connection is subscribed, now and later."""
        return self._user_data.audience

    def abort(self, connection_id: str) -> bool:
        connection = self.connections.get(connection_id)
        if connection is None:
            return False
        connection.abort()
        return True

    def look(self, now_ms: int) -> None:
        """A connection lives for 24 hours of the venue's clock and is told before that it ends."""
        for connection in list(self.connections.values()):
            age_ms = now_ms - connection.connected_ms
            if age_ms >= LIFE_MS - SHUTDOWN_NOTICE_MS:
                self._tell_shutdown(connection)
            if age_ms >= LIFE_MS:
                self._end(connection, WSCloseCode.GOING_AWAY, "the connection is 24 hours old")

    def shut_down(self, after_s: float) -> int:
        """Tell every connection that it ends, and end it `after_s` later; new ones are welcome meanwhile. How many were told."""
        leaving = list(self.connections.values())
        for connection in leaving:
            self._tell_shutdown(connection)
            asyncio.get_running_loop().call_later(after_s, self._end, connection, WSCloseCode.GOING_AWAY, "the server shuts down")
        return len(leaving)

    async def close(self) -> None:
        """Say goodbye on every connection."""
        for connection in list(self.connections.values()):
            self._tell_shutdown(connection)
            await connection.goodbye(WSCloseCode.GOING_AWAY, "the venue is shutting down")

    def shown(self) -> list[dict[str, object]]:
        """The connections as the admin API lists them."""
        return [
            {
                "id": each.id,
                "kind": "ws-api",
                "account": next((subscription.account for subscription in each.subscriptions.values()), None),
                "streams": [],
                "since_ns": each.since_ns,
                "peer": each.peer,
                "address": each.venue_address,
            }
            for each in self.connections.values()
        ]

    async def _serve(self, connection: ApiConnection) -> None:
        receive, faults = connection.socket.receive, self._exchange.faults
        while True:
            message = await receive()
            if message.type is WSMsgType.TEXT or message.type is WSMsgType.BINARY:
                if faults.armed:
                    self._begin(self._answer_late(connection, message.data, self._passage(connection)))
                else:
                    self._answer(connection, message.data)
            elif message.type is WSMsgType.PING:
                connection.pong(message.data)
            elif message.type is WSMsgType.PONG:
                connection.answered(bytes(message.data))
            else:
                return

    def _passage(self, connection: ApiConnection) -> WsPassage:
        return WsPassage(self._exchange.faults, connection, self._exchange.events.answers_of(connection), self._exchange.clock)

    def _begin(self, answering: Coroutine[Any, Any, None]) -> None:
        """While faults are armed each request goes its own way: one that is held back does not stop those behind it."""
        task = asyncio.get_running_loop().create_task(answering)
        self._answering.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._answering.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Unanswered):
            self._exchange.failed(error)

    def _answer(self, connection: ApiConnection, data: str | bytes) -> None:
        """Parse, weigh, authenticate, do, answer: to the end, before the next message is read."""
        if connection.is_silent:
            return
        asked = _Asked(Call({}, "ws-api", time.monotonic_ns()))
        try:
            self._read(connection, data, asked)
            endpoint = self._authenticated(connection, asked)
            result = run(self._exchange, endpoint, asked.call) if endpoint else self._sessions.perform(connection, asked.method, asked.call)
            outcome = b'"result":' + _encoded(connection, result)
        except VenueError as error:
            outcome = self._refused(connection, asked, error)
        connection.send(self._whole(connection, asked, outcome))
        if asked.is_banned:
            self._end(connection, WSCloseCode.POLICY_VIOLATION, "banned")

    async def _answer_late(self, connection: ApiConnection, data: str | bytes, passage: WsPassage) -> None:
        """As `_answer`, past the faults that wait on the way. Raises Unanswered: one of them left it without an answer."""
        if connection.is_silent:
            return
        asked = _Asked(Call({}, "ws-api", time.monotonic_ns(), passage=passage))
        call = asked.call
        try:
            self._read(connection, data, asked)
            await passage.enter(asked.method, call.params, self._account(connection, call.params))
            endpoint = self._authenticated(connection, asked)
            if endpoint:
                result = await carry_out(self._exchange, endpoint, call, passage)
            else:
                result = self._sessions.perform(connection, asked.method, call)
            outcome = b'"result":' + _encoded(connection, result)
        except Unanswered:
            self._exchange.transcript.add(call, "WS", asked.method, status=NO_ANSWER, code=None)
            raise
        except VenueError as error:
            outcome = self._refused(connection, asked, error)
        await passage.reply(self._whole(connection, asked, outcome))
        if asked.is_banned:
            self._end(connection, WSCloseCode.POLICY_VIOLATION, "banned")

    def _read(self, connection: ApiConnection, data: str | bytes, asked: _Asked) -> None:
        """Who asks what, and what it weighs: one that cannot be read weighs 1. Raises VenueError."""
        now_ms = self._exchange.clock.now_ms()
        request = _parsed(connection, data, now_ms)
        asked.identity, asked.method = request.id, request.method.removeprefix("v3/")
        endpoint = METHODS.get(asked.method)
        weight = _MALFORMED_WEIGHT
        try:
            asked.call.params = request.params if isinstance(request, PlainRequest) else ws_params(request.params)
            weight = endpoint.weight_of(asked.call.params) if endpoint else SESSION_WEIGHT
        finally:
            connection.client.admit(weight, now_ms)

    def _authenticated(self, connection: ApiConnection, asked: _Asked) -> Endpoint | None:
        """What the request goes to, by one who may; None: a method of the session. Raises VenueError."""
        self._sessions.check(connection)
        endpoint = METHODS.get(asked.method)
        if endpoint is None:
            return None
        if endpoint.security == "USER_STREAM":
            self._sessions.identify(connection, asked.call)
        elif endpoint.security != "NONE":
            self._sessions.authenticate(connection, endpoint.security, asked.call)
        return endpoint

    def _account(self, connection: ApiConnection, params: dict[str, str]) -> str:
        """Who asks, before it is proven."""
        session = connection.session
        return session.key.account if session and "apiKey" not in params else self._exchange.keys.account_named_by(params.get("apiKey"))

    def _refused(self, connection: ApiConnection, asked: _Asked, error: VenueError) -> bytes:
        asked.status, asked.code = error.status, error.code
        shown = error.shown()
        if isinstance(error, LimitExceeded):
            asked.is_banned = error.is_ban
            shown["data"] = {"serverTime": self._exchange.clock.now_ms(), "retryAfter": error.retry_at_ms}
        elif isinstance(error, SessionRevoked):
            asked.identity = NULL
        return b'"error":' + _encoded(connection, shown)

    def _whole(self, connection: ApiConnection, asked: _Asked, outcome: bytes) -> bytes:
        """The whole answer, with the limits that the request touched unless they are not wanted (orders only where some were placed)."""
        call = asked.call
        self._exchange.transcript.add(call, "WS", asked.method, status=asked.status, code=asked.code)
        shown = call.params.get("returnRateLimits")
        limits = b""
        if connection.show_limits if shown is None else shown != "false":
            usage = self._exchange.usage
            orders = usage.orders_json(usage.account(call.account)) if call.counted else b""
            limits = b',"rateLimits":[%s%s]' % (orders, usage.weight_json(connection.client))
        return b'{"id":%s,"status":%d,%s%s}' % (bytes(asked.identity), asked.status, outcome, limits)

    def _tell_shutdown(self, connection: ApiConnection) -> None:
        if not connection.told_shutdown:
            connection.told_shutdown = True
            connection.send_event(b'{"event":%s}' % _encode({"e": "serverShutdown", "E": self._exchange.clock.now_ms()}))

    def _end(self, connection: ApiConnection, code: int, reason: str) -> None:
        task = asyncio.get_running_loop().create_task(connection.goodbye(code, reason))
        self._goodbyes.add(task)
        task.add_done_callback(self._goodbyes.discard)

    def _forget(self, connection: ApiConnection) -> None:
        connection.release()
        del self.connections[connection.id]
        self._user_data.forget(connection)


def _encoded(connection: ApiConnection, value: Any) -> bytes:
    return answer_in(connection.time_unit, _encode(value))


def _parsed(connection: ApiConnection, data: str | bytes, now_ms: int) -> PlainRequest | LiteralRequest:
    """Raises VenueError -1135: no JSON, no method, or an id that is neither whole number, text nor null."""
    try:
        request = ws_request(data)
        _decode_id(request.id)
    except (msgspec.DecodeError, UnicodeDecodeError):
        connection.client.admit(_MALFORMED_WEIGHT, now_ms)
        raise VenueError(-1135, INVALID_JSON) from None
    return request
