"""The stream server over real sockets: endpoints, limits, pings, slow readers, the quiesce barrier."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop
from aiohttp import WSMsgType

from libraries.mock_exchange import streams
from libraries.mock_exchange.core.venue import Venue
from libraries.mock_exchange.shell.clock import VenueClock
from libraries.mock_exchange.shell.stream_port import StreamServer
from libraries.mock_exchange.streams.server import open_session
from tests.mock_exchange_streams.kit_site import DEADLINE_S, ask, said, site, until
from tests.mock_exchange_streams.kit_streams import spec

Runner = Callable[[Coroutine[Any, Any, None]], None]
KERNEL_BYTES = 16 * 1024 * 1024
"""More than the send and receive buffers of a loopback connection hold."""


on_both_loops = pytest.mark.parametrize("run", [uvloop.run, asyncio.run], ids=["uvloop", "asyncio"])
"""The process runs on uvloop; its transports and asyncio's differ in when a write counts as waiting."""


def test_it_fulfils_the_port() -> None:
    server: StreamServer = streams.build(Venue([spec()], VenueClock()), VenueClock())
    assert server.connections() == []


@pytest.mark.parametrize(
    ("path", "names", "combined"),
    [
        ("/ws", [], False),
        ("/ws/", [], False),
        ("/ws/btcusdt@trade", ["btcusdt@trade"], False),
        ("/ws/btcusdt@trade/", ["btcusdt@trade"], False),
        ("/ws/btcusdt@trade/ethusdt@depth@100ms", ["btcusdt@trade", "ethusdt@depth@100ms"], False),
        ("/ws/btcusdt%40trade", ["btcusdt@trade"], False),
        ("/ws/4711", ["4711"], False),
        ("/stream", [], True),
        ("/stream/", [], True),
        ("/stream/ws", [], True),
        ("/stream?streams=btcusdt@trade/btcusdt@depth", ["btcusdt@trade", "btcusdt@depth"], True),
        ("/stream?streams=btcusdt@trade/", ["btcusdt@trade"], True),
        ("/stream/?streams=btcusdt%40trade%2Fbtcusdt%40depth", ["btcusdt@trade", "btcusdt@depth"], True),
        ("/stream?streams=", [], True),
        ("/stream?timeUnit=millisecond&streams=a@trade", ["a@trade"], True),
    ],
)
def test_targets(path: str, names: list[str], combined: bool) -> None:
    session = open_session(path)
    assert (list(session.streams), session.combined) == (names, combined)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/ws/" + "/".join(f"s{number}@trade" for number in range(1025)), "at most 1024 streams on a connection, came 1025"),
    ],
)
async def test_targets_that_cannot_be_served_are_400(path: str, text: str) -> None:
    with pytest.raises(ValueError, match=text.partition(",")[0]):
        open_session(path)


async def test_plain_http_gets_400() -> None:
    async with site() as it, it.session.get(f"http://127.0.0.1:{it.port}/ws") as response:
        assert response.status == 400
        assert "expected a WebSocket upgrade request" in await response.text()


async def test_raw_and_combined_and_the_toggle() -> None:
    async with site() as it:
        raw = await it.connect("/ws/btcusdt@trade")
        combined = await it.connect("/stream?streams=btcusdt@trade")
        toggled = await it.connect("/ws/btcusdt@trade")
        assert await ask(toggled, '{"method":"SET_PROPERTY","params":["combined",true],"id":1}') == {"result": None, "id": 1}
        await ask(raw, '{"method":"LIST_SUBSCRIPTIONS","id":1}')
        await ask(combined, '{"method":"LIST_SUBSCRIPTIONS","id":1}')
        it.book({}, {"101": "5"})
        it.crowd_buys("1")
        event = await said(raw)
        assert event["t"] == 1
        assert await said(combined) == {"stream": "btcusdt@trade", "data": event}
        assert await said(toggled) == {"stream": "btcusdt@trade", "data": event}


async def test_subscribe_and_unsubscribe_on_a_living_connection() -> None:
    async with site() as it:
        socket = await it.connect("/ws")
        assert await ask(socket, '{"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@depth@100ms"],"id":"x1"}') == {
            "result": None,
            "id": "x1",
        }
        assert it.server.connections()[0]["streams"] == ["btcusdt@trade", "btcusdt@depth@100ms"]
        it.book({}, {"101": "5"})
        assert (await said(socket))["e"] == "depthUpdate"
        await ask(socket, '{"method":"UNSUBSCRIBE","params":["btcusdt@depth@100ms"],"id":2}')
        it.crowd_buys("1")
        it.crowd_buys("1")
        await it.server.flush()
        assert [(await said(socket))["t"] for _ in range(2)] == [1, 2]


async def test_the_depth_timer_runs_on_the_loop() -> None:
    async with site() as it:
        socket = await it.connect("/ws/btcusdt@depth@100ms/btcusdt@kline_1s")
        await ask(socket, '{"method":"LIST_SUBSCRIPTIONS","id":1}')
        it.book({"99": "1"}, {"101": "5"})
        it.crowd_buys("1")
        kinds: set[str] = set()

        async def hear() -> None:
            kinds.add((await said(socket))["e"])

        await until(lambda: kinds == {"depthUpdate", "kline"}, hear)


async def test_pings_carry_a_payload_and_a_copy_of_it_keeps_the_connection() -> None:
    async with site(ping_every_s=0.05, pong_within_s=0.1) as it:
        socket = await it.connect("/ws", autoping=False)
        for _ in range(5):
            message = await socket.receive(timeout=DEADLINE_S)
            assert message.type is WSMsgType.PING
            assert message.data
            await socket.pong(message.data)
        assert len(it.server.connections()) == 1


@pytest.mark.parametrize("answer", [None, b"", b"something else"])
async def test_without_the_right_pong_the_connection_ends(answer: bytes | None) -> None:
    async with site(ping_every_s=0.05, pong_within_s=0.1) as it:
        socket = await it.connect("/ws", autoping=False)
        kinds: list[WSMsgType] = []
        async with asyncio.timeout(DEADLINE_S):
            while not kinds or kinds[-1] is WSMsgType.PING:
                kinds.append((await socket.receive()).type)
                if kinds[-1] is WSMsgType.PING and answer is not None:
                    await socket.pong(answer)
        assert 1 <= kinds.count(WSMsgType.PING) <= 3
        assert kinds[-1] in (WSMsgType.CLOSED, WSMsgType.ERROR, WSMsgType.CLOSING)
        await until(lambda: not it.server.connections(), lambda: asyncio.sleep(0))


async def test_a_clients_ping_is_answered_with_its_payload() -> None:
    async with site() as it:
        socket = await it.connect("/ws", autoping=False)
        await socket.ping(b"hello")
        message = await socket.receive(timeout=DEADLINE_S)
        assert (message.type, bytes(message.data)) == (WSMsgType.PONG, b"hello")


async def test_a_sixth_message_within_a_second_ends_the_connection() -> None:
    async with site() as it:
        socket = await it.connect("/ws")
        for number in range(4):
            await socket.send_str(f'{{"method":"LIST_SUBSCRIPTIONS","id":{number}}}')
        await socket.pong(b"counts too")
        assert [(await said(socket))["id"] for _ in range(4)] == [0, 1, 2, 3]
        await socket.send_str('{"method":"LIST_SUBSCRIPTIONS","id":9}')
        message = await socket.receive(timeout=DEADLINE_S)
        assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, 1008, "Too many requests")


@on_both_loops
def test_a_client_that_does_not_read_is_cut_and_the_others_live_on(run: Runner) -> None:
    async def scenario() -> None:
        async with site(send_buffer_bytes=300_000) as it:
            reading = await it.connect("/ws/btcusdt@trade")
            await ask(reading, '{"method":"LIST_SUBSCRIPTIONS","id":1}')
            _, writer = await it.upgrade("/ws/btcusdt@trade", reads=False)
            big = b'{"x":"' + b"x" * 50_000 + b'"}'
            published = 0

            async def publish() -> None:
                nonlocal published
                published += 1
                it.server.publish("btcusdt@trade", big)
                await said(reading)

            await until(lambda: len(it.server.connections()) == 1, publish)
            assert published * len(big) < 300_000 + KERNEL_BYTES
            it.server.publish("btcusdt@trade", b'{"still":"here"}')
            assert await said(reading) == {"still": "here"}
            writer.close()

    run(scenario())


async def test_flush_returns_when_everything_is_with_the_operating_system() -> None:
    async with site() as it:
        socket = await it.connect("/ws/btcusdt@depth/btcusdt@trade/btcusdt@aggTrade")
        await ask(socket, '{"method":"LIST_SUBSCRIPTIONS","id":1}')
        it.book({}, {"101": "5"})
        it.crowd_buys("1")
        await it.server.flush()
        await socket.send_str('{"method":"LIST_SUBSCRIPTIONS","id":2}')
        said_in_order = [await said(socket) for _ in range(4)]
        assert sorted(each["e"] for each in said_in_order[:3]) == ["aggTrade", "depthUpdate", "trade"], "the window was cut short"
        assert said_in_order[3]["id"] == 2


@on_both_loops
def test_flush_does_not_wait_for_a_client_that_does_not_read(run: Runner) -> None:
    async def scenario() -> None:
        async with site(flush_within_s=0.2, send_buffer_bytes=64 * 1024 * 1024) as it:
            _, writer = await it.upgrade("/ws/btcusdt@trade", reads=False)
            [connection] = it.server._connections.values()

            async def publish_and_flush() -> None:
                it.server.publish("btcusdt@trade", b"x" * 10_000)
                await it.server.flush()
                assert connection._transport is not None
                assert connection._closed or connection._transport.get_write_buffer_size() == 0, "a flushed message is with the kernel"

            await until(lambda: not it.server.connections(), publish_and_flush)
            writer.close()

    run(scenario())


@on_both_loops
def test_abort_resets_the_connection(run: Runner) -> None:
    async def scenario() -> None:
        async with site() as it:
            reader, writer = await it.upgrade("/ws")
            [row] = it.server.connections()
            assert (row["kind"], row["account"], row["streams"]) == ("stream", None, [])
            assert str(row["id"]).startswith("s")
            assert it.server.abort(str(row["id"])) is True
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(reader.read(), DEADLINE_S)
            assert it.server.abort("s999") is False
            writer.close()

    run(scenario())


@on_both_loops
def test_close_says_going_away(run: Runner) -> None:
    async def scenario() -> None:
        async with site() as it:
            socket = await it.connect("/ws/btcusdt@depth@100ms")
            it.book({"99": "1"}, {})
            closing = asyncio.create_task(it.server.close())
            assert (await said(socket))["e"] == "serverShutdown"
            message = await socket.receive(timeout=DEADLINE_S)
            assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)
            await closing
            await until(lambda: not it.server.connections(), lambda: asyncio.sleep(0))

    run(scenario())


async def test_a_client_that_leaves_is_forgotten() -> None:
    async with site() as it:
        socket = await it.connect("/ws/btcusdt@depth@100ms/btcusdt@kline_1s")
        await socket.close()
        await until(lambda: not it.server.connections(), lambda: asyncio.sleep(0))
        _, writer = await it.upgrade("/ws/btcusdt@depth@100ms")
        writer.transport.abort()
        await until(lambda: not it.server.connections(), lambda: asyncio.sleep(0))
        assert it.server.hub.is_idle
