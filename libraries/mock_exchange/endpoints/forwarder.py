"""An address process at work: every client connection is one connection to the matching process, byte for byte, in both directions.

What happens to one side happens to the other: an end of writing, a close, a reset. A side that reads slowly slows the other down.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import cast

from .announcement import Announcement, written

_RESET = struct.pack("ii", 1, 0)


class Side(asyncio.Protocol):
    """One of the two connections; `other` is set once both are open."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: Side | None = None
        self._lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        """The peer will send no more, but may still read: the same is said to the other peer."""
        other = self.other
        if other is None or other.transport is None:
            return False
        if not other.transport.can_write_eof():
            return False
        other.transport.write_eof()
        return self.transport is not None and self.transport.can_write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        if self.other is not None:
            self.other.end(reset=exc is not None)

    def pause_writing(self) -> None:
        if self.other is not None and self.other.transport is not None and not self.other.transport.is_closing():
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and self.other.transport is not None and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def end(self, *, reset: bool) -> None:
        """Close this side after what was written to it; with `reset` at once, as a TCP reset."""
        if self._lost or self.transport is None:
            return
        if not reset:
            self.transport.close()
            return
        raw = self.transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()


class Client(Side):
    """The client's side. `early` = what it sent before the way to the matching process was open; then nothing more of it is read."""

    def __init__(self, forwarder: Forwarder) -> None:
        super().__init__()
        self._forwarder = forwarder
        self.early = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._forwarder.opened(self)

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            super().data_received(data)
            return
        self.early += data
        assert self.transport is not None
        self.transport.pause_reading()


class Forwarder:
    """The clients of one address and their ways to the matching process on 127.0.0.1:`venue_port`."""

    def __init__(self, name: str, venue_port: int, token: str) -> None:
        self._name = name
        self._venue_port = venue_port
        self._token = token
        self._opening: set[asyncio.Task[None]] = set()

    def client(self) -> Client:
        """The protocol of a new client connection."""
        return Client(self)

    def opened(self, client: Client) -> None:
        task = asyncio.get_running_loop().create_task(self._open(client))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, client: Client) -> None:
        assert client.transport is not None
        peer, local = (client.transport.get_extra_info(name)[:2] for name in ("peername", "sockname"))
        try:
            _, venue = await asyncio.get_running_loop().create_connection(Side, "127.0.0.1", self._venue_port)
        except OSError:
            client.end(reset=True)
            return
        assert venue.transport is not None
        if client.transport.is_closing() or venue.transport.is_closing():
            venue.end(reset=True)
            client.end(reset=True)
            return
        venue.transport.write(written(Announcement(self._name, peer, local), self._token) + client.early)
        client.other, venue.other = venue, client
        client.transport.resume_reading()
