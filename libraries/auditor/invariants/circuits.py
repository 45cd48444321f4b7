"""A part of I23: the circuit breaker of order entry (R24), by what the venue received and by the order of the facts.

The gateway tells the engine of what it sends and of its circuit breaker in one queue, so the sequence of the facts is that of the
gateway: a sending that is recorded while the breaker is OPEN was made while it was open. The venue's words are later still.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from libraries.auditor.examination import Examination
from libraries.auditor.moments import apart
from libraries.auditor.witnesses.journal import Event, Journal
from libraries.auditor.witnesses.ledger import VenueRequest
from libraries.auditor.world import World

SUCCESSES = 2
"""R24: so many answered probes close it; another number of the configuration is on record as `breaker.successes`."""
_OVER_LIMIT = ("-1003", "-1015")
_FOREVER = 1 << 62


@dataclass(frozen=True)
class Period:
    """A time that the breaker spent in one state, by the sequence of the facts; `until` = the fact that ended it, if one did."""

    state: str
    began: Event
    until: Event | None

    def __contains__(self, seq: int) -> bool:
        return self.began.seq < seq < (self.until.seq if self.until is not None else _FOREVER)


def left_alone(found: Examination, world: World) -> None:
    """While a venue's breaker is OPEN no new order and no cancel is sent there; while it is HALF_OPEN they are sent one at a time, and no
    more than close it. Objects: order requests of the engine at a venue whose breaker was once not CLOSED."""
    for name, venue in world.venues.items():
        periods = list(_periods(world.journal, f"{name}/circuit/orders"))
        if not periods:
            continue
        requests = [request for request in venue.whole.requests if request.via != "admin" and request.client_order_id]
        found.look(len(requests))
        for request in requests:
            for period in periods:
                if period.state == "OPEN":
                    _not_while_open(found, world.journal, name, request, period)
        placed = {str(request.client_order_id) for request in requests if request.action == "place"}
        for period in periods:
            if period.state == "HALF_OPEN":
                _one_at_a_time(found, world.journal, placed, period, _successes(world.journal, period.began))


def _periods(journal: Journal, name: str) -> Iterator[Period]:
    changes = [event for event in journal.by_kind["ConditionChanged"] if event.data.get("name") == name]
    for began, until in pairwise([*changes, None]):
        assert began is not None
        if began.data.get("state") != "CLOSED":
            yield Period(str(began.data.get("state")), began, until)


def _not_while_open(found: Examination, journal: Journal, venue: str, request: VenueRequest, period: Period) -> None:
    client_id, what = str(request.client_order_id), f"{request.action} of {request.client_order_id} while the circuit breaker is open"
    where = f"ledger {venue} line {request.line}; {period.began.where}"
    changes = journal.changes.get(client_id, [])
    if request.action == "place":
        asked = [event for event in journal.intents.get(client_id, []) if event.seq in period]
        sent = _sending(changes)
        if sent is not None and sent.seq in period:
            found.fail(what, "nothing is sent (R24)", f"sent by {sent.where}", where)
            return
    else:
        asked = [event for event in _cancels(changes) if event.seq in period and _reached(journal, event, request)]
    if not asked:
        return
    heard = [event for event in changes if event.seq > asked[0].seq and event.seq in period and event.data.get("source") != "send"]
    if period.until is None or heard or request.received_ns < _not_before(journal, period.until):
        opened = f"received {apart(request.received_ns, period.began.mono_ns)} it opened"
        got = f"received, answered by {heard[0].where}" if heard else opened
        found.fail(what, "nothing is sent (R24)", got, where)


def _sending(changes: list[Event]) -> Event | None:
    """The first record that the order's bytes left."""
    return next((event for event in changes if event.data.get("after") == "SUBMITTED" and event.data.get("source") == "send"), None)


def _cancels(changes: list[Event]) -> Iterator[Event]:
    """The records by which a cancel is asked for; what is heard of the order meanwhile only repeats that it is under way."""
    before = ("NONE", "KNOWN")
    for event in changes:
        now = (str(event.data.get("pending")), str(event.data.get("knowledge")))
        if now == ("CANCEL", "KNOWN") and before != now:
            yield event
        before = now


def _reached(journal: Journal, asked: Event, request: VenueRequest) -> bool:
    """Whether a cancel request may be the one that this fact asked for: it leaves once the fact is durable (I16)."""
    committed = journal.committed_ns(asked.seq)
    return committed is not None and committed <= request.received_ns


def _not_before(journal: Journal, until: Event) -> int:
    """A time on the machine's clock before which the breaker certainly did not change, 0 = none is known: a change is decided at once, and
    the batch that was being written then began when the one before it had returned."""
    earlier = [commit for commit in journal.commits if commit.last_seq < until.seq]
    return earlier[-2].committed_ns if len(earlier) > 1 else 0


def _successes(journal: Journal, before: Event) -> int:
    """How many answered probes close the breaker, by the last configuration before that."""
    most = SUCCESSES
    for event in journal.by_kind["LimitsChanged"]:
        for change in event.data.get("changes") or ():
            if event.seq < before.seq and change.get("key") == "breaker.successes":
                most = int(change["after"])
    return most


def _one_at_a_time(found: Examination, journal: Journal, placed: set[str], period: Period, successes: int) -> None:
    """The next probe leaves when the one before it was answered; enough answers close the breaker."""
    sent = [(event, client_id) for client_id in placed if (event := _sending(journal.changes[client_id])) and event.seq in period]
    probes = sorted(sent, key=lambda probe: probe[0].seq)
    for (first, client_id), (second, _) in pairwise(probes):
        answered = any(first.seq < event.seq < second.seq for event in journal.changes[client_id])
        found.require(answered, f"probe {client_id} before the next", "an answer (R24)", "none", second.where)
    counted = [client_id for _, client_id in probes if not _over_limit(journal.changes[client_id])]
    found.require(
        len(counted) <= successes, "probes of a half-open circuit breaker", f"at most {successes}", len(counted), period.began.where
    )


def _over_limit(changes: list[Event]) -> bool:
    """Whether the venue took nothing because of its limits: that says nothing of whether it works."""
    return any(str(event.data.get("reason")).startswith(_OVER_LIMIT) for event in changes)
