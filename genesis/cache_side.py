"""What an engine has of a cache: the cache itself, and who puts facts and prices there. Without `[cache]` there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genesis.data.cache_settings import CacheSettings
from genesis.data.mirror import CacheMirror
from genesis.engine.loop import EngineLoop
from genesis.engine.ports import Cached, Mirror
from genesis.monitoring.pulse import Pulse

if TYPE_CHECKING:
    from genesis.data.cache import Cache


class CacheSide:
    """`cached` and `mirror` are None without a cache."""

    def __init__(self, settings: CacheSettings | None, instance: str, epoch: int) -> None:
        """`instance`, `epoch`: of the database and of this process; they keep apart what engines put into one server."""
        self._cache = _cache(settings, instance, epoch) if settings is not None else None
        self._pulse: Pulse | None = None
        self.cached: Cached | None = self._cache
        self.mirror: Mirror | None = CacheMirror(self._cache) if self._cache is not None else None

    def start(self, loop: EngineLoop) -> None:
        if self._cache is not None:
            self._cache.start()
            self._pulse = Pulse(loop, self._cache)
            self._pulse.start()

    def stop(self) -> None:
        if self._pulse is not None:
            self._pulse.stop()
        if self._cache is not None:
            self._cache.close()


def _cache(settings: CacheSettings, instance: str, epoch: int) -> Cache:
    from genesis.data.cache import Cache  # noqa: PLC0415 - its client takes a tenth of an engine's start

    return Cache(settings, instance, epoch)
