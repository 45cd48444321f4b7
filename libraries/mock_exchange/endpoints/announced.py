"""The matching process's side of an address: read who speaks, then let the web server serve that client as its own."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any, cast

import structlog

from . import announcement

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_log = structlog.get_logger("mock_exchange.endpoints")


class AnnouncedConnection(asyncio.Protocol):
    """Hands the connection over to the web server's protocol once its first line has come; one without a valid line is cut."""

    def __init__(self, port: PrivatePort, server: Callable[[], asyncio.BaseProtocol], token: str) -> None:
        self._port = port
        self._server = server
        self._token = token
        self._transport: asyncio.Transport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._port.refusing:
            _reset(self._transport)

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        assert transport is not None
        self._received += data
        line, end, rest = self._received.partition(b"\r\n")
        if not end and len(line) <= announcement.LONGEST_LINE:
            return
        try:
            announced = announcement.read(line, self._token)
        except ValueError as error:
            _log.warning("connection to the private port refused", reason=str(error))
            _reset(transport)
            return
        protocol = cast(asyncio.Protocol, self._server())
        transport.set_protocol(protocol)
        protocol.connection_made(cast(asyncio.BaseTransport, AnnouncedTransport(transport, announced)))
        if rest:
            protocol.data_received(rest)


class AnnouncedTransport:
    """A transport with the ends of the client's connection to the address; `get_extra_info("address")` is the address's name."""

    def __init__(self, transport: asyncio.Transport, announced: announcement.Announcement) -> None:
        self._transport = transport
        self._known = {"peername": announced.client, "sockname": announced.local, "address": announced.address}
        self.write = transport.write
        self.is_closing = transport.is_closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._known[name] if name in self._known else self._transport.get_extra_info(name, default)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _reset(transport: asyncio.Transport) -> None:
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    transport.abort()


class PrivatePort:
    """The loopback port on which the matching process hears its address processes; `refusing` resets every new connection."""

    def __init__(self, listening: socket.socket, token: str) -> None:
        self.refusing = False
        self._listening = listening
        self._token = token
        self._server: asyncio.Server | None = None

    @property
    def number(self) -> int:
        return int(self._listening.getsockname()[1])

    async def open(self, server: Callable[[], asyncio.BaseProtocol]) -> None:
        """Serve with `server`, the factory of the web server's protocols."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: AnnouncedConnection(self, server, self._token), sock=self._listening)

    def close(self) -> None:
        """Take no more connections; those that are open are the web server's affair."""
        if self._server is not None:
            self._server.close()
