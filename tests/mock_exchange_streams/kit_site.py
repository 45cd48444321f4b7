"""A venue with its stream server on a port of the system's choice, and clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from aiohttp import ClientSession, ClientWebSocketResponse, web

from libraries.mock_exchange import streams
from libraries.mock_exchange.core.orders import NewOrder
from libraries.mock_exchange.core.venue import Venue
from libraries.mock_exchange.shell.clock import VenueClock
from tests.mock_exchange_streams.kit_streams import spec, units

DEADLINE_S = 10.0
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: venue\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Site:
    """A venue, its stream server on a port of the system's choice, and clients."""

    def __init__(self, limits: streams.Limits) -> None:
        self.clock = VenueClock()
        self.venue = Venue([spec()], self.clock)
        self.venue.start()
        self.cut_off: list[str] = []
        self.server = streams.build(self.venue, self.clock, limits, self.cut_off.append)
        self.port = 0
        self.session: ClientSession

    async def connect(self, path: str, **options: Any) -> ClientWebSocketResponse:
        socket: ClientWebSocketResponse = await self.session.ws_connect(f"http://127.0.0.1:{self.port}{path}", **options)
        return socket

    async def upgrade(self, path: str, reads: bool = True) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(UPGRADE.format(path=path).encode())
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
        if not reads:
            cast(asyncio.Transport, writer.transport).pause_reading()
        return reader, writer

    def book(self, bids: dict[str, str], asks: dict[str, str]) -> None:
        self.venue.set_market_book(
            "BTCUSDT", *[[(units(price), units(quantity)) for price, quantity in side.items()] for side in (bids, asks)]
        )

    def crowd_buys(self, quantity: str) -> None:
        self.venue.place_as_market(NewOrder(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=units(quantity)), "crowd")


@asynccontextmanager
async def site(**limits: Any) -> AsyncIterator[Site]:
    it = Site(streams.Limits(**limits))
    runner = web.ServerRunner(web.Server(it.server.handle))
    await runner.setup()
    tcp = web.TCPSite(runner, "127.0.0.1", 0)
    await tcp.start()
    it.port = runner.addresses[0][1]
    async with ClientSession() as it.session:
        try:
            yield it
        finally:
            await it.server.close()
            await runner.cleanup()


async def ask(socket: ClientWebSocketResponse, text: str) -> Any:
    await socket.send_str(text)
    return await said(socket)


async def said(socket: ClientWebSocketResponse) -> Any:
    return json.loads(await socket.receive_str(timeout=DEADLINE_S))


async def until(condition: Callable[[], bool], step: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await step()
