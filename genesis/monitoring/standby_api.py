"""The control API of a standby: its health, and a refusal by name of everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from aiohttp import web

from genesis.core.errors import NOT_ACCEPTING
from genesis.core.secret import Secret
from genesis.monitoring.guard import Refusal, guard
from genesis.monitoring.health import Identity
from genesis.monitoring.listening import Listening

STANDBY = "STANDBY"


class StandbyApi:
    def __init__(self, token: Secret, identity: Identity) -> None:
        self._identity = identity
        self._followed: Callable[[], dict[str, Any]] = dict
        log = structlog.get_logger("standby")
        application = web.Application(middlewares=[guard(token, lambda detail: log.error("a request failed", detail=detail))])
        application.add_routes([web.get("/health", self._health), web.route("*", "/{rest:.*}", self._refuse)])
        self._runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.5)

    async def start(self, listening: Listening, followed: Callable[[], dict[str, Any]]) -> None:
        """Answer whoever comes there. `followed` says how it does: what `/health` of an engine says as well, and `standby`."""
        self._followed = followed
        await self._runner.setup()
        for each in listening:
            await web.SockSite(self._runner, each).start()

    async def close(self) -> None:
        """Another one answers from now on."""
        await self._runner.cleanup()

    async def _health(self, _request: web.Request) -> web.Response:
        who = {name: getattr(self._identity, name) for name in ("instance", "pid", "version", "package_path", "test_hooks", "previous")}
        answer = {"state": STANDBY, **who, "venues": {}, "books": {}, "in_flight": 0, **self._followed()}
        response = web.Response(body=msgspec.json.encode(answer), content_type="application/json")
        response.force_close()  # the next question goes to whoever answers then
        return response

    async def _refuse(self, request: web.Request) -> web.Response:
        raise Refusal(
            409,
            NOT_ACCEPTING,
            f"{request.method} {request.path[:60]}: this engine is a standby and trades nothing; ask the one that is RUNNING",
        )
