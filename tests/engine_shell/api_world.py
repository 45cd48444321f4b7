"""The control API over real sockets, before the real pure engine on a real journal; only the venue is a double."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from genesis.clock import SystemClock
from genesis.core.commands import FetchBars, Reconcile
from genesis.core.events import (
    AssetBalance,
    BookChanged,
    ConnectionChanged,
    EngineBooted,
    OrderReported,
    OrderSent,
    SendRefused,
    VenueSnapshot,
)
from genesis.core.models import Fill, Order, OrderType, TopOfBook
from genesis.core.secret import Secret
from genesis.core.settings import EngineSettings, TimingSettings, VenueTerms
from genesis.data.repository import Repository, SqliteAnswers
from genesis.engine.engine import TradingEngine
from genesis.engine.loop import EngineLoop
from genesis.monitoring.api import ControlApi
from genesis.monitoring.components import Components
from genesis.monitoring.health import Identity
from genesis.monitoring.listening import Ports, listen
from genesis.monitoring.metrics import Metrics
from genesis.monitoring.scrapes import Scrapes
from tests.engine_shell.support import RULES, SYMBOL, VENUE, Book, NotedAlerts, NotedGateway

TOKEN = "a-token-of-the-tests-only"


SIGNAL = {"symbol": SYMBOL, "side": "BUY", "quantity": "0.2", "confidence": "0.9"}


class ScriptedVenue(NotedGateway):
    """Connects, is read, has a book, and fills every MARKET order at once unless told to keep silent. The first `refuses_stops` stops
    do not leave."""

    def __init__(self, world: World) -> None:
        super().__init__(world.durable_seq)
        self._world = world
        self.silent = False
        self.refuses_stops = 0
        self.placed: list[Order] = []
        self.trades = 0

    async def start(self) -> None:
        submit = self._world.loop.submit
        for channel in ("orders", "market"):
            submit(ConnectionChanged(venue=VENUE, channel=channel, connected=True))
        price, size = Decimal(100), Decimal(5)
        top = TopOfBook(
            venue=VENUE,
            symbol=SYMBOL,
            bid=price,
            bid_quantity=size,
            ask=price + 1,
            ask_quantity=size,
            update_id=7,
            received_ns=SystemClock().mono_ns(),
        )
        submit(BookChanged(top=top))

    def fetch_bars(self, command: FetchBars) -> None:
        """This venue has no klines."""

    def reconcile(self, command: Reconcile) -> None:
        super().reconcile(command)
        balances = tuple(AssetBalance(asset=asset, free=amount, locked=Decimal(0)) for asset, amount in self._world.holdings.items())
        self._world.loop.submit(
            VenueSnapshot(
                venue=VENUE,
                rules=(RULES,),
                balances=balances,
                open_orders=(),
                queried_orders=(),
                missing_orders=(),
                fills=(),
                venue_time_ms=SystemClock().wall_ms(),
            )
        )

    def place(self, order: Order) -> None:
        super().place(order)
        self.placed.append(order)
        if order.rests_as_stop and self.refuses_stops:
            self.refuses_stops -= 1
            self._world.loop.submit(SendRefused(client_order_id=order.client_order_id, reason="the connection is gone"))
            return
        submit, clock = self._world.loop.submit, SystemClock()
        submit(OrderSent(client_order_id=order.client_order_id, signed_ms=clock.wall_ms()))
        if self.silent:
            return
        self.trades += 1
        executed = order.quantity if order.order_type is OrderType.MARKET else Decimal(0)
        fill = Fill(
            venue=VENUE,
            symbol=SYMBOL,
            trade_id=self.trades,
            client_order_id=order.client_order_id,
            side=order.side,
            price=Decimal(101),
            quantity=executed,
            quote_quantity=executed * 101,
            fee=executed / 1000,
            fee_asset="BTC",
            maker=False,
            venue_time_ms=clock.wall_ms(),
        )
        submit(
            OrderReported(
                venue=VENUE,
                symbol=SYMBOL,
                client_order_id=order.client_order_id,
                venue_order_id=self.trades,
                status="FILLED" if executed else "NEW",
                executed=executed,
                cum_quote=executed * 101,
                source="answer",
                venue_time_ms=clock.wall_ms(),
                fills=(fill,) if executed else (),
            )
        )


class World:
    """Engine loop, control API and a client with the token."""

    def __init__(self, directory: Path) -> None:
        self.holdings = {"USDT": Decimal(5_000), "BTC": Decimal(1)}
        self.book = Book(directory)
        settings = EngineSettings(venues=(VenueTerms(name=VENUE, symbols=(SYMBOL,), targets={"BTC": Decimal(1)}),))
        engine = TradingEngine(settings, self.book.state, "testcase")
        metrics, clock = Metrics(), SystemClock()
        alerts = NotedAlerts()
        alerts.deliver = True
        self.loop = EngineLoop(engine=engine, journal=self.book.journal, clock=clock, timing=TimingSettings(), gauge=metrics, alerts=alerts)
        self.venue = ScriptedVenue(self)
        self.questions = Repository(partial(SqliteAnswers, self.book.path))
        identity = Identity(instance="test-instance", pid=1, version="test", package_path="/nowhere")
        self.api = ControlApi(
            loop=self.loop,
            questions=self.questions,
            clock=clock,
            token=Secret(TOKEN),
            identity=identity,
            components=Components(),
        )
        self.scrapes = Scrapes(loop=self.loop, metrics=metrics, clock=clock, token=Secret(TOKEN))
        self.reader = sqlite3.connect(self.book.path)
        self.url, self.metrics_url = "", ""
        self.client: aiohttp.ClientSession
        self.running: asyncio.Future[int]

    def durable_seq(self) -> int:
        number: int = self.reader.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
        return number

    async def open(self) -> None:
        heard = listen(Ports())
        await self.api.start(heard.control)
        await self.scrapes.start(heard.scrapes)
        self.url, self.metrics_url = heard.control_url, heard.metrics_url
        self.client = aiohttp.ClientSession(self.url, headers={"Authorization": f"Bearer {TOKEN}"})
        boot = EngineBooted(epoch=1, version="test", config_digest="0" * 64, test_hooks=False)
        self.running = asyncio.ensure_future(self.loop.run(boot, [self.venue]))
        async with asyncio.timeout(10):
            await self.loop.callers.until(lambda: self.loop.visible_state.value == "RUNNING")

    async def close(self) -> None:
        self.loop.stop("SIGTERM")
        self.loop.stop("SIGTERM")
        async with asyncio.timeout(10):
            await self.running
        await self.client.close()
        await self.api.close()
        await self.scrapes.close()
        self.questions.close()
        self.reader.close()

    async def get(self, path: str) -> Any:
        async with self.client.get(path) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        async with self.client.post(path, json=body) as response:
            return response.status, await response.json()

    async def raw(self, request: bytes) -> tuple[int, Any]:
        """Send bytes as they are and read the whole answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.url.rsplit(":", 1)[1]))
        writer.write(request)
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)
