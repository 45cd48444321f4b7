"""The driver of the demo market: paces the generator's commands and gives them to the venue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import structlog

from ..core.accounts import CROWD
from ..core.orders import NewOrder
from ..core.venue import Venue
from .demo import Book, DemoStep, demo_steps

_log = structlog.get_logger("mock_exchange.markets")


class DemoMarket:
    """Fulfils shell.market_driver.MarketDriver for `--market demo`."""

    def __init__(self, venue: Venue, seed: int) -> None:
        self._venue = venue
        self._steps: Iterator[DemoStep] = demo_steps(seed)
        self._running = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Fill the books, then move until `close`."""
        self._apply(next(self._steps))
        self._running.set()
        self._task = asyncio.create_task(self._move(), name="demo market")
        self._task.add_done_callback(_report_failure)

    async def advance(self, *, steps: int | None = None, until_trade_id: int | None = None, to_end: bool = False) -> dict[str, Any]:
        raise ValueError("the demo market moves by itself and cannot be advanced; use a market file with [recorded], or --recording")

    def pause(self) -> None:
        self._running.clear()

    def resume(self) -> None:
        self._running.set()

    def exchange_info(self) -> dict[str, Any] | None:
        return None

    def depth_snapshot(self, symbol: str) -> dict[str, Any] | None:
        return None

    async def close(self) -> None:
        if self._task is None or self._task.done():
            return
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _move(self) -> None:
        for step in self._steps:
            await asyncio.sleep(step.wait_ms / 1000)
            await self._running.wait()
            self._apply(step)

    def _apply(self, step: DemoStep) -> None:
        for command in step.commands:
            if isinstance(command, Book):
                self._venue.set_market_book(command.symbol, command.bids, command.asks)
            else:
                order = NewOrder(symbol=command.symbol, side=command.side, type="MARKET", quantity=command.quantity)
                self._venue.place_as_market(order, CROWD)


def _report_failure(task: asyncio.Task[None]) -> None:
    """A market that stands still by a defect must not look like a quiet one."""
    if not task.cancelled() and task.exception() is not None:
        _log.error("the demo market stopped", exc_info=task.exception())
