"""The engine's way from the socket to its strategies, over a real socket: gateway, normaliser, books, inbox, pure engine."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import msgspec

from benchmarks.row import Row, at_most, must
from genesis.clock import SystemClock
from genesis.core.events import BookChanged, Event, MarketTrade, Now
from genesis.core.secret import Secret
from genesis.core.settings import (
    BreakerSettings,
    EngineSettings,
    FailoverSettings,
    MarketSettings,
    RateSettings,
    TimingSettings,
    VenueTerms,
)
from genesis.core.state import State
from genesis.engine.engine import TradingEngine
from genesis.engine.inbox import Inbox
from genesis.exchange.circuits import Circuits
from genesis.exchange.context import VenueContext
from genesis.exchange.rate_guard import RateGuard
from genesis.exchange.rest_client import RestClient
from genesis.exchange.route import Route
from genesis.exchange.settings import VenueSettings
from genesis.exchange.signing import Signer
from genesis.exchange.trust import Trust
from genesis.exchange.venue_clock import VenueClock
from genesis.exchange.websocket_manager import WebSocketManager
from libraries.load.machine import Hiccups

ROOT = Path(__file__).resolve().parents[2]
SYMBOLS = 10
FEED_CORE, ENGINE_CORE = 0, 1
REQUIRED_MS, GOAL_MS = 5.0, 0.25


class Outcome(msgspec.Struct, frozen=True):
    """Latencies in ms from right before the venue's send to after the engine has handled the event; `lost` were never handled."""

    latencies: list[float]
    lost: int
    cpu_s: float
    stalled: float

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Consumer:
    """The loop's inbox and turns, with nothing to commit: public market data makes no facts once the books are known."""

    def __init__(self, engine: TradingEngine) -> None:
        self.seen: dict[str, int] = {}
        self._engine = engine
        self._inbox = Inbox(MarketSettings().buffered_trades)
        self._clock = SystemClock()
        self._scheduled = False

    def submit(self, event: Event) -> None:
        self._inbox.put(event)
        self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled = False
        for event in self._inbox.take():
            self._engine.handle(event, Now(self._clock.wall_ms(), self._clock.mono_ns()))
            if isinstance(event, MarketTrade):
                self.seen[f"t{event.symbol}{event.trade_id}"] = time.monotonic_ns()
            elif isinstance(event, BookChanged):
                self.seen[f"d{event.top.symbol}{event.top.update_id}"] = time.monotonic_ns()
        if len(self._inbox):
            self._schedule()


async def measured() -> list[Row]:
    """At the rate that the rule names, and at ten times of it."""
    usual = await run(1_000, 20_000)
    much = await run(10_000, 100_000)
    name = f"socket to strategy, 1,000 messages/s of {SYMBOLS} symbols"
    p99 = usual.percentile(0.99)
    return [
        must(f"{name}: required", p99 <= REQUIRED_MS, f"p99 {p99:.3f} ms", f"<= {REQUIRED_MS:g} ms"),
        at_most(f"{name}, p99", p99, GOAL_MS, "ms"),
        Row(name=f"{name}, p50", reached=f"{usual.percentile(0.5):.3f} ms"),
        must(f"{name}: none lost", usual.lost == 0, f"{usual.lost} of 20,000", "0"),
        Row(name="processor per 10,000 ticks", reached=f"{usual.cpu_s / 2:.2f} s"),
        Row(name="the machine itself stood still", reached=f"{usual.stalled:.1%} of the time"),
        must("10,000 messages/s: none lost", much.lost == 0, f"{much.lost} of 100,000", "0"),
        Row(name="10,000 messages/s, p99", reached=f"{much.percentile(0.99):.3f} ms"),
    ]


async def run(rate: int, messages: int) -> Outcome:
    """So many messages at so many a second."""
    feed = subprocess.Popen(  # noqa: ASYNC220 - nothing is measured yet
        [sys.executable, "-m", "benchmarks.market_data.feed", str(SYMBOLS), str(rate), str(messages)], cwd=ROOT, stdout=subprocess.PIPE
    )
    cores = os.sched_getaffinity(0)
    try:
        if {FEED_CORE, ENGINE_CORE} <= cores:
            os.sched_setaffinity(feed.pid, {FEED_CORE})
            os.sched_setaffinity(0, {ENGINE_CORE})
        assert feed.stdout is not None
        port = int(await asyncio.to_thread(feed.stdout.readline))
        return await _listen(port, feed, messages)
    finally:
        os.sched_setaffinity(0, cores)
        feed.kill()
        feed.wait()


async def _listen(port: int, feed: subprocess.Popen[bytes], messages: int) -> Outcome:
    symbols = tuple(f"S{number:02}USDT" for number in range(SYMBOLS))
    engine = TradingEngine(EngineSettings(venues=(VenueTerms(name="binance", symbols=symbols),)), State(), "abcdef")
    consumer = Consumer(engine)
    tasks: set[asyncio.Task[None]] = set()
    context = _context(port, symbols, consumer)
    rest = RestClient(context)
    manager = WebSocketManager(context, rest, tasks.add)
    gc.collect()
    gc.freeze()  # as the engine does when it has started
    before = time.process_time()
    with Hiccups() as probe:
        manager.start()
        assert feed.stdout is not None
        sent: dict[str, int] = json.loads(await asyncio.to_thread(feed.stdout.readline))
    cpu_s = time.process_time() - before
    await manager.close()
    await rest.close()
    await asyncio.gather(*tasks, return_exceptions=True)
    # a newer top takes the place of one that waits: that is the stated policy of books, not a loss; of trades none may be missing
    lost = sum(1 for name in sent if name.startswith("t") and name not in consumer.seen)
    latencies = [(seen - sent[name]) / 1e6 for name, seen in consumer.seen.items() if name in sent]
    return Outcome(latencies=latencies, lost=lost + (messages - len(sent)), cpu_s=cpu_s, stalled=probe.stalled)


def _context(port: int, symbols: tuple[str, ...], consumer: Consumer) -> VenueContext:
    clock = SystemClock()
    settings = VenueSettings(
        name="binance",
        rest_url=f"http://127.0.0.1:{port}",
        stream_url=f"ws://127.0.0.1:{port}",
        ws_api_url=f"ws://127.0.0.1:{port}/ws-api/v3",
        api_key=Secret("none"),
        api_secret=Secret("none"),
        symbols=symbols,
    )
    venue_clock = VenueClock(clock)
    return VenueContext(
        settings=settings,
        timing=TimingSettings(),
        route=Route("binance", settings.ways, FailoverSettings(), clock, consumer.submit),
        sink=consumer.submit,
        clock=clock,
        venue_clock=venue_clock,
        rate=RateGuard("binance", RateSettings(), clock, venue_clock, sink=consumer.submit),
        signer=Signer(settings.api_secret),
        trust=Trust("binance", None, consumer.submit),
        circuits=Circuits("binance", BreakerSettings(), consumer.submit, clock, lambda _due_ns, _call: None),
        random=lambda: 0.5,
        counters=Counter(),
    )
