"""Load of public trades, made inside the venue: on a schedule, whatever becomes of those before, and written down with the venue's clock.

Every tick is a real one: account `crowd` takes the smallest lot from what account `market` offers, buyers and sellers in turn, so books,
ledger and streams see what they see of any trade.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Sequence
from typing import Any

import structlog

from libraries.load.schedule import Schedule

from ..core.accounts import CROWD
from ..core.errors import VenueError
from ..core.orders import NewOrder, Side
from ..core.venue import Venue

_BATCH_NS = 2_000_000
"""How long ticks that are due may hold the loop in one go: order entry waits no longer than that."""
_NAP_S = 0.001
MOST_ROWS = 100_000
"""Ticks in one answer."""
_SIDES: tuple[Side, Side] = ("BUY", "SELL")
_log = structlog.get_logger("mock_exchange.load")


class Load:
    """One at a time; what it did stays to be asked for until the next one begins."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._task: asyncio.Task[None] | None = None
        self._orders: list[tuple[NewOrder, NewOrder]] = []
        self._symbols: list[str] = []
        self._schedule: Schedule | None = None
        self._ticks = _Ticks()
        self._begun_ns = 0
        self._ended_ns = 0
        self._tried = 0
        self._refused = 0
        self._refusal = ""
        self._latest_ns = 0

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    def begin(self, schedule: Schedule, symbols: Sequence[str], lead_ms: int) -> dict[str, Any]:
        """Begin in `lead_ms`. Ticks go round the symbols in turn.

        Raises:
            ValueError: one runs already.
        """
        if self.running:
            raise ValueError("expected no load under way, one is; wait for its end or DELETE /admin/load")
        self._schedule, self._symbols = schedule, list(symbols)
        self._orders = [self._pair(symbol) for symbol in symbols]
        self._ticks = _Ticks()
        self._ended_ns = self._tried = self._refused = self._latest_ns = 0
        self._refusal = ""
        self._begun_ns = time.monotonic_ns() + lead_ms * 1_000_000
        self._task = asyncio.get_running_loop().create_task(self._run(schedule), name="load")
        self._task.add_done_callback(_report_failure)
        return self.shown()

    def _pair(self, symbol: str) -> tuple[NewOrder, NewOrder]:
        spec = self._venue.symbols[symbol]
        lot = max(spec.min_qty, spec.step_size, 1)
        buy, sell = (NewOrder(symbol=symbol, side=side, type="MARKET", quantity=lot) for side in _SIDES)
        return buy, sell

    async def stop(self) -> None:
        """No further tick."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    def shown(self) -> dict[str, Any]:
        """How far it is; times are monotonic nanoseconds, 0 = not yet. `latest_ns`: how late a tick was at most."""
        return {
            "running": self.running,
            "total": self._schedule.total if self._schedule is not None else 0,
            "sent": len(self._ticks),
            "refused": self._refused,
            "refusal": self._refusal,
            "begun_ns": self._begun_ns,
            "ended_ns": self._ended_ns,
            "latest_ns": self._latest_ns,
            "ends_ns": [self._begun_ns + end for end in self._schedule.ends_ns()] if self._schedule is not None else [],
        }

    def ticks(self, first: int) -> dict[str, Any]:
        """Ticks from number `first` on: [index of the symbol, trade id, when it was due, when it was sent], monotonic nanoseconds."""
        rows = self._ticks.rows(first, first + MOST_ROWS)
        return {"symbols": self._symbols, "rows": rows, "next": first + len(rows), "sent": len(self._ticks)}

    async def _run(self, schedule: Schedule) -> None:
        try:
            number, due_ns = 0, self._begun_ns + schedule.due_ns(0)
            while number < schedule.total:
                batch_ends_ns = time.monotonic_ns() + _BATCH_NS
                while (now_ns := time.monotonic_ns()) >= due_ns and now_ns < batch_ends_ns:
                    self._tick(number, due_ns, now_ns)
                    number += 1
                    if number == schedule.total:
                        return
                    due_ns = self._begun_ns + schedule.due_ns(number)
                await asyncio.sleep(_NAP_S if now_ns < due_ns else 0)
        finally:
            self._ended_ns = time.monotonic_ns()

    def _tick(self, number: int, due_ns: int, now_ns: int) -> None:
        at, turn = number % len(self._orders), number // len(self._orders)
        self._latest_ns = max(self._latest_ns, now_ns - due_ns)
        try:
            placed = self._venue.place_as_market(self._orders[at][turn % 2], CROWD)
        except VenueError as error:
            self._refuse(error.msg)
            return
        if not placed.fills:
            self._refuse(f"nothing is offered of {self._symbols[at]}: set its book with enough quantity")
            return
        self._ticks.add(at, placed.fills[-1].trade_id, due_ns, now_ns)

    def _refuse(self, why: str) -> None:
        self._refused += 1
        if not self._refusal:
            self._refusal = why
            _log.warning("a tick was refused; further ones are only counted", why=why)


class _Ticks:
    """Four numbers a tick, 32 bytes."""

    def __init__(self) -> None:
        self._numbers = array("q")

    def __len__(self) -> int:
        return len(self._numbers) // 4

    def add(self, symbol: int, trade_id: int, due_ns: int, sent_ns: int) -> None:
        self._numbers.extend((symbol, trade_id, due_ns, sent_ns))

    def rows(self, first: int, end: int) -> list[list[int]]:
        numbers = self._numbers[first * 4 : end * 4].tolist()
        return [numbers[at : at + 4] for at in range(0, len(numbers), 4)]


def _report_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.error("the load failed", exc_info=task.exception())
