"""Situations that a campaign may demand (I36), and how often each occurred, by what the witnesses say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from libraries.auditor.witnesses.journal import Event
from libraries.auditor.world import World


def _changes(world: World) -> Iterator[tuple[Event | None, Event]]:
    """Every change of every order, with the one before it."""
    for changes in world.journal.changes.values():
        yield from pairwise([None, *changes])


def _restarts(world: World, kind_before: bool) -> int:
    """Starts after a clean stop (True), or after a process that had not lived to say so (False)."""
    number = 0
    for before, event in pairwise(world.journal.events):
        clean = before.kind == "EngineStopped" and before.data.get("clean") is True
        number += event.kind == "EngineStarted" and clean is kind_before
    return number


def _down(world: World) -> Iterator[tuple[int, int]]:
    """Times in which no process ran, on the machine's clock."""
    for before, event in pairwise(world.journal.events):
        if event.kind == "EngineStarted":
            yield before.mono_ns, event.mono_ns


def _while_down(world: World, happened: Callable[[World], Iterator[int]]) -> int:
    times = list(happened(world))
    return sum(began < at_ns < ended for began, ended in _down(world) for at_ns in times)


def _traded(world: World) -> Iterator[int]:
    for venue in world.venues.values():
        yield from (fill.traded_ns for fill in venue.whole.fills)


def _closed(world: World) -> Iterator[int]:
    for venue in world.venues.values():
        for order in venue.whole.every_order:
            if order.ended_ns is not None and order.status == "CANCELED":
                yield order.ended_ns


def _became(world: World, before: str, after: str) -> int:
    """Orders whose knowledge or state went from one to the other."""
    number = 0
    for earlier, change in _changes(world):
        knew = str(earlier.data.get("knowledge")) if earlier is not None else "KNOWN"
        number += (knew, str(change.data.get("knowledge"))) == (before, after)
    return number


_ACCEPTED = ("OPEN", "PARTIALLY_FILLED", "FILLED", "CANCELLED", "EXPIRED")
"""States that only an order has which the venue took."""


def _found_at_venue(world: World) -> int:
    """Orders of whose acceptance a later process learned: PENDING or SUBMITTED before, open or more after."""
    number = 0
    for client_id, changes in world.journal.changes.items():
        intents = world.journal.intents.get(client_id, [])
        accepted = next((change for change in changes if change.data.get("after") in _ACCEPTED), None)
        number += bool(intents) and accepted is not None and accepted.epoch > intents[0].epoch
    return number


def _ended_as(world: World, state: str) -> int:
    return sum(change.data.get("after") == state for _, change in _changes(world))


def _cancel_was_late(world: World) -> int:
    """Orders that were filled although their cancel was under way."""
    return sum(
        earlier is not None and earlier.data.get("pending") == "CANCEL" and change.data.get("after") == "FILLED"
        for earlier, change in _changes(world)
    )


SITUATIONS: dict[str, Callable[[World], int]] = {
    "killed": lambda world: _restarts(world, kind_before=False),
    "clean restart": lambda world: _restarts(world, kind_before=True),
    "filled while down": lambda world: _while_down(world, _traded),
    "cancelled while down": lambda world: _while_down(world, _closed),
    "outcome unknown": lambda world: _became(world, "KNOWN", "UNKNOWN"),
    "outcome resolved": lambda world: _became(world, "UNKNOWN", "KNOWN"),
    "order adopted": _found_at_venue,
    "order not sent": lambda world: _ended_as(world, "NOT_SENT"),
    "order refused": lambda world: _ended_as(world, "REJECTED"),
    "partly filled": lambda world: _ended_as(world, "PARTIALLY_FILLED"),
    "cancel too late": _cancel_was_late,
    "stop executed": lambda world: len(world.journal.by_kind["StopExecuted"]),
    "stop fired": lambda world: len(world.journal.by_kind["StopFired"]),
    "reconciliation repaired": lambda world: sum(event.data.get("result") == "repaired" for event in world.journal.by_kind["Reconciled"]),
    "reconciliation blocked": lambda world: sum(event.data.get("result") == "blocked" for event in world.journal.by_kind["Reconciled"]),
    "snapshot taken": lambda world: len(world.store.tables["snapshots"].rows),
}
"""Name -> how often it occurred."""
