"""Load on a venue's order entry: closed loop (a fixed number in flight) and open loop (arrivals on a clock, whatever the answers do)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from .signing import Signer

CHUNK_S = 0.001


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`latencies_ms` are measured from the moment at which the request was due; `refused` = answers that were no success."""

    orders: int
    seconds: float
    refused: int
    latencies_ms: list[float]

    @property
    def rate(self) -> float:
        return self.orders / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Tally:
    """What was asked and answered; `answered` is called in the order of the requests or by number."""

    def __init__(self) -> None:
        self.due: dict[int, float] = {}
        self.latencies: list[float] = []
        self.refused = 0

    def asked(self, number: int, due: float) -> None:
        self.due[number] = due

    def answered(self, number: int, success: bool) -> None:
        self.latencies.append((time.perf_counter() - self.due.pop(number)) * 1_000)
        self.refused += not success

    def outcome(self, seconds: float) -> Outcome:
        return Outcome(orders=len(self.latencies), seconds=seconds, refused=self.refused, latencies_ms=self.latencies)


class _Answer(msgspec.Struct):
    id: int
    status: int


_decode = msgspec.json.Decoder(_Answer).decode


class WsChannel(WSListener):
    """One WebSocket API connection."""

    def __init__(self, tally: Tally, answered: Callable[[], None]) -> None:
        self._tally = tally
        self._answered = answered
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            answer = _decode(frame.get_payload_as_memoryview())
            self._tally.answered(answer.id, answer.status == 200)
            self._answered()

    def send(self, request: bytes, number: int) -> None:
        assert self.transport is not None
        self.transport.send(WSMsgType.TEXT, request)


class RestChannel(asyncio.Protocol):
    """One keep-alive connection; requests are pipelined, HTTP answers them in order."""

    def __init__(self, tally: Tally, answered: Callable[[], None]) -> None:
        self._tally = tally
        self._answered = answered
        self._waiting: list[int] = []
        self._buffer = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes, number: int) -> None:
        assert self.transport is not None
        self._waiting.append(number)
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            start = head.index(b"Content-Length: ") + 16
            size = int(head[start : head.find(b"\r", start) if head.find(b"\r", start) >= 0 else None])
            if len(self._buffer) < end + 4 + size:
                return
            self._buffer = self._buffer[end + 4 + size :]
            self._tally.answered(self._waiting.pop(0), head.startswith(b"HTTP/1.1 200"))
            self._answered()


class Load:
    """Orders numbered from `first` over one or more channels, in turn."""

    def __init__(self, make: Callable[[int], bytes], first: int) -> None:
        self._make = make
        self._next = first
        self._channels: list[WsChannel | RestChannel] = []
        self._left = 0
        self._done = asyncio.Event()
        self._closed_loop = False
        self.tally = Tally()

    async def connect_ws(self, url: str) -> None:
        channel = WsChannel(self.tally, self._on_answer)
        await ws_connect(lambda: channel, url)
        self._channels.append(channel)

    async def connect_rest(self, url: str, connections: int) -> None:
        parts = urlsplit(url)
        assert parts.hostname, url
        assert parts.port, url
        for _ in range(connections):
            _, channel = await asyncio.get_running_loop().create_connection(
                lambda: RestChannel(self.tally, self._on_answer), parts.hostname, parts.port
            )
            self._channels.append(channel)

    async def closed(self, orders: int, in_flight: int) -> Outcome:
        """Keep `in_flight` requests unanswered until `orders` were sent."""
        self._left, self._closed_loop = orders, True
        started = time.perf_counter()
        for _ in range(min(in_flight, orders)):
            self._send(time.perf_counter())
        await self._done.wait()
        return self.tally.outcome(time.perf_counter() - started)

    async def open(self, rate: int, seconds: float) -> Outcome:
        """`rate` requests a second, each due at its own moment; latency counts from then (coordinated omission does not hide)."""
        total = int(rate * seconds)
        self._left = total
        started = time.perf_counter()
        sent = 0
        while sent < total:
            due = min(total, int((time.perf_counter() - started) * rate))
            while sent < due:
                self._send(started + sent / rate)
                sent += 1
            await asyncio.sleep(CHUNK_S)
        await self._done.wait()
        return self.tally.outcome(time.perf_counter() - started)

    def close(self) -> None:
        for channel in self._channels:
            if channel.transport is not None:
                (channel.transport.disconnect if isinstance(channel, WsChannel) else channel.transport.close)()

    def _send(self, due: float) -> None:
        number, self._next = self._next, self._next + 1
        self._left -= 1
        self.tally.asked(number, due)
        self._channels[number % len(self._channels)].send(self._make(number), number)

    def _on_answer(self) -> None:
        if self._closed_loop and self._left:
            self._send(time.perf_counter())
        elif not self._left and not self.tally.due:
            self._done.set()


def ws_load(signer: Signer, first: int = 0) -> Load:
    return Load(signer.ws_place, first)


def rest_load(signer: Signer, first: int = 0) -> Load:
    return Load(signer.rest_place, first)
