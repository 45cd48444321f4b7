"""The emergency ladder (R22): what each rung of the day's loss does. Nothing of it blocks a stop, an exit or a cancel.

REDUCE halves the largest order, NO_ENTRIES blocks entries until 00:00 UTC and cancels those that rest, PREPARE cancels again what could
still open a position, HALT halts the engine and cancels all but stops. Beside them a rising part of every position is closed
(`deleveraging`).
"""

from __future__ import annotations

from decimal import Decimal

from genesis.core.day import DAY_MS, Rung
from genesis.core.errors import HALTED
from genesis.core.halts import RELEASED, Halt, HaltKind
from genesis.core.models import Tier
from genesis.core.money import ONE, text, truncate8
from genesis.engine import halts
from genesis.engine.cancel_all import ENTRIES, cancel_all
from genesis.engine.desk import Desk
from genesis.engine.risk_engine import largest_order

RULE = "R22"


def act(desk: Desk, rung: Rung, limit: Decimal, lost: Decimal) -> None:
    """What follows from a rung that was just reached; parts of positions are closed by `deleveraging`."""
    if rung is Rung.NO_ENTRIES:
        halts.begin(desk, _halt(desk, HaltKind.LADDER, limit, lost, desk.state.day.ends_ms))
        cancel_entries(desk, RULE, rung, lost)
    elif rung is Rung.PREPARE:
        cancel_entries(desk, RULE, rung, lost)
    elif rung is Rung.HALT:
        halts.begin(desk, _halt(desk, HaltKind.EMERGENCY_HALT, limit, lost, RELEASED))
        cancel_all(desk, f"{RULE}-{rung}", f"the day's loss of {text(lost)} USDT ({RULE})")


def cancel_entries(desk: Desk, rule: str, rung: Rung, lost: Decimal) -> None:
    """What rests would else open a position although no entry may go; stops and exits stay."""
    cancel_all(desk, f"{rule}-{rung}", f"the day's loss of {text(lost)} USDT ({rule})", ENTRIES)


def _halt(desk: Desk, kind: HaltKind, limit: Decimal, lost: Decimal, until_ms: int) -> Halt:
    return Halt(
        kind=kind,
        rule=RULE,
        code=HALTED,
        limit=text(limit),
        value=text(lost),
        reason=f"the day's loss of {text(lost)} USDT has reached {text(limit)}",
        began_ms=desk.now.wall_ms,
        until_ms=until_ms,
    )


def halted(desk: Desk) -> bool:
    """Whether the ladder holds the engine HALTED, and no override (R35) is in force."""
    return HaltKind.EMERGENCY_HALT in desk.state.halts and not desk.state.day.overridden(desk.now.wall_ms)


def size(desk: Desk) -> Decimal:
    """The part of the largest order (R1) that an entry may have today."""
    return desk.settings.day.reduced_size if Rung.REDUCE in desk.state.day.reached else ONE


def largest(desk: Desk, tier: Tier, equity: Decimal) -> Decimal:
    """The largest order of today, USDT (R1, R22)."""
    return truncate8(largest_order(desk.settings.risk, tier, equity) * size(desk))


def why_not_resumed(desk: Desk) -> str:
    """Why RESUME does not lift the ladder's halt now, "" if it does or there is none: the day must be over."""
    halt = desk.state.halts.get(HaltKind.EMERGENCY_HALT)
    if halt is None or halt.began_ms // DAY_MS < desk.now.wall_ms // DAY_MS:
        return ""
    until_ms = (halt.began_ms // DAY_MS + 1) * DAY_MS
    return f"halted by the day's loss until {until_ms} (wall clock, ms) at least; POST /control/override lifts it for some minutes (R35)"


def resume(desk: Desk) -> None:
    """An operator resumes on a later day."""
    halts.end(desk, HaltKind.EMERGENCY_HALT, "resumed by an operator on a later day")
