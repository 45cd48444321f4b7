"""What blocks entries: one table of kinds, one answer (kill switch, R3, R22, R23, R34). No halt ever blocks a stop or an exit.

Whoever blocks records `begin`, whoever lifts it `end`; a halt with a time ends by itself. Each is a fact and a message.
"""

from __future__ import annotations

from genesis.core.commands import Alert
from genesis.core.facts import HaltBegan, HaltEnded
from genesis.core.halts import OVERRIDABLE, RELEASED, Halt, HaltKind
from genesis.engine.desk import Desk
from genesis.engine.risk_engine import Denial


def refusal(desk: Desk) -> Denial | None:
    """Why no entry may go now, or None. The first kind of the table that holds is told."""
    if not desk.state.halts:
        return None
    settle(desk)
    for kind in HaltKind:
        halt = desk.state.halts.get(kind)
        if halt is not None and not _overridden(desk, halt):
            return Denial(halt.rule, halt.code, halt.limit, halt.value, _told(halt))
    return None


def blocked(desk: Desk) -> str:
    """Why an entry that was decided may not leave now, or "": records nothing."""
    now_ms = desk.now.wall_ms
    return next((_told(halt) for halt in desk.state.halts.values() if not halt.over(now_ms) and not _overridden(desk, halt)), "")


def begin(desk: Desk, halt: Halt) -> None:
    """Block entries; of a kind that blocks already the later end counts."""
    desk.record(HaltBegan(halt=halt, correlation_id=halt.kind))
    desk.send(Alert(severity="critical", text=f"{halt.code}: {_told(halt)}"))


def end(desk: Desk, kind: HaltKind, reason: str) -> None:
    """Entries are no longer blocked for this reason; nothing happens if they were not."""
    if kind in desk.state.halts:
        desk.record(HaltEnded(halt=kind, reason=reason, at_ms=desk.now.wall_ms, correlation_id=kind))
        desk.send(Alert(severity="warning", text=f"{kind}: entries are no longer blocked: {reason}"))


def settle(desk: Desk) -> None:
    """End the halts whose time is over."""
    for halt in list(desk.state.halts.values()):
        if halt.over(desk.now.wall_ms):
            end(desk, halt.kind, "its time is over")


def _overridden(desk: Desk, halt: Halt) -> bool:
    return halt.kind in OVERRIDABLE and desk.state.day.overridden(desk.now.wall_ms)


def _told(halt: Halt) -> str:
    until = "until it is released" if halt.until_ms == RELEASED else f"until {halt.until_ms} (wall clock, ms)"
    return f"entries are blocked {until}: {halt.reason}; stops, exits and cancels are open"
