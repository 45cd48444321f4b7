"""What only a history tells: how long recovery took (I30), what repetition left behind (I33), and what must have happened once (I36)."""

from __future__ import annotations

from libraries.auditor.examination import Examination
from libraries.auditor.moments import NS_PER_MS
from libraries.auditor.situations import SITUATIONS
from libraries.auditor.witnesses.history import Record
from libraries.auditor.world import QUIESCED, World

MOST_MS = 300_000
"""I30: the most that a recovery may take."""
_INJECTIONS = frozenset({"kill", "watchdog", "disconnected", "venue killed", "address killed"})
_SERIES = ("descriptors", "threads", "connections", "children", "files", "ports")
_RSS_GROWTH = 1.2


def recovered_in_time(world: World) -> Examination:
    """I30: from each injection (a kill, a cut connection, whatever a campaign notes as `injected`) to the first clean reading of the venue
    that is durable, or to the first order that is acknowledged after it, at most 300 s pass; so many have passed at the most where a quiet
    engine never came to either. Objects: injections that were recovered from, or should have been. Counts: `recoveries`, `mttr_p50_ms`,
    `mttr_max_ms`.
    """
    found = Examination()
    took_ms: list[int] = []
    for record in world.history.records if world.history else ():
        if record.op != "info" or not (record.action in _INJECTIONS or record.data.get("injected")):
            continue
        ended_ns = _recovered_ns(world, record)
        if ended_ns is not None:
            took_ms.append((ended_ns - record.mono_ns) // NS_PER_MS)
        waited_ms = took_ms[-1] if ended_ns is not None else (_last_ns(world) - record.mono_ns) // NS_PER_MS
        if ended_ns is None and (world.engine != QUIESCED or waited_ms <= MOST_MS):
            continue
        found.look()
        got = f"{waited_ms} ms" if ended_ns is not None else f"none after {waited_ms} ms"
        found.require(waited_ms <= MOST_MS, "recovery", f"within {MOST_MS} ms", got, record.where)
    took_ms.sort()
    world.notes["recoveries"] = len(took_ms)
    world.notes["mttr_p50_ms"] = took_ms[len(took_ms) // 2] if took_ms else 0
    world.notes["mttr_max_ms"] = took_ms[-1] if took_ms else 0
    return found


def _recovered_ns(world: World, injection: Record) -> int | None:
    """When a venue had been read without a difference (by a process that came after a kill), or an order was acknowledged."""
    begun = 0
    if injection.action == "kill":
        starts = [event.epoch for event in world.journal.by_kind["EngineStarted"] if event.mono_ns > injection.mono_ns]
        begun = min(starts, default=1 << 62)
    known = [
        world.journal.committed_ns(event.seq)
        for event in world.journal.by_kind["Reconciled"]
        if event.mono_ns > injection.mono_ns and event.epoch >= begun and event.data.get("result") in ("clean", "repaired")
    ]
    for invocation in world.history.of("signal") if world.history else ():
        if invocation.outcome == "ok" and invocation.asked is not None and invocation.asked.mono_ns > injection.mono_ns:
            known.append(invocation.ended.mono_ns if invocation.ended is not None else None)
    return min((at_ns for at_ns in known if at_ns is not None), default=None)


def _last_ns(world: World) -> int:
    """The last instant that any witness speaks of."""
    records = [record.mono_ns for record in world.history.records] if world.history else []
    return max([*records, *(venue.lines[-1].mono for venue in world.venues.values() if venue.lines)], default=0)


def leaks_nothing(world: World) -> Examination:
    """I33: what a world's leak record says (`{"action": "leaks", "found": [...], "descriptors": [...], ...}`): nothing was found, and no
    series of counts over its cycles is higher in its second half than in its first; the memory (`rss_kb`) not by more than a fifth.
    Objects: leak records.
    """
    found = Examination()
    for record in world.history.records if world.history else ():
        if record.action != "leaks":
            continue
        found.look()
        for leak in record.data.get("found") or ():
            found.fail("leak", "none", str(leak), record.where)
        for name in _SERIES:
            _does_not_grow(found, record, name, 1.0)
        _does_not_grow(found, record, "rss_kb", _RSS_GROWTH)
    return found


def _does_not_grow(found: Examination, record: Record, name: str, factor: float) -> None:
    counted = [int(number) for number in record.data.get(name) or ()]
    half = len(counted) // 2
    if half:
        most, came = int(max(counted[:half]) * factor), max(counted[half:])
        found.require(came <= most, f"{name} over {len(counted)} cycles", f"at most {most}", came, record.where)


def situations_occurred(world: World) -> Examination:
    """I36: each situation that the command line declares has occurred at least once, by the journal and the ledger, or by a record of the
    history that names it as its `situation` or as its crash `point`. Objects: declared situations. `situations` of the report counts
    every situation that is known.
    """
    found = Examination()
    counted = {name: count(world) for name, count in SITUATIONS.items()}
    for record in world.history.records if world.history else ():
        for name in {str(record.data[key]) for key in ("situation", "point") if record.data.get(key)}:
            counted[name] = counted.get(name, 0) + 1
    world.situations = counted
    for name in world.sometimes:
        found.look()
        found.require(counted.get(name, 0) > 0, f"situation {name}", "at least once", "never", "journal, ledgers and history")
    return found
