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
from ..shell.group_commit import Settle
from ..shell.lifetimes import LIFE_MS, SHUTDOWN_NOTICE_MS
from ..shell.virtual_clock import VirtualClock
from . import control
from .connection import Connection, Limits
from .hub import Hub
from .outlet import Build, Tap

_AFTER_THE_SECOND_S = 0.005
"""Loop timers may fire a little early; a candle must not be found still open by the tick that should close it."""


CutOff = Callable[[str], None]
"""Told the address of a client that was disconnected for sending too fast."""


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

    def __init__(self, venue: Venue, clock: Clock, limits: Limits, cut_off: CutOff, settle: Settle) -> None:
        self._clock = clock
        self._cut_off = cut_off
        self._settle = settle
        self._limits = limits
        self.hub = Hub(clock.timers if isinstance(clock, VirtualClock) else LoopTimers(clock), venue)
        self._connections: dict[str, Connection] = {}
        self._numbers = itertools.count(1)
        self._closing = False
        self._goodbyes: set[asyncio.Task[None]] = set()

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
        address = request.remote or ""
        connection = Connection(
            f"s{next(self._numbers)}",
            session,
            self.hub,
            self._limits,
            since_ns=self._clock.monotonic_ns(),
            connected_ms=self._clock.now_ms(),
            cut_off=lambda: self._cut_off(address),
            settle=self._settle,
        )
        self._connections[connection.id] = connection
        try:
            return await connection.serve(request)
        finally:
            del self._connections[connection.id]

    def look(self, now_ms: int) -> None:
        """A connection lives for 24 hours of the venue's clock and is told before that it ends."""
        for connection in list(self._connections.values()):
            age_ms = now_ms - connection.connected_ms
            if age_ms >= LIFE_MS - SHUTDOWN_NOTICE_MS:
                connection.announce_shutdown()
            if age_ms >= LIFE_MS:
                self._end(connection, "the connection is 24 hours old")

    def shut_down(self, after_s: float) -> int:
        """Tell every connection that it ends, and end it `after_s` later; new ones are welcome meanwhile. How many were told."""
        leaving = list(self._connections.values())
        for connection in leaving:
            connection.announce_shutdown()
            asyncio.get_running_loop().call_later(after_s, self._end, connection, "the server shuts down")
        return len(leaving)

    def _end(self, connection: Connection, reason: str) -> None:
        task = asyncio.get_running_loop().create_task(connection.goodbye(WSCloseCode.GOING_AWAY, reason))
        self._goodbyes.add(task)
        task.add_done_callback(self._goodbyes.discard)

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
        """Tell every connection, close it with 1001 and stop every timer."""
        self._closing = True
        leaving = list(self._connections.values())
        for connection in leaving:
            connection.announce_shutdown()
        await asyncio.gather(*self._goodbyes, *(each.goodbye(WSCloseCode.GOING_AWAY, "the venue shuts down") for each in leaving))
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
