"""What a fault campaign found, counted, beside what is required."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from libraries.campaign.faults import sometimes
from libraries.campaign.faults.kinds import ADDRESSES, LIMITS, NATURES, Fault, Kind, since_when
from libraries.campaign.faults.plan import Round, digest
from libraries.campaign.faults.rounds import Outcome
from libraries.campaign.figures import LOST, PHANTOM, TWICE, Figures, unexamined, violations

CACHE_MS: Final = 250.0
"""How much longer answers may take at p99 while a cache is lost, for a second; after that second not even that."""
_ENOUGH_ANSWERS: Final = 20


def count(outcomes: Sequence[Outcome], plan: Sequence[Round], seed: int) -> Figures:
    """What was never seen is demanded of a whole campaign only: of one that played all that was planned."""
    planned = Counter(planned.fault for one in plan for planned in one.faults)
    hits = Counter(name for one in outcomes for name, hit in one.injected.items() if hit)
    seen = sometimes.occurred([one.injected for one in outcomes], [one.situations for one in outcomes], _addresses_used(outcomes))
    failures = [f"round {one.name}: {failure}" for one in outcomes for failure in one.failures]
    failures += [*sometimes.missing(plan, seen), *unexamined(outcomes)] if len(outcomes) == len(plan) else []
    failures += _slow_cache(outcomes, whole=len(outcomes) == len(plan) and any(one.twin for one in plan))
    rows: dict[str, Any] = {
        "seed": seed,
        "schedule (sha256)": digest(plan)[:16],
        "rounds survived": f"{sum(not one.failures for one in outcomes)} of {len(outcomes)} ({len(plan)} planned)",
        "faults that took effect": f"{sum(hits.values())} of {sum(planned.values())} planned",
        "limits missed on a busy machine (undecided)": sum(len(one.undecided) for one in outcomes),
        "failovers": sum(one.failovers for one in outcomes),
        "acknowledged operations": sum(one.acknowledged for one in outcomes),
        "indeterminate": sum(one.unknown for one in outcomes),
        "refused": sum(one.refused for one in outcomes),
        "lost": violations(outcomes, LOST),
        "phantom": violations(outcomes, PHANTOM),
        "duplicate orders at the venue": violations(outcomes, TWICE),
        "invariants violated": violations(outcomes, None),
        "objects that invariants examined": sum(int(str(found["objects"])) for one in outcomes for found in one.invariants.values()),
    }
    rows |= {f"from heal: {kind} (<= {LIMITS[kind]:g} s)": _times(_healed(outcomes, kind)) for kind in Kind}
    rows |= {
        f"{since_when(fault)} (<= {LIMITS[nature.kind]:g} s)": _times_by_itself(outcomes, fault)
        for fault, nature in NATURES.items()
        if nature.by_itself
    }
    rows["answers around a lost cache, p99"] = _cache_row(outcomes)
    rows |= {f"fault: {fault}": f"{planned[fault]}, {hits[str(fault)]} hit" for fault in Fault if planned[fault]}
    rows |= {f"sometimes: {each.name}": seen.get(each.name, 0) for each in sometimes.SITUATIONS}
    return Figures(rows, failures)


def _addresses_used(outcomes: Iterable[Outcome]) -> int:
    return sum(any(str(fault) in one.from_fault for fault in ADDRESSES) for one in outcomes)


def _healed(outcomes: Iterable[Outcome], kind: Kind) -> list[tuple[float, float]]:
    return [one.heal_s for one in outcomes if one.kind == kind and one.heal_s is not None]


def _times_by_itself(outcomes: Iterable[Outcome], fault: Fault) -> str:
    """Where it was alone, which its limit is for; beside other faults it is those that may hold trading up (a breaker's 30 s)."""
    found = [(len(one.injected) == 1, one.from_fault[fault]) for one in outcomes if fault in one.from_fault]
    alone, beside = ([took for single, took in found if single is wanted] for wanted in (True, False))
    return f"{_times(alone)}; beside other faults, without a limit: {_times(beside)}" if beside else _times(alone)


def _times(seconds: list[tuple[float, float]]) -> str:
    """p50 and max of what the clock said, and of the same without the engine's waiting for a processor."""
    if not seconds:
        return "none"
    taken, alone = [took for took, _ in seconds], [took - waited for took, waited in seconds]
    return (
        f"p50 {statistics.median(taken):.2f} s, max {max(taken):.2f} s; without waiting for a processor "
        f"{statistics.median(alone):.2f} s, {max(alone):.2f} s ({len(seconds)})"
    )


def _p99(times: Sequence[float]) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]


def _answers(outcomes: Iterable[Outcome]) -> tuple[list[float], list[float], list[float]]:
    told = list(outcomes)
    return [t for one in told for t in one.before_ms], [t for one in told for t in one.at_ms], [t for one in told for t in one.later_ms]


def _cache_row(outcomes: Iterable[Outcome]) -> str:
    names, found = ("before", "in the first second", "after it"), _answers(outcomes)
    said = [f"{name} {_p99(times):.0f} ms ({len(times)})" if times else f"{name} none" for name, times in zip(names, found, strict=True)]
    return f"{', '.join(said)} (<= before + {CACHE_MS:g} ms)"


def _slow_cache(outcomes: Iterable[Outcome], whole: bool) -> list[str]:
    """`whole`: a campaign with lost caches was played to its end, so that there must be something to compare."""
    before, at, later = _answers(outcomes)
    if len(before) < _ENOUGH_ANSWERS or not at or not later:
        wish = f"of {_ENOUGH_ANSWERS} answers before a lost cache and of some in the first second and after it something can be said"
        return [f"{wish}, there were {len(before)}, {len(at)} and {len(later)}"] if whole else []
    most = _p99(before) + CACHE_MS
    return [
        f"with a lost cache answers take {_p99(times):.0f} ms at p99 {when}, at most {most:.0f} ms are required"
        for when, times in (("in the first second", at), ("after it", later))
        if _p99(times) > most
    ]
