"""One WebSocket connection that is opened again and again, for ever (R25). What is said on it is its handler's affair."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog
from picows import WSAutoPingStrategy, WSError, WSFrame, WSHandshakeError, WSListener, WSMsgType, WSTransport, ws_connect
from picows.url import WSParsedURL

from genesis import hooks
from genesis.engine.ports import Clock
from genesis.exchange.addresses import is_secure
from genesis.exchange.backoff import Backoff
from genesis.exchange.trust import Trust

_OPEN_TIMEOUT_S = 5.0
_MAX_MESSAGE = 16 * 1024 * 1024  # bytes, of a frame and of an assembled message
MOVED = "another address is used"
_FAREWELL_S = 0.25  # how long a closed connection may take to flush its close frame

_log = structlog.get_logger("genesis.exchange")


class ConnectionHandler(Protocol):
    """Told in the loop's thread; `message` may keep nothing of the payload's memory."""

    def connecting(self) -> None: ...

    def opened(self) -> None: ...

    def message(self, payload: memoryview | bytes) -> None: ...

    def closed(self, reason: str) -> None:
        """The connection is gone, or could not be opened; it is tried again."""


class Connection:
    """Run `run()` as one task. `send` and `cut` may be called at any time from the loop's thread."""

    def __init__(
        self,
        label: str,
        url: Callable[[], str],
        handler: ConnectionHandler,
        *,
        backoff: Backoff,
        trust: Trust,
        clock: Clock,
        wait_ms: Callable[[], int] = lambda: 0,
        refused: Callable[[int, Mapping[str, str]], None] = lambda _status, _headers: None,
    ) -> None:
        """`label` names the connection in logs; `url` is asked before each attempt and was checked (TLS or loopback);
        `trust` judges the venue's certificate; the pauses
        are of `clock`. `wait_ms` is asked before each attempt: 0 = go on, else ask again after so many ms; `refused` is told the HTTP
        status and the headers of an attempt that was answered with another than 101."""
        self._label = label
        self._url = url
        self._handler = handler
        self._backoff = backoff
        self._trust = trust
        self._clock = clock
        self._wait_ms = wait_ms
        self._refused = refused
        self._transport: WSTransport | None = None
        self._socket: socket.socket | None = None
        self._connecting: asyncio.Task[tuple[WSTransport, WSListener]] | None = None
        self._closing = asyncio.Event()
        self._moved = asyncio.Event()  # the next attempt is made without a pause
        self._abandoned = False
        self._reason = ""

    def send(self, message: bytes) -> bool:
        """Hand a text message to the socket. False = there is no connection and not a byte has left."""
        transport = self._transport
        if transport is None or transport.is_disconnected or transport.is_close_frame_sent:
            return False
        transport.send(WSMsgType.TEXT, message)
        return True

    def send_in_halves(self, message: bytes, point: str) -> bool:
        """As `send`, for a crash point between two halves of the bytes: an order on plain text, whose length takes two bytes."""
        transport = self._transport
        if transport is None or transport.is_disconnected or transport.is_close_frame_sent:
            return False
        frame = b"\x81" + (0x80 | 126).to_bytes(1, "big") + len(message).to_bytes(2, "big") + b"\0\0\0\0" + message  # masked with zeros
        wire: socket.socket = transport.underlying_transport.get_extra_info("socket")
        half = os.write(wire.fileno(), frame[: len(frame) // 2])
        hooks.reached(point)
        transport.underlying_transport.write(frame[half:])
        return True

    def cut(self, reason: str) -> None:
        """Drop the connection now; nothing of it is heard any more, `closed(reason)` follows in a later turn."""
        if self._transport is not None:
            self._reason = reason
            transport, self._transport = self._transport, None
            transport.disconnect(graceful=False)

    def hurry(self) -> None:
        """End a pause before the next attempt."""
        if self._transport is None and self._connecting is None:
            self._moved.set()

    def move(self, at_once: bool) -> None:
        """`url` says something else from now on: what is open or being opened ends; the next attempt is made `at_once` or after a pause."""
        if at_once:
            self._moved.set()
        if self._connecting is not None:
            self._abandoned = True
            self._abandon(self._connecting)
        self.cut(MOVED)

    async def run(self) -> None:
        """Connect and connect again until `close`. An exception of the handler ends it: that is a defect, not the weather."""
        while not self._closing.is_set():
            self._moved.clear()
            if (wait_ms := self._wait_ms()) > 0:
                await self._pause(wait_ms / 1_000)
                continue
            was_up_s = await self._live()
            if not self._moved.is_set():
                await self._pause(self._backoff.next_delay_s(was_up_s))

    async def close(self) -> None:
        """Say goodbye, drop the connection and let `run` return; also in the middle of connecting."""
        self._closing.set()
        if self._connecting is not None:
            self._abandon(self._connecting)
        transport, self._transport = self._transport, None
        if transport is None:
            return
        transport.send_close()
        transport.disconnect()
        gone = asyncio.ensure_future(transport.wait_disconnected())
        await asyncio.wait({gone}, timeout=_FAREWELL_S)
        transport.disconnect(graceful=False)
        await asyncio.gather(gone, return_exceptions=True)  # how it ended matters no more

    async def _live(self) -> float:
        """One life: open, stay, end. Returns for how many seconds it was open; 0 = never."""
        self._reason, self._abandoned = "", False
        url = self._url()
        self._handler.connecting()
        try:
            transport = await self._open(url)
        except (WSError, OSError, TimeoutError, ssl.SSLError) as error:
            self._transport = None
            if isinstance(error, WSHandshakeError) and error.response is not None:
                self._refused(int(error.response.status), error.response.headers)
            refused = self._trust.look_at(error, url)
            reason = self._reason or f"cannot connect: {refused or str(error) or type(error).__name__}"
            _log.warning("cannot connect", connection=self._label, reason=reason)
            self._handler.closed(reason)
            return 0.0
        opened_ns = self._clock.mono_ns()
        try:
            await transport.wait_disconnected()
        except WSError as error:
            self._reason = self._reason or f"protocol violation: {error}"
        finally:
            self._transport = None
            reason = self._reason or _reason_of(transport)
            _log.info("disconnected", connection=self._label, reason=reason)
            self._handler.closed(reason)
        return (self._clock.mono_ns() - opened_ns) / 1e9

    async def _open(self, url: str) -> WSTransport:
        self._socket = None
        self._connecting = asyncio.ensure_future(
            ws_connect(
                self._listener,
                url,
                ssl_context=self._trust.context if is_secure(url) else None,
                websocket_handshake_timeout=_OPEN_TIMEOUT_S,
                max_redirects=0,  # a redirect could lead to a plain or foreign address
                max_frame_size=_MAX_MESSAGE,
                socket_factory=self._connected_socket,
                auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
            )
        )
        try:
            transport, listener = await self._connecting
        except asyncio.CancelledError:
            if self._closing.is_set():
                raise ConnectionAbortedError("closed while connecting") from None
            if self._abandoned:
                raise ConnectionAbortedError(MOVED) from None
            raise
        finally:
            self._connecting = None
        if listener is None or transport.is_disconnected:  # picows returns normally when the peer leaves during the handshake
            raise ConnectionAbortedError("the venue closed the connection during the handshake")
        return transport

    async def _connected_socket(self, address: WSParsedURL) -> socket.socket:
        """Connect by hand, so that `close` can end a handshake that hangs: picows offers no way to."""
        loop = asyncio.get_running_loop()
        failure: OSError = OSError(f"no address for {address.host}")
        async with asyncio.timeout(_OPEN_TIMEOUT_S):
            for family, kind, protocol, _, target in await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM):
                candidate = socket.socket(family, kind, protocol)
                candidate.setblocking(False)
                try:
                    await loop.sock_connect(candidate, target)
                except OSError as error:
                    candidate.close()
                    failure = error
                except BaseException:
                    candidate.close()
                    raise
                else:
                    self._socket = candidate
                    return candidate
        raise failure

    def _abandon(self, connecting: asyncio.Task[tuple[WSTransport, WSListener]]) -> None:
        if self._socket is None:
            connecting.cancel()
            return
        try:
            self._socket.shutdown(socket.SHUT_RDWR)  # the transport sees the end and completes the handshake's wait
        except OSError:
            connecting.cancel()  # the peer was faster

    def _listener(self) -> WSListener:
        return _Listener(self)

    def on_connected(self, transport: WSTransport) -> None:
        """For the listener only."""
        if self._closing.is_set():
            transport.disconnect(graceful=False)
            return
        self._transport = transport
        _log.info("connected", connection=self._label)
        self._handler.opened()

    def on_message(self, transport: WSTransport, payload: memoryview | bytes) -> None:
        """For the listener only. What still comes on a connection that was cut is not heard."""
        if transport is self._transport:
            self._handler.message(payload)

    async def _pause(self, delay_s: float) -> None:
        events = (self._closing, self._moved)
        waits = [*(asyncio.ensure_future(event.wait()) for event in events), asyncio.ensure_future(self._clock.sleep(delay_s))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


class _Listener(WSListener):
    """Whole text messages out of frames. Pings are answered by picows."""

    def __init__(self, owner: Connection) -> None:
        self._owner = owner
        self._parts = bytearray()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._owner.on_connected(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.TEXT and frame.fin:
            self._owner.on_message(transport, frame.get_payload_as_memoryview())
        elif kind in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._assemble(transport, frame)
        elif kind == WSMsgType.BINARY:
            self._owner.cut("expected text, got a binary message")
        elif kind == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def pause_writing(self) -> None:
        """The venue reads slowly; what we may have in flight is bounded by the handler."""

    def resume_writing(self) -> None:
        """See `pause_writing`."""

    def _assemble(self, transport: WSTransport, frame: WSFrame) -> None:
        self._parts += frame.get_payload_as_memoryview()
        if len(self._parts) > _MAX_MESSAGE:
            self._parts.clear()
            self._owner.cut(f"expected a message of at most {_MAX_MESSAGE} bytes, got more")
        elif frame.fin:
            whole = bytes(self._parts)
            self._parts.clear()
            self._owner.on_message(transport, whole)


def _reason_of(transport: WSTransport) -> str:
    handshake = transport.close_handshake
    if handshake is None or handshake.recv is None:
        return "connection lost"
    return f"closed by the venue with code {handshake.recv.code:d} {handshake.recv.reason}".rstrip()
