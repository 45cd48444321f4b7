"""The proxy's control side: HTTP on loopback, with a token."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from ..common.canary import canary
from .proxy import Proxy
from .weather import Weather


class Control:
    """PUT /weather (fields of `Weather`; what is left out is fair), POST /reset, /cut, /heal, GET /counters; with the Bearer `token`."""

    def __init__(self, proxy: Proxy) -> None:
        self.token = canary()
        self._proxy = proxy
        self._runner = web.AppRunner(self._application(), access_log=None)

    async def listen(self) -> str:
        """Listen at a free port of 127.0.0.1; its URL."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        await self._runner.cleanup()

    def _application(self) -> web.Application:
        @web.middleware
        async def with_token(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
            if not secrets.compare_digest(request.headers.get("Authorization", ""), f"Bearer {self.token}"):
                return _refusal(401, "expected the proxy's token")
            return await handler(request)

        application = web.Application(middlewares=[with_token])
        application.add_routes(
            [
                web.put("/weather", self._weather),
                web.post("/reset", self._reset),
                web.post("/cut", self._cut),
                web.post("/heal", self._heal),
                web.get("/counters", self._counters),
            ]
        )
        return application

    async def _weather(self, request: web.Request) -> web.Response:
        try:
            wanted = msgspec.json.decode(await request.read(), type=Weather)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            return _refusal(400, str(error))
        if mistakes := wanted.mistakes():
            return _refusal(400, "; ".join(mistakes))
        self._proxy.change(wanted)
        return web.json_response(self._proxy.told())

    async def _reset(self, _: web.Request) -> web.Response:
        return web.json_response({"reset": self._proxy.reset()})

    async def _cut(self, _: web.Request) -> web.Response:
        return web.json_response({"reset": await self._proxy.refuse()})

    async def _heal(self, _: web.Request) -> web.Response:
        await self._proxy.heal()
        return web.json_response(self._proxy.told())

    async def _counters(self, _: web.Request) -> web.Response:
        return web.json_response(self._proxy.told())


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message}}, status=status)
