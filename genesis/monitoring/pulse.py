"""What the cache gets without a fact: the best prices of each fresh book, four times a second, and a heartbeat (AC8.3)."""

from __future__ import annotations

import asyncio
from typing import Final

from genesis.core.codec import to_plain
from genesis.core.models import TopOfBook
from genesis.engine.loop import EngineLoop
from genesis.engine.ports import Cached

BEAT_S: Final = 0.25


class Pulse:
    """Runs in the engine's event loop; a book is written when it changed, the heartbeat at every beat."""

    def __init__(self, loop: EngineLoop, cache: Cached) -> None:
        self._loop = loop
        self._cache = cache
        self._shown: dict[str, TopOfBook] = {}
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._beat()

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()

    def _beat(self) -> None:
        now, loop = self._loop.now(), self._loop
        for name, top in loop.engine.tops(now).items():
            if top != self._shown.get(name):
                self._shown[name] = top
                self._cache.put(f"book:{name}", to_plain(top))
        alive = {"wall_ms": now.wall_ms, "state": loop.visible_state.value, "journal_seq": loop.journal.head.seq}
        self._cache.put("heartbeat", alive)
        self._next = asyncio.get_running_loop().call_later(BEAT_S, self._beat)
