"""The kill switch: an operator cancels everything at the venues and blocks entries, until an operator releases it by a phrase.

Positions and their stops stay: whoever wants them closed asks for an emergency close (R34).
"""

from __future__ import annotations

from genesis.core.commands import Reply
from genesis.core.errors import HALTED
from genesis.core.events import OperatorAction
from genesis.core.facts import OperatorActed
from genesis.core.halts import Halt, HaltKind
from genesis.engine import halts, tilt
from genesis.engine.cancel_all import cancel_all
from genesis.engine.desk import Desk

RULE = "KILL_SWITCH"
RELEASE_PHRASE = "RELEASE KILL SWITCH"


def press(desk: Desk, event: OperatorAction) -> None:
    """Block entries, cancel every order but stops, and answer with what is being cancelled. Pressed again, it cancels again."""
    reason = event.detail or "operator"
    _acted(desk, event)
    if HaltKind.KILL_SWITCH not in desk.state.halts:
        halt = Halt(
            kind=HaltKind.KILL_SWITCH,
            rule=RULE,
            code=HALTED,
            limit="released",
            value="pressed",
            reason=f"the kill switch was pressed: {reason}",
            began_ms=desk.now.wall_ms,
        )
        halts.begin(desk, halt)
    orders = cancel_all(desk, RULE, f"kill switch: {reason}")
    body = {"kill_switch": "pressed", "orders": [order.client_order_id for order in orders]}
    desk.send(Reply(reply_to=event.reply_to, status=202, body=body))


def release(desk: Desk, event: OperatorAction) -> None:
    """Open entries again; only by the phrase, and only if it was pressed."""
    if event.detail != RELEASE_PHRASE:
        desk.refuse(event, 422, f"phrase: expected {RELEASE_PHRASE!r}, got {event.detail[:60]!r}; the kill switch stays as it is")
    elif HaltKind.KILL_SWITCH not in desk.state.halts:
        desk.refuse(event, 409, "expected a kill switch that was pressed, it was not; nothing is released")
    else:
        _acted(desk, event)
        halts.end(desk, HaltKind.KILL_SWITCH, "released by an operator")
        desk.send(Reply(reply_to=event.reply_to, status=200, body={"kill_switch": "released"}))


def _acted(desk: Desk, event: OperatorAction) -> None:
    desk.record(OperatorActed(action=event.action, detail=event.detail, correlation_id=RULE))
    tilt.acted(desk, event.action)
