"""One connection of the WebSocket API: frames out in order, pings, subscriptions."""

from __future__ import annotations

import asyncio
import socket
import struct
import time

import msgspec
from aiohttp import web

from ..core.time_unit import MILLISECOND, TimeUnit
from ..endpoints.announcement import DIRECT
from ..errors import LedgerError
from . import frames
from .group_commit import Settle, nothing_to_settle
from .keys import ApiKey
from .time_unit import event_in
from .usage import ClientUsage

PING_EVERY_S = 20.0
PONG_WITHIN_S = 60.0
MAX_UNSENT_BYTES = 16 * 1024 * 1024
"""A client that reads so slowly is cut off: the venue's memory is bounded."""
MAX_MESSAGE_BYTES = 64 * 1024
_RESET = struct.pack("ii", 1, 0)


def peer_of(request: web.BaseRequest) -> str:
    """The client's end of the connection, "127.0.0.1:40001": by it a client finds its own connection in a list."""
    host, port = request.transport.get_extra_info("peername")[:2] if request.transport else ("", 0)
    return f"{host}:{port}"


def local_of(request: web.BaseRequest) -> str:
    """The venue's end of the connection: which of its addresses the client chose."""
    host, port = request.transport.get_extra_info("sockname")[:2] if request.transport else ("", 0)
    return f"{host}:{port}"


def address_of(request: web.BaseRequest) -> str:
    """By which of the venue's addresses the client came: "direct", or the name of an address process such as "api2"."""
    return str(request.transport.get_extra_info("address", DIRECT)) if request.transport else DIRECT


class Session(msgspec.Struct, frozen=True):
    """Who logged on to a connection, since when, and what the key allowed then."""

    key: ApiKey
    since_ms: int
    permissions: frozenset[str]

    def holds(self, address: str) -> bool:
        """Is the key still what it was at logon?"""
        return self.key.counts_from(address) and self.permissions <= self.key.permissions


class Subscription(msgspec.Struct, frozen=True):
    """A user data stream on a connection; `by_logon`: it ends with the session."""

    account: str
    by_logon: bool


class ApiConnection:
    """`subscriptions` by subscription id; `used_ids`: how many were handed out in the life of the connection."""

    def __init__(
        self,
        connection_id: str,
        client: ClientUsage,
        address: str,
        now_ms: int,
        *,
        any_pong: bool = False,
        settle: Settle = nothing_to_settle,
    ) -> None:
        self.id = connection_id
        self.client = client
        self.address = address
        self.connected_ms = now_ms
        self.since_ns = time.monotonic_ns()
        self.socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=MAX_MESSAGE_BYTES, timeout=1.0)
        self.session: Session | None = None
        self.subscriptions: dict[int, Subscription] = {}
        self.used_ids = 0
        self.show_limits = True
        self.time_unit: TimeUnit = MILLISECOND
        self.told_shutdown = False
        self._any_pong = any_pong
        self._settle = settle
        self.peer = ""
        self.local = ""
        self.is_silent = False
        self.venue_address = DIRECT
        self._transport: asyncio.Transport | None = None
        self._pinging: asyncio.TimerHandle | None = None
        self._unanswered: dict[bytes, float] = {}
        self._outbox: list[bytes] = []

    async def open(self, request: web.BaseRequest) -> None:
        await self.socket.prepare(request)
        self._transport = request.transport
        self.peer = peer_of(request)
        self.local = local_of(request)
        self.venue_address = address_of(request)
        self._ping_later()

    def send(self, payload: bytes) -> None:
        """Write a text frame, after all frames before it; nothing happens on a connection that is gone."""
        self._write(frames.frame(payload))

    def pong(self, payload: bytes) -> None:
        self._write(frames.frame(bytes(payload), frames.PONG))

    def answered(self, payload: bytes) -> None:
        """A pong must carry the payload of a ping; it answers that one and all before it."""
        if self._any_pong:
            self._unanswered.clear()
            return
        sent = self._unanswered.get(payload)
        if sent is not None:
            self._unanswered = {each: at for each, at in self._unanswered.items() if at > sent}

    def subscribe(self, subscription: Subscription) -> int:
        number = self.used_ids
        self.used_ids += 1
        self.subscriptions[number] = subscription
        return number

    def send_event(self, event: bytes) -> None:
        """Write an event, in the time unit that the client asked for."""
        self.send(self.in_its_unit(event))

    def in_its_unit(self, event: bytes) -> bytes:
        return event_in(self.time_unit, event)

    async def goodbye(self, code: int, reason: str) -> None:
        """Write what waits, then end the connection with a close frame."""
        self.flush()
        if not self.socket.closed:
            await self.socket.close(code=code, message=reason.encode(), drain=False)

    def unsent_bytes(self) -> int:
        """What the operating system has not taken yet."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return 0
        return transport.get_write_buffer_size() + sum(map(len, self._outbox))

    def flush(self) -> None:
        """Hand all frames of this turn of the loop to the transport with one write: a system call costs as much as an order."""
        try:
            self._settle()
        except LedgerError:  # the process ends; nothing leaves of what it could not write down
            self._outbox.clear()
            self.abort()
            return
        data, self._outbox = b"".join(self._outbox), []
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(data)
        if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self.abort()

    def abort(self) -> None:
        """Cut the TCP connection with a reset."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()

    def silence(self) -> None:
        """Half-open from now on: up, but nothing is read and nothing is written."""
        self.flush()
        self.is_silent = True
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def write_raw(self, data: bytes) -> None:
        """Bytes that need not be a whole frame, behind everything sent so far."""
        self._write(data)
        self.flush()

    def end(self) -> None:
        """Close the TCP connection in good order, in the middle of whatever was written."""
        if self._transport is not None:
            self._transport.close()

    def release(self) -> None:
        if self._pinging is not None:
            self._pinging.cancel()

    def _write(self, data: bytes) -> None:
        if self.is_silent:
            return
        if not self._outbox:
            asyncio.get_running_loop().call_soon(self.flush)
        self._outbox.append(data)

    def _ping_later(self) -> None:
        self._pinging = asyncio.get_running_loop().call_later(PING_EVERY_S, self._ping)

    def _ping(self) -> None:
        if self.is_silent:
            return
        now = time.monotonic()
        if any(now - at >= PONG_WITHIN_S for at in self._unanswered.values()):
            self.abort()
            return
        payload = str(time.monotonic_ns()).encode()
        self._unanswered[payload] = now
        self._write(frames.frame(payload, frames.PING))
        self._ping_later()
