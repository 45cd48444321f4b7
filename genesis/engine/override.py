"""An operator's override of the halts of a day's loss, by a phrase, for some minutes, a few times a day (R35). It lifts R3 and R22
only: not the kill switch, an emergency close, a flash crash, or a lockout of the operator's own."""

from __future__ import annotations

from genesis.core.commands import Alert, Reply
from genesis.core.events import OperatorAction
from genesis.core.facts import OperatorActed, OverrideBegan, OverrideEnded
from genesis.core.halts import OVERRIDABLE
from genesis.engine import tilt
from genesis.engine.desk import Desk

PHRASE = "OVERRIDE EMERGENCY HALT"


def override(desk: Desk, event: OperatorAction) -> None:
    """Lift the halts for the time of an override, or say why not; asked for during one, it answers 409 and costs none."""
    day, settings, now_ms = desk.state.day, desk.settings.day, desk.now.wall_ms
    if event.detail != PHRASE:
        desk.refuse(event, 422, f"phrase: expected {PHRASE!r}, got {event.detail[:60]!r}; nothing is overridden")
    elif day.overridden(now_ms):
        desk.refuse(event, 409, f"an override is in force until {day.override_until_ms} (wall clock, ms)")
    elif not OVERRIDABLE & desk.state.halts.keys():
        desk.refuse(event, 409, "expected a halt of the day's loss (R3, R22), there is none; nothing is overridden")
    elif day.overrides >= settings.overrides_a_day:
        allowed = f"expected at most {settings.overrides_a_day} overrides a day"
        desk.refuse(event, 409, f"{allowed}; the next may come at {day.ends_ms} (wall clock, ms)")
    else:
        _begin(desk, event)


def _begin(desk: Desk, event: OperatorAction) -> None:
    number, until_ms = desk.state.day.overrides + 1, desk.now.wall_ms + desk.settings.day.override_ms
    desk.record(OperatorActed(action=event.action, detail=event.detail, correlation_id="R35"))
    tilt.acted(desk, event.action)
    desk.record(OverrideBegan(number=number, until_ms=until_ms, at_ms=desk.now.wall_ms, correlation_id="R35"))
    desk.send(Alert(severity="critical", text=f"the halts of the day's loss are overridden until {until_ms} (R35, number {number} today)"))
    left = desk.settings.day.overrides_a_day - number
    desk.send(Reply(reply_to=event.reply_to, status=200, body={"override_until_ms": until_ms, "overrides_left": left}))


def settle(desk: Desk) -> None:
    """End an override whose time is over."""
    day = desk.state.day
    if day.override_until_ms and not day.overridden(desk.now.wall_ms):
        desk.record(OverrideEnded(at_ms=desk.now.wall_ms, correlation_id="R35"))
        desk.send(Alert(severity="critical", text="the override is over: the halts of the day's loss are back (R35)"))
