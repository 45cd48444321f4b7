"""The public port: three servers told apart by path, and the count of attempts to connect to two of them (binance-spot 1.2)."""

from __future__ import annotations

import msgspec
from aiohttp import web

from ..core.errors import VenueError
from .api import Exchange
from .door import handshake
from .limits import LimitExceeded
from .rest import RestApi
from .ws_api import WsApi

_WS_API = "/ws-api/v3"


class Doorway:
    """A ban keeps an address out of the REST and the WebSocket API; market streams are what the venue tells it to use instead."""

    def __init__(self, exchange: Exchange, rest: RestApi, ws_api: WsApi) -> None:
        self._exchange = exchange
        self._rest = rest
        self._ws_api = ws_api

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0].rstrip("/")
        streams = self._exchange.streams
        try:
            if path == _WS_API:
                self._count_attempt(request, weighs=True)
                return await self._spoiled(request, "ws-api") or await self._ws_api.handle(request)
            if streams is not None and (path in ("/ws", "/stream") or path.startswith(("/ws/", "/stream/"))):
                self._count_attempt(request, weighs=False)
                return await self._spoiled(request, "stream") or await streams.handle(request)
        except VenueError as error:
            return refusal(error, self._exchange.clock.now_ms())
        return await self._rest.handle(request)

    async def _spoiled(self, request: web.BaseRequest, api: str) -> web.StreamResponse | None:
        """What faults answer to a handshake; None: nothing."""
        faults = self._exchange.faults
        return await handshake(faults, request, api) if faults.armed else None

    def _count_attempt(self, request: web.BaseRequest, *, weighs: bool) -> None:
        self._exchange.usage.client(request.remote or "").connect(self._exchange.clock.now_ms(), weighs=weighs)


def refusal(error: VenueError, now_ms: int) -> web.Response:
    """A connection that is not taken: the venue's error over plain HTTP."""
    headers = {"Retry-After": str(error.retry_after_s(now_ms))} if isinstance(error, LimitExceeded) else {}
    body = msgspec.json.encode({"code": error.code, "msg": error.msg})
    return web.Response(body=body, status=error.status, headers=headers, content_type="application/json")
