"""What is shown in the cache is durable before it is shown, and is what the state was when its batch was cut (I16)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from genesis.core.events import OperatorAction
from genesis.core.state import State
from genesis.data.mirror import CacheMirror
from genesis.engine.ports import Shown
from tests.engine_shell.support import SYMBOL, VENUE
from tests.engine_shell.test_loop import placing, scene


class NotedCache:
    """Notes what is put into it."""

    def __init__(self) -> None:
        self.put_there: dict[str, tuple[Any, bool]] = {}

    def put(self, key: str, document: Any, *, keep: bool = True) -> None:
        self.put_there[key] = (document, keep)


class WatchedMirror(CacheMirror):
    """Notes, whenever something is shown, how far the journal on disk was then, and how far it had to be."""

    def __init__(self, cache: Any) -> None:
        super().__init__(cache)
        self.recorded = self.on_disk = lambda: 0
        self.seen: list[tuple[int, int]] = []
        self._cut: list[int] = []

    def cut(self, state: State) -> Sequence[Shown]:
        self._cut.append(self.recorded())
        return super().cut(state)

    def durable(self, shown: Sequence[Shown]) -> None:
        self.seen.append((self._cut.pop(0), self.on_disk()))
        super().durable(shown)


@pytest.mark.asyncio
async def test_nothing_is_shown_before_it_is_on_disk(tmp_path: Path) -> None:
    cache = NotedCache()
    mirror = WatchedMirror(cache)
    async with scene(tmp_path, placing, mirror=mirror) as running:
        mirror.recorded, mirror.on_disk = lambda: running.book.journal.recorded, running.durable_seq
        await running.up()
        running.loop.submit(OperatorAction(action="1", reply_to=None))
        await running.until(lambda: running.loop.idle)
    assert mirror.seen
    assert all(needed <= there for needed, there in mirror.seen)
    assert cache.put_there["engine"][0]["epoch"] == 1
    assert f"balance:{VENUE}/USDT" in cache.put_there
    orders = [name for name in cache.put_there if name.startswith("order:")]
    assert len(orders) == 1
    assert cache.put_there[orders[0]][0]["symbol"] == SYMBOL
