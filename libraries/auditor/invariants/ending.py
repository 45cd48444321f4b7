"""I32: a shutdown in good order leaves nothing behind, and the next start says how the process before it ended."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from libraries.auditor.examination import Examination
from libraries.auditor.fold import Fold, folding
from libraries.auditor.moments import apart
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.witnesses.rows import RESTING_STOP, OrderRow
from libraries.auditor.world import World

_STAYING = frozenset({"CLOSED", "COMPLETE"})
"""States in which a multi-leg trade may be left: over, or a pair that is held."""


def in_good_order(world: World) -> Examination:
    """I32: where a process says that it stopped cleanly, every order had ended or rested, settled, by the policy (the stops of positions;
    others only if the shutdown cancelled none), no trade was between its legs, and nothing was sent any more; where a test saw it leave
    with exit code 0, it said so and the last anchor is its last fact with reason stop; and each start says how the process before it
    ended. Objects: clean stops, exits with code 0, starts that say how the last one ended.
    """
    found = Examination()
    clean = [event for event in world.journal.by_kind["EngineStopped"] if event.data.get("clean") is True]
    stops = {event.seq: event for event in clean}
    for seq, folded in folding(world.journal.events, set(stops)):
        found.look()
        _at_rest(found, world, stops[seq], folded)
        _silent(found, world, stops[seq])
    for stop, where in _exits(found, world):
        found.look()
        _anchored(found, world, stop, where)
    _told(found, world)
    return found


def _at_rest(found: Examination, world: World, stop: Event, folded: Fold) -> None:
    left = [order for order in folded.orders.values() if not order.terminal]
    for order in left:
        settled = (order.pending, order.knowledge) == ("NONE", "KNOWN") and order.state not in ("PENDING", "SUBMITTED")
        got = f"{order.state}, pending {order.pending}, {order.knowledge}"
        found.require(settled, f"order {order.client_order_id} at a clean stop", "ended or settled", got, stop.where)
    for trade in folded.multi_legs.values():
        between = trade.state not in _STAYING
        found.require(not between, f"trade {trade.multi_leg_id} at a clean stop", "CLOSED, or a pair that is held", trade.state, stop.where)
    others = [order for order in left if order.order_type != RESTING_STOP]
    cancelled = _cancelled_by(world, stop) if others else []
    for order in others:
        rests = order.order_type == "LIMIT_MAKER" or order.time_in_force == "GTC"
        kept = rests and not cancelled
        expected = "cancelled, as others were" if cancelled else "one that rests by the policy"
        found.require(kept, f"order {order.client_order_id} that a clean stop left open", expected, _shown(order), stop.where)


def _shown(order: OrderRow) -> str:
    return f"{order.order_type} {order.time_in_force or ''}".strip()


def _cancelled_by(world: World, stop: Event) -> list[Event]:
    """The cancels that the shutdown asked for."""
    began = [
        event for event in world.journal.by_kind["EngineStateChanged"] if event.data.get("after") == "STOPPING" and event.seq < stop.seq
    ]
    since = began[-1].seq if began else stop.seq
    asked = world.journal.by_kind["OrderChanged"]
    return [
        event
        for event in asked
        if since < event.seq < stop.seq
        if (event.data.get("pending"), event.data.get("source")) == ("CANCEL", "operator")
    ]


def _silent(found: Examination, world: World, stop: Event) -> None:
    """Nothing is under way at a clean stop, so the venue hears nothing of the engine's orders before its next start."""
    start = next((event for event in world.journal.by_kind["EngineStarted"] if event.seq > stop.seq), None)
    for name, venue in world.venues.items():
        for request in venue.whole.requests:
            ours = request.via != "admin" and str(request.client_order_id) in world.journal.intents
            if ours and request.received_ns > stop.mono_ns and (start is None or request.received_ns < start.mono_ns):
                what = f"{request.action} of {request.client_order_id} after a clean stop"
                received = f"received {apart(request.received_ns, stop.mono_ns)} the stop"
                found.fail(what, "nothing is sent", received, f"ledger {name} line {request.line}; {stop.where}")


def _exits(found: Examination, world: World) -> Iterator[tuple[Event, str]]:
    """The clean stop of every process that a test saw leave with exit code 0."""
    since = 0
    for record in world.history.records if world.history else ():
        if record.action != "stop" or record.op != "info":
            continue
        stops = [event for event in world.journal.by_kind["EngineStopped"] if since < event.mono_ns <= record.mono_ns]
        since = record.mono_ns
        if record.data.get("exit_code") != 0:
            continue
        clean = [event for event in stops if event.data.get("clean") is True]
        if found.require(bool(clean), "exit code 0", "an EngineStopped that says clean", "none", record.where):
            yield clean[-1], record.where


def _anchored(found: Examination, world: World, stop: Event, where: str) -> None:
    anchors = [anchor for anchor in world.anchors.anchors if anchor.reason == "stop" and (anchor.seq, anchor.hash) == (stop.seq, stop.hash)]
    found.require(bool(anchors), "anchor of a clean stop", f"event {stop.seq} with reason stop", "none", f"{where}; anchor file")


def _told(found: Examination, world: World) -> None:
    """What a start says of the process before it, if it says anything."""
    events = world.journal.events
    for before, start in pairwise([None, *events]):
        if start is None or start.kind != "EngineStarted" or not start.data.get("previous"):
            continue
        found.look()
        ended = before is not None and before.kind == "EngineStopped" and before.data.get("clean") is True
        expected = "first" if before is None else "clean" if ended else "recovered"
        found.equal("how the process before ended", expected, start.data["previous"], start.where)
