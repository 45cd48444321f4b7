"""What only tests may do over the control API, in a process with test hooks: move its clocks, arm its crash points."""

from __future__ import annotations

import re
from typing import Final, Protocol

from aiohttp import web

from genesis import hooks
from genesis.core.errors import INVALID_PARAMETERS
from genesis.core.strict import Table
from genesis.engine.ports import Clock
from genesis.monitoring.guard import Refusal, json_answer, read_body
from genesis.monitoring.signals import decoded

LONGEST_MOVE_MS: Final = 7 * 86_400_000


class Moved(Protocol):
    """A clock that tests move."""

    def advance(self, milliseconds: int) -> None:
        """Both clocks go ahead, as if so much time had passed at once."""

    def step(self, milliseconds: int) -> None:
        """The wall clock alone is set another time, forth or back."""


class HooksApi:
    """`moved` is None in a process without test hooks: then every route says 404."""

    def __init__(self, clock: Clock, moved: Moved | None) -> None:
        self._clock = clock
        self._moved = moved

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/control/clock", self._move_clock),
            web.post("/control/crash", self._arm_crash),
            web.get("/control/crash", self._crash_points),
            web.delete("/control/crash", self._disarm_crashes),
        ]

    async def _move_clock(self, request: web.Request) -> web.Response:
        """Move both clocks ahead (`advance_ms`), or set the wall clock another time (`step_ms`)."""
        if self._moved is None:
            raise Refusal(404, INVALID_PARAMETERS, "the clock moves in processes with test hooks only (GENESIS_TEST_HOOKS=1)")
        table = Table(decoded(await read_body(request) or b"{}"), "", [])
        stepped = "step_ms" in table
        step_ms = table.integer("step_ms", 0, low=-LONGEST_MOVE_MS, high=LONGEST_MOVE_MS)
        by_ms = 0 if stepped else table.integer("advance_ms", 0, low=1, high=LONGEST_MOVE_MS)
        table.close()
        if table.errors:
            raise Refusal(400, INVALID_PARAMETERS, "\n".join(table.errors))
        if stepped:
            self._moved.step(step_ms)
        else:
            self._moved.advance(by_ms)
        return json_answer({"mono_ns": self._clock.mono_ns(), "wall_ms": self._clock.wall_ms()})

    async def _arm_crash(self, request: web.Request) -> web.Response:
        """Arm a crash point, counted from now; for tests only."""
        if not hooks.active():
            raise Refusal(404, INVALID_PARAMETERS, "crash points are armed in processes with test hooks only (GENESIS_TEST_HOOKS=1)")
        table = Table(decoded(await read_body(request) or b"{}"), "", [])
        text = table.text("crash", re.compile(".{1,80}"), "POINT:NTH:MODE[:DETAIL]")
        table.close()
        if table.errors:
            raise Refusal(400, INVALID_PARAMETERS, "\n".join(table.errors))
        try:
            hooks.arm(hooks.parse(text))
        except hooks.NotACrash as error:
            raise Refusal(400, INVALID_PARAMETERS, f"crash: {error}") from error
        return json_answer({"armed": text})

    async def _disarm_crashes(self, _request: web.Request) -> web.Response:
        """Nothing that was armed happens from now on."""
        hooks.disarm()
        return json_answer({"armed": None})

    async def _crash_points(self, _request: web.Request) -> web.Response:
        """Every crash point with the state that a death there leaves, and what was armed and has happened."""
        return json_answer({"points": dict(hooks.POINTS), "happened": hooks.happened()})
