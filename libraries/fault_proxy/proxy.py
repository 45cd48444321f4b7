"""The proxy's listening side: accepts, carries, cuts, resets, heals."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from typing import Any

from .connection import Carrier, Counters, Line
from .weather import Weather

_BACKLOG = 128


class Proxy:
    """Listens on 127.0.0.1 at a port that stays the same, also while the network is cut."""

    def __init__(self, host: str, port: int) -> None:
        self.weather = Weather()
        self.counters = Counters()
        self.cut = False
        self._target = (host, port)
        self._lines: set[Line] = set()
        self._dice = random.Random(1)  # noqa: S311 - repeatable on purpose
        self._socket = _bound(("127.0.0.1", 0))
        self._server: asyncio.Server | None = None
        self.port = int(self._socket.getsockname()[1])

    async def listen(self) -> None:
        """Accept connections from now on."""
        self._socket.listen(_BACKLOG)
        self._server = await asyncio.start_server(self._accepted, sock=self._socket)

    def change(self, weather: Weather) -> None:
        """Other weather from now on; connections that lost bytes in the one before are reset, because they cannot go on."""
        self.weather = weather
        self._dice.seed(weather.seed)
        if not weather.half_open:
            for line in [line for line in self._lines if line.dead]:
                self._reset(line)

    def reset(self) -> int:
        """RST to both ends of every connection; how many."""
        lines = list(self._lines)
        for line in lines:
            self._reset(line)
        return len(lines)

    async def refuse(self) -> int:
        """Cut: connections are reset, new ones refused; how many were reset."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self._socket.close()
            self._socket = _bound(("127.0.0.1", self.port))  # holds the port without listening: connections are refused
        self.cut = True
        return self.reset()

    async def heal(self) -> None:
        """Fair weather, and whoever wants to connects again."""
        self.change(Weather())
        self.cut = False
        if self._server is None:
            await self.listen()

    def told(self) -> dict[str, Any]:
        """Counters, and how many connections there are now."""
        return {**vars(self.counters), "open": len(self._lines), "cut": self.cut}

    def _reset(self, line: Line) -> None:
        self.counters.reset += 1
        line.reset()
        self._lines.discard(line)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counters.connections += 1
        line = Line(writer)
        task = asyncio.current_task()
        assert task is not None
        line.tasks = [task]
        self._lines.add(line)
        try:
            await Carrier(line, lambda: self.weather, self.counters, self._dice).carry(reader, *self._target)
        except asyncio.CancelledError:
            pass  # it was reset
        finally:
            self._lines.discard(line)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()


def _bound(address: tuple[str, int]) -> socket.socket:
    holding = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holding.bind(address)
    holding.setblocking(False)
    return holding
