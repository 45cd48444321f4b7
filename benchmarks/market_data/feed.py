"""A venue that speaks market data at a fixed rate, and nothing else: a process of its own, whose times of sending are written at the end.

`python -m benchmarks.market_data.feed SYMBOLS RATE MESSAGES`: prints its port, waits for one subscriber, sends, and prints one JSON object
`{"d1": ns, "t1": ns, ...}`: per update id and trade id the monotonic time right before the bytes were handed to the socket.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import count

import uvloop
from aiohttp import WSMsgType, web

_TURN_S = 0.001
_SETTLE_S = 0.3


class Feed:
    """One subscriber is served; half of the messages are changes of a book, half are trades, symbol after symbol."""

    def __init__(self, symbols: int, rate: int, messages: int) -> None:
        self.sent: dict[str, int] = {}
        self.done = asyncio.Event()
        self._symbols = [f"S{number:02}USDT" for number in range(symbols)]
        self._rate = rate
        self._messages = messages
        self._tasks: set[asyncio.Task[None]] = set()

    async def depth(self, _request: web.Request) -> web.Response:
        return web.json_response({"lastUpdateId": 0, "bids": [["99.00", "1"]], "asks": [["101.00", "1"]]})

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        connection = web.WebSocketResponse(compress=False)
        await connection.prepare(request)
        async for message in connection:
            if message.type is not WSMsgType.TEXT:
                continue
            asked = json.loads(message.data)
            await connection.send_str(json.dumps({"result": None, "id": asked["id"]}))
            if asked["method"] == "SUBSCRIBE":
                task = asyncio.get_running_loop().create_task(self._speak(connection))
                self._tasks.add(task)
        return connection

    async def _speak(self, connection: web.WebSocketResponse) -> None:
        await asyncio.sleep(_SETTLE_S)  # the snapshots are fetched meanwhile
        began = time.perf_counter()
        numbers = count(1)
        said = 0
        while said < self._messages:
            due = min(int((time.perf_counter() - began) * self._rate), self._messages)
            while said < due:
                said += 1
                await self._say(connection, next(numbers))
            await asyncio.sleep(_TURN_S)
        await asyncio.sleep(_SETTLE_S)
        self.done.set()

    async def _say(self, connection: web.WebSocketResponse, number: int) -> None:
        symbol = self._symbols[(number // 2) % len(self._symbols)]
        at = (number // 2) // len(self._symbols) + 1
        now = time.time_ns() // 1_000_000
        if number % 2:
            levels = [[f"99.{number % 90:02}", "1.5"], [f"98.{number % 90:02}", "0"]]
            data = {"e": "depthUpdate", "E": now, "s": symbol, "U": at, "u": at, "b": levels, "a": []}
            name, stream = f"d{symbol}{at}", "depth@100ms"
        else:
            data = {"e": "trade", "E": now, "s": symbol, "t": at, "p": "99.50", "q": "0.1", "T": now, "m": True, "M": True}
            name, stream = f"t{symbol}{at}", "trade"
        text = json.dumps({"stream": f"{symbol.lower()}@{stream}", "data": data})
        self.sent[name] = time.monotonic_ns()
        await connection.send_str(text)


async def main(symbols: int, rate: int, messages: int) -> None:
    feed = Feed(symbols, rate, messages)
    app = web.Application()
    app.router.add_get("/stream", feed.stream)
    app.router.add_get("/api/v3/depth", feed.depth)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await feed.done.wait()
    sys.stdout.write(json.dumps(feed.sent) + "\n")
    sys.stdout.flush()
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(main(*(int(text) for text in sys.argv[1:4])))
