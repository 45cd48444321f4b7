"""On how many machines besides its own the database has what is committed (I28), where the configuration asks for any.

The database sees to it that a commit waits; here nothing is entered while a standby is missing, even where the database was told not to
wait. Going on alone is a person's decision, with name and reason on record; it ends when a standby is there again. Who promotes, and
whether commits wait, is the database's operator's business.
"""

from __future__ import annotations

from genesis.core.commands import Alert, Reply
from genesis.core.errors import NO_STANDBY
from genesis.core.events import OperatorAction, StandbysSeen
from genesis.core.facts import ConditionChanged, HaltBegan, OperatorActed
from genesis.core.fold import GOES_ALONE
from genesis.core.halts import Halt, HaltKind
from genesis.engine import halts, tilt
from genesis.engine.desk import Desk

STANDBYS = "database-standbys"
"""The condition that says how many synchronous standbys there are."""
ALONE = f"database{GOES_ALONE}"
"""The condition that says who lets the engine go on without, and why; "" = nobody."""


def on_seen(desk: Desk, event: StandbysSeen) -> None:
    """Block entries while there are too few, unless an operator goes on alone; that ends with the first look that finds enough."""
    desk.memory.standbys = event
    if not event.required and HaltKind.NO_STANDBY not in desk.state.halts and not alone(desk):
        return
    if desk.state.conditions.get(STANDBYS) != str(event.standbys):
        _condition(desk, STANDBYS, str(event.standbys), f"{event.required} required")
    if event.standbys < event.required:
        _block(desk, event)
        return
    if alone(desk):
        _condition(desk, ALONE, "", "a standby is there again")
        desk.send(Alert(severity="warning", text=f"{NO_STANDBY}: {told(event)} again: no longer alone"))
    halts.end(desk, HaltKind.NO_STANDBY, told(event))


def go_on_alone(desk: Desk, event: OperatorAction) -> None:
    """Open entries while no standby is there, by a person who says why; or say why there is nothing to decide."""
    seen = desk.memory.standbys
    if seen is None or not seen.required:
        desk.refuse(event, 409, "expected [database] standbys = 1 or more in the configuration, it asks for none: nothing is blocked by it")
    elif seen.standbys >= seen.required:
        desk.refuse(event, 409, f"expected that a standby is missing, but {told(seen)}; nothing changes")
    elif alone(desk):
        desk.refuse(event, 409, f"the engine goes on alone already, decided by {alone(desk)}")
    else:
        desk.record(OperatorActed(action=event.action, detail=event.detail, correlation_id=ALONE))
        tilt.acted(desk, event.action)
        _condition(desk, ALONE, event.detail, told(seen))
        halts.end(desk, HaltKind.NO_STANDBY, f"an operator goes on alone, {event.detail}")
        desk.send(
            Alert(
                severity="critical", text=f"{NO_STANDBY}: redundancy {seen.standbys}: the engine goes on alone, decided by {event.detail}"
            )
        )
        desk.send(Reply(reply_to=event.reply_to, status=200, body={"alone": event.detail, "standbys": seen.standbys}))


def alone(desk: Desk) -> str:
    """Who goes on alone, and why; "" = nobody does."""
    return desk.state.conditions.get(ALONE, "")


def _block(desk: Desk, event: StandbysSeen) -> None:
    """The shell has told it already: an alert of this fact would wait for the commit that waits for a standby."""
    if alone(desk) or HaltKind.NO_STANDBY in desk.state.halts:
        return
    halt = Halt(
        kind=HaltKind.NO_STANDBY,
        rule="I28",
        code=NO_STANDBY,
        limit=str(event.required),
        value=str(event.standbys),
        reason=f"{told(event)}; what is committed is on one machine only, or waits",
        began_ms=desk.now.wall_ms,
    )
    desk.record(HaltBegan(halt=halt, correlation_id=halt.kind))


def told(event: StandbysSeen) -> str:
    return f"the database has {event.standbys} synchronous standbys, {event.required} required"


def _condition(desk: Desk, name: str, state: str, detail: str) -> None:
    desk.record(ConditionChanged(name=name, state=state, detail=detail, correlation_id=name))
