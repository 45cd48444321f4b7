"""The market streams server: endpoints, connections, and the venue's events on their way to them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote

from aiohttp import WSCloseCode, web

from ..core.clock import Clock
from ..core.errors import VenueError
from ..core.time_unit import time_unit_of
from ..core.venue import Venue
from ..shell.virtual_clock import VirtualClock
from . import control
from .connection import Connection, Limits
from .hub import Hub, Tap
from .outlet import Build

_AFTER_THE_SECOND_S = 0.005
"""Loop timers may fire a little early; a candle must not be found still open by the tick that should close it."""


class LoopTimers:
    """The hub's time on the running event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now_us(self) -> int:
        return self._clock.now_us()

    def soon(self, callback: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_soon(callback)

    def grid(self, period_ms: int, callback: Callable[[], None], wall: bool = False) -> Callable[[], None]:
        loop = asyncio.get_running_loop()
        if wall:
            delay_s = (period_ms - self._clock.now_ms() % period_ms) / 1000 + _AFTER_THE_SECOND_S
        else:
            delay_s = period_ms / 1000 - loop.time() % (period_ms / 1000)
        return loop.call_later(delay_s, callback).cancel


class MarketStreams:
    """Fulfils shell.stream_port.StreamServer."""

    def __init__(self, venue: Venue, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self._limits = limits
        self.hub = Hub(clock.timers if isinstance(clock, VirtualClock) else LoopTimers(clock), venue)
        self._connections: dict[str, Connection] = {}
        self._numbers = itertools.count(1)
        self._closing = False

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one connection until it ends; 400 for a request that is no WebSocket upgrade or asks for what this venue has not."""
        try:
            session = open_session(request.raw_path)
        except ValueError as error:
            return web.Response(status=400, text=str(error))
        except VenueError as error:
            return web.json_response({"code": error.code, "msg": error.msg}, status=error.status)
        if not web.WebSocketResponse().can_prepare(request).ok:
            return web.Response(status=400, text="expected a WebSocket upgrade request, came plain HTTP; connect with a WebSocket client")
        if self._closing:
            return web.Response(status=503, text="the venue is shutting down")
        connection = Connection(f"s{next(self._numbers)}", session, self.hub, self._limits, self._clock.monotonic_ns())
        self._connections[connection.id] = connection
        try:
            return await connection.serve(request)
        finally:
            del self._connections[connection.id]

    def connections(self) -> list[dict[str, object]]:
        return [
            {
                "id": each.id,
                "kind": "stream",
                "account": None,
                "streams": list(each.session.streams),
                "since_ns": each.since_ns,
                "peer": each.peer,
                "address": each.venue_address,
            }
            for each in self._connections.values()
        ]

    def abort(self, connection_id: str) -> bool:
        connection = self._connections.get(connection_id)
        if connection is None:
            return False
        connection.cut("asked for by the admin API")
        return True

    def tap(self, tap: Tap | None) -> None:
        """Faults stand between the hub and its subscribers, or no more (None)."""
        self.hub.tap = tap

    async def flush(self) -> None:
        """Return when every event known so far is with the operating system. A client that does not read within `flush_within_s` is cut."""
        self.hub.flush()
        await self.taken()

    def backlog(self) -> bool:
        """Whether a client has not yet taken all that was sent to it."""
        return any(connection.waiting for connection in self._connections.values())

    async def taken(self) -> None:
        """Return when everything sent so far is with the operating system. A client that does not read within `flush_within_s` is cut."""
        waiting = {connection: connection.written() for connection in self._connections.values()}
        if not waiting:
            return
        await asyncio.wait(waiting.values(), timeout=self._limits.flush_within_s)
        for connection, written in waiting.items():
            if not written.done():
                connection.cut(f"the client did not read within {self._limits.flush_within_s:g} s of a flush")

    def publish(self, name: str, data: bytes) -> None:
        """Send a recorded payload to the subscribers of a stream, byte for byte."""
        self.hub.publish(name, data)

    def emit(self, name: str, build: Build) -> None:
        """Send a message to the subscribers of a stream, in the unit that each asked for."""
        self.hub.emit((name,), build)

    async def close(self) -> None:
        """Close every connection with 1001 and stop every timer."""
        self._closing = True
        goodbyes = [each.close(WSCloseCode.GOING_AWAY, "the venue shuts down") for each in list(self._connections.values())]
        await asyncio.gather(*goodbyes)
        self.hub.close()


def open_session(raw_path: str) -> control.Session:
    """What a request target subscribes to (binance-spot 1.9 and 2): `/ws[/<stream>...]` raw, `/stream[?streams=a/b]` combined.

    A trailing slash is tolerated. Raises ValueError, with what to do, for a target that cannot be served; VenueError -1194 for a time
    unit that there is not.
    """
    path, _, query = raw_path.partition("?")
    parameters = dict(parse_qsl(query))
    unit = time_unit_of(parameters.get("timeUnit"))
    root, *rest = [unquote(part) for part in path.split("/") if part]
    names = rest if root == "ws" else [name for name in parameters.get("streams", "").split("/") if name]
    if len(set(names)) > control.MAX_STREAMS:
        raise ValueError(f"expected at most {control.MAX_STREAMS} streams on a connection, came {len(set(names))}")
    return control.Session(names, combined=root == "stream", time_unit=unit)
