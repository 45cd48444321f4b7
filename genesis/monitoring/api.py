"""The control API (docs/engine.md, Control API): aiohttp on 127.0.0.1, bearer token on everything, JSON in and out, amounts as text.

No answer leaves before the facts it tells of are durable: questions about orders go to the database, everything else
waits for the commit of what the state has folded. Only `/health` never waits.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final

import msgspec
from aiohttp import web

from genesis.core.codec import to_plain
from genesis.core.commands import Reply
from genesis.core.errors import INVALID_PARAMETERS, NOT_ACCEPTING, ORDER_NOT_FOUND, TIMEOUT
from genesis.core.events import Event, OperatorAction, SignalSubmitted
from genesis.core.models import Order, OrderState
from genesis.core.secret import Secret
from genesis.core.strict import Table
from genesis.engine.loop import EngineLoop
from genesis.engine.ports import Cached, Clock, Questions
from genesis.monitoring import health
from genesis.monitoring.components import Components
from genesis.monitoring.emergencies import emergency_from
from genesis.monitoring.guard import Refusal, guard, json_answer, read_body
from genesis.monitoring.health import Identity
from genesis.monitoring.hooks_api import HooksApi, Moved
from genesis.monitoring.signals import decoded, signal_from

MOST_BODY: Final = 65_536
ANSWER_S: Final = 10.0
QUIESCE_MS: Final = 5_000
LONGEST_QUIESCE_MS: Final = 60_000


class ControlApi:
    def __init__(
        self,
        *,
        loop: EngineLoop,
        questions: Questions,
        clock: Clock,
        token: Secret,
        identity: Identity,
        components: Components,
        moved: Moved | None = None,
        cache: Cached | None = None,
    ) -> None:
        """`moved`: the engine's clock, as tests move it; only a process with test hooks has it."""
        self._loop = loop
        self._questions = questions
        self._clock = clock
        self._identity = identity
        self._components = components
        self._cache = cache
        self._symbols = {terms.name: terms.symbols for terms in loop.engine.settings.venues}
        application = web.Application(middlewares=[guard(token, loop.report)], client_max_size=MOST_BODY)
        application.add_routes([*self._routes(), *HooksApi(clock, moved).routes()])
        self._runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.5)

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.get("/health", self._health),
            web.get("/state", self._state),
            web.get("/orders", self._orders),
            web.get("/orders/{client_order_id}", self._order),
            web.get("/positions", self._positions),
            web.get("/fills", self._fills),
            web.get("/trades", self._trades),
            web.get("/signals", self._signals),
            web.get("/opportunities", self._opportunities),
            web.get("/strategies", self._strategies),
            web.get("/parents", self._parents),
            web.get("/bars", self._bars),
            web.get("/books/{venue}/{symbol}", self._book),
            web.get("/ticks/{venue}/{symbol}", self._tick),
            web.get("/market", self._market),
            web.get("/limits", self._limits),
            web.get("/cache/{key:.+}", self._cached),
            web.get("/rates", self._rates),
            web.post("/signals", self._submit_signal),
            web.post("/orders/{client_order_id}/cancel", self._cancel),
            web.post("/control/quiesce", self._quiesce),
            web.post("/control/kill", self._emergency("KILL")),
            web.post("/control/release", self._emergency("RELEASE")),
            web.post("/control/emergency-close", self._emergency("EMERGENCY_CLOSE")),
            web.post("/control/override", self._emergency("OVERRIDE")),
            web.post("/control/adopt", self._emergency("ADOPT")),
            web.post("/control/go-on-alone", self._emergency("GO_ON_ALONE")),
            web.get("/emergency", self._emergencies),
            *(web.post(f"/strategies/{{strategy}}/{act}", self._operate_strategy(act)) for act in ("start", "pause", "stop")),
            *(web.post(f"/control/{action}", self._operator(action)) for action in ("pause", "resume", "halt")),
        ]

    async def start(self, listening: socket.socket) -> None:
        """Answer whoever comes there."""
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    async def close(self) -> None:
        """Stop listening; answers under way are given half a second."""
        await self._runner.cleanup()

    # -- questions ----------------------------------------------------------------------------------------------

    async def _health(self, _request: web.Request) -> web.Response:
        return json_answer(health.health(self._loop, self._identity, self._components) | {"cache": health.cache(self._cache)})

    async def _state(self, _request: web.Request) -> web.Response:
        answer = health.state(self._loop)
        await self._durable()
        head = self._loop.journal.head
        return json_answer({**answer, "journal_seq": head.seq, "head_hash": head.hash})

    async def _orders(self, request: web.Request) -> web.Response:
        wanted = request.query.get("state")
        states = [state.value for state in OrderState]
        if wanted is not None and wanted not in states:
            raise Refusal(400, INVALID_PARAMETERS, f"state: expected one of {', '.join(states)}, got {wanted[:40]!r}")
        return json_answer(await self._questions.orders(wanted))

    async def _order(self, request: web.Request) -> web.Response:
        client_order_id = request.match_info["client_order_id"]
        order = await self._questions.order(client_order_id)
        if order is None:
            raise Refusal(404, ORDER_NOT_FOUND, f"no order {client_order_id[:64]!r}; GET /orders lists them")
        return json_answer(order)

    async def _positions(self, _request: web.Request) -> web.Response:
        return json_answer(await self._questions.positions())

    async def _fills(self, _request: web.Request) -> web.Response:
        return json_answer(await self._questions.fills())

    async def _trades(self, _request: web.Request) -> web.Response:
        return json_answer(await self._questions.trades())

    async def _signals(self, _request: web.Request) -> web.Response:
        answer = health.signals(self._loop)
        await self._durable()
        return json_answer(answer)

    async def _opportunities(self, _request: web.Request) -> web.Response:
        answer = health.opportunities(self._loop)
        await self._durable()
        return json_answer(answer)

    async def _strategies(self, _request: web.Request) -> web.Response:
        answer = health.strategies(self._loop)
        await self._durable()
        return json_answer(answer)

    async def _bars(self, _request: web.Request) -> web.Response:
        return json_answer(health.bars(self._loop))

    async def _emergencies(self, _request: web.Request) -> web.Response:
        answer = health.emergencies(self._loop)
        await self._durable()
        return json_answer(answer)

    async def _parents(self, _request: web.Request) -> web.Response:
        answer = health.parents(self._loop)
        await self._durable()
        return json_answer(answer)

    async def _book(self, request: web.Request) -> web.Response:
        venue, symbol = request.match_info["venue"], request.match_info["symbol"]
        gateway = self._loop.gateways.get(venue)
        book = gateway.depth(symbol) if gateway is not None else None
        if book is None:
            raise Refusal(
                404, INVALID_PARAMETERS, f"no synchronised book of {symbol[:40]!r} at {venue[:40]!r}; GET /health lists the books"
            )
        update_id, bids, asks = book
        return json_answer({"update_id": update_id, "bids": bids, "asks": asks, "metrics": health.book_metrics(self._loop, bids, asks)})

    async def _tick(self, request: web.Request) -> web.Response:
        """The newest public trade of a symbol, in canonical form."""
        venue, symbol = request.match_info["venue"], request.match_info["symbol"]
        gateway = self._loop.gateways.get(venue)
        trade = gateway.last_trade(symbol) if gateway is not None else None
        if trade is None:
            raise Refusal(404, INVALID_PARAMETERS, f"no trade of {symbol[:40]!r} at {venue[:40]!r} yet; GET /health lists the books")
        return json_answer(to_plain(trade))

    async def _market(self, _request: web.Request) -> web.Response:
        venues = {name: gateway.market_status() for name, gateway in self._loop.gateways.items()}
        return json_answer({"venues": venues, "trades_dropped": self._loop.trades_dropped, "ticks_shed": self._loop.ticks_shed})

    async def _limits(self, _request: web.Request) -> web.Response:
        answer = health.limits(self._loop)
        await self._durable()
        return json_answer(answer)

    async def _rates(self, _request: web.Request) -> web.Response:
        """What is used of each venue's rate limits, and what is kept back."""
        return json_answer({name: gateway.rate_status() for name, gateway in self._loop.gateways.items()})

    async def _cached(self, request: web.Request) -> web.Response:
        """A value of the cache and whether it came from there or, where the cache has none to be believed, from memory."""
        key = request.match_info["key"]
        if self._cache is None:
            raise Refusal(404, INVALID_PARAMETERS, "there is no cache; configure one in the table [cache]")
        async with asyncio.timeout(ANSWER_S):
            answer = await asyncio.wrap_future(self._cache.ask(key))
        if answer is None:
            raise Refusal(404, INVALID_PARAMETERS, f"nothing is known of {key[:100]!r}; keys are heartbeat, engine, book:, position:, ...")
        return json_answer({"key": key, **to_plain(answer)})

    async def _durable(self) -> None:
        async with asyncio.timeout(ANSWER_S):
            await self._loop.durable()

    # -- orders of the outside ------------------------------------------------------------------------------------

    async def _submit_signal(self, request: web.Request) -> web.Response:
        signal = signal_from(await read_body(request), self._symbols)
        if self._loop.overloaded:
            raise Refusal(503, NOT_ACCEPTING, "too many signals wait; send them slower")
        return _reply(await self._ask(lambda reply_to: SignalSubmitted(signal=signal, reply_to=reply_to)))

    async def _cancel(self, request: web.Request) -> web.Response:
        await _no_fields(request)
        client_order_id = request.match_info["client_order_id"]
        return _reply(
            await self._ask(lambda reply_to: OperatorAction(action="CANCEL_ORDER", reply_to=reply_to, client_order_id=client_order_id))
        )

    def _operate_strategy(self, act: str) -> Callable[[web.Request], Any]:
        async def handler(request: web.Request) -> web.Response:
            await _no_fields(request)
            name = request.match_info["strategy"]
            action = f"{act.upper()}_STRATEGY"
            return _reply(await self._ask(lambda reply_to: OperatorAction(action=action, reply_to=reply_to, strategy=name)))

        return handler

    def _operator(self, action: str) -> Callable[[web.Request], Any]:
        async def handler(request: web.Request) -> web.Response:
            await _no_fields(request)
            return _reply(await self._ask(lambda reply_to: OperatorAction(action=action.upper(), reply_to=reply_to)))

        return handler

    def _emergency(self, action: str) -> Callable[[web.Request], Any]:
        async def handler(request: web.Request) -> web.Response:
            asked = emergency_from(action, await read_body(request))
            return _reply(await self._ask(lambda reply_to: msgspec.structs.replace(asked, reply_to=reply_to)))

        return handler

    async def _ask(self, event_for: Callable[[int], Event]) -> Reply:
        async with asyncio.timeout(ANSWER_S):
            return await self._loop.callers.ask(event_for)

    # -- the cut of an audit --------------------------------------------------------------------------------------

    async def _quiesce(self, request: web.Request) -> web.Response:
        """Stop the order sources, then wait until nothing is in flight and all that the venues sent is durable."""
        table = Table(decoded(await read_body(request) or b"{}"), "", [])
        timeout_ms = table.integer("timeout_ms", QUIESCE_MS, low=1, high=LONGEST_QUIESCE_MS)
        table.close()
        if table.errors:
            raise Refusal(400, INVALID_PARAMETERS, "\n".join(table.errors))
        reply = await self._ask(lambda reply_to: OperatorAction(action="QUIESCE", reply_to=reply_to))
        if reply.status != 200:
            return _reply(reply)
        try:
            async with asyncio.timeout(timeout_ms / 1_000):
                await self._quiet(timeout_ms / 1_000)
        except TimeoutError:
            message = (
                f"not quiet within {timeout_ms} ms: an order is in flight or about to leave, or a venue is not reconciled; "
                "see in_flight, impending and GET /health"
            )
            in_flight = [_in_flight(order) for order in self._loop.in_flight()]
            raise Refusal(409, TIMEOUT, message, in_flight=in_flight, impending=self._impending()) from None
        head = self._loop.journal.head
        return json_answer({"quiet": True, "journal_seq": head.seq, "head_hash": head.hash, "mono_ns": self._clock.mono_ns()})

    async def _quiet(self, timeout_s: float) -> None:
        while True:
            await self._loop.callers.until(self._at_rest)
            gateways = self._loop.gateways.values()
            reached = await asyncio.gather(*(gateway.barrier(timeout_s) for gateway in gateways))
            if all(reached) and self._at_rest():
                return
            await self._loop.callers.next_change()

    def _impending(self) -> list[str]:
        return self._loop.engine.impending(self._loop.now())

    def _at_rest(self) -> bool:
        """Nothing under way or about to be, and what the venues have was read: an engine that was not reconciled yet knows too little."""
        reconciled = all(status.reconciled for status in self._loop.engine.venues().values())
        return self._loop.idle and reconciled and not self._loop.in_flight() and not self._impending()


def _in_flight(order: Order) -> dict[str, str]:
    return {
        "client_order_id": order.client_order_id,
        "state": order.state.value,
        "pending": order.pending.value,
        "knowledge": order.knowledge.value,
    }


async def _no_fields(request: web.Request) -> None:
    body = await read_body(request)
    if body and decoded(body):
        raise Refusal(400, INVALID_PARAMETERS, "body: expected none or {}, got fields; remove them")


def _reply(reply: Reply) -> web.Response:
    return json_answer(reply.body, reply.status)
