"""What looks at the engine while it runs: the health of each component, and a heartbeat whose absence is the alarm.

Both run in the loop of the engine: an engine that is frozen, busy for ever or dead looks at nothing and sends no heartbeat.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
import structlog

from genesis.core.errors import COMPONENT_FAILED
from genesis.core.facts import ConditionChanged
from genesis.core.models import EngineState
from genesis.engine.loop import EngineLoop
from genesis.engine.ports import Cached, Clock
from genesis.monitoring.components import ALARMING, Components, Health, Seen
from genesis.monitoring.settings import AlertSettings
from genesis.monitoring.sinks import Post, SinkFailed

HEALTH: Final = "health/"
"""How the conditions of components begin in the journal."""
HEARTBEAT: Final = "heartbeat"
CLOCK_JUMP_MS: Final = 1_000
ON_ITS_WAY_MS: Final = 10_000
"""So long an engine may take to run for the first time; then a venue that it has not reached yet has failed."""
_NS_PER_MS: Final = 1_000_000


class Watch:
    def __init__(
        self,
        loop: EngineLoop,
        components: Components,
        settings: AlertSettings,
        clock: Clock,
        *,
        instance: str,
        cache: Cached | None = None,
    ) -> None:
        self._loop = loop
        self._components = components
        self._settings = settings
        self._clock = clock
        self._instance = instance
        self._cache = cache
        self._beats = 0
        self._pulse = Post(HEARTBEAT, settings.heartbeat, settings.timeout_ms / 1_000) if settings.heartbeat is not None else None
        self._tasks: list[asyncio.Task[None]] = []
        self._began_ns = clock.mono_ns()
        self._ran = False
        self._ahead_ms = self._wall_ahead()
        self._log = structlog.get_logger("watch")
        for venue in loop.engine.settings.venues:
            for part in ("orders", "market", "key"):
                components.good(f"{venue.name}/{part}")
        components.changed = self._changed

    def start(self) -> None:
        running = asyncio.get_running_loop()
        self._tasks.append(running.create_task(self._look_for_ever(), name="watch"))
        if self._pulse is not None:
            self._tasks.append(running.create_task(self._beat_for_ever(self._pulse), name=HEARTBEAT))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._pulse is not None:
            await self._pulse.close()

    # -- components -------------------------------------------------------------------------------------------------

    async def _look_for_ever(self) -> None:
        while True:
            self.look()
            await self._clock.sleep(self._settings.check_ms / 1_000)

    def look(self) -> None:
        """One look at each component. Before the engine ran for the first time no venue has failed: it is on its way there."""
        self._report("database", self._loop.trouble)
        if self._cache is not None:
            cached = self._cache.status()
            self._report("cache", "" if cached["ok"] else f"breaker {cached['breaker']}: {cached['detail']}")
        ahead_ms = self._wall_ahead()
        moved_ms, self._ahead_ms = ahead_ms - self._ahead_ms, ahead_ms
        self._report("clock", f"the wall clock was moved by {moved_ms:+d} ms" if abs(moved_ms) >= CLOCK_JUMP_MS else "")
        if self._is_on_its_way():
            return
        for name, status in self._loop.engine.venues().items():
            self._report(f"{name}/orders", "" if status.orders else "no connection for orders and user data")
            self._report(f"{name}/market", "" if status.market else "no connection for market data")
            self._report(f"{name}/key", "the venue refuses the key" if status.key_refused else "")

    def _is_on_its_way(self) -> bool:
        """Up for the first time, or to its end."""
        state = self._loop.visible_state
        self._ran = self._ran or state not in (EngineState.STARTING, EngineState.RECONCILING)
        starting = not self._ran and self._clock.mono_ns() - self._began_ns < ON_ITS_WAY_MS * _NS_PER_MS
        return starting or state in (EngineState.STARTING, EngineState.STOPPING, EngineState.STOPPED)

    def _report(self, name: str, trouble: str) -> None:
        if trouble:
            self._components.bad(name, trouble)
        else:
            self._components.good(name)

    def _wall_ahead(self) -> int:
        return self._clock.wall_ms() - self._clock.mono_ns() // _NS_PER_MS

    def _changed(self, name: str, before: Health, after: Health, seen: Seen) -> None:
        """On record; told once it is critical, and once that is over."""
        condition = f"{HEALTH}{name}"
        self._loop.note(ConditionChanged(name=condition, state=after.value, detail=seen.detail, correlation_id=condition))
        if after is Health.OK and before in ALARMING:
            self._loop.alert("warning", f"{COMPONENT_FAILED}: {name} is OK again")
        elif after in ALARMING:
            self._loop.alert("critical", f"{COMPONENT_FAILED}: {name} is {after}, {seen.failures} failures in a row: {seen.detail}")

    # -- heartbeat --------------------------------------------------------------------------------------------------

    def _can_trade(self) -> bool:
        return self._loop.visible_state is EngineState.RUNNING and not self._loop.trouble

    async def _beat_for_ever(self, pulse: Post) -> None:
        while True:
            if self._can_trade():
                await self._beat(pulse)
            await self._clock.sleep(self._settings.heartbeat_ms / 1_000)

    async def _beat(self, pulse: Post) -> None:
        self._beats += 1
        said = {"heartbeat": self._beats, "instance": self._instance, "epoch": self._loop.journal.epoch, "sent_ms": self._clock.wall_ms()}
        try:
            await pulse.take(f"{self._instance}-{self._loop.journal.epoch}-{self._beats}", msgspec.json.encode(said))
        except SinkFailed as failure:
            self._log.warning("a heartbeat was not taken", reason=str(failure))
            self._components.bad(HEARTBEAT, str(failure))
        else:
            self._components.good(HEARTBEAT)
