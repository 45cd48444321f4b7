"""Where Prometheus scrapes: a port of its own, so that whoever watches cannot hold up whoever controls (docs/decisions/0036-scrapes.md).

Connections are few and of two the newer is kept: dead scrapers shut no live one out, and take no files that trading needs. The text is
made at most ten times a second, however often it is asked for.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from typing import Final

from aiohttp import web

from genesis.core.secret import Secret
from genesis.engine.loop import EngineLoop
from genesis.engine.ports import Cached, Clock
from genesis.monitoring import health
from genesis.monitoring.guard import guard
from genesis.monitoring.metrics import Metrics

MOST_CONNECTIONS: Final = 8
FRESH_NS: Final = 100_000_000


class Scrapes:
    def __init__(self, *, loop: EngineLoop, metrics: Metrics, clock: Clock, token: Secret, cache: Cached | None = None) -> None:
        self._loop = loop
        self._metrics = metrics
        self._clock = clock
        self._cache = cache
        self._open: deque[asyncio.Protocol] = deque()
        self._text = b""
        self._made_ns: int | None = None
        application = web.Application(middlewares=[guard(token, loop.report)])
        application.add_routes([web.get("/metrics", self._answer)])
        self._runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        self._listener: asyncio.Server | None = None

    async def start(self, listening: socket.socket) -> None:
        """Answer whoever comes there."""
        await self._runner.setup()
        self._listener = await asyncio.get_running_loop().create_server(self._admit, sock=listening)

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
        await self._runner.cleanup()

    def _admit(self) -> asyncio.Protocol:
        assert self._runner.server is not None
        if len(self._open) >= MOST_CONNECTIONS:
            transport = getattr(self._open.popleft(), "transport", None)
            if transport is not None:
                transport.abort()  # it may be one that never reads: closing in good order would wait for it
        admitted = self._runner.server()
        self._open.append(admitted)
        return admitted

    async def _answer(self, _request: web.Request) -> web.Response:
        now_ns = self._clock.mono_ns()
        if self._made_ns is None or now_ns - self._made_ns >= FRESH_NS:
            self._text, self._made_ns = self._made(), now_ns
        return web.Response(body=self._text, headers={"Content-Type": self._metrics.content_type})

    def _made(self) -> bytes:
        loop, metrics = self._loop, self._metrics
        score = int(loop.engine.tilt(loop.now())["score"])
        metrics.rates({name: gateway.rate_status() for name, gateway in loop.gateways.items()})
        metrics.addresses({name: gateway.address_status() for name, gateway in loop.gateways.items()})
        metrics.counted({name: gateway.market_status()["counters"] for name, gateway in loop.gateways.items()})
        metrics.sizes(loop.journal.sizes)
        metrics.redundancy(health.redundancy(loop))
        metrics.shed(loop.trades_dropped, loop.ticks_shed)
        if self._cache is not None:
            metrics.cache(self._cache.status())
        return metrics.text(loop.engine.state, loop.visible_state, loop.journal.head.seq, score)
