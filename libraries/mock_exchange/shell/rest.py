"""The REST API: `/api/v3/...` over HTTP, JSON on every reply, weight and order-count headers."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from aiohttp import web

from ..core.errors import VenueError, mandatory
from . import market_data, trading
from .api import Call, Endpoint, Exchange, run
from .params import rest_params, rest_payload
from .security import KeyRing, check_signature, time_frame

ROUTES: dict[str, dict[str, Endpoint]] = {
    "/api/v3/ping": {"GET": market_data.PING},
    "/api/v3/time": {"GET": market_data.TIME},
    "/api/v3/exchangeInfo": {"GET": market_data.EXCHANGE_INFO},
    "/api/v3/depth": {"GET": market_data.DEPTH},
    "/api/v3/trades": {"GET": market_data.TRADES},
    "/api/v3/klines": {"GET": market_data.KLINES},
    "/api/v3/ticker/bookTicker": {"GET": market_data.BOOK_TICKER},
    "/api/v3/ticker/price": {"GET": market_data.PRICE_TICKER},
    "/api/v3/account": {"GET": trading.ACCOUNT},
    "/api/v3/myTrades": {"GET": trading.MY_TRADES},
    "/api/v3/order": {"POST": trading.PLACE, "GET": trading.QUERY, "DELETE": trading.CANCEL},
    "/api/v3/openOrders": {"GET": trading.OPEN_ORDERS, "DELETE": trading.CANCEL_ALL},
    "/api/v3/allOrders": {"GET": trading.ALL_ORDERS},
}
UNKNOWN = VenueError(-1020, "This operation is not supported.", 404)
WRONG_METHOD = VenueError(-1020, "This operation is not supported.", 405)
TOO_LARGE = VenueError(-1101, "Too many parameters; expected '100' and received 'more'.", 413)
_JSON = "application/json;charset=UTF-8"
_encode = msgspec.json.Encoder().encode


class RestApi:
    """Answers one request at a time, to the end: between reading its bytes and its answer nothing else runs."""

    def __init__(self, exchange: Exchange, keys: KeyRing) -> None:
        self._exchange = exchange
        self._keys = keys
        self.in_flight = 0

    async def handle(self, request: web.BaseRequest) -> web.Response:
        self.in_flight += 1
        try:
            return await self._answer(request)
        finally:
            self.in_flight -= 1

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        path, _, query = request.raw_path.partition("?")
        path = path.rstrip("/")
        call = Call({}, "rest", time.monotonic_ns())
        headers: dict[str, str] = {}
        status, code, answer = 200, None, None
        try:
            body = await self._body(request) if request.can_read_body and request.method != "GET" else ""
            endpoint = _route(request.method, path)
            answer = self._perform(request, endpoint, call, query=query, body=body, headers=headers)
        except VenueError as error:
            status, code, answer = error.status, error.code, {"code": error.code, "msg": error.msg}
        if "X-MBX-USED-WEIGHT-1M" not in headers:
            self._weigh(request, 1, headers)
        self._exchange.transcript.add(call, request.method, path, status=status, code=code)
        return web.Response(body=_encode(answer), status=status, headers=headers | {"Content-Type": _JSON})

    def _perform(self, request: web.BaseRequest, endpoint: Endpoint, call: Call, *, query: str, body: str, headers: dict[str, str]) -> Any:
        call.params = rest_params(query, body)
        self._weigh(request, endpoint.weight_of(call.params), headers)
        if endpoint.security != "NONE":
            self._authenticate(request, call, query, body)
        answer = run(self._exchange, endpoint, call)
        if endpoint.entry == "place":
            ten_seconds, day = self._exchange.usage.count_order(call.account, call.placed)
            headers["X-MBX-ORDER-COUNT-10S"] = str(ten_seconds)
            headers["X-MBX-ORDER-COUNT-1D"] = str(day)
        return answer

    def _authenticate(self, request: web.BaseRequest, call: Call, query: str, body: str) -> None:
        api_key = request.headers.get("X-MBX-APIKEY")
        if api_key is None:
            raise VenueError(-2014, "API-key format invalid.", 401)
        signature = call.params.get("signature")
        if not signature:
            raise mandatory("signature")
        frame = time_frame(call.params)
        credentials = self._keys.find(api_key)
        check_signature(credentials, rest_payload(query, body), signature)
        frame.check(self._exchange.clock)
        call.account, call.frame = credentials.account, frame

    def _weigh(self, request: web.BaseRequest, weight: int, headers: dict[str, str]) -> None:
        used = str(self._exchange.usage.weigh(request.remote or "", weight))
        headers["X-MBX-USED-WEIGHT"] = used
        headers["X-MBX-USED-WEIGHT-1M"] = used

    async def _body(self, request: web.BaseRequest) -> str:
        try:
            return (await request.read()).decode("utf-8", "surrogateescape")
        except web.HTTPRequestEntityTooLarge:
            raise TOO_LARGE from None


def _route(method: str, path: str) -> Endpoint:
    methods = ROUTES.get(path)
    if methods is None:
        raise UNKNOWN
    endpoint = methods.get(method)
    if endpoint is None:
        raise WRONG_METHOD
    return endpoint
