"""How the engine changes its own state, and how it leaves."""

from __future__ import annotations

from genesis.core.commands import ExitProcess, TakeSnapshot
from genesis.core.facts import EngineStateChanged, EngineStopped
from genesis.core.models import EngineState
from genesis.engine.desk import Desk
from genesis.engine.state_machine import check


def enter(desk: Desk, after: EngineState, reason: str) -> None:
    """Record the new state; that the table allows it is asserted."""
    before = desk.state.engine_state
    check(before, after)
    desk.record(EngineStateChanged(before=before, after=after, reason=reason, correlation_id=f"epoch-{desk.state.epoch}"))


def leave(desk: Desk, reason: str, *, clean: bool, code: int) -> None:
    """Record the end of this process (its last fact), take a snapshot, and end with an exit code."""
    enter(desk, EngineState.STOPPED, reason)
    desk.record(EngineStopped(digest=desk.state.digest(), clean=clean, correlation_id=f"epoch-{desk.state.epoch}"))
    desk.send(TakeSnapshot())
    desk.send(ExitProcess(code=code))
