"""Whatever scrapers do, the operator is answered, and a live scraper too (docs/decisions/0036)."""

from __future__ import annotations

import asyncio
import socket
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from genesis.monitoring.metrics import Metrics
from genesis.monitoring.scrapes import MOST_CONNECTIONS
from tests.engine_shell.api_world import TOKEN, World

_LINE = f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()


async def dead(world: World, number: int) -> list[socket.socket]:
    """Connections that ask twenty times and read nothing."""
    parts = urlsplit(world.metrics_url)
    opened = []
    for _ in range(number):
        each = socket.create_connection((str(parts.hostname), int(parts.port or 0)))
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
        each.sendall(_LINE * 20)
        opened.append(each)
        await asyncio.sleep(0)
    return opened


async def scraped(world: World) -> str:
    async with asyncio.timeout(10), world.client.get(f"{world.metrics_url}/metrics") as response:
        assert response.status == 200
        return await response.text()


async def test_dead_scrapers_shut_no_live_one_out_and_hold_few_connections(world: World) -> None:
    opened = await dead(world, 10 * MOST_CONNECTIONS)
    try:
        assert "genesis_rate_limit_used" in await scraped(world)
        assert (await world.get("/health"))["state"] == "RUNNING"
        dropped = 0
        async with asyncio.timeout(10):
            while dropped < 9 * MOST_CONNECTIONS:
                await asyncio.sleep(0.01)
                dropped = sum(_is_dropped(each) for each in opened)
    finally:
        for each in opened:
            each.close()
    assert dropped < 10 * MOST_CONNECTIONS


def _is_dropped(connection: socket.socket) -> bool:
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0 or _peek(connection) == b""


def _peek(connection: socket.socket) -> bytes | None:
    connection.setblocking(False)
    try:
        return connection.recv(65_536)
    except BlockingIOError:
        return None
    except OSError:
        return b""


async def test_however_often_it_is_asked_for_the_text_is_made_ten_times_a_second(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made, text = [], Metrics.text

    def counted(self: Metrics, *arguments: Any) -> bytes:
        made.append(1)
        return text(self, *arguments)

    monkeypatch.setattr(Metrics, "text", counted)
    began = asyncio.get_running_loop().time()
    for _ in range(50):
        await scraped(world)
    took_s = asyncio.get_running_loop().time() - began
    assert 1 <= len(made) <= 1 + took_s / 0.1


async def test_a_stranger_is_refused_and_the_control_api_has_no_metrics(world: World) -> None:
    async with aiohttp.ClientSession() as stranger, stranger.get(f"{world.metrics_url}/metrics") as response:
        assert response.status == 401
    async with world.client.get(f"{world.metrics_url}/health") as response:
        assert response.status == 404
    async with world.client.get(f"{world.url}/metrics") as response:
        assert response.status == 404
