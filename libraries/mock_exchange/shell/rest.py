"""The REST API: `/api/v3/...` over HTTP, JSON on every reply, weight and order-count headers."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from aiohttp import web

from ..core.errors import VenueError, mandatory
from ..core.time_unit import time_unit_of
from . import listen_keys, market_routes, trading_routes
from .api import Call, Endpoint, Exchange, carry_out, run
from .fault_passage import Unanswered
from .fault_rest import RestPassage
from .http_answer import HttpAnswer
from .keys import malformed_key
from .limits import LimitExceeded
from .params import rest_params, rest_payload
from .security import check_signature, time_frame, wrong_signature
from .time_unit import answer_in
from .transcript import NO_ANSWER
from .usage import ClientUsage

ROUTES: dict[str, dict[str, Endpoint]] = {
    **market_routes.REST,
    **trading_routes.REST,
    "/api/v3/userDataStream": {"POST": listen_keys.START, "PUT": listen_keys.EXTEND, "DELETE": listen_keys.CLOSE},
}
UNKNOWN = VenueError(-1020, "This operation is not supported.", 404)
WRONG_METHOD = VenueError(-1020, "This operation is not supported.", 405)
TOO_LARGE = VenueError(-1101, "Too many parameters; expected '100' and received 'more'.", 413)
_JSON = "application/json;charset=UTF-8"
_encode = msgspec.json.Encoder().encode


class RestApi:
    """Answers one request at a time, to the end: between reading its bytes and its answer nothing else runs."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.in_flight = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.in_flight += 1
        try:
            if not self._exchange.faults.armed:
                return await self._answer(request, None)
            account = self._exchange.keys.account_named_by(request.headers.get("X-MBX-APIKEY"))
            passage = RestPassage(self._exchange.faults, request, account)
            return await passage.serve(lambda: self._answer(request, passage))
        finally:
            self.in_flight -= 1

    async def _answer(self, request: web.BaseRequest, passage: RestPassage | None) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        path = path.rstrip("/")
        call = Call({}, "rest", time.monotonic_ns(), passage=passage)
        client = self._exchange.usage.client(request.remote or "")
        headers = {"Content-Type": _JSON}
        status, code = 200, None
        try:
            if passage is not None:
                await passage.at("after_headers")
            body = await self._body(request) if request.can_read_body and request.method != "GET" else ""
            if passage is not None:
                passage.ask(query, body)
                await passage.at("before_parse")
            endpoint = self._admit(request.method, path, client, call, query=query, body=body)
            unit = time_unit_of(request.headers.get("X-MBX-TIME-UNIT"))
            answer = answer_in(unit, _encode(await self._perform(request, endpoint, call, query=query, body=body)))
        except Unanswered:
            self._exchange.transcript.add(call, request.method, path, status=NO_ANSWER, code=None)
            raise
        except VenueError as error:
            status, code, answer = error.status, error.code, _encode(error.shown())
            if isinstance(error, LimitExceeded):
                headers["Retry-After"] = str(error.retry_after_s(self._exchange.clock.now_ms()))
        self._report_usage(client, call, headers)
        self._exchange.transcript.add(call, request.method, path, status=status, code=code)
        if passage is None:
            return HttpAnswer(status, headers, answer)
        self._exchange.settle()  # a fault may write the answer itself
        return await passage.reply(web.Response(body=answer, status=status, headers=headers))

    def _admit(self, method: str, path: str, client: ClientUsage, call: Call, *, query: str, body: str) -> Endpoint:
        """Read the parameters and weigh the request: one that cannot be read weighs 1."""
        weight = 1
        try:
            endpoint = _route(method, path)
            call.params = rest_params(query, body)
            weight = endpoint.weight_of(call.params)
        finally:
            client.admit(weight, self._exchange.clock.now_ms())
        return endpoint

    async def _perform(self, request: web.BaseRequest, endpoint: Endpoint, call: Call, *, query: str, body: str) -> Any:
        if endpoint.security == "USER_STREAM":
            self._identify(request, call)
        elif endpoint.security != "NONE":
            self._authenticate(request, endpoint, call, query, body)
        if call.passage is None:
            return run(self._exchange, endpoint, call)
        return await carry_out(self._exchange, endpoint, call, call.passage)

    def _identify(self, request: web.BaseRequest, call: Call) -> None:
        """Whose listenKey it is about: these requests carry a key and no signature."""
        key = self._exchange.keys.permitted(_api_key(request), "USER_STREAM", request.remote or "")
        call.account = key.account

    def _authenticate(self, request: web.BaseRequest, endpoint: Endpoint, call: Call, query: str, body: str) -> None:
        api_key = _api_key(request)
        signature = call.params.get("signature")
        if not signature:
            raise mandatory("signature")
        frame = time_frame(call.params)
        key = self._exchange.keys.permitted(api_key, endpoint.security, request.remote or "")
        if not (query.isascii() and body.isascii()) and "unencoded_payload" not in self._exchange.lenient:
            raise wrong_signature()
        check_signature(key, rest_payload(query, body), signature)
        frame.check(self._exchange.clock.now_us())
        call.account, call.frame = key.account, frame

    def _report_usage(self, client: ClientUsage, call: Call, headers: dict[str, str]) -> None:
        headers["X-MBX-USED-WEIGHT"] = headers["X-MBX-USED-WEIGHT-1M"] = str(client.weight.value)
        if call.counted:
            orders = self._exchange.usage.account(call.account)
            headers["X-MBX-ORDER-COUNT-10S"] = str(orders.ten_seconds.value)
            headers["X-MBX-ORDER-COUNT-1D"] = str(orders.day.value)

    async def _body(self, request: web.BaseRequest) -> str:
        try:
            return (await request.read()).decode("utf-8", "surrogateescape")
        except web.HTTPRequestEntityTooLarge:
            self._exchange.usage.client(request.remote or "").admit(1, self._exchange.clock.now_ms())
            raise TOO_LARGE from None


def _api_key(request: web.BaseRequest) -> str:
    api_key = request.headers.get("X-MBX-APIKEY")
    if api_key is None:
        raise malformed_key()
    return api_key


def _route(method: str, path: str) -> Endpoint:
    methods = ROUTES.get(path)
    if methods is None:
        raise UNKNOWN
    endpoint = methods.get(method)
    if endpoint is None:
        raise WRONG_METHOD
    return endpoint
