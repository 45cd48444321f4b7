"""Builders and doubles of these tests: a venue that says what it is told to say, a sink that can be waited on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from aiohttp import WSMsgType, web

from genesis.core.events import Event
from genesis.core.models import Order, OrderType, Purpose, Side
from genesis.core.secret import Secret
from genesis.core.settings import TimingSettings
from genesis.exchange.settings import VenueSettings

DEADLINE_S = 10.0
E = TypeVar("E", bound=Event)
Json = dict[str, Any]


class SystemClock:
    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def mono_ns(self) -> int:
        return time.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Recorder:
    """An event sink whose content can be waited for."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def wait(self, kind: type[E], where: Callable[[E], bool] = lambda _: True, count: int = 1) -> E:
        """The `count`-th event of this kind that fits."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                found = [event for event in self.of(kind) if where(event)]
                if len(found) >= count:
                    return found[count - 1]
                self._changed.clear()
                await self._changed.wait()


class Condition:
    """Waits until something becomes true, looked at whenever the venue has heard something."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def changed(self) -> None:
        self._changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not true():
                self._changed.clear()
                await self._changed.wait()


Script = Callable[[Json], Json | bytes | None]
RestScript = Callable[[dict[str, str]], tuple[int, object]]
"""Returns status and body."""


class ScriptedVenue:
    """Speaks just enough of the protocol; every answer can be replaced by a script that lies, breaks or keeps silent.

    A WS API script gets the request and returns the message (a dict without `id`), raw bytes to send as they are, or None for silence.
    """

    def __init__(self) -> None:
        self.scripts: dict[str, Script] = {
            "time": lambda _: ok({"serverTime": self.server_ms()}),
            "userDataStream.subscribe.signature": lambda _: ok({"subscriptionId": 0}),
            "ping": lambda _: ok({}),
        }
        self.rest: dict[str, RestScript] = {
            "time": lambda _: (200, {"serverTime": self.server_ms()}),
            "exchangeInfo": lambda _: (200, {"symbols": [symbol_info("BTCUSDT", "BTC", "USDT")]}),
            "depth": lambda _: (200, {"lastUpdateId": 100, "bids": [["99.00", "1.0"]], "asks": [["101.00", "1.0"]]}),
        }
        self.requests: list[Json] = []
        self.questions: list[tuple[str, dict[str, str]]] = []
        self.headers: dict[str, str] = {}
        """Headers of every REST answer."""
        self.raw: dict[str, bytes] = {}
        """Bytes of whole HTTP answers by path; the connection ends after them."""
        self.handshake: tuple[int, dict[str, str]] | None = None
        """Status and headers that a connection to the WebSocket API is refused with; None = it is taken."""
        self.attempts = 0
        self.skew_ms = 0
        self.heard = Condition()
        self.orders: list[web.WebSocketResponse] = []
        self.market: list[web.WebSocketResponse] = []
        self.market_requests: list[Json] = []
        self.market_heard_at: list[float] = []
        self.market_silent = False
        self.subscriptions_answered = True
        self.pongs: list[bytes] = []
        self._transports: dict[int, Any] = {}
        self._runner: web.AppRunner | None = None
        self.port = 0

    def server_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.skew_ms

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_get("/ws-api/v3", self._ws_api)
        app.router.add_get("/stream", self._stream)
        app.router.add_get("/ws", self._stream)
        app.router.add_get("/api/v3/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        for connection in (*self.orders, *self.market):
            self.reset(connection)
        if self._runner is not None:
            await self._runner.cleanup()

    def settings(self, *symbols: str, **dialect: bool) -> VenueSettings:
        return VenueSettings(
            name="binance",
            rest_url=f"http://127.0.0.1:{self.port}",
            stream_url=f"ws://127.0.0.1:{self.port}",
            ws_api_url=f"ws://127.0.0.1:{self.port}/ws-api/v3",
            api_key=Secret("key-of-the-test"),
            api_secret=Secret("secret-of-the-test"),
            symbols=symbols or ("BTCUSDT",),
            **dialect,
        )

    async def say(self, event: Json) -> None:
        """A user event to the newest orders connection."""
        await self.orders[-1].send_str(json.dumps({"subscriptionId": 0, "event": event}))

    async def publish(self, stream: str, data: Json) -> None:
        await self.market[-1].send_str(json.dumps({"stream": stream, "data": data}))

    async def diff(self, first: int, last: int, bids: list[list[str]], asks: list[list[str]], symbol: str = "BTCUSDT") -> None:
        data = {"e": "depthUpdate", "E": self.server_ms(), "s": symbol, "U": first, "u": last, "b": bids, "a": asks}
        await self.publish(f"{symbol.lower()}@depth@100ms", data)

    async def announce_shutdown(self) -> None:
        await self.publish("!serverShutdown", {"e": "serverShutdown", "E": self.server_ms()})

    async def trade(self, trade_id: int, price: str, quantity: str, symbol: str = "BTCUSDT", **changes: object) -> None:
        now = self.server_ms()
        data = {"e": "trade", "E": now, "s": symbol, "t": trade_id, "p": price, "q": quantity, "T": now, "m": True}
        await self.publish(f"{symbol.lower()}@trade", {**data, **changes})

    def reset(self, connection: web.WebSocketResponse) -> None:
        transport = self._transports.pop(id(connection), None)
        if transport is not None:
            transport.abort()

    def write_raw(self, connection: web.WebSocketResponse, data: bytes) -> None:
        self._transports[id(connection)].write(data)

    def asked(self, method: str) -> list[Json]:
        return [request for request in self.requests if request["method"] == method]

    async def _ws_api(self, request: web.Request) -> web.StreamResponse:
        self.attempts += 1
        if self.handshake is not None:
            status, headers = self.handshake
            self.heard.changed()
            return web.Response(status=status, headers=headers)
        connection = await self._accept(request, self.orders)
        async for message in connection:
            if message.type is not WSMsgType.TEXT:
                continue
            asked = json.loads(message.data)
            self.requests.append(asked)
            self.heard.changed()
            answer = self.scripts[asked["method"]](asked)
            if isinstance(answer, bytes):
                await connection.send_str(answer.decode())
            elif answer is not None:
                await connection.send_str(json.dumps({"id": asked["id"], **answer}))
        return connection

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        connection = await self._accept(request, self.market)
        async for message in connection:
            if message.type is WSMsgType.PONG:
                self.pongs.append(bytes(message.data))
                self.heard.changed()
            elif message.type is WSMsgType.TEXT:
                request_body = json.loads(message.data)
                self.market_requests.append(request_body)
                self.market_heard_at.append(asyncio.get_running_loop().time())
                self.heard.changed()
                if not self.market_silent or (request_body["method"] == "SUBSCRIBE" and self.subscriptions_answered):
                    await connection.send_str(json.dumps({"result": None, "id": request_body["id"]}))
        return connection

    async def _accept(self, request: web.Request, connections: list[web.WebSocketResponse]) -> web.WebSocketResponse:
        connection = web.WebSocketResponse(compress=False, autoping=False)
        await connection.prepare(request)
        assert request.transport is not None
        self._transports[id(connection)] = request.transport
        connections.append(connection)
        self.heard.changed()
        return connection

    async def _rest(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        self.questions.append((path, dict(request.query)))
        self.heard.changed()
        if path in self.raw and request.transport is not None:
            request.transport.write(self.raw[path])
            request.transport.close()
        status, body = self.rest[path](dict(request.query))
        if isinstance(body, bytes):
            return web.Response(status=status, body=body, headers=self.headers)
        return web.json_response(body, status=status, headers=self.headers)


def ok(result: object) -> Json:
    return {"status": 200, "result": result}


def refused(status: int, code: int, msg: str) -> Json:
    return {"status": status, "error": {"code": code, "msg": msg}}


def symbol_info(symbol: str, base: str, quote: str) -> Json:
    return {
        "symbol": symbol,
        "status": "TRADING",
        "baseAsset": base,
        "quoteAsset": quote,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000.00", "tickSize": "0.01"},
            {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000.00", "stepSize": "0.00001"},
            {"filterType": "NOTIONAL", "minNotional": "5.00", "applyMinToMarket": True},
        ],
    }


def timing(**changes: int) -> TimingSettings:
    return TimingSettings(**{"answer_timeout_ms": 3_000, "book_stale_ms": 10_000, **changes})


def order(client_order_id: str = "gabcdef-1", **changes: object) -> Order:
    fields: Json = {
        "client_order_id": client_order_id,
        "venue": "binance",
        "symbol": "BTCUSDT",
        "side": Side.BUY,
        "order_type": OrderType.LIMIT,
        "quantity": Decimal("0.10"),
        "price": Decimal("100.00"),
        "purpose": Purpose.ENTRY,
        "strategy": "external",
        "correlation_id": "signal",
        "created_ms": 1,
        "updated_ms": 1,
    }
    return Order(**{**fields, **changes})


def answer_to(request: Json, **changes: object) -> Json:
    """The FULL answer to an order.place that rests."""
    result = {
        "symbol": request["params"]["symbol"],
        "orderId": 7,
        "clientOrderId": request["params"]["newClientOrderId"],
        "transactTime": 1_700_000_000_000,
        "status": "NEW",
        "executedQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "fills": [],
    }
    return ok({**result, **changes})


def execution(**changes: object) -> Json:
    report: Json = {
        "e": "executionReport", "E": 1, "s": "BTCUSDT", "c": "gabcdef-1", "S": "BUY", "o": "LIMIT", "f": "GTC", "q": "0.1", "p": "100",
        "C": "", "x": "NEW", "X": "NEW", "r": "NONE", "i": 7, "l": "0.00000000", "z": "0.00000000", "L": "0.00000000", "n": "0",
        "N": None, "T": 1_700_000_000_001, "t": -1, "m": False, "Z": "0.00000000", "Y": "0.00000000",
    }  # fmt: skip
    return {**report, **changes}


def trade(trade_id: int = 11, **changes: object) -> Json:
    """An execution report of a fill of 0.04 at 100, as maker, fee in base."""
    fields: Json = {
        "x": "TRADE", "X": "PARTIALLY_FILLED", "l": "0.04000000", "z": "0.04000000", "L": "100.00000000", "n": "0.00004000",
        "N": "BTC", "t": trade_id, "m": True, "Z": "4.00000000", "Y": "4.00000000",
    }  # fmt: skip
    return execution(**{**fields, **changes})
