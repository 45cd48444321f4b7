"""I14 no lost acknowledgement, I15 no phantom: the history of the tests against the engine."""

from __future__ import annotations

from libraries.auditor.examination import Examination
from libraries.auditor.invariants.trail import causes, expected_cause
from libraries.auditor.moments import apart
from libraries.auditor.witnesses.history import History, Invocation
from libraries.auditor.witnesses.rows import OrderRow
from libraries.auditor.world import World

OPERATOR_ACTIONS = {"pause": "PAUSE", "resume": "RESUME", "halt": "HALT", "quiesce": "QUIESCE", "kill": "KILL", "release": "RELEASE"}
"""Action of the history -> action of the OperatorActed fact that must be in the trail once it was acknowledged."""


def no_lost_acknowledgement(world: World) -> Examination:
    """I14: what the engine acknowledged is in its tables and in the trail, and was durable before the answer arrived: a signal
    as SignalReceived, OrderIntended and orders row; a cancel as an OrderChanged to pending CANCEL or an OperatorActed that names
    the order (or as an order that was terminal anyway); an operator's action as OperatorActed. Objects: acknowledged invocations.
    """
    found = Examination()
    for invocation in world.history.invocations if world.history else []:
        if invocation.outcome != "ok" or invocation.ended is None:
            continue
        if invocation.action == "signal":
            found.look()
            _signal(found, world, invocation, invocation.ended.where, invocation.ended.mono_ns)
        elif invocation.action == "cancel":
            found.look()
            _cancel(found, world, invocation, invocation.ended.where)
        elif invocation.action in OPERATOR_ACTIONS:
            found.look()
            action = OPERATOR_ACTIONS[invocation.action]
            acted = any(event.data.get("action") == action for event in world.journal.by_kind["OperatorActed"])
            found.require(
                acted, f"acknowledged {invocation.action}", f"an OperatorActed with action {action}", "none", invocation.ended.where
            )
    return found


def _signal(found: Examination, world: World, invocation: Invocation, where: str, answered_ns: int) -> None:
    signal_id, client_id = invocation.text("signal_id"), invocation.text("client_order_id")
    journal = world.journal
    parents = [event for event in journal.by_kind["ParentChanged"] if event.correlation_id == signal_id]
    if signal_id is None or (client_id is None and not parents):
        found.fail("acknowledged signal", "signal_id and client_order_id in the history", f"{signal_id}, {client_id}", where)
        return
    decided = ("ParentChanged", parents) if client_id is None else ("OrderIntended", journal.intents.get(client_id))
    for kind, events in (("SignalReceived", journal.signals.get(signal_id)), decided):
        if not events:
            found.fail(f"acknowledged signal {signal_id}", f"a {kind} fact", "none", where)
            continue
        committed = world.journal.committed_ns(events[0].seq)
        if committed is not None:
            on_disk = f"on disk {apart(committed, answered_ns)} it was answered"
            traced = f"{where}; {events[0].where}"
            found.require(committed <= answered_ns, f"{kind} durable before the answer", "on disk by then", on_disk, traced)
    if client_id is None:
        return
    row = world.store.order_by_id.get(client_id)
    if found.require(row is not None, f"acknowledged order {client_id}", "a row in orders", "no row", where) and row is not None:
        found.equal(f"correlation id of {client_id}", signal_id, row.correlation_id, where)


def _cancel(found: Examination, world: World, invocation: Invocation, where: str) -> None:
    client_id = invocation.text("client_order_id")
    row = world.store.order_by_id.get(str(client_id))
    if row is None:
        found.fail("acknowledged cancel", f"a row {client_id} in orders", "no row", where)
        return
    journal = world.journal
    asked = any(event.data.get("pending") == "CANCEL" for event in journal.changes.get(row.client_order_id, []))
    named = any(event.correlation_id == row.client_order_id for event in journal.by_kind["OperatorActed"])
    found.require(asked or named or row.terminal, f"acknowledged cancel of {client_id}", "an OrderChanged to pending CANCEL", "none", where)


def no_phantom(world: World) -> Examination:
    """I15: each order is explained. One of the engine's own (a strategy's signal, a stop, a leg) by the fact that decided it;
    one of an external signal by a history record of that signal that is not only refusals. Without a history, orders of
    external signals are not examined. Objects: orders.
    """
    found = Examination()
    unnamed = _unnamed_signals(world.history) if world.history else 0
    for order in world.store.orders:
        where = f"orders {order.client_order_id}"
        reasons = causes(world, order)
        external = any(event.inner("signal").get("source") == "external" for event in reasons)
        if external and world.history is None:
            continue
        found.look()
        if not reasons:
            found.fail("order", expected_cause(order), "nothing explains it", where)
        elif external and world.history is not None:
            unnamed -= _asked_for(found, world.history, order, unnamed, where)
    return found


def _unnamed_signals(history: History) -> int:
    """Signals with unknown outcome whose id nobody knows: each may explain one order."""
    return sum(invocation.outcome == "info" and invocation.text("signal_id") is None for invocation in history.of("signal"))


def _asked_for(found: Examination, history: History, order: OrderRow, unnamed: int, where: str) -> int:
    """Check that a test asked for this order; returns how many unnamed signals that used up."""
    asked = [invocation for invocation in history.of("signal") if invocation.text("signal_id") == order.correlation_id]
    if any(invocation.outcome in ("ok", "info") for invocation in asked):
        return 0
    if unnamed > 0:
        return 1
    if asked:
        found.fail("order of a refused signal", f"no order: every {order.correlation_id} was answered with a refusal", order.state, where)
    else:
        found.fail("order of an external signal", f"a history record of signal {order.correlation_id}", "none", where)
    return 0
