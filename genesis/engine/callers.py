"""Those who wait for the loop: callers of the control API for their answers, watchers for a condition to become true."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

from genesis.core.commands import Reply
from genesis.core.events import Event


class LoopEnded(Exception):
    """The loop takes no more questions: it is stopping, or was halted by a failure."""


class Unanswered(LoopEnded):
    """The loop ended while somebody waited: what was asked may be on disk already, or not."""


class Callers:
    """Belongs to one loop, whose `submit` it uses; `dismiss` ends every wait with `LoopEnded`."""

    def __init__(self, submit: Callable[[Event], None]) -> None:
        self._submit = submit
        self._futures: dict[int, asyncio.Future[Reply]] = {}
        self._ids = count(1)
        self._watchers: set[asyncio.Event] = set()
        self._dismissed = False

    async def ask(self, event_for: Callable[[int], Event]) -> Reply:
        """Submit the event that `event_for(reply_to)` makes and wait for its answer.

        Raises:
            LoopEnded: the loop has ended, nothing was asked.
            Unanswered: it ended meanwhile; nobody knows what became of what was asked.
        """
        if self._dismissed:
            raise LoopEnded
        reply_to = next(self._ids)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._futures[reply_to] = future
        try:
            self._submit(event_for(reply_to))
            return await future
        finally:
            self._futures.pop(reply_to, None)

    def answer(self, reply: Reply) -> None:
        """Give a caller its answer; one that has gone meanwhile (its deadline passed) misses it."""
        future = self._futures.get(reply.reply_to)
        if future is not None and not future.done():
            future.set_result(reply)

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait until `reached()`, which is asked again after each `notify`.

        Raises:
            LoopEnded: see `dismiss`.
        """
        changed = asyncio.Event()
        self._watchers.add(changed)
        try:
            while not reached():
                if self._dismissed:
                    raise LoopEnded
                changed.clear()
                await changed.wait()
        finally:
            self._watchers.discard(changed)

    async def next_change(self) -> None:
        """Wait for the next `notify`; the loop's timer brings one within 100 ms."""
        changed = asyncio.Event()
        self._watchers.add(changed)
        try:
            await changed.wait()
        finally:
            self._watchers.discard(changed)

    def notify(self) -> None:
        """Something changed: a turn was decided, or a batch became durable."""
        for changed in self._watchers:
            changed.set()

    def dismiss(self) -> None:
        """Nobody will be answered any more."""
        self._dismissed = True
        for future in self._futures.values():
            if not future.done():
                future.set_exception(Unanswered())
        self.notify()
