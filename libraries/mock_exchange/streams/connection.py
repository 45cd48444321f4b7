"""One WebSocket connection of the market streams: what it may send in, a bounded queue of what goes out, pings.

Unlike a real venue's, the limits are stated when they bite: each cut leaves a line in the log that says which limit and which connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
from collections import deque
from collections.abc import Callable

import msgspec
import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from ..core.time_unit import TimeUnit
from ..errors import LedgerError
from ..shell import frames
from ..shell.connection import address_of, local_of, peer_of
from ..shell.group_commit import Settle, nothing_to_settle
from . import control, payloads
from .hub import Hub

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_log = structlog.get_logger("mock_exchange.streams")

_Item = tuple[WSMsgType, bytes] | asyncio.Future[None]
_BATCH_BYTES = 256 * 1024
"""How much is handed to the operating system with one call."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The documented numbers (binance-spot 1.9) and, ours, how much may wait for a client that does not read.

    `any_pong`: the leniency `pong_payload_any`; a pong need not carry the payload of a ping.
    """

    ping_every_s: float = 20.0
    pong_within_s: float = 60.0
    inbound_per_second: int = 5
    any_pong: bool = False
    send_buffer_bytes: int = 8 * 1024 * 1024
    send_buffer_messages: int = 20_000
    close_within_s: float = 1.0
    flush_within_s: float = 5.0


class Connection:
    """A subscriber of the hub. `send` never blocks; a sender task writes in order, one batch after the kernel took the one before.

    `cut_off` is told when the client was disconnected for sending too fast.
    """

    def __init__(
        self,
        connection_id: str,
        session: control.Session,
        hub: Hub,
        limits: Limits,
        *,
        since_ns: int,
        connected_ms: int,
        cut_off: Callable[[], None] = lambda: None,
        settle: Settle = nothing_to_settle,
    ) -> None:
        self.id = connection_id
        self.session = session
        self.since_ns = since_ns
        self.connected_ms = connected_ms
        self.told_shutdown = False
        self._cut_off = cut_off
        self._settle = settle
        self.peer = ""
        self.local = ""
        self._silent = False
        self.venue_address = ""
        self._hub = hub
        self._limits = limits
        self._socket = web.WebSocketResponse(
            autoping=False, compress=False, max_msg_size=64 * 1024, timeout=limits.close_within_s, writer_limit=0
        )
        self._transport: asyncio.Transport | None = None
        self._queue: deque[_Item] = deque()
        self._waiting_bytes = 0
        self._wake = asyncio.Event()
        self._closed = False
        self._inbound: deque[float] = deque(maxlen=limits.inbound_per_second)
        self._unanswered: dict[bytes, float] = {}

    @property
    def combined(self) -> bool:
        return self.session.combined

    @property
    def time_unit(self) -> TimeUnit:
        return self.session.time_unit

    @property
    def waiting(self) -> bool:
        """Whether something was sent that the operating system has not yet taken."""
        return self._waiting_bytes > 0 and not self._closed

    # ------------------------------------------------------------------ out

    def send(self, message: bytes) -> None:
        """Queue a text message. A client that lets the queue grow over its bound is cut: memory stays bounded."""
        self._put(WSMsgType.TEXT, message)

    def written(self) -> asyncio.Future[None]:
        """A future that is done when everything queued so far was handed to the operating system, or the connection is gone."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._closed:
            future.set_result(None)
        else:
            self._queue.append(future)
            self._wake.set()
        return future

    def abort(self) -> None:
        """Reset the TCP connection, by a fault."""
        self.cut("by a fault")

    def silence(self) -> None:
        """Half-open from now on: up, but nothing is read and nothing is written."""
        self._silent = True
        self._release()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def cut(self, reason: str) -> None:
        """End the TCP connection at once with a reset; what waits is dropped."""
        _log.warning("stream connection cut", connection=self.id, reason=reason, waiting_bytes=self._waiting_bytes)
        self._release()
        if self._transport is not None and not self._transport.is_closing():
            sock = self._transport.get_extra_info("socket")
            if sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._transport.abort()

    def announce_shutdown(self) -> None:
        """Say once that the server is about to end the connection."""
        if self.told_shutdown:
            return
        self.told_shutdown = True
        data = payloads.server_shutdown(self._hub.event_us(), self.time_unit)
        self.send(payloads.combined(payloads.SHUTDOWN_STREAM, data) if self.combined else data)

    async def goodbye(self, code: int, reason: str) -> None:
        """Write what waits, then end the connection with a close frame."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.written(), self._limits.close_within_s)
        await self.close(code, reason)

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye with a close frame; a client that does not answer within `close_within_s` is cut."""
        self._release()
        if not self._socket.closed:
            await self._socket.close(code=code, message=reason.encode(), drain=False)

    def _put(self, kind: WSMsgType, message: bytes) -> None:
        if self._closed:
            return
        self._queue.append((kind, message))
        self._waiting_bytes += len(message)
        self._wake.set()
        limits = self._limits
        if self._waiting_bytes > limits.send_buffer_bytes or len(self._queue) > limits.send_buffer_messages:
            self.cut(f"the client does not read: more than {limits.send_buffer_bytes} bytes or {limits.send_buffer_messages} messages wait")

    async def _write_queue(self) -> None:
        while True:
            while self._queue:
                item = self._queue.popleft()
                if isinstance(item, asyncio.Future):
                    if not item.done():
                        item.set_result(None)
                else:
                    await self._write_batch(item)
            self._wake.clear()
            await self._wake.wait()

    async def _write_batch(self, first: tuple[WSMsgType, bytes]) -> None:
        """Write a message and those that wait behind it; returns when the operating system took them all."""
        batch, size = [first], len(first[1])
        while self._queue and size < _BATCH_BYTES and not isinstance(self._queue[0], asyncio.Future):
            item = self._queue.popleft()
            assert not isinstance(item, asyncio.Future)
            batch.append(item)
            size += len(item[1])
        try:
            self._settle()
        except LedgerError:  # the process ends; nothing leaves of what it could not write down
            self.cut("the ledger cannot be written")
            return
        kind, last = batch.pop()
        if isinstance(last, frames.Framed):
            batch.append((kind, last))
        if batch and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join([frames.frame(message, each) for each, message in batch]))
        if not isinstance(last, frames.Framed):
            # The last one through the WebSocket, which waits until the transport has nothing left.
            await self._socket.send_frame(last, kind)
        self._waiting_bytes -= size

    def _release(self) -> None:
        """Nothing more goes out: forget what waits, let those go who wait for it."""
        self._closed = True
        for item in self._queue:
            if isinstance(item, asyncio.Future) and not item.done():
                item.set_result(None)
        self._queue.clear()
        for name in self.session.streams:
            self._hub.unsubscribe(name, self)

    # ------------------------------------------------------------------ in

    async def serve(self, request: web.BaseRequest) -> web.WebSocketResponse:
        """Run the connection until either side ends it."""
        assert request.transport is not None, "a request is served while its connection is open"
        self._transport = request.transport
        self.peer = peer_of(request)
        self.local = local_of(request)
        self.venue_address = address_of(request)
        # With no slack in the transport, a frame counts as written only when the operating system took it: that is what flush promises.
        # The one byte of slack over TLS: its transport pauses a writer at the limit, not above it, and at 0 it would never resume it.
        self._transport.set_write_buffer_limits(high=1 if self._transport.get_extra_info("sslcontext") else 0)
        tasks: list[asyncio.Task[None]] = []
        try:
            # Subscribed before the client can know that it is connected: it misses nothing that happens from then on.
            for name in self.session.streams:
                self._hub.subscribe(name, self)
            await self._socket.prepare(request)
            tasks = [asyncio.create_task(self._write_queue()), asyncio.create_task(self._keep_alive())]
            await self._read()
        finally:
            self._release()
            for task in tasks:
                task.cancel()
            await _ended(tasks)
        return self._socket

    async def _read(self) -> None:
        while True:
            message: WSMessage = await self._socket.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG):
                return
            if not self._admit():
                self._cut_off()
                await self.goodbye(WSCloseCode.POLICY_VIOLATION, "Too many requests")
                return
            self._handle(message)

    def _admit(self) -> bool:
        """At most `inbound_per_second` messages in any second; PING, PONG and JSON all count."""
        now = asyncio.get_running_loop().time()
        if len(self._inbound) == self._limits.inbound_per_second and now - self._inbound[0] < 1.0:
            _log.warning("stream connection sends too fast", connection=self.id, limit=self._limits.inbound_per_second)
            return False
        self._inbound.append(now)
        return True

    def _handle(self, message: WSMessage) -> None:
        match message.type:
            case WSMsgType.PING:
                self._put(WSMsgType.PONG, message.data)
            case WSMsgType.PONG:
                self._pong(bytes(message.data))
            case WSMsgType.TEXT:
                self._control(message.data)
            case _:
                self._control(bytes(message.data).decode("utf-8", "replace"))

    def _control(self, text: str) -> None:
        outcome = control.answer(self.session, text)
        self.send(outcome.reply)
        for name in outcome.added:
            self._hub.subscribe(name, self)
        for name in outcome.removed:
            self._hub.unsubscribe(name, self)

    # ------------------------------------------------------------------ pings

    async def _keep_alive(self) -> None:
        loop = asyncio.get_running_loop()
        for number in itertools.count(1):
            await asyncio.sleep(self._limits.ping_every_s)
            if self._silent:
                return
            oldest = min(self._unanswered.values(), default=loop.time())
            if loop.time() - oldest >= self._limits.pong_within_s:
                self.cut(f"no pong within {self._limits.pong_within_s:g} s")
                return
            payload = str(number).encode()
            self._unanswered[payload] = loop.time()
            self._put(WSMsgType.PING, payload)

    def _pong(self, payload: bytes) -> None:
        """A pong with the payload of a ping answers it and those before it; an unsolicited one does not keep the connection alive."""
        if self._limits.any_pong:
            self._unanswered.clear()
            return
        sent = self._unanswered.get(payload)
        if sent is not None:
            self._unanswered = {each: when for each, when in self._unanswered.items() if when > sent}


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    """Wait for cancelled tasks. A write to a connection that is already gone is the ordinary end of a sender."""
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await task
