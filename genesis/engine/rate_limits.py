"""What the venue's limits leave of the engine: entries, orders or all requests wait, and go on by themselves (X31-X33).

The gateway keeps each request back that must not leave; here it becomes a condition on record, a message, and a denial before an order
is even intended. A pause of everything is also kept on the wall clock: the next process asks nothing before it is over.
"""

from __future__ import annotations

from genesis.core.commands import Alert
from genesis.core.errors import RATE_LIMITED
from genesis.core.events import RequestsHeld
from genesis.core.facts import ConditionChanged
from genesis.core.fold import HELD_UNTIL
from genesis.core.models import Purpose
from genesis.core.state import State
from genesis.engine.desk import NS_PER_MS, Desk, Hold
from genesis.engine.risk_engine import Denial

FREE = "FREE"
RULE = "RATE"
_ALL, _ORDERS, _ENTRIES = "ALL", "ORDERS", "ENTRIES"
_WORDS = ((_ALL, "HELD"), (_ORDERS, "ORDERS_HELD"), (_ENTRIES, "ENTRIES_HELD"))
_MEANING = {
    _ALL: "the venue takes no requests",
    _ORDERS: "the venue takes no new orders; cancels pass",
    _ENTRIES: "what is left of the limit is kept for cancels and exits",
}


def held_ms(state: State, venue: str, wall_ms: int) -> int:
    """For how long `venue` wants no request, as the journal has it; 0 = it takes them."""
    return max(int(state.conditions.get(venue + HELD_UNTIL, "0")) - wall_ms, 0)


def on_booted(desk: Desk) -> None:
    """What an earlier process was told still holds."""
    for venue in desk.terms:
        left_ms = held_ms(desk.state, venue, desk.now.wall_ms)
        if left_ms > 0:
            event = RequestsHeld(venue=venue, scope=_ALL, banned=False, limit="the venue's refusal", most=0, used=0, wait_ms=left_ms)
            _hold(desk, event)
        _show(desk, venue)


def on_held(desk: Desk, event: RequestsHeld) -> None:
    """The venue, or our own reserve, leaves no room for a while."""
    _hold(desk, event)
    text = f"{RATE_LIMITED}: {event.venue}: {_MEANING[event.scope]} for {event.wait_ms} ms ({event.limit})"
    _show(desk, event.venue)
    if event.banned:
        desk.error(RATE_LIMITED, f"{event.venue} has banned this address for {event.wait_ms} ms; nothing is asked of it", event.venue)
    else:
        desk.send(Alert(severity="warning", text=text))


def _hold(desk: Desk, event: RequestsHeld) -> None:
    known = desk.memory.holds.setdefault(event.venue, {})
    until_ns = desk.after_ms(event.wait_ms)
    before = known.get(event.scope)
    if before is None or before.until_ns < until_ns:
        known[event.scope] = Hold(until_ns=until_ns, banned=event.banned, limit=event.limit, most=event.most, used=event.used)
    if event.scope == _ALL:
        _keep(desk, event.venue, str(desk.now.wall_ms + max(event.wait_ms, 0)))


def settle(desk: Desk) -> None:
    """Look at which pauses are over."""
    for venue, known in desk.memory.holds.items():
        over = [scope for scope, hold in known.items() if hold.until_ns <= desk.now.mono_ns]
        for scope in over:
            del known[scope]
            if scope == _ALL:
                _keep(desk, venue, "0")
        if over:
            _show(desk, venue)


def refusal(desk: Desk, venue: str, purpose: Purpose) -> Denial | None:
    """Why no order of that purpose goes to `venue` now: exits are kept back by the venue's own word only."""
    known = desk.memory.holds.get(venue)
    if not known:
        return None
    for scope, _ in _WORDS:
        hold = known.get(scope)
        if hold is not None and hold.until_ns > desk.now.mono_ns and not (scope == _ENTRIES and purpose.reduces):
            wait_ms = -((desk.now.mono_ns - hold.until_ns) // NS_PER_MS)
            message = f"{_MEANING[scope]} ({hold.limit}); again in {wait_ms} ms"
            return Denial(RULE, RATE_LIMITED, str(hold.most), str(hold.used), message)
    return None


def _show(desk: Desk, venue: str) -> None:
    known = desk.memory.holds.get(venue, {})
    scope, state = next(((scope, word) for scope, word in _WORDS if scope in known), ("", FREE))
    hold = known.get(scope)
    if hold is not None and hold.banned:
        state = "BANNED"
    name = f"{venue}/requests"
    if desk.state.conditions.get(name, FREE) != state:
        detail = f"{RATE_LIMITED} {_MEANING[scope]} ({hold.limit})" if hold is not None else ""
        desk.record(ConditionChanged(name=name, state=state, detail=detail, correlation_id=name))


def _keep(desk: Desk, venue: str, until: str) -> None:
    name = venue + HELD_UNTIL
    if desk.state.conditions.get(name, "0") != until:
        detail = "no request before that time, UTC in ms" if until != "0" else "requests are taken again"
        desk.record(ConditionChanged(name=name, state=until, detail=detail, correlation_id=name))
