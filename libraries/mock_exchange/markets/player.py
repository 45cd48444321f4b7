"""Plays a market: by itself on the venue's clock at any speed, or as far as somebody says, as fast as its readers take it.

Time. The market's own time begins at 0 and is what steps carry; at `speed` N, N milliseconds of it pass in one of the venue's. A virtual
clock is moved by the player, to the time of each step; the machine's clock is never moved: there, what is asked for by `advance` happens
at once, and playing goes on from where it then stands. Over a jump of the clock the market stands still.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
import structlog

from ..errors import MarketError
from ..shell.clock import VenueClock
from . import moves
from .desk import Desk
from .generated import Generated
from .pace import ORDINARY_SPEED, Pace
from .queue import StepQueue
from .source import Source
from .steps import Book, Pause, Step

_BATCH_NS = 2_000_000
"""How long the market may hold the loop in one go (the step that is over the limit is finished): order entry waits no longer than that."""
_LONGEST_SLEEP_S = 3600.0
_log = structlog.get_logger("mock_exchange.markets")


class Readers(Protocol):
    """The stream server's connections, as what holds the market back."""

    def backlog(self) -> bool:
        """Whether a reader has not yet taken all that was sent."""

    async def taken(self) -> None:
        """Return when every reader has taken all that was sent; one that does not read in time is cut."""


class Playing(msgspec.Struct, frozen=True, kw_only=True):
    """How a market starts. `speed` in thousandths; 0 = as fast as it is consumed."""

    at_once: bool = False
    speed: int = ORDINARY_SPEED
    loop: bool = False


class Player:
    """Fulfils shell.market_driver.MarketDriver for every kind of market."""

    def __init__(self, source: Source, desk: Desk, clock: VenueClock, playing: Playing, readers: Readers | None = None) -> None:
        self._source = source
        self._desk = desk
        self._pace = Pace(clock, playing.speed)
        self._readers = readers
        self._queue = StepQueue(source, loop=playing.loop)
        self._by_itself = playing.at_once
        self._paused = False
        self._quiesced = False
        self._last_trade_id: int | None = None
        self._failed: str | None = None
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._batch_began_ns = 0
        self.updates = 0

    # -- life --------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Do what stands at time 0, if the market plays by itself, and begin."""
        await self._go_on_from_ledger()
        if self._by_itself:
            while (step := self._queue.peek()) is not None and step.at_ms == 0:
                self._play(self._queue.take(step))
        self._pace.run_on()
        self._task = asyncio.create_task(self._run(), name="market")
        self._task.add_done_callback(_report_failure)

    async def close(self) -> None:
        if self._task is None or self._task.done():
            return
        self._task.cancel()
        await asyncio.wait([self._task])

    # -- as far as somebody says -------------------------------------------------------------------------------------

    async def advance(
        self, *, steps: int | None = None, until_trade_id: int | None = None, for_ms: int | None = None, to_end: bool = False
    ) -> dict[str, Any]:
        """Play so many steps, up to that trade (inclusive), for so long, or all that remains.

        Raises:
            ValueError: what was expected and what came.
        """
        self._check_free()
        async with self._turn:
            if steps is not None:
                await self._play_steps(moves.at_least_one("steps", steps))
            elif until_trade_id is not None:
                await self._play_until_trade(until_trade_id)
            elif for_ms is not None:
                await self._play_for(moves.at_least_one("for_ms", for_ms))
            else:
                assert to_end, "advance takes one of steps, until_trade_id, for_ms and to_end"
                await self._play_to_end()
            self._go_on()
        return {"position": self._queue.position, "last_trade_id": self._last_trade_id, "remaining": self._queue.remaining}

    async def seek(self, *, to_ms: int | None = None, until_trade_id: int | None = None) -> dict[str, Any]:
        """Skip forward without trading: the next step is the first one after that time, or after that trade. Raises ValueError."""
        self._check_free()
        if to_ms is not None and to_ms < self._pace.at_ms:
            raise ValueError(f"to_ms: expected a time not before {self._pace.at_ms} (a market goes forward only), came {to_ms}")
        async with self._turn:
            skipped = await self._skip(to_ms, until_trade_id)
        return self.shown() | {"skipped": skipped}

    def play(self, speed: int | None) -> dict[str, Any]:
        """Go on by itself; `speed` in thousandths, 0 = as fast as it is consumed, None = as before."""
        self._pace.at_ms = self._now()
        self._paused = False
        self._by_itself = True
        self._failed = None
        if speed is not None:
            self._pace.speed = speed
        self._pace.run_on()
        self._wake.set()
        return self.shown()

    def hold(self) -> dict[str, Any]:
        """Stand still until `play`; `advance` still moves it."""
        self._pace.at_ms = self._now()
        self._paused = True
        return self.shown()

    def put(self, steps: Sequence[Step]) -> dict[str, Any]:
        """Have these steps played, their times counted from now on. Raises ValueError: they set a ladder that is generated."""
        moves.check_ladders(self._source, steps)
        now = self._pace.at_ms = self._now()
        self._pace.run_on()
        timed = [msgspec.structs.replace(step, at_ms=now + step.at_ms) for step in steps]
        self._queue.put(timed)
        self._wake.set()
        return {"steps": len(timed), "ends_in_ms": timed[-1].at_ms - now if timed else 0}

    def move(self, symbol: str, *, by: int, within_ms: int, steps: int | None) -> dict[str, Any]:
        """Let the price of a symbol rise or fall by a signed fraction (1e-8) within that time, in even steps.

        A generated symbol leaves its regime for that time; elsewhere the ladder of `market` moves as it stands and is traded with.

        Raises:
            ValueError: the symbol follows others, or has no ladder that could move.
        """
        if isinstance(self._source, Generated):
            return moves.imposed(self._source, symbol, moves.regime_of_move(self._source, by=by, within_ms=within_ms), self._now())
        start = self._desk.middle(symbol)
        asked = moves.shifts(symbol, start, by=by, within_ms=within_ms, steps=steps)
        return self.put(asked)

    def impose(self, symbol: str, table: dict[str, Any]) -> dict[str, Any]:
        """Let a generated symbol move by a regime (the keys of `[[generator.regime]]`) until it is over.

        Raises:
            MarketError: a key that is wrong.
            ValueError: the market is not generated, or the symbol follows others.
        """
        source, regime = moves.asked_regime(self._source, symbol, table)
        return moves.imposed(source, symbol, regime, self._now())

    def shown(self) -> dict[str, Any]:
        """Where the market stands."""
        return {
            "position": self._queue.position,
            "remaining": self._queue.remaining,
            "waiting": self._queue.put_in,
            "at_ms": self._now(),
            "last_trade_id": self._last_trade_id,
            "by_itself": self._by_itself and not self._paused,
            "speed": self._pace.speed,
            "updates": self.updates,
            "refused": self._desk.refused,
            "error": self._failed,
        }

    # -- the audit cut -----------------------------------------------------------------------------------------------

    def pause(self) -> None:
        self._pace.at_ms = self._now()
        self._quiesced = True

    def resume(self) -> None:
        self._quiesced = False
        self._pace.run_on()
        self._wake.set()

    def exchange_info(self) -> dict[str, Any] | None:
        return self._source.exchange_info()

    def depth_snapshot(self, symbol: str) -> dict[str, Any] | None:
        return self._source.depth_snapshot(symbol)

    # -- time --------------------------------------------------------------------------------------------------------

    def _now(self) -> int:
        """The market's time now: it runs with the venue's clock while the market goes by itself."""
        return self._pace.running_ms() if self._goes_by_itself() else self._pace.at_ms

    def _goes_by_itself(self) -> bool:
        """Steps that were put in go with the clock in any market, but for one that was paused."""
        return (self._by_itself or bool(self._queue.put_in)) and not (self._paused or self._quiesced)

    # -- playing -----------------------------------------------------------------------------------------------------

    def _play(self, step: Step) -> bool:
        """The clock first (a virtual one), then what the step says, then what waits for the end of a command. False: it says pause."""
        self._pace.reach(step.at_ms)
        goes_on = True
        for command in step.commands:
            if isinstance(command, Pause):
                self._paused, goes_on = True, False
            else:
                self._desk.apply(command)
                self.updates += 1
        if step.trade_id is not None:
            self._last_trade_id = step.trade_id
        self._pace.settle()
        return goes_on

    async def _breathe(self) -> None:
        """Let the loop do its other work when the market has held it long enough, and let readers take what was sent."""
        if self._readers is not None and self._readers.backlog():
            await self._readers.taken()
        now_ns = time.monotonic_ns()
        if now_ns - self._batch_began_ns > _BATCH_NS:
            await asyncio.sleep(0)
            self._batch_began_ns = time.monotonic_ns()

    async def _play_next(self, step: Step) -> bool:
        """Whether to go on: not over a pause of the script, and not into the audit's cut."""
        goes_on = self._play(self._queue.take(step))
        await self._breathe()
        return goes_on and not self._quiesced

    async def _play_steps(self, steps: int) -> None:
        for _ in range(steps):
            step = self._peek()
            if step is None or not await self._play_next(step):
                break

    async def _play_for(self, for_ms: int) -> None:
        end_ms = self._now() + self._pace.market_ms(for_ms)
        while (step := self._peek()) is not None and step.at_ms <= end_ms:
            if not await self._play_next(step):
                return
        self._pace.reach(end_ms)
        await self._breathe()

    async def _play_to_end(self) -> None:
        if self._queue.remaining is None:
            raise ValueError("to_end: this market has no end; expected steps or for_ms")
        await self._play_steps(self._queue.remaining)

    async def _play_until_trade(self, trade_id: int) -> None:
        self._check_trade(trade_id)
        while self._last_trade_id != trade_id:
            ahead = self._peek()
            if ahead is None or (ahead.trade_id or 0) > trade_id:
                raise ValueError(f"until_trade_id: expected the id of a recorded trade, came {trade_id}, which the recording leaves out")
            if not await self._play_next(ahead):
                return

    def _check_trade(self, trade_id: int) -> None:
        ids = self._source.trade_ids()
        if ids is None:
            raise ValueError("until_trade_id: expected steps, for_ms or to_end, because nothing here is counted in trades")
        if not ids[0] <= trade_id <= ids[1]:
            raise ValueError(f"until_trade_id: expected the id of a recorded trade ({ids[0]} to {ids[1]}), came {trade_id}")
        if self._last_trade_id is not None and trade_id < self._last_trade_id:
            raise ValueError(
                f"until_trade_id: trade {trade_id} was already played (the last was {self._last_trade_id}); choose a later one"
            )

    async def _skip(self, to_ms: int | None, trade_id: int | None) -> int:
        """Take steps without doing them; the last recorded ladder of each symbol is then put into the book."""
        if trade_id is not None:
            self._check_trade(trade_id)
        ladders: dict[str, Book] = {}
        skipped, last_ms = 0, 0
        while (step := self._queue.peek_source()) is not None:
            if (to_ms is not None and step.at_ms > to_ms) or (trade_id is not None and self._last_trade_id == trade_id):
                break
            self._queue.take(step)
            skipped += 1
            last_ms = step.at_ms
            self._last_trade_id = step.trade_id if step.trade_id is not None else self._last_trade_id
            ladders |= {each.symbol: each for each in step.commands if isinstance(each, Book)}
            await self._breathe()
        self._pace.reach(max(last_ms, to_ms or 0, self._pace.at_ms))
        for ladder in ladders.values():
            self._desk.apply(ladder)
        self._go_on()
        return skipped

    def _go_on(self) -> None:
        """Playing by itself goes on from where the market now stands."""
        if not self._pace.is_virtual:
            self._pace.run_on()
        self._wake.set()

    async def _go_on_from_ledger(self) -> None:
        """A venue that goes on from a ledger goes on after the last recorded trade in it."""
        ids = self._source.trade_ids()
        last = self._desk.last_recorded_trade()
        if ids is not None and last is not None and ids[0] <= last <= ids[1]:
            await self._skip(None, last)

    def _peek(self) -> Step | None:
        try:
            return self._queue.peek()
        except MarketError as error:
            self._failed = str(error)
            raise ValueError(str(error)) from None

    def _check_free(self) -> None:
        if self._quiesced:
            raise ValueError("the market is quiesced and does not move; POST /admin/resume first")

    # -- by itself ---------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            async with self._turn:
                wait_s = await self._play_what_is_due()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait_s)

    async def _play_what_is_due(self) -> float | None:
        """One batch. Seconds until the next step is due; None = until somebody wakes the market."""
        batch_ends_ns = time.monotonic_ns() + _BATCH_NS
        while self._goes_by_itself():
            try:
                step = self._queue.peek() if self._by_itself else self._queue.peek_put_in()
            except MarketError as error:
                self._failed, self._paused = str(error), True
                _log.error("the market stopped", error=str(error))
                return None
            if step is None:
                return None
            left_ms = self._pace.left_ms(step.at_ms)
            if left_ms > 0:
                return None if self._pace.is_virtual else min(left_ms / 1000, _LONGEST_SLEEP_S)
            self._play(self._queue.take(step))
            if self._readers is not None and not self._pace.speed and self._readers.backlog():
                await self._readers.taken()
            if time.monotonic_ns() > batch_ends_ns:
                return 0.0
        return None


def _report_failure(task: asyncio.Task[None]) -> None:
    """A market that stands still by a defect must not look like a quiet one."""
    if not task.cancelled() and task.exception() is not None:
        _log.error("the market stopped", exc_info=task.exception())
