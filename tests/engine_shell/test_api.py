"""The control API over real sockets, before the real pure engine on a real journal; only the venue is a double."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from genesis.clock import SystemClock
from genesis.core.commands import FetchBars, Reconcile
from genesis.core.events import AssetBalance, BookChanged, ConnectionChanged, EngineBooted, OrderReported, OrderSent, VenueSnapshot
from genesis.core.models import Fill, Order, OrderType, TopOfBook
from genesis.core.secret import Secret
from genesis.core.settings import EngineSettings, TimingSettings, VenueTerms
from genesis.data.repository import Repository
from genesis.engine.engine import TradingEngine
from genesis.engine.loop import EngineLoop
from genesis.monitoring.api import ControlApi
from genesis.monitoring.health import Identity
from genesis.monitoring.metrics import Metrics
from tests.engine_shell.support import RULES, SYMBOL, VENUE, Book, NotedGateway

TOKEN = "a-token-of-the-tests-only"
SIGNAL = {"symbol": SYMBOL, "side": "BUY", "quantity": "0.2", "confidence": "0.9"}


class ScriptedVenue(NotedGateway):
    """Connects, is read, has a book, and fills every MARKET order at once unless told to keep silent."""

    def __init__(self, world: World) -> None:
        super().__init__(world.durable_seq)
        self._world = world
        self.silent = False
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
        submit, clock = self._world.loop.submit, SystemClock()
        submit(OrderSent(client_order_id=order.client_order_id, sent_ns=clock.mono_ns()))
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
        self.loop = EngineLoop(engine=engine, journal=self.book.journal, clock=clock, timing=TimingSettings(), gauge=metrics)
        self.venue = ScriptedVenue(self)
        self.questions = Repository(self.book.path)
        identity = Identity(instance="test-instance", pid=1, version="test", package_path="/nowhere")
        self.api = ControlApi(
            loop=self.loop, questions=self.questions, metrics=metrics, clock=clock, token=Secret(TOKEN), identity=identity
        )
        self.reader = sqlite3.connect(self.book.path)
        self.url = ""
        self.client: aiohttp.ClientSession
        self.running: asyncio.Future[int]

    def durable_seq(self) -> int:
        number: int = self.reader.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
        return number

    async def open(self) -> None:
        port = await self.api.start(0)
        self.url = f"http://127.0.0.1:{port}"
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


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    await made.open()
    yield made
    await made.close()


async def test_a_signal_becomes_a_fill_that_every_question_shows(world: World) -> None:
    status, answer = await world.post("/signals", {**SIGNAL, "signal_id": "first"})
    assert (status, answer["signal_id"]) == (201, "first")
    order_id = answer["client_order_id"]
    await world.loop.callers.until(lambda: bool(world.book.state.fills) and world.loop.idle)
    order = await world.get(f"/orders/{order_id}")
    assert (order["state"], order["quantity"], order["executed"], order["cum_quote"]) == ("FILLED", "0.2", "0.2", "20.2")
    assert await world.get("/orders?state=FILLED") == [order]
    resting = [(one["purpose"], one["side"], one["quantity"]) for one in await world.get("/orders?state=OPEN")]
    assert resting == [("STOP", "SELL", "0.1998")]
    fill = (await world.get("/fills"))[0]
    assert (fill["price"], fill["fee"], fill["fee_asset"], fill["maker"]) == ("101", "0.0002", "BTC", False)
    position = (await world.get("/positions"))[0]
    assert (position["quantity"], position["cost"], position["state"]) == ("0.1998", "20.2", "OPEN")
    assert (await world.get("/signals"))[0] == {
        "signal_id": "first",
        "status": "accepted",
        "client_order_id": order_id,
        "rule": "",
        "code": "",
        "message": "",
    }
    state = await world.get("/state")
    assert state["digest"] == world.book.state.digest()
    assert state["journal_seq"] == world.durable_seq()
    assert {row["asset"]: row["total"] for row in state["balances"]} == {"USDT": "4979.8", "BTC": "1.1998"}
    assert state["pnl"]["realised"] == "0"
    assert await world.get("/trades") == []
    assert await world.get("/opportunities") == []


async def test_health_names_instance_package_and_conditions(world: World) -> None:
    answer = await world.get("/health")
    assert answer["state"] == "RUNNING"
    assert (answer["instance"], answer["package_path"], answer["epoch"], answer["test_hooks"]) == ("test-instance", "/nowhere", 1, False)
    assert answer["venues"] == {VENUE: {"orders": True, "market": True, "reconciled": True}}
    assert answer["books"] == {f"{VENUE}/{SYMBOL}": True}
    assert answer["database"] == {"ok": True, "detail": ""}


async def test_a_denial_names_rule_limit_and_value(world: World) -> None:
    status, answer = await world.post("/signals", {**SIGNAL, "signal_id": "big", "quantity": "40"})
    assert status == 422
    assert answer["error"]["code"] == "GENESIS-5701"
    assert {"rule", "limit", "value", "message"} <= answer["error"].keys()
    seen = (await world.get("/signals"))[0]
    assert (seen["signal_id"], seen["status"], seen["rule"]) == ("big", "denied", answer["error"]["rule"])


async def test_the_same_signal_twice_is_refused(world: World) -> None:
    body = {**SIGNAL, "signal_id": "once"}
    answers = await asyncio.gather(*(world.post("/signals", body) for _ in range(5)))
    assert sorted(status for status, _ in answers) == [201, 409, 409, 409, 409]


BAD_SIGNALS: list[tuple[dict[str, Any], str]] = [
    ({"quantity": 0.2}, 'quantity: expected a decimal text above 0 to 1000000000000000 such as "0.5", got 0.2 (float)'),
    ({"quantity": 1}, "got 1 (integer)"),
    ({"quantity": "0,2"}, "got '0,2' (text)"),
    ({"quantity": "1e2"}, "got '1e2' (text)"),
    ({"quantity": "NaN"}, "got 'NaN' (text)"),
    ({"quantity": "0"}, "quantity: expected a decimal text above 0"),
    ({"quantity": "-1"}, "quantity: expected a decimal text above 0"),
    ({"quantity": None}, 'quantity: expected a decimal text above 0 to 1000000000000000 such as "0.5", got nothing; add the key'),
    ({"confidence": "1.1"}, "confidence: expected a decimal text from 0 to 1"),
    ({"confidence": 0.9}, "confidence: expected a decimal text from 0 to 1"),
    ({"side": "buy"}, "side: expected one of BUY, SELL, got 'buy' (text)"),
    ({"side": None}, "side: expected one of BUY, SELL, got nothing; add the key"),
    ({"symbol": "ETHUSDT"}, "symbol: expected one of BTCUSDT, got 'ETHUSDT' (text)"),
    ({"venue": "kraken"}, "venue: expected one of binance, got 'kraken' (text)"),
    ({"order_type": "ICEBERG"}, "order_type: expected one of MARKET, LIMIT, LIMIT_MAKER"),
    ({"order_type": "LIMIT"}, "price: expected a decimal text above 0"),
    ({"order_type": "LIMIT", "price": 99}, "price: expected a decimal text above 0"),
    ({"price": "99"}, "price: expected no price with a MARKET order"),
    ({"time_in_force": "GTC"}, "time_in_force: expected none with a MARKET order"),
    ({"purpose": "STOP"}, "purpose: expected ENTRY or EXIT, got 'STOP' (text)"),
    ({"signal_id": "<script>"}, "signal_id: expected 1 to 64 letters"),
    ({"signal_id": "x" * 65}, "signal_id: expected 1 to 64 letters"),
    ({"strategy": "My Own"}, "strategy: expected 1 to 64 lower case letters"),
    ({"qty": "1"}, "qty: expected a known key, got this one"),
]


@pytest.mark.parametrize(("change", "sentence"), BAD_SIGNALS, ids=lambda value: str(value)[:40])
async def test_a_bad_signal_is_named_field_by_field(world: World, change: dict[str, Any], sentence: str) -> None:
    status, answer = await world.post("/signals", {**SIGNAL, **change})
    assert (status, answer["error"]["code"]) == (400, "GENESIS-4501")
    assert sentence in answer["error"]["message"]
    assert world.venue.calls == [call for call in world.venue.calls if call[0] == "reconcile"]


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"null", b'{"symbol":', b"\xff\xfe", b"[" * 20_000, b'"text"'])
async def test_a_body_that_is_no_object_is_named(world: World, body: bytes) -> None:
    async with world.client.post("/signals", data=body, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
        assert "expected a JSON object" in (await response.json())["error"]["message"]


async def test_limits_of_a_request(world: World) -> None:
    async with world.client.post("/signals", data=b"{}" + b" " * 70_000, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 413
        assert "at most 65536 bytes" in (await response.json())["error"]["message"]
    async with world.client.post("/signals", data=b"{}", headers={"Content-Type": "text/plain"}) as response:
        assert response.status == 415
        assert "expected Content-Type application/json, got 'text/plain'" in (await response.json())["error"]["message"]
    status, answer = await world.post("/control/pause", {"until": "tomorrow"})
    assert (status, answer["error"]["message"]) == (400, "body: expected none or {}, got fields; remove them")


@pytest.mark.parametrize("given", [None, "Bearer", f"Bearer {TOKEN}x", TOKEN, "Basic eA==", "Bearer \u00e9"])
async def test_without_the_token_nothing_is_told(world: World, given: str | None) -> None:
    headers = {"Authorization": given} if given else {}
    for method, path in (("GET", "/health"), ("GET", "/nowhere"), ("POST", "/control/halt"), ("GET", "/metrics")):
        async with aiohttp.request(method, world.url + path, headers=headers) as response:
            assert response.status == 401
            assert "expected 'Authorization: Bearer" in (await response.json())["error"]["message"]
    assert world.loop.engine.state.engine_state.value == "RUNNING"


async def test_another_host_name_is_refused(world: World) -> None:
    line = f"GET /health HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
    status, answer = await world.raw(line.encode())
    assert status == 403
    assert "expected the Host header 127.0.0.1" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", "/nowhere", 404, "no such route: GET /nowhere"),
        ("DELETE", "/orders", 405, "expected GET or HEAD on /orders, got DELETE"),
        ("GET", "/orders/unknown-1", 404, "no order 'unknown-1'; GET /orders lists them"),
        ("GET", "/orders?state=LOST", 400, "state: expected one of PENDING, SUBMITTED"),
        ("GET", "/books/binance/ETHUSDT", 404, "no synchronised book of 'ETHUSDT' at 'binance'"),
        ("GET", "/books/kraken/BTCUSDT", 404, "at 'kraken'"),
        ("POST", "/orders/unknown-1/cancel", 404, "unknown-1"),
    ],
)
async def test_what_is_not_there_is_named(world: World, method: str, path: str, status: int, sentence: str) -> None:
    async with world.client.request(method, path) as response:
        assert response.status == status
        assert sentence in (await response.json())["error"]["message"]


async def test_a_book_is_shown_as_text(world: World) -> None:
    metrics = {"spread": "2", "spread_bps": "200", "bid_depth": "0", "ask_depth": "0", "bid_liquidity": "0", "ask_liquidity": "0"}
    assert await world.get(f"/books/{VENUE}/{SYMBOL}") == {
        "update_id": 7,
        "bids": [["99", "1"]],
        "asks": [["101", "2.5"]],
        "metrics": {**metrics, "imbalance": "-0.42857142"},
    }


async def test_pause_halt_and_resume(world: World) -> None:
    for action, state in (("pause", "PAUSED"), ("halt", "HALTED"), ("resume", "RUNNING")):
        assert await world.post(f"/control/{action}") == (200, {"state": state})
        assert (await world.get("/health"))["state"] == state
        status, answer = await world.post("/signals", SIGNAL)
        assert status == (201 if state == "RUNNING" else 503)
        assert state == "RUNNING" or answer["error"]["code"] == "GENESIS-5501"


async def test_the_kill_switch_is_pressed_shown_and_released_by_its_phrase(world: World) -> None:
    assert (await world.post("/control/kill", {"reason": "a test"}))[0] == 202
    assert (await world.post("/signals", SIGNAL))[1]["error"]["code"] == "GENESIS-5901"
    shown = await world.get("/emergency")
    assert [(halt["kind"], halt["until_ms"]) for halt in shown["halts"]] == [("KILL_SWITCH", 0)]
    assert (await world.get("/health"))["halts"] == ["KILL_SWITCH"]
    assert (await world.post("/control/release", {"phrase": "RELEASE KILL SWITCH"}))[0] == 200
    assert (await world.post("/signals", SIGNAL))[0] == 201


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/control/kill", {"reason": 5}, "reason"),
        ("/control/kill", {"reasons": "typo"}, "reasons"),
        ("/control/kill", {"reason": "x" * 201}, "at most 200"),
        ("/control/release", {}, "phrase"),
        ("/control/emergency-close", {"dry_run": "yes"}, "dry_run"),
        ("/control/release", {"phrase": ["RELEASE KILL SWITCH"]}, "phrase"),
    ],
)
async def test_a_bad_emergency_is_named_field_by_field(world: World, path: str, body: dict[str, Any], sentence: str) -> None:
    status, answer = await world.post(path, body)
    assert status == 400
    assert answer["error"]["code"] == "GENESIS-4501"
    assert sentence in answer["error"]["message"]
    assert not world.loop.engine.state.halts


async def test_an_emergency_close_is_tried_dry_and_then_done(world: World) -> None:
    assert (await world.post("/signals", SIGNAL))[0] == 201
    status, dry = await world.post("/control/emergency-close", {"dry_run": True})
    assert (status, dry["plan"][0]["side"], dry["plan"][0]["price"]) == (200, "SELL", "98")
    status, begun = await world.post("/control/emergency-close", {"reason": "a test"})
    assert (status, begun["plan"][0]["symbol"]) == (202, SYMBOL)
    shown = await world.get("/emergency")
    assert begun["run_id"] in json.dumps(shown)


async def test_quiesce_is_a_cut_and_stops_the_sources(world: World) -> None:
    await world.post("/signals", SIGNAL)
    status, answer = await world.post("/control/quiesce", {"timeout_ms": 3000})
    assert (status, answer["quiet"]) == (200, True)
    assert answer["journal_seq"] == world.durable_seq()
    assert answer["head_hash"] == world.book.journal.head.hash
    assert (await world.post("/signals", SIGNAL))[0] == 503
    assert (await world.post("/control/resume"))[0] == 200
    assert (await world.post("/signals", SIGNAL))[0] == 201


async def test_quiesce_names_what_is_in_flight(world: World) -> None:
    world.venue.silent = True
    _, placed = await world.post("/signals", SIGNAL)
    status, answer = await world.post("/control/quiesce", {"timeout_ms": 150})
    assert status == 409
    assert [order["client_order_id"] for order in answer["error"]["in_flight"]] == [placed["client_order_id"]]
    assert answer["error"]["in_flight"][0]["pending"] == "NEW"


async def test_quiesce_wants_the_barrier_of_the_venue(world: World) -> None:
    world.venue.reached = False
    status, answer = await world.post("/control/quiesce", {"timeout_ms": 150})
    assert (status, answer["error"]["in_flight"]) == (409, [])
    assert (await world.post("/control/quiesce", {"timeout_ms": "5"}))[0] == 400


async def test_what_is_used_of_the_venues_limits_is_shown(world: World) -> None:
    limits = await world.get("/rates")
    assert limits[VENUE]["limits"][0]["used"] == 7
    assert (limits[VENUE]["held_ms"], limits[VENUE]["kept_back"]) == (250, {"ENTRY": 3})
    async with world.client.get("/metrics") as response:
        text = await response.text()
    assert f'genesis_rate_limit_used{{interval_ms="60000",kind="REQUEST_WEIGHT",venue="{VENUE}"}} 7.0' in text
    assert f'genesis_rate_limit{{interval_ms="60000",kind="REQUEST_WEIGHT",venue="{VENUE}"}} 6000.0' in text
    assert f'genesis_rate_held_ms{{venue="{VENUE}"}} 250.0' in text
    assert f'genesis_rate_kept_back{{use="ENTRY",venue="{VENUE}"}} 3.0' in text


async def test_metrics_are_counted_from_durable_facts(world: World) -> None:
    await world.post("/signals", SIGNAL)
    await world.loop.callers.until(lambda: bool(world.book.state.fills) and world.loop.idle)
    async with world.client.get("/metrics") as response:
        text = await response.text()
    for line in (
        'genesis_orders_total{side="BUY",type="MARKET"} 1.0',
        'genesis_trades_total{side="BUY",symbol="BTCUSDT"} 1.0',
        "genesis_position_count 1.0",
        'genesis_connection_status{channel="orders",venue="binance"} 1.0',
        "genesis_order_execution_time_seconds_count 1.0",
        'genesis_engine_state{state="RUNNING"} 1.0',
    ):
        assert line in text


async def test_no_answer_tells_of_what_is_not_on_disk(world: World) -> None:
    rival = sqlite3.connect(world.book.path, isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    signal = asyncio.ensure_future(world.post("/signals", SIGNAL))
    await world.loop.callers.until(lambda: bool(world.loop.trouble))
    state = asyncio.ensure_future(world.get("/state"))
    health = await world.get("/health")
    assert health["database"]["ok"] is False
    assert "locked" in health["database"]["detail"]
    assert await world.get("/orders") == []
    assert not signal.done()
    assert not state.done()
    rival.execute("ROLLBACK")
    rival.close()
    assert (await asyncio.wait_for(signal, 10))[0] == 201
    assert (await asyncio.wait_for(state, 10))["journal_seq"] > health["journal_seq"]


async def test_a_failure_in_a_route_is_told_without_a_traceback_and_journaled(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> None:
        raise ZeroDivisionError("of a programmer")

    monkeypatch.setattr(world.questions, "fills", broken)
    async with world.client.get("/fills") as response:
        assert response.status == 500
        assert await response.json() == {"error": {"code": "GENESIS-6902", "message": "internal failure; see the engine's log"}}
    await world.loop.callers.until(lambda: world.loop.idle)
    found = world.reader.execute("SELECT payload FROM events WHERE kind = 'ErrorRecorded'").fetchall()
    assert "GET /fills: ZeroDivisionError: of a programmer" in found[0][0]


async def test_it_listens_on_loopback_only(world: World) -> None:
    assert world.api._runner.addresses[0][0] == "127.0.0.1"
