"""I19 the chain and its anchors, I20 completeness of the trail, I22 order in time."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from libraries.auditor import adoption
from libraries.auditor.amounts import optional
from libraries.auditor.examination import Examination
from libraries.auditor.invariants import day, emergencies, frequency, strategies, tilt
from libraries.auditor.witnesses.journal import GENESIS_HASH, Anchor, Event
from libraries.auditor.witnesses.rows import RESTING_STOP, OrderRow
from libraries.auditor.world import DEAD, STOPPED, World


def unbroken_chain(world: World) -> Examination:
    """I19: sequence 1..n without a gap, each hash computed anew and carried on by the next event: one head, from the first
    archive (each the file that was recorded) to the last row. Every anchor, every
    snapshot and every head the engine told a test is in the chain, and none lies beyond its head (a cut-off tail). After a
    clean stop the last anchor is the head. Objects: events and anchors.
    """
    found = Examination()
    previous = GENESIS_HASH
    for expected, event in enumerate(world.journal.events, start=1):
        found.look()
        found.equal("sequence number", expected, event.seq, event.where)
        found.equal("hash of the event before", previous, event.prev_hash, event.where)
        found.equal("hash of the event", event.computed_hash(), event.hash, event.where)
        previous = event.hash
    for wrong in world.store.archives.wrong:
        found.fail(wrong.what, wrong.expected, wrong.got, wrong.where)
    _anchored(found, world)
    for row in world.store.tables["snapshots"].rows:
        _in_chain(found, world, Anchor(f"snapshots seq={row['seq']}", row["seq"], row["hash"], "snapshot"))
    for anchor in world.history.anchors() if world.history else []:
        _in_chain(found, world, anchor)
    return found


def _anchored(found: Examination, world: World) -> None:
    """The side file: every line is an anchor of this chain. Only a killed writer may leave a torn last line, or none at all."""
    anchors, head = world.anchors, world.journal.head
    for anchor in anchors.anchors:
        _in_chain(found, world, anchor)
    for where in anchors.damaged:
        found.fail("line of the anchor file", "seq, hash, reason", "something else", where)
    if world.engine == DEAD:
        return
    if anchors.torn:
        found.fail("end of the anchor file", "a whole line", anchors.torn, "anchor file")
    if head is None:
        return
    found.require(bool(anchors.anchors), "anchor file", "at least the anchor of the start", "no anchor", "anchor file")
    if world.engine == STOPPED and anchors.anchors:
        last = anchors.anchors[-1]
        found.equal("last anchor after a stop", (head.seq, head.hash, "stop"), (last.seq, last.hash, last.reason), last.where)


def _in_chain(found: Examination, world: World, anchor: Anchor) -> None:
    found.look()
    event = world.journal.by_seq.get(anchor.seq)
    if event is None:
        last = world.journal.head.seq if world.journal.head else 0
        found.fail("anchored event", f"event {anchor.seq} in the chain", f"the chain ends at {last}", anchor.where)
        return
    found.equal(f"hash of event {anchor.seq}", anchor.hash, event.hash, f"{anchor.where}; {event.where}")


def complete_trail(world: World) -> Examination:
    """I20: every row is explained by facts; the last fact of a process that stopped says so; every signal was decided (an order or a
    denial), every order goes back to a signal, a fired stop or a multi-leg trade, and the correlation id joins signal, order, changes and
    fills; conflicts of strategies were told (R36), slices are their parents', nobody traded too often (R9), tilt levels are explained
    and lockouts kept (R20, R21), nothing was entered while entries were blocked (R23, R34, kill switch), and an emergency close did
    what it said (R34). Objects: rows, epochs, signals, parents of slices, anomalies and levels of tilt, halts, emergency closes.
    """
    found = Examination()
    for event in world.journal.events:
        if event.problem:
            found.fail("payload", "a JSON object", event.problem, event.where)
    _rows_explained(found, world)
    _processes(found, world)
    for order in world.store.orders:
        _joined(found, world, order)
    _signals_decided(found, world)
    strategies.conflicts_told(found, world)
    strategies.slices_explained(found, world)
    frequency.limited(found, world)
    tilt.tilt_explained(found, world)
    emergencies.halts_kept(found, world)
    emergencies.closes_explained(found, world)
    day.day_explained(found, world)
    return found


def _rows_explained(found: Examination, world: World) -> None:
    store, folded = world.store, world.folded
    explained: list[tuple[str, set[str], set[str]]] = [
        ("orders", {row.client_order_id for row in store.orders}, set(folded.orders)),
        ("fills", {f"{row.venue} {row.symbol} {row.trade_id}" for row in store.fills}, {f"{k[0]} {k[1]} {k[2]}" for k in folded.fills}),
        ("positions", {f"{row.venue} {row.symbol}" for row in store.positions}, {" ".join(key) for key in folded.positions}),
        ("balances", {f"{row.venue} {row.asset}" for row in store.balances}, {" ".join(key) for key in folded.balances}),
        ("multi_leg_trades", {row.multi_leg_id for row in store.multi_legs}, set(folded.multi_legs)),
        ("strategies", set(store.strategies), set(folded.strategies)),
    ]
    for table, rows, facts in explained:
        found.look(len(rows))
        for name in sorted(rows - facts):
            found.fail(f"row of {table}", "a fact that made it", "none", f"{table} {name}")


def _processes(found: Examination, world: World) -> None:
    events, journal = world.journal.events, world.journal
    found.look(len({event.epoch for event in events}))
    for event, following in pairwise(events):
        if event.kind == "EngineStopped":
            found.require(
                following.epoch > event.epoch, "fact after EngineStopped", "none of the same process", following.kind, following.where
            )
    if world.engine == STOPPED and journal.head is not None:
        found.equal("last fact of a stopped engine", "EngineStopped", journal.head.kind, journal.head.where)


def _joined(found: Examination, world: World, order: OrderRow) -> None:
    """One correlation id from the cause to the fills, and a cause that is in the journal."""
    journal, client_id = world.journal, order.client_order_id
    for event in [*journal.intents.get(client_id, []), *journal.changes.get(client_id, []), *journal.fills.get(client_id, [])]:
        found.equal(f"correlation id of {client_id}", order.correlation_id, event.correlation_id, event.where)
    found.require(bool(causes(world, order)), "cause of the order", expected_cause(order), "none", f"orders {client_id}")


def causes(world: World, order: OrderRow) -> list[Event]:
    """The facts that explain why this order exists: StopFired, StopArmed (of a stop that rests at the venue), MultiLegChanged,
    EmergencyCloseAttempted or SignalReceived."""
    journal = world.journal
    if adoption.is_adopted(order.client_order_id, order.correlation_id):
        return adoption.reasons(journal, order.client_order_id)
    if order.multi_leg_id is not None:
        return [event for event in journal.by_kind["MultiLegChanged"] if event.data.get("multi_leg_id") == order.multi_leg_id]
    if order.order_type == RESTING_STOP:
        armed = [
            event for event in journal.by_kind["StopArmed"] if (event.data["venue"], event.data["symbol"]) == (order.venue, order.symbol)
        ]
        return [event for event in armed if optional(event.data["stop_price"]) == order.stop_price]
    if order.purpose == "STOP":
        return [event for event in journal.by_kind["StopFired"] if event.data.get("client_order_id") == order.client_order_id]
    if order.strategy == emergencies.STRATEGY:
        attempts = journal.by_kind["EmergencyCloseAttempted"]
        return [event for event in attempts if event.data.get("client_order_id") == order.client_order_id]
    return journal.signals.get(order.correlation_id, [])


def expected_cause(order: OrderRow) -> str:
    if adoption.is_adopted(order.client_order_id, order.correlation_id):
        return "a Reconciled that names it"
    if order.multi_leg_id is not None:
        return f"a MultiLegChanged of {order.multi_leg_id}"
    if order.strategy == emergencies.STRATEGY:
        return "an EmergencyCloseAttempted that names it"
    if order.order_type == RESTING_STOP:
        return f"a StopArmed of {order.symbol} at {order.stop_price}"
    return "a StopFired that names it" if order.purpose == "STOP" else f"a SignalReceived with id {order.correlation_id}"


def _signals_decided(found: Examination, world: World) -> None:
    journal = world.journal
    denied = Counter(str(event.data.get("signal_id")) for event in journal.by_kind["RiskDenied"])
    ordered = Counter(event.correlation_id for event in journal.by_kind["OrderIntended"])
    sliced = Counter(event.correlation_id for event in journal.by_kind["ParentChanged"])
    for signal_id, events in journal.signals.items():
        found.look()
        where = events[0].where
        found.equal(f"SignalReceived facts of {signal_id}", 1, len(events), where)
        decided = bool(denied[signal_id]) + bool(ordered[signal_id] or sliced[signal_id])
        found.equal(f"decisions on signal {signal_id} (an order, a parent of slices, or a denial)", 1, decided, where)
    for event in journal.by_kind["RiskDenied"]:
        signal_id = str(event.data.get("signal_id"))
        found.require(signal_id in journal.signals, "denial", f"a SignalReceived with id {signal_id}", "none", event.where)


def ordered_in_time(world: World) -> Examination:
    """I22: sequence strictly increases, monotonic time never goes back within an epoch, and no commit is
    older than the fact it ends with or than the commit before it. Backward steps of the wall clock are counted, not
    forbidden: clocks are set. Objects: events and commits.
    """
    found = Examination()
    journal = world.journal
    found.look(len(journal.events))
    jumps = 0
    for before, event in pairwise(journal.events):
        found.require(event.seq > before.seq, "sequence number", f"more than {before.seq}", event.seq, event.where)
        if event.epoch == before.epoch:
            found.require(event.mono_ns >= before.mono_ns, "mono_ns", f"at least {before.mono_ns}", event.mono_ns, event.where)
        jumps += event.wall_ms < before.wall_ms
    world.notes["wall_clock_backward_jumps"] = jumps
    for commit in journal.commits:
        found.look()
        where = f"commits last_seq={commit.last_seq}"
        last = journal.by_seq.get(commit.last_seq)
        if last is None:
            found.fail("commit", "an event that it ends with", "none", where)
        else:
            found.require(commit.committed_ns >= last.mono_ns, "committed_ns", f"at least {last.mono_ns}", commit.committed_ns, where)
    for earlier, later in pairwise(journal.commits):
        first, second = journal.by_seq.get(earlier.last_seq), journal.by_seq.get(later.last_seq)
        if first is not None and second is not None and first.epoch == second.epoch:
            where = f"commits last_seq={later.last_seq}"
            expected = f"at least {earlier.committed_ns}"
            found.require(later.committed_ns >= earlier.committed_ns, "committed_ns", expected, later.committed_ns, where)
    return found
