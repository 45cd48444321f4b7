"""I27: one writer at a time. Each process has an epoch of its own, and once a newer one has written, no older one writes any more."""

from __future__ import annotations

import re
from itertools import pairwise

from libraries.auditor.examination import Examination
from libraries.auditor.moments import apart
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.world import World

_GUARD = re.compile(r"\bBEFORE\s+INSERT\b[^;]*\bNEW\.epoch\s*>=.*?\bRAISE\b", re.IGNORECASE | re.DOTALL)


def one_writer(world: World) -> Examination:
    """I27: each process began with its own EngineStarted, which names its epoch; epochs only rise; a row of orders carries the epoch of
    the fact that changed it last, and `meta` that of the last process; the database itself refuses an event of an older epoch; and (where
    a history says that all of it ran on one machine) no process began before the one before it had ended its last commit. Objects: events,
    processes, rows of orders.
    """
    found, events = Examination(), world.journal.events
    found.look(len(events))
    newest = 0
    for event in events:
        found.require(event.epoch >= max(newest, 1), "epoch", f"at least {max(newest, 1)}", event.epoch, event.where)
        newest = max(newest, event.epoch)
    starts = _starts(found, world)
    _rows(found, world)
    guarded = _GUARD.search(world.store.health.event_triggers)
    found.require(guarded is not None, "trigger against an event of an older epoch", "one that raises", "none", "schema of events")
    told = {row["key"]: row["value"] for row in world.store.tables["meta"].rows}.get("epoch")
    if world.journal.head is not None:
        found.equal("epoch in meta", str(world.journal.head.epoch), told, "meta epoch")
    if world.history is not None:
        _one_after_the_other(found, world, starts)
    return found


def _starts(found: Examination, world: World) -> list[Event]:
    """The first fact of each process, in order; it says that it is one."""
    first: dict[int, Event] = {}
    for event in world.journal.events:
        first.setdefault(event.epoch, event)
    number = {epoch: 0 for epoch in first}
    for event in world.journal.by_kind["EngineStarted"]:
        number[event.epoch] += 1
    for epoch, event in first.items():
        found.look()
        found.equal("first fact of a process", "EngineStarted", event.kind, event.where)
        found.equal(f"EngineStarted facts of epoch {epoch}", 1, number[epoch], event.where)
        found.equal("epoch that the start names", epoch, event.data.get("epoch", epoch), event.where)
    return list(first.values())


def _rows(found: Examination, world: World) -> None:
    wrote: dict[str, Event] = {}
    for event in world.journal.events:
        if event.kind == "OrderIntended":
            wrote[str(event.inner("order").get("client_order_id"))] = event
        elif event.kind == "OrderChanged":
            wrote[str(event.data.get("client_order_id"))] = event
    for order in world.store.orders:
        fact = wrote.get(order.client_order_id)
        if fact is not None:
            found.look()
            where = f"orders {order.client_order_id}; {fact.where}"
            found.equal("epoch of the row = of the fact that changed it last", fact.epoch, order.epoch, where)


def _one_after_the_other(found: Examination, world: World, starts: list[Event]) -> None:
    for before, start in pairwise(starts):
        ended = [
            commit.committed_ns
            for commit in world.journal.commits
            if (last := world.journal.by_seq.get(commit.last_seq)) is not None and last.epoch == before.epoch
        ]
        if ended:
            what = f"start of epoch {start.epoch} after the last commit of epoch {before.epoch}"
            started = f"started {apart(start.mono_ns, max(ended))} it"
            found.require(start.mono_ns >= max(ended), what, "started after it", started, start.where)
