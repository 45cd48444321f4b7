"""A scripted venue, a gateway on it, and the promise that both leave nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec
import pytest
import uvloop

from genesis.core.events import ConnectionChanged
from genesis.core.settings import BreakerSettings, FailoverSettings, MarketSettings, RateSettings
from genesis.engine.ports import Clock
from genesis.exchange.gateway import BinanceGateway
from tests.engine_exchange.kit_exchange import Recorder, ScriptedVenue, SystemClock, timing


@dataclass
class Desk:
    """A gateway with what it told."""

    gateway: BinanceGateway
    told: Recorder


def at_once() -> float:
    """Jitter outside its documented range on purpose: reconnects after 20 ms instead of half a second."""
    return -0.96


OpenDesk = Callable[..., Awaitable[Desk]]


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the engine runs on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def venue() -> AsyncIterator[ScriptedVenue]:
    scripted = ScriptedVenue()
    await scripted.start()
    yield scripted
    await scripted.stop()


@pytest.fixture
async def open_desk(venue: ScriptedVenue) -> AsyncIterator[OpenDesk]:
    """Opens gateways and checks that closing them leaves no task behind."""
    desks: list[Desk] = []
    before = asyncio.all_tasks()

    async def open_one(
        *symbols: str,
        wait: bool = True,
        random: Callable[[], float] = at_once,
        clock: Clock | None = None,
        market: MarketSettings | None = None,
        rate: RateSettings | None = None,
        held_ms: int = 0,
        breaker: BreakerSettings | None = None,
        failover: FailoverSettings | None = None,
        others: Sequence[ScriptedVenue] = (),
        dialect: dict[str, bool] | None = None,
        leased: Callable[[], bool] | None = None,
        **changes: int,
    ) -> Desk:
        told = Recorder()
        settings = venue.settings(*symbols, **(dialect or {}))
        settings = msgspec.structs.replace(settings, fallback=tuple(other.settings().ways[0] for other in others))
        gateway = BinanceGateway(
            settings,
            timing(**changes),
            told,
            clock or SystemClock(),
            random=random,
            market=market,
            breaker=breaker,
            failover=failover,
            rate=rate,
            held_ms=held_ms,
            leased=leased,
        )
        desk = Desk(gateway, told)
        desks.append(desk)
        await gateway.start()
        if wait:
            await told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected)
        return desk

    yield open_one
    for desk in desks:
        await desk.gateway.close()
    left = {task for task in asyncio.all_tasks() - before if "aiohttp" not in repr(task.get_coro()) and "RequestHandler" not in repr(task)}
    assert {task for task in left if not task.done() and task is not asyncio.current_task()} == set()


@pytest.fixture
async def desk(open_desk: OpenDesk) -> Desk:
    return await open_desk()
