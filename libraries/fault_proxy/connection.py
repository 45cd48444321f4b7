"""One connection through the proxy: two ways, each read, changed by the weather, and written in order."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from .weather import Weather, delay_s, flipped, pieces

_CHUNK = 65_536
_UNDER_WAY = 256
"""So many pieces may be on their way in one direction; then the sender has to wait, as on a real line."""
_CONNECT_S = 5.0


@dataclass
class Counters:
    """Since the start; of bytes what came in, each way."""

    connections: int = 0
    refused: int = 0
    to_server: int = 0
    to_client: int = 0
    swallowed: int = 0
    dropped: int = 0
    corrupted: int = 0
    reset: int = 0


@dataclass(eq=False)
class Line:
    """A client's connection, and the one to the server that belongs to it (None: it was half open from the beginning)."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    dead: bool = False
    """Half open for good: an answer was dropped, or bytes were swallowed; going on would be another stream."""
    asked: bool = False
    """Something was sent to the server since it last answered."""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def reset(self) -> None:
        """Both sides get an RST."""
        for writer in (self.client, self.server):
            if writer is not None:
                _abort(writer)
        for task in self.tasks:
            task.cancel()


def _abort(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Carrier:
    """Carries one line until an end closes it. `weather` is asked anew for each piece."""

    def __init__(self, line: Line, weather: Callable[[], Weather], counters: Counters, dice: random.Random) -> None:
        self._line = line
        self._weather = weather
        self._counters = counters
        self._dice = dice

    async def carry(self, client: asyncio.StreamReader, host: str, port: int) -> None:
        """Until both ways have ended; never raises for what an end does."""
        if self._weather().half_open:
            self._line.dead = True
            await self._swallow(client)
            return
        try:
            server, writer = await asyncio.wait_for(asyncio.open_connection(host, port), _CONNECT_S)
        except (OSError, TimeoutError):
            self._counters.refused += 1
            _abort(self._line.client)
            return
        self._line.server = writer
        ways = (self._way(client, writer, self._to_server), self._way(server, self._line.client, self._to_client))
        self._line.tasks = [asyncio.create_task(way) for way in ways]
        await asyncio.gather(*self._line.tasks, return_exceptions=True)

    async def _swallow(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                self._counters.swallowed += len(data)
        await asyncio.Event().wait()  # nobody is told that the other end is gone

    async def _way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, changed: Callable[[bytes], bytes]) -> None:
        """One direction. What is read is due a latency later; it is written in the order in which it came."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_UNDER_WAY)
        delivery = asyncio.create_task(self._deliver(under_way, writer))
        loop, last = asyncio.get_running_loop(), 0.0
        try:
            while data := await reader.read(_CHUNK):
                data = changed(data)
                last = max(last, loop.time() + delay_s(self._weather(), self._dice))
                await under_way.put((last, data))
        except OSError:
            pass  # an end that broke off is an end: what it had sent still arrives
        try:
            await under_way.put((last, b""))
            await delivery
        finally:
            delivery.cancel()

    async def _deliver(self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while True:
                due, data = await under_way.get()
                await asyncio.sleep(max(due - loop.time(), 0))
                if self._line.dead or self._weather().half_open:
                    self._line.dead = True
                    self._counters.swallowed += len(data)
                elif not data:
                    writer.close()
                    return
                else:
                    await self._write(writer, data)

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        for piece, takes_s in pieces(self._weather(), data):
            if takes_s:
                await asyncio.sleep(takes_s)
            writer.write(piece)
            await writer.drain()

    def _to_server(self, data: bytes) -> bytes:
        self._counters.to_server += len(data)
        self._line.asked = True
        return data

    def _to_client(self, data: bytes) -> bytes:
        self._counters.to_client += len(data)
        answer, self._line.asked = self._line.asked, False
        weather = self._weather()
        if answer and weather.drop_answers > 0:
            weather.drop_answers -= 1
            self._counters.dropped += 1
            self._line.dead = True
        elif answer and weather.corrupt_answers > 0:
            weather.corrupt_answers -= 1
            self._counters.corrupted += 1
            return flipped(data, self._dice)
        return data
