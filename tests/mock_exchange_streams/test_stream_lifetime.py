"""How a stream connection ends: 24 hours of the venue's clock, an announced shutdown, too many messages; and what pongs are worth."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import WSMsgType

from libraries.mock_exchange.shell.lifetimes import LIFE_MS, SHUTDOWN_NOTICE_MS
from tests.mock_exchange_streams.kit_site import DEADLINE_S, ask, said, site, until


async def test_a_connection_lives_for_24_hours_of_the_venues_clock_and_is_told_before() -> None:
    async with site() as it:
        old = await it.connect("/ws")
        await ask(old, '{"method":"LIST_SUBSCRIPTIONS","id":1}')
        it.clock.advance(LIFE_MS - SHUTDOWN_NOTICE_MS - 1_000)
        it.server.look(it.clock.now_ms())
        it.clock.advance(1_000)
        young = await it.connect("/ws")
        await ask(young, '{"method":"LIST_SUBSCRIPTIONS","id":1}')
        it.server.look(it.clock.now_ms())
        it.server.look(it.clock.now_ms())
        notice = await said(old)
        assert list(notice) == ["e", "E"]
        assert notice["e"] == "serverShutdown"
        assert abs(notice["E"] - it.clock.now_ms()) < 5_000
        assert len(it.server.connections()) == 2, "announced, not ended"
        it.clock.advance(SHUTDOWN_NOTICE_MS)
        it.server.look(it.clock.now_ms())
        message = await old.receive(timeout=DEADLINE_S)
        assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, 1001, "the connection is 24 hours old")
        await until(lambda: len(it.server.connections()) == 1, lambda: asyncio.sleep(0))
        assert await ask(young, '{"method":"LIST_SUBSCRIPTIONS","id":2}') == {"result": [], "id": 2}


@pytest.mark.parametrize(("path", "combined"), [("/ws", False), ("/stream", True)])
async def test_a_shutdown_is_announced_under_its_own_name_on_combined_connections(path: str, combined: bool) -> None:
    async with site() as it:
        socket = await it.connect(path)
        await ask(socket, '{"method":"LIST_SUBSCRIPTIONS","id":1}')
        assert it.server.shut_down(0.05) == 1
        notice = await said(socket)
        assert notice.get("stream") == ("!serverShutdown" if combined else None)
        assert (notice["data"] if combined else notice)["e"] == "serverShutdown"
        message = await socket.receive(timeout=DEADLINE_S)
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)
        newcomer = await it.connect(path)
        assert (await ask(newcomer, '{"method":"LIST_SUBSCRIPTIONS","id":1}'))["id"] == 1


async def test_the_shutdown_notice_is_in_the_readers_time_unit() -> None:
    async with site() as it:
        socket = await it.connect("/ws?timeUnit=microsecond")
        await ask(socket, '{"method":"LIST_SUBSCRIPTIONS","id":1}')
        it.server.shut_down(0)
        assert (await said(socket))["E"] > 10**15


async def test_whoever_sends_too_fast_is_reported_to_the_limiter() -> None:
    async with site(inbound_per_second=1) as it:
        socket = await it.connect("/ws")
        await ask(socket, '{"method":"LIST_SUBSCRIPTIONS","id":1}')
        assert it.cut_off == []
        await socket.send_str('{"method":"LIST_SUBSCRIPTIONS","id":2}')
        assert (await socket.receive(timeout=DEADLINE_S)).type is WSMsgType.CLOSE
        assert it.cut_off == ["127.0.0.1"]


async def test_with_the_leniency_any_pong_keeps_the_connection() -> None:
    async with site(ping_every_s=0.05, pong_within_s=0.1, any_pong=True) as it:
        socket = await it.connect("/ws", autoping=False)
        for _ in range(6):
            assert (await socket.receive(timeout=DEADLINE_S)).type is WSMsgType.PING
            await socket.pong(b"something else")
        assert len(it.server.connections()) == 1


async def test_a_burst_reaches_its_reader_whole_and_in_order() -> None:
    """Messages that wait together leave with one write."""
    async with site() as it:
        socket = await it.connect("/ws/btcusdt@trade")
        await ask(socket, '{"method":"LIST_SUBSCRIPTIONS","id":1}')
        for number in range(2_000):
            it.server.publish("btcusdt@trade", b'{"n":%d,"pad":"%s"}' % (number, b"x" * (number % 300)))
        assert [(await said(socket))["n"] for _ in range(2_000)] == list(range(2_000))
