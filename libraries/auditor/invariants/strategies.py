"""Strategies beside each other: their states (I11), conflicts that nobody was told of (R36), slices and their parents (R12, R13)."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from libraries.auditor.amounts import ZERO, amount
from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.world import World

_AWAY = frozenset({"PAUSED", "STOPPING", "ERROR", "RECOVERING"})
STATES: dict[str, frozenset[str]] = {
    "IDLE": _AWAY | {"STARTING", "RUNNING"},
    "STARTING": _AWAY | {"IDLE", "RUNNING"},
    "RUNNING": _AWAY | {"IDLE"},
    "RECOVERING": (_AWAY - {"RECOVERING"}) | {"IDLE", "RUNNING"},
    "PAUSED": frozenset({"STARTING", "STOPPING", "ERROR"}),
    "STOPPING": frozenset({"STOPPED", "ERROR"}),
    "STOPPED": frozenset({"STARTING"}),
    "ERROR": frozenset({"STARTING", "STOPPING"}),
}
"""State of a strategy -> states that may follow it."""
PARENTS: dict[str, frozenset[str]] = {"": frozenset({"WORKING"}), "WORKING": frozenset({"WORKING", "DONE", "ABORTED"})}
"""State of a parent of slices -> states that may follow it; its two ends absorb."""

CONFLICT_MS = 10_000
"""R36: entries of two strategies in opposite directions on one symbol within so much time are a conflict."""
ARBITRAGE = "simple_arbitrage"
ICEBERG_SLICES = 3
"""R12: at least."""
PARTICIPATION = Decimal("0.1")
"""R13: a slice of a TWAP is at most so much of what was traded since the last one."""


def transition(found: Examination, event: Event) -> None:
    """One change of a strategy's or a parent's state is a step that its table knows."""
    before = str(event.data["before"])
    if event.kind == "StrategyChanged":
        after, table = str(event.data["after"]), STATES
    else:
        after, table = str(event.inner("parent").get("state")), PARENTS
    found.require(
        after in table.get(before, frozenset()), "transition", f"legal from {before or 'nothing'}", f"{before} -> {after}", event.where
    )


def conflicts_told(found: Examination, world: World) -> None:
    """R36: of two accepted entries of different strategies, opposite and within ten seconds, the earlier one was overruled, and
    its strategy was told by whom; an arbitrage takes no direction. Objects: accepted entry signals of strategies."""
    told = {str(event.data["signal_id"]): str(event.data["winning_signal_id"]) for event in world.journal.by_kind["ConflictLost"]}
    denied = {str(event.data["signal_id"]) for event in world.journal.by_kind["RiskDenied"]}
    entries = [
        event
        for event in world.journal.by_kind["SignalReceived"]
        if event.inner("signal").get("source") == "strategy"
        and event.inner("signal").get("purpose") == "ENTRY"
        and event.inner("signal").get("strategy") != ARBITRAGE
        and event.inner("signal").get("signal_id") not in denied
    ]
    before: dict[tuple[object, object], dict[tuple[object, object], list[Event]]] = defaultdict(lambda: defaultdict(list))
    for later in entries:
        found.look()
        signal = later.inner("signal")
        of_symbol = before[signal.get("venue"), signal.get("symbol")]
        mine = (signal.get("strategy"), signal.get("side"))
        others = [event for who, events in of_symbol.items() if who[0] != mine[0] and who[1] != mine[1] for event in events]
        of_symbol[mine].append(later)
        for earlier in sorted(others, key=lambda event: event.seq):
            if not _near(earlier, later):
                continue
            first, second = (str(event.inner("signal").get("signal_id")) for event in (earlier, later))
            if first in told and told[first] != second:
                continue  # it was overruled before, by somebody else
            found.equal(f"who overruled signal {first} (R36)", second, told.get(first), later.where)


def _near(earlier: Event, later: Event) -> bool:
    first, second = earlier.inner("signal"), later.inner("signal")
    apart_ms = int(second.get("received_ms") or later.wall_ms) - int(first.get("received_ms") or earlier.wall_ms)
    return 0 <= apart_ms <= CONFLICT_MS


def slices_explained(found: Examination, world: World) -> None:
    """R12, R13: the slices of a parent are its orders, no more than it has, at least three of an iceberg as planned, and of a TWAP
    none larger than its share of the volume it saw. Objects: parents of slices and their facts."""
    orders = {row.client_order_id: row for row in world.store.orders}
    last: dict[str, Event] = {}
    for event in world.journal.by_kind["ParentChanged"]:
        found.look()
        parent = event.inner("parent")
        _planned(found, event)
        named = [str(key) for key in parent.get("orders", ())]
        if parent.get("execution") == "TWAP" and "volume" in event.inner("inputs") and named:
            row = orders.get(named[-1])
            most = amount(event.inner("inputs")["volume"]) * PARTICIPATION
            if row is not None:
                found.require(row.quantity <= most, "slice of a TWAP", f"at most {most} (R13)", row.quantity, event.where)
        last[str(parent.get("parent_id"))] = event
    for parent_id, event in last.items():
        parent = event.inner("parent")
        named = [str(key) for key in parent.get("orders", ())]
        mine = [row.client_order_id for row in world.store.orders if row.correlation_id == parent_id]
        found.equal(f"orders of parent {parent_id}", sorted(named), sorted(mine), event.where)
        executed = sum((orders[key].executed for key in named if key in orders), ZERO)
        whole = amount(parent.get("quantity"))
        found.require(executed <= whole, f"executed of parent {parent_id}", f"at most {whole}", executed, event.where)


def _planned(found: Examination, event: Event) -> None:
    parent = event.inner("parent")
    sizes = [amount(size) for size in parent.get("slices", ())]
    found.equal("sum of the planned slices", amount(parent.get("quantity")), sum(sizes, ZERO), event.where)
    if parent.get("execution") == "ICEBERG":
        found.require(len(sizes) >= ICEBERG_SLICES, "slices of an iceberg", f"at least {ICEBERG_SLICES} (R12)", len(sizes), event.where)
