"""What must have occurred in a fault campaign (I36; reliability A3, A4), as soon as its schedule makes that likely enough. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from libraries.campaign.faults.kinds import ADDRESSES, Fault
from libraries.campaign.faults.plan import Round

ENOUGH: Final = 3
"""Rounds with a cause of a situation from which on it is demanded: one of them may hit nothing, because another fault was in its way."""
_KILLS: Final = frozenset({Fault.ENGINE_KILLED, Fault.LEADER_KILLED})
_LOSES_ANSWERS: Final = _KILLS | {Fault.HALF_OPEN, Fault.RESET, Fault.ANSWER_DROPPED, Fault.EXECUTED, Fault.NOT_EXECUTED, Fault.ERRORS}


@dataclass(frozen=True)
class Situation:
    """`name`: the auditor's. `causes`: classes that bring it about; empty = the load does by itself. `points`: which crash points of
    reliability A3 it is the trace of."""

    name: str
    causes: frozenset[Fault] = frozenset()
    points: str = ""


SITUATIONS: Final = (
    Situation("killed", _KILLS),
    Situation("filled while down", _KILLS, "CP-F2"),
    Situation("order adopted", _KILLS, "CP-O6, CP-O8"),
    Situation("outcome unknown", _LOSES_ANSWERS, "CP-O5, CP-O7"),
    Situation("outcome resolved", _LOSES_ANSWERS, "CP-R2"),
    Situation("reconciliation repaired", _LOSES_ANSWERS, "CP-R3"),
    Situation("partly filled", points="CP-F1"),
    Situation("order refused", frozenset({Fault.RATE_LIMIT, Fault.BAN, Fault.CLOCK, Fault.KEY})),
)
"""Situations of the auditor that can arise here. Those that cannot: clean restarts and points of a shutdown (CP-D2) are the shutdown
suites', a difference that blocks is X38's, executed stops are the stops' suites', single points the kill campaign's."""


def demanded(rounds: Sequence[Round]) -> dict[str, int]:
    """Situation, or `fault: CLASS` -> how many rounds of the schedule can bring it about; only those with enough of them. Of a class one
    round is enough in which it is alone: nothing was in its way."""
    counted: Counter[str] = Counter()
    alone: set[str] = set()
    for one in rounds:
        alone.update(f"fault: {fault}" for fault in one.classes if len(one.classes) == 1)
        counted.update(f"fault: {fault}" for fault in one.classes)
        counted.update(each.name for each in SITUATIONS if not each.causes or each.causes & one.classes)
        counted.update(["another address used"] if one.classes & ADDRESSES else [])
    again = {name for name, number in counted.items() if number > 1 and name.startswith("fault: ")}
    return {name: number for name, number in counted.items() if number >= ENOUGH or name in alone | again}


def occurred(rounds: Iterable[Mapping[str, bool]], situations: Iterable[Mapping[str, int]], addresses_used: int) -> Counter[str]:
    """What did occur. `rounds`: of each the classes that it injected, and whether they hit."""
    counted: Counter[str] = Counter()
    for injected in rounds:
        counted.update(f"fault: {name}" for name, hit in injected.items() if hit)
    for found in situations:
        counted.update({name: number for name, number in found.items() if number})
    counted["another address used"] += addresses_used
    return counted


def missing(rounds: Sequence[Round], seen: Mapping[str, int]) -> list[str]:
    """What was demanded and never occurred, as sentences."""
    return [
        f"never occurred: {name} ({number} rounds should bring it about)"
        for name, number in sorted(demanded(rounds).items())
        if not seen.get(name)
    ]
