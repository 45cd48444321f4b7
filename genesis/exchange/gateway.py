"""One venue behind `engine/ports.py`: wires the orders channel, the market data and the questions together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

import structlog

from genesis.core.commands import CancelOrder, FetchBars, FetchRules, QueryOrder, Reconcile
from genesis.core.events import (
    BarsFailed,
    BarsFetched,
    ConnectionChanged,
    CredentialsRefused,
    Event,
    MarketTrade,
    ReconcileFailed,
    RulesFailed,
    RulesFetched,
)
from genesis.core.models import Order
from genesis.core.settings import BreakerSettings, FailoverSettings, MarketSettings, RateSettings, TimingSettings
from genesis.engine.ports import Clock, EventSink
from genesis.exchange import outcomes
from genesis.exchange.account_reader import AccountReader
from genesis.exchange.addresses import checked
from genesis.exchange.circuits import Circuits, Service
from genesis.exchange.context import VenueContext
from genesis.exchange.errors import MalformedMessage, VenueRefused, VenueUnreachable
from genesis.exchange.rate_guard import RateGuard
from genesis.exchange.rest_client import RestClient
from genesis.exchange.route import Route
from genesis.exchange.settings import VenueSettings, Way
from genesis.exchange.signing import Signer
from genesis.exchange.trust import Trust
from genesis.exchange.venue_clock import VenueClock
from genesis.exchange.websocket_manager import WebSocketManager
from genesis.exchange.ws_api_client import OrdersChannel

_QUESTIONERS = 4
_MOST_WAITS = 3
"""The first address waits for so many probes until nothing is unanswered at the other; then it is used all the same."""
_MAX_QUESTIONS = 10_000

_log = structlog.get_logger("genesis.exchange")


class BinanceGateway:
    """Fulfils `genesis.engine.ports.Gateway`. Nothing of it blocks or raises for what the outside does."""

    def __init__(
        self,
        settings: VenueSettings,
        timing: TimingSettings,
        sink: EventSink,
        clock: Clock,
        *,
        random: Callable[[], float] | None = None,
        market: MarketSettings | None = None,
        rate: RateSettings | None = None,
        held_ms: int = 0,
        breaker: BreakerSettings | None = None,
        failover: FailoverSettings | None = None,
        leased: Callable[[], bool] | None = None,
    ) -> None:
        """`random` gives the jitter of reconnects: numbers in [0, 1). For `held_ms` the venue wants no request. `leased` is asked before
        an order or a cancel is written, None = there is no lease.

        Raises:
            AddressError: an address that is neither TLS nor loopback.
            OSError: `ca_file` cannot be used.
        """
        for way in settings.ways:
            checked(way.rest_url, "http")
            checked(way.stream_url, "ws")
            checked(way.ws_api_url, "ws")
        self._name = settings.name
        self._outer_sink = sink
        venue_clock = VenueClock(clock)
        self._rate = RateGuard(settings.name, rate or RateSettings(), clock, venue_clock, sink=self._sink, held_ms=held_ms)
        self._clock = clock
        self._failover = failover or FailoverSettings()
        self._route = Route(settings.name, settings.ways, self._failover, clock, self._sink)
        self._venue = VenueContext(
            settings=settings,
            timing=timing,
            sink=self._sink,
            clock=clock,
            venue_clock=venue_clock,
            rate=self._rate,
            signer=Signer(settings.api_secret),
            trust=Trust(settings.name, settings.ca_file, self._sink),
            route=self._route,
            circuits=Circuits(settings.name, breaker or BreakerSettings(), self._sink, clock, self._call_at),
            random=random or Random().random,  # noqa: S311 - spreads reconnects, guards nothing
            market=market or MarketSettings(),
            leased=leased,
        )
        self._rest = RestClient(self._venue)
        self._orders = OrdersChannel(self._venue)
        self._market = WebSocketManager(self._venue, self._rest, self._watch)
        self._reader = AccountReader(settings.name, settings.symbols, self._rest, self._orders, timing.answer_timeout_ms / 1_000)
        self._waited = 0
        self._dead: set[Way] = set()  # addresses that did not serve when last asked
        self._route.follow(self._moved)
        self._venue.circuits.on_open = self._service_fails
        self._questions: asyncio.Queue[QueryOrder] = asyncio.Queue(_MAX_QUESTIONS)
        self._asked: set[str] = set()
        self._wanted: Reconcile | None = None
        self._wanted_changed = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def counters(self) -> Counter[str]:
        """What went wrong so far and was dealt with, by name (malformed_messages, late_answers, books_lost, ...)."""
        return self._venue.counters

    @property
    def name(self) -> str:
        return self._name

    async def start(self) -> None:
        """Begin to connect, and to reconnect for ever; ConnectionChanged tells the rest."""
        self._route.begin()
        self._spawn(self._orders.run(), "orders")
        self._market.start()
        self._spawn(self._reconcile_for_ever(), "reconcile")
        for number in range(_QUESTIONERS):
            self._spawn(self._answer_questions(), f"questions {number}")
        self._spawn(self._look_out(), "look-out")

    def place(self, order: Order) -> None:
        self._orders.place(order)

    def cancel(self, command: CancelOrder) -> None:
        self._orders.cancel(command)

    def try_key(self) -> None:
        self._orders.try_key()

    def query(self, command: QueryOrder) -> None:
        """Ask what became of an order; the same order is asked about once at a time."""
        if command.client_order_id in self._asked:
            return
        try:
            self._questions.put_nowait(command)
        except asyncio.QueueFull:
            self._venue.counters["questions_dropped"] += 1  # the engine asks again while the order is unknown
            return
        self._asked.add(command.client_order_id)

    def reconcile(self, command: Reconcile) -> None:
        """Read the venue's state. One reading at a time; a newer wish replaces one that was not begun."""
        self._wanted = command
        self._wanted_changed.set()

    def fetch_bars(self, command: FetchBars) -> None:
        """Read closed bars from the venue's klines; BarsFetched or BarsFailed tells what came of it."""
        self._spawn(self._fetch_bars(command), f"bars {command.symbol}")

    def fetch_rules(self, command: FetchRules) -> None:
        """Read the rules of our symbols from exchangeInfo; RulesFetched or RulesFailed tells what came of it."""
        self._spawn(self._fetch_rules(), "rules")

    def depth(self, symbol: str) -> tuple[int, list[tuple[str, str]], list[tuple[str, str]]] | None:
        return self._market.depth(symbol)

    def last_trade(self, symbol: str) -> MarketTrade | None:
        return self._market.last_trade(symbol)

    def market_status(self) -> dict[str, Any]:
        return self._market.status()

    def rate_status(self) -> dict[str, Any]:
        return self._rate.status()

    def address_status(self) -> dict[str, Any]:
        return self._route.status()

    async def barrier(self, timeout_s: float) -> bool:
        return await self._orders.barrier(timeout_s)

    async def close(self) -> None:
        """Close every connection and end every task; no event is sent from the call on."""
        self._closed = True
        await asyncio.gather(self._orders.close(), self._market.close())
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._rest.close()

    # -- addresses ----------------------------------------------------------------------------------------------------

    def _moved(self, at_once: bool) -> None:
        """All channels go by another address. The engine was told before they go down, and reads the venue anew when they are up."""
        if self._closed:
            return
        self._venue.circuits.forget(*Service)
        self._spawn(self._rest.move(), "another address")
        self._orders.move(at_once)
        self._market.move(at_once)

    def _service_fails(self, reason: str) -> None:
        self._route.failed(self._route.turn, reason, pressing=False)

    async def _look_out(self) -> None:
        """Ask now and then: what is out whether it lives again, so that its return is not slept through in a long pause; the first address
        whether it is back, while another one is in use."""
        while True:
            await self._clock.sleep(self._failover.probe_ms / 1_000)
            if not self._orders.up:
                await self._look_for_life(self._route.ways)
            elif self._route.way in self._dead or not self._market.up:
                await self._look_for_life((self._route.way,))
            elif not self._route.on_first:
                await self._look_at_the_first()

    async def _look_for_life(self, ways: tuple[Way, ...]) -> None:
        """An address that was dead and answers is tried at once, and so are its questions, whose breakers opened because nobody was there;
        whatever refuses us while it answers has R25's pauses and R24's."""
        for way in ways:
            if not await self._rest.answers(way.rest_url):
                self._dead.add(way)
            elif way in self._dead:
                self._dead.clear()
                if way == self._route.way or not self._route.lives(way):
                    self._venue.circuits.forget(Service.ACCOUNT, Service.MARKET)
                    self._orders.hurry()
                    self._market.hurry()
                return

    async def _look_at_the_first(self) -> None:
        """It must have answered for the whole cooldown, and then on all channels."""
        turn, first = self._route.turn, self._route.first
        answered = await self._rest.answers(first.rest_url)
        if turn != self._route.turn or not self._route.probed(answered):
            return
        if not self._orders.idle and self._waited < _MOST_WAITS:
            self._waited += 1  # what is unanswered would become unknown
            return
        self._waited = 0
        opens = await self._rest.opens(f"{first.stream_url}/ws") and await self._rest.opens(first.ws_api_url)
        if turn != self._route.turn:
            return
        if opens:
            self._route.go_back()
        else:
            self._route.probed(False)

    # -- questions ----------------------------------------------------------------------------------------------------

    async def _answer_questions(self) -> None:
        while True:
            command = await self._questions.get()
            try:
                answer = await self._reader.order(command)
            except (VenueRefused, VenueUnreachable, MalformedMessage) as error:
                self._venue.counters["questions_failed"] += 1
                self._look_at_key(error)
                _log.warning("a query failed", venue=self._name, client_order_id=command.client_order_id, error=str(error))
            else:
                self._sink(answer)
            finally:
                self._asked.discard(command.client_order_id)

    async def _fetch_bars(self, command: FetchBars) -> None:
        of = {"venue": self._name, "symbol": command.symbol, "interval_ms": command.interval_ms}
        try:
            bars = await self._reader.bars(command)
        except (VenueRefused, VenueUnreachable, MalformedMessage) as error:
            _log.warning("bars could not be read", error=str(error), **of)
            self._sink(BarsFailed(venue=self._name, symbol=command.symbol, interval_ms=command.interval_ms, reason=str(error)))
        else:
            self._sink(
                BarsFetched(venue=self._name, symbol=command.symbol, interval_ms=command.interval_ms, until_ms=command.until_ms, bars=bars)
            )

    async def _fetch_rules(self) -> None:
        try:
            rules = await self._reader.rules()
        except (VenueRefused, VenueUnreachable, MalformedMessage) as error:
            _log.warning("rules could not be read", venue=self._name, error=str(error))
            self._sink(RulesFailed(venue=self._name, reason=str(error)))
        else:
            self._sink(RulesFetched(venue=self._name, rules=rules))

    async def _reconcile_for_ever(self) -> None:
        while True:
            await self._wanted_changed.wait()
            self._wanted_changed.clear()
            command, self._wanted = self._wanted, None
            if command is None:
                continue
            try:
                snapshot = await self._reader.everything(command)
            except (VenueRefused, VenueUnreachable, MalformedMessage) as error:
                _log.warning("reconciliation could not be read", venue=self._name, error=str(error))
                self._look_at_key(error)
                self._sink(ReconcileFailed(venue=self._name, reason=str(error)))
            else:
                self._sink(snapshot)  # no turn of the loop since the last look at the stream: nothing has slipped in between

    def _look_at_key(self, error: Exception) -> None:
        """Tell if a question failed because the venue does not accept who asks (X35)."""
        if isinstance(error, VenueRefused) and outcomes.is_key_refused(error.code):
            self._sink(CredentialsRefused(venue=self._name, reason=f"{error.code} {error.message}"))

    # -- tasks --------------------------------------------------------------------------------------------------------

    def _sink(self, event: Event) -> None:
        if isinstance(event, ConnectionChanged) and event.channel == "orders" and not event.connected:
            self._dead.add(self._route.way)
        if not self._closed:
            self._outer_sink(event)

    def _call_at(self, due_ns: int, call: Callable[[], None]) -> None:
        self._spawn(self._wait_until(due_ns, call), "circuit breaker")

    async def _wait_until(self, due_ns: int, call: Callable[[], None]) -> None:
        while (left_ns := due_ns - self._clock.mono_ns()) > 0:
            await self._clock.sleep(left_ns / 1e9)
        call()

    def _spawn(self, work: Coroutine[object, object, None], what: str) -> None:
        self._watch(asyncio.get_running_loop().create_task(work, name=f"{self._name}/{what}"))

    def _watch(self, task: asyncio.Task[None]) -> None:
        """Keep a task until it ends; what it dies of goes to the loop's exception handler, for the shell to act on."""
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        failure = None if task.cancelled() else task.exception()
        if failure is not None:
            task.get_loop().call_exception_handler({"message": f"{task.get_name()} has failed", "exception": failure, "task": task})
