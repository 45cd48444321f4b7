"""A second venue as last resort: entries go there while the first cannot be reached by any of its addresses (I29).

It has an account of its own: rules, balances, positions and stops; the limits of the account count both. STANDBY: it takes no entry, what
is left there goes on being protected and closed. ACTIVE: it takes entries, those for the first venue among them, except in a symbol in
which an order at the first may still be executed. When the first is read again, the reserve's open entries are cancelled, and a symbol is
entered at the first only when none of them is left.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import msgspec

from genesis.core.commands import Alert
from genesis.core.errors import RISK_LIMIT, VENUE_OUT
from genesis.core.facts import ConditionChanged
from genesis.core.models import Purpose, Signal, SymbolRules
from genesis.engine.desk import NS_PER_MS, Desk
from genesis.engine.orders import cancel
from genesis.engine.risk_engine import Denial
from genesis.engine.state_machine import VenueStatus

CONDITION = "/reserve"
"""After a reserve's name: the condition that says whether it takes entries, `<STANDBY or ACTIVE> for <the first>`."""


class Duty(StrEnum):
    STANDBY = "STANDBY"
    ACTIVE = "ACTIVE"


def settle(desk: Desk) -> None:
    """Look who takes entries: the reserve after the first was out for so long, the first as soon as it was read again."""
    if not desk.has_reserves:
        return
    for name, terms in desk.terms.items():
        if not terms.reserve_for:
            continue
        first = terms.reserve_for
        desk.tally.cover(name, "" if desk.memory.venues[name].market else first)  # what is held there is worth what the first's book says
        _note(desk, name)
        answers = _note(desk, first)
        if answers and desk.memory.venues[first].reconciled:
            _change(desk, name, first, Duty.STANDBY, f"{first} was read")
        elif answers:
            continue  # it is being read: nothing changes
        elif _out_for_long(desk, first):
            _change(desk, name, first, Duty.ACTIVE, f"{first} cannot be reached for {desk.settings.failover.reserve_after_ms} ms")
        elif not duty(desk, name):
            _change(desk, name, first, Duty.STANDBY, "the engine has started")


def duty(desk: Desk, reserve: str) -> str:
    """STANDBY or ACTIVE; "" before it was looked at."""
    return desk.state.conditions.get(f"{reserve}{CONDITION}", "").partition(" ")[0]


def covered_by(desk: Desk, venue: str) -> str:
    """The reserve that takes the entries of `venue` now, "" = it takes its own."""
    if not desk.has_reserves:
        return ""
    return next((name for name, terms in desk.terms.items() if terms.reserve_for == venue and duty(desk, name) == Duty.ACTIVE), "")


def takes_instead(desk: Desk, venue: str) -> str:
    """The venue that takes the entries while `venue` takes none: its ACTIVE reserve, or the first venue of a reserve on standby; "" = it
    takes its own."""
    if not desk.has_reserves:
        return ""
    terms = desk.terms.get(venue)
    if terms is not None and terms.reserve_for:
        return "" if duty(desk, venue) == Duty.ACTIVE else terms.reserve_for
    return covered_by(desk, venue)


def needed(desk: Desk) -> Collection[VenueStatus]:
    """The venues without which the engine does not run: at first all, but a reserve that was out for its time; later those that take
    entries."""
    venues = desk.memory.venues
    if not desk.has_reserves:
        return venues.values()
    if not desk.memory.began and not any(covered_by(desk, name) for name in venues):
        return [status for name, status in venues.items() if not desk.terms[name].reserve_for or not _out_for_long(desk, name)]
    needless = {name for name in venues if covered_by(desk, name)}
    needless |= {name for name, terms in desk.terms.items() if terms.reserve_for and duty(desk, name) != Duty.ACTIVE}
    return [status for name, status in venues.items() if name not in needless]


def rerouted(desk: Desk, signal: Signal) -> Signal:
    """An entry for a venue that is out, as the reserve gets it; any other signal as it is."""
    reserve = covered_by(desk, signal.venue) if signal.purpose is Purpose.ENTRY else ""
    return msgspec.structs.replace(signal, venue=reserve) if reserve else signal


def refusal(desk: Desk, rules: SymbolRules) -> Denial | None:
    """Why nothing may be opened in that symbol at that venue because of the other one (I29)."""
    if not desk.has_reserves:
        return None
    first = desk.terms[rules.venue].reserve_for
    if first and duty(desk, rules.venue) != Duty.ACTIVE:
        message = f"{rules.venue} takes entries only while {first} cannot be reached"
        return Denial("I29", RISK_LIMIT, Duty.ACTIVE, Duty.STANDBY, message)
    other = first or next((name for name, terms in desk.terms.items() if terms.reserve_for == rules.venue), "")
    alive = next((order for order in desk.state.open.by_symbol.get((other, rules.symbol), {}).values() if not order.rests_as_stop), None)
    if alive is None:
        return None
    held = f"{rules.symbol} opens nothing at {rules.venue} before it has ended"
    message = f"order {alive.client_order_id} at {other} may still be executed; {held}"
    return Denial("I29", RISK_LIMIT, f"no open order at {other}", alive.client_order_id, message)


def _note(desk: Desk, venue: str) -> bool:
    """Note since when a venue is out; whether it answers."""
    status, since = desk.memory.venues[venue], desk.memory.out_since_ns
    answers = status.orders and status.market
    if answers:
        since.pop(venue, None)
    else:
        since.setdefault(venue, desk.now.mono_ns)
    return answers


def _out_for_long(desk: Desk, venue: str) -> bool:
    """Whether a venue that is out now was so for `reserve_after_ms`."""
    since_ns = desk.memory.out_since_ns.get(venue)
    return since_ns is not None and desk.now.mono_ns - since_ns >= desk.settings.failover.reserve_after_ms * NS_PER_MS


def _change(desk: Desk, reserve: str, first: str, after: Duty, reason: str) -> None:
    before = duty(desk, reserve)
    if before == after:
        return
    name = f"{reserve}{CONDITION}"
    desk.record(ConditionChanged(name=name, state=f"{after} for {first}", detail=reason, correlation_id=name))
    desk.tally.cover(first, reserve if after is Duty.ACTIVE else "")
    if after is Duty.ACTIVE:
        desk.send(Alert(severity="critical", text=f"{VENUE_OUT}: {reason}; entries go to {reserve}"))
    elif before:
        desk.send(Alert(severity="warning", text=f"{VENUE_OUT}: {reason}; entries go there again, {reserve} is on standby"))
        for order in list(desk.state.open.by_id.values()):
            if order.venue == reserve and order.purpose is Purpose.ENTRY:
                cancel(desk, order, "send")
