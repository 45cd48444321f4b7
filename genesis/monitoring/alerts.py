"""Alerts on their way to the sinks: in the order in which they were raised, to the first sink that takes them.

A sink that failed is left alone for a while, longer each time, and the next one is used; when its time has come it is the first again.
An alert that no sink takes waits and is tried again: it is given up by nobody. Trading never waits for any of this.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import structlog

from genesis.core.facts import AlertRaised
from genesis.engine.ports import Clock
from genesis.monitoring.components import Components
from genesis.monitoring.settings import AlertSettings
from genesis.monitoring.sinks import Lines, Post, Sink, SinkFailed

CLOSE_S: Final = 1.0
"""How long alerts of the last moment may still be on their way when the process ends."""


def sinks_of(settings: AlertSettings) -> list[Sink]:
    """The webhooks in their order, then the file."""
    timeout_s = settings.timeout_ms / 1_000
    posts = [Post(f"webhook-{number}", webhook, timeout_s) for number, webhook in enumerate(settings.webhooks, 1)]
    return [*posts, Lines(settings.file, timeout_s)]


class Pause:
    """How long a sink that failed is left alone, and the alert that it did not take."""

    def __init__(self, settings: AlertSettings) -> None:
        self._settings = settings
        self._failures = 0
        self._until_ns = 0
        self.missed: tuple[str, bytes] | None = None

    def due(self, now_ns: int) -> bool:
        return now_ns >= self._until_ns

    def left_s(self, now_ns: int) -> float:
        return max(self._until_ns - now_ns, 0) / 1e9

    def failed(self, now_ns: int, missed: tuple[str, bytes]) -> None:
        self.missed = missed
        pause_ms = min(self._settings.retry_ms * 2 ** min(self._failures, 30), self._settings.cooldown_ms)
        self._failures += 1
        self._until_ns = now_ns + pause_ms * 1_000_000

    def took(self) -> None:
        self._failures, self._until_ns, self.missed = 0, 0, None


class AlertSender:
    """Implements `genesis.engine.ports.Alerts`."""

    def __init__(self, settings: AlertSettings, sinks: Sequence[Sink], clock: Clock, components: Components, instance: str) -> None:
        """`instance`: of the database, so that a receiver of several engines can tell them apart."""
        self._settings = settings
        self._sinks = sinks
        self._clock = clock
        self._components = components
        self._instance = instance
        self._pauses = {sink.name: Pause(settings) for sink in sinks}
        self._queue: deque[AlertRaised] = deque()
        self._more = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._task: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("alerts")

    def start(self, delivered: Callable[[AlertRaised, str], None]) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(delivered), name="alerts")

    def send(self, alert: AlertRaised) -> None:
        self._queue.append(alert)
        self._empty.clear()
        self._more.set()

    async def close(self) -> None:
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await self._empty.wait()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for sink in self._sinks:
            await sink.close()

    async def _run(self, delivered: Callable[[AlertRaised, str], None]) -> None:
        while True:
            await self._something_to_do()
            while self._queue:
                sink = await self._deliver(self._queue[0])
                if sink is None:
                    await self._clock.sleep(self._settings.retry_ms / 1_000)
                else:
                    delivered(self._queue.popleft(), sink.name)
            self._empty.set()
            await self._offer_again()

    async def _something_to_do(self) -> None:
        """Until there is an alert, or the time of a sink that failed has come."""
        now_ns = self._clock.mono_ns()
        pauses = [pause.left_s(now_ns) for pause in self._pauses.values() if pause.missed is not None]
        if not pauses:
            await self._more.wait()
        else:
            waiting = [asyncio.ensure_future(self._more.wait()), asyncio.ensure_future(self._clock.sleep(min(pauses)))]
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waiting:
                    each.cancel()
        self._more.clear()

    async def _offer_again(self) -> None:
        """What a sink did not take is how one finds out that it takes alerts again: it has the same id, so it counts once."""
        for sink in self._sinks:
            pause = self._pauses[sink.name]
            if pause.missed is not None and pause.due(self._clock.mono_ns()) and not self._queue:
                await self._taken(sink, *pause.missed)

    async def _deliver(self, alert: AlertRaised) -> Sink | None:
        """The sink that has it now; None = none took it."""
        body = msgspec.json.encode(
            {
                "alert_id": alert.alert_id,
                "severity": alert.severity,
                "code": alert.code,
                "text": alert.text,
                "raised_ms": alert.at_ms,
                "instance": self._instance,
            }
        )
        now_ns = self._clock.mono_ns()
        for sink in sorted(self._sinks, key=lambda sink: not self._pauses[sink.name].due(now_ns)):
            if await self._taken(sink, alert.alert_id, body):
                return sink
        return None

    async def _taken(self, sink: Sink, alert_id: str, body: bytes) -> bool:
        name = f"alerts/{sink.name}"
        try:
            await sink.take(alert_id, body)
        except SinkFailed as failure:
            self._pauses[sink.name].failed(self._clock.mono_ns(), (alert_id, body))
            self._log.warning("an alert was not taken", sink=sink.name, reason=str(failure), alert_id=alert_id)
            self._components.bad(name, str(failure))
            return False
        self._pauses[sink.name].took()
        self._components.good(name)
        return True
