"""The gateway against a real exchange process: orders, events, questions, books, cut connections, recorded data."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from genesis.core.commands import CancelOrder, QueryOrder, Reconcile
from genesis.core.events import (
    BalanceReported,
    BookChanged,
    CancelRefused,
    ConnectionChanged,
    CredentialsRefused,
    MarketTrade,
    OrderNotFound,
    OrderRefused,
    OrderReported,
    TransferReported,
    VenueSnapshot,
)
from genesis.core.models import OrderType, Side
from genesis.core.money import text
from genesis.core.secret import Secret
from genesis.exchange.gateway import BinanceGateway
from genesis.exchange.settings import VenueSettings
from tests.engine_exchange.conftest import Desk, at_once
from tests.engine_exchange.kit_exchange import DEADLINE_S, Recorder, SystemClock, order, timing

ROOT = Path(__file__).resolve().parents[2]
CAPTURE = ROOT.parent / "shared" / "data" / "binance-capture-2021-10-12"
CAPTURED = ("NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR")


class Exchange:
    """`python -m libraries.mock_exchange` and its admin API."""

    def __init__(self, process: asyncio.subprocess.Process, ready: dict[str, Any], session: aiohttp.ClientSession) -> None:
        self.process = process
        self.ready = ready
        self.session = session
        self._names = 0

    async def admin(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self.ready['admin_token']}"}
        async with self.session.request(method, f"{self.ready['admin_url']}/admin/{path}", json=body, headers=headers) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def book(self, bids: list[list[str]], asks: list[list[str]], symbol: str = "BTCUSDT") -> Any:
        return await self.admin("PUT", f"book/{symbol}", {"bids": bids, "asks": asks})

    async def account(self, **balances: str) -> dict[str, str]:
        self._names += 1
        answer: dict[str, str] = await self.admin("POST", "accounts", {"name": f"engine-{self._names}", "balances": balances})
        return answer

    def settings(self, account: dict[str, str], *symbols: str) -> VenueSettings:
        return VenueSettings(
            name="binance",
            rest_url=self.ready["rest_url"],
            stream_url=self.ready["stream_url"],
            ws_api_url=self.ready["ws_api_url"],
            api_key=Secret(account["api_key"]),
            api_secret=Secret(account["api_secret"]),
            symbols=symbols or ("BTCUSDT",),
        )


async def start(session: aiohttp.ClientSession, *arguments: object) -> Exchange:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "libraries.mock_exchange", "--port", "0", "--admin-port", "0", *map(str, arguments),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE_S):
        return Exchange(process, json.loads(await process.stdout.readline()), session)


async def stop(exchange: Exchange) -> None:
    exchange.process.terminate()
    async with asyncio.timeout(DEADLINE_S):
        assert await exchange.process.wait() == 0


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def exchange(session: aiohttp.ClientSession) -> AsyncIterator[Exchange]:
    started = await start(session)
    yield started
    await stop(started)


async def gateway_on(exchange: Exchange, account: dict[str, str], *symbols: str) -> Desk:
    told = Recorder()
    gateway = BinanceGateway(exchange.settings(account, *symbols), timing(), told, SystemClock(), random=at_once)
    await gateway.start()
    await told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected)
    return Desk(gateway, told)


@pytest.fixture
async def account(exchange: Exchange) -> dict[str, str]:
    return await exchange.account(USDT="10000", BTC="10")


@pytest.fixture
async def desk(exchange: Exchange, account: dict[str, str]) -> AsyncIterator[Desk]:
    opened = await gateway_on(exchange, account)
    yield opened
    await opened.gateway.close()


def of(client_order_id: str, status: str, source: str) -> Callable[[OrderReported], bool]:
    return lambda event: (event.client_order_id, event.status, event.source) == (client_order_id, status, source)


async def test_a_market_order_walks_the_levels_and_both_channels_tell_the_same_fills(exchange: Exchange, desk: Desk) -> None:
    await exchange.book([["99.00", "1"]], [["100.00", "1"], ["101.00", "1"]])
    desk.gateway.place(order(order_type=OrderType.MARKET, price=None, quantity=Decimal(2)))
    answer = await desk.told.wait(OrderReported, of("gabcdef-1", "FILLED", "answer"))
    streamed = await desk.told.wait(OrderReported, of("gabcdef-1", "FILLED", "stream"))
    told = [fill for report in desk.told.of(OrderReported) if report.source == "stream" for fill in report.fills]
    assert list(answer.fills) == told
    assert answer.cum_quote == streamed.cum_quote == sum(fill.quote_quantity for fill in told) == Decimal(201)
    assert [text(fill.fee) for fill in told] == ["0.001", "0.001"]
    assert (await desk.told.wait(BalanceReported)).balances


async def test_a_resting_order_fills_in_parts_and_is_cancelled(exchange: Exchange, desk: Desk, account: dict[str, str]) -> None:
    await exchange.book([["99.00", "1"]], [["101.00", "1"]])
    await desk.told.wait(BookChanged)  # the market's stream is heard from here on
    desk.gateway.place(order(quantity=Decimal(1)))
    await desk.told.wait(OrderReported, of("gabcdef-1", "NEW", "answer"))
    await exchange.admin(
        "POST", "orders", {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": "IOC", "quantity": "0.4", "price": "100"}
    )
    part = await desk.told.wait(OrderReported, of("gabcdef-1", "PARTIALLY_FILLED", "stream"))
    assert [(fill.quantity, fill.maker, fill.fee_asset) for fill in part.fills] == [(Decimal("0.4"), True, "BTC")]
    await desk.told.wait(MarketTrade, lambda event: event.price == Decimal(100))
    cancel = CancelOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-1", cancel_id="gabcdef-1c")
    desk.gateway.cancel(cancel)
    await desk.told.wait(OrderReported, of("gabcdef-1", "CANCELED", "answer"))
    await desk.told.wait(OrderReported, of("gabcdef-1", "CANCELED", "stream"))
    desk.gateway.cancel(cancel)
    assert (await desk.told.wait(CancelRefused)).code == -2011
    desk.gateway.query(QueryOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-1"))
    queried = await desk.told.wait(OrderReported, of("gabcdef-1", "CANCELED", "query"))
    assert queried.fills == part.fills
    trades = await exchange.admin("GET", f"trades?account={account['name']}")
    assert [trade["trade_id"] for trade in trades] == [fill.trade_id for fill in queried.fills]


async def test_refusals_of_the_venue(exchange: Exchange, desk: Desk) -> None:
    await exchange.book([["99.00", "1"]], [["101.00", "1"]])
    desk.gateway.place(order("gabcdef-1", quantity=Decimal(9_000)))
    desk.gateway.place(order("gabcdef-2", price=Decimal("100.001")))
    desk.gateway.place(order("gabcdef-3", order_type=OrderType.LIMIT_MAKER, price=Decimal(101)))
    await desk.told.wait(OrderRefused, count=3)
    assert [(event.client_order_id, event.code) for event in desk.told.of(OrderRefused)] == [
        ("gabcdef-1", -2010),
        ("gabcdef-2", -1013),
        ("gabcdef-3", -2010),
    ]


async def test_an_order_that_never_was(desk: Desk) -> None:
    desk.gateway.query(QueryOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-99"))
    assert (await desk.told.wait(OrderNotFound)).client_order_id == "gabcdef-99"


async def test_reconciliation_tells_what_the_venue_knows(exchange: Exchange, desk: Desk, account: dict[str, str]) -> None:
    await exchange.book([["99.00", "1"]], [["100.00", "1"]])
    desk.gateway.place(order("gabcdef-1", order_type=OrderType.MARKET, price=None, quantity=Decimal("0.5")))
    desk.gateway.place(order("gabcdef-2", side=Side.SELL, price=Decimal(120), quantity=Decimal("0.3")))
    await desk.told.wait(OrderReported, of("gabcdef-2", "NEW", "stream"))
    desk.gateway.reconcile(
        Reconcile(
            venue="binance",
            unresolved=(("BTCUSDT", "gabcdef-1"), ("BTCUSDT", "gabcdef-2"), ("BTCUSDT", "gabcdef-3")),
            trades_after={"BTCUSDT": -1},
        )
    )
    snapshot = await desk.told.wait(VenueSnapshot)
    truth = await exchange.admin("GET", f"accounts/{account['name']}")
    stated = {balance.asset: balance for balance in snapshot.balances}
    for asset in ("USDT", "BTC"):
        assert stated[asset].free == Decimal(truth["balances"][asset]["free"])
        assert stated[asset].locked == Decimal(truth["balances"][asset]["locked"])
    assert [venue_order.client_order_id for venue_order in snapshot.open_orders] == ["gabcdef-2"]
    assert {venue_order.client_order_id for venue_order in snapshot.queried_orders} == {"gabcdef-1", "gabcdef-2"}
    assert snapshot.missing_orders == ("gabcdef-3",)
    assert [(fill.client_order_id, fill.quantity) for fill in snapshot.fills] == [("gabcdef-1", Decimal("0.5"))]
    assert snapshot.rules[0].min_notional == Decimal(5)


async def test_transfers(exchange: Exchange, desk: Desk, account: dict[str, str]) -> None:
    await exchange.admin("POST", f"accounts/{account['name']}/transfer", {"asset": "USDT", "amount": "-250.5"})
    assert (await desk.told.wait(TransferReported)).amount == Decimal("-250.5")


async def test_the_local_book_equals_the_venues(exchange: Exchange, desk: Desk) -> None:
    for number in range(1, 6):
        truth = await exchange.book([[f"{99 - number}.00", "1"], ["90.00", f"{number}"]], [[f"{100 + number}.50", "2"]])
        await desk.told.wait(BookChanged, lambda event, truth=truth: event.top.update_id >= truth["update_id"])  # type: ignore[misc]
        local = desk.gateway.depth("BTCUSDT")
        assert local is not None
        assert [(Decimal(p), Decimal(q)) for p, q in local[1]] == [(Decimal(p), Decimal(q)) for p, q in truth["bids"]]
        assert [(Decimal(p), Decimal(q)) for p, q in local[2]] == [(Decimal(p), Decimal(q)) for p, q in truth["asks"]]


async def test_cut_connections_come_back_and_miss_nothing(exchange: Exchange, desk: Desk, account: dict[str, str]) -> None:
    await exchange.book([["99.00", "1"]], [["101.00", "1"]])
    await desk.told.wait(BookChanged)
    desk.gateway.place(order(quantity=Decimal(1)))
    await desk.told.wait(OrderReported, of("gabcdef-1", "NEW", "stream"))
    for connection in await exchange.admin("GET", "connections"):
        await exchange.admin("DELETE", f"connections/{connection['id']}")
    await exchange.admin(
        "POST", "orders", {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": "IOC", "quantity": "0.4", "price": "100"}
    )
    for channel in ("orders", "market"):
        await desk.told.wait(ConnectionChanged, lambda event, channel=channel: event.channel == channel and event.connected, count=2)  # type: ignore[misc]
    desk.gateway.reconcile(Reconcile(venue="binance", unresolved=(("BTCUSDT", "gabcdef-1"),), trades_after={}))
    snapshot = await desk.told.wait(VenueSnapshot)
    assert [fill.quantity for fill in snapshot.fills] == [Decimal("0.4")]
    assert snapshot.queried_orders[0].status == "PARTIALLY_FILLED"


async def test_a_step_of_the_venues_clock_costs_one_refusal(exchange: Exchange, desk: Desk) -> None:
    await exchange.book([["99.00", "1"]], [["101.00", "1"]])
    await exchange.admin("POST", "clock", {"skew_ms": 30_000})
    desk.gateway.place(order("gabcdef-1"))
    assert (await desk.told.wait(OrderRefused)).code == -1021
    assert await desk.gateway.barrier(5)
    desk.gateway.place(order("gabcdef-2"))
    await desk.told.wait(OrderReported, of("gabcdef-2", "NEW", "answer"))


async def test_wrong_keys_are_named(exchange: Exchange, account: dict[str, str]) -> None:
    told = Recorder()
    settings = exchange.settings({**account, "api_secret": "wrong"})
    gateway = BinanceGateway(settings, timing(), told, SystemClock(), random=at_once)
    await gateway.start()
    refused = await told.wait(CredentialsRefused)
    await gateway.close()
    assert refused.reason == "-1022 Signature for this request is not valid."


@pytest.fixture
async def recorded(session: aiohttp.ClientSession) -> AsyncIterator[Exchange]:
    if not CAPTURE.is_dir():
        pytest.skip(f"the recorded data is absent: {CAPTURE.name}")
    started = await start(session, "--recording", CAPTURE)
    yield started
    await stop(started)


async def test_recorded_binance_books_level_by_level(recorded: Exchange) -> None:
    desk = await gateway_on(recorded, await recorded.account(USDT="1"), *CAPTURED)
    for symbol in CAPTURED:
        await desk.told.wait(BookChanged, lambda event, symbol=symbol: event.top.symbol == symbol)  # type: ignore[misc]
    await recorded.admin("POST", "market/advance", {"to_end": True})
    for symbol, (update_id, bids, asks) in naive_books().items():
        last = (symbol, update_id)
        await desk.told.wait(BookChanged, lambda event, last=last: (event.top.symbol, event.top.update_id) == last)  # type: ignore[misc]
        local = desk.gateway.depth(symbol)
        assert local is not None
        assert {Decimal(p): Decimal(q) for p, q in local[1]} == bids
        assert {Decimal(p): Decimal(q) for p, q in local[2]} == asks
    assert desk.gateway.counters["books_lost"] == 0
    await desk.gateway.close()


def naive_books() -> dict[str, tuple[int, dict[Decimal, Decimal], dict[Decimal, Decimal]]]:
    """The same books straight from the files, by the shortest code that can be right."""
    books: dict[str, tuple[int, dict[Decimal, Decimal], dict[Decimal, Decimal]]] = {}
    for line in (CAPTURE / "depth-snapshots.jsonl").read_text().splitlines():
        record = json.loads(line)
        sides = [{Decimal(p): Decimal(q) for p, q in record["body"][side]} for side in ("bids", "asks")]
        books[record["symbol"]] = (record["body"]["lastUpdateId"], sides[0], sides[1])
    for line in (CAPTURE / "stream.jsonl").read_text().splitlines():
        data = json.loads(line)["message"]["data"]
        if data.get("e") != "depthUpdate":
            continue
        known, bids, asks = books[data["s"]]
        if data["u"] <= known:
            continue
        for side, levels in ((bids, data["b"]), (asks, data["a"])):
            for price, quantity in levels:
                side[Decimal(price)] = Decimal(quantity)
                if not Decimal(quantity):
                    del side[Decimal(price)]
        books[data["s"]] = (data["u"], bids, asks)
    return books
