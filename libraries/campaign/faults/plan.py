"""Which faults come together, and when, by the seed. Pure: the same seed, the same schedule."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from libraries.campaign.faults.kinds import ADDRESSES, CACHES, ENGINE, LIMITS, NATURES, STANDBYS, Base, Fault, Kind

_TOGETHER: Final = (1, 1, 2, 2, 2, 3, 3)
"""How many faults a round has, one of these."""
_LATEST_S: Final = 1.2
"""By then a fault has begun; one that silences the engine begins after the others, which would hit nothing."""
_LASTS_S: Final = (1.5, 4.0)


@dataclass(frozen=True)
class Planned:
    """One fault: so many seconds after the load has begun, with a number of its class's unit."""

    fault: Fault
    at_s: float
    number: int

    @property
    def text(self) -> str:
        unit = NATURES[self.fault].unit
        return f"{self.fault} ({self.number} {unit})" if unit else str(self.fault)


@dataclass(frozen=True)
class Round:
    """One engine under load. `heal_s`: after the load has begun; what takes over by itself gets the time it needs."""

    number: int
    seed: int
    faults: tuple[Planned, ...]
    base: Base
    heal_s: float
    addresses: bool
    cache: bool

    @property
    def classes(self) -> frozenset[Fault]:
        return frozenset(planned.fault for planned in self.faults)

    @property
    def name(self) -> str:
        return f"{self.number}: {' + '.join(planned.text for planned in self.faults)}, on {self.base}"

    @property
    def standby(self) -> bool:
        """A second engine waits on the same database."""
        return bool(self.classes & STANDBYS)

    @property
    def twin(self) -> bool:
        """A second engine without a cache is given the same script (I26): nothing else is broken."""
        return self.classes <= CACHES

    @property
    def tls(self) -> bool:
        """As in production: over plain text a flipped bit may be another true-looking number."""
        return Fault.CORRUPT in self.classes

    @property
    def kind(self) -> Kind:
        """As what its recovery is measured: the one of its faults that may take longest."""
        kinds = {NATURES[fault].kind for fault in self.classes}
        return max((kind for kind in Kind if kind in kinds), key=lambda kind: LIMITS[kind])


def schedule(faults: int, seed: int) -> list[Round]:
    """Rounds with so many faults in all. First one alone of each kind of recovery, and each of a cache, so that every kind is measured;
    then together as the dice fall. Every class comes once before any comes again."""
    dice = random.Random(f"faults {seed}")  # noqa: S311 - repeatable on purpose
    alone = _alone(dice)[:faults]
    bag = [fault for fault in dice.sample(list(Fault), len(Fault)) if fault not in alone]
    rounds = [_round(number, [fault], dice) for number, fault in enumerate(alone, start=1)]
    left = faults - len(alone)
    while left:
        size = min(dice.choice(_TOGETHER), left)
        if len(bag) < size:
            bag = [*bag, *dice.sample(list(Fault), len(Fault))]
        chosen = _together(bag, size)
        rounds.append(_round(len(rounds) + 1, chosen, dice))
        left -= len(chosen)
    return rounds


def _alone(dice: random.Random) -> list[Fault]:
    """In an order of their own."""
    drawn = [dice.choice([fault for fault, nature in NATURES.items() if nature.kind is kind]) for kind in Kind if kind is not Kind.CACHE]
    chosen = [*drawn, *sorted(CACHES)]
    dice.shuffle(chosen)
    return chosen


def round_of(faults: Sequence[Fault], seed: int) -> Round:
    """One round of these faults.

    Raises:
        ValueError: none, one twice, or two that cannot be had together.
    """
    if not faults:
        raise ValueError("expected at least one fault, got none")
    for number, fault in enumerate(faults):
        for other in faults[:number]:
            if fault is other or not _fits(fault, [other]):
                raise ValueError(f"expected faults that can be had together, got {other} and {fault}")
    return _round(1, faults, random.Random(f"round {seed}"))  # noqa: S311 - repeatable on purpose


def _together(bag: list[Fault], size: int) -> list[Fault]:
    """Take the first of the bag, and the next ones that can be had with it and may not take longer: so every kind of recovery is
    measured, and none only beside a worse one."""
    chosen: list[Fault] = []
    for fault in list(bag):
        longer = bool(chosen) and LIMITS[NATURES[fault].kind] > LIMITS[NATURES[chosen[0]].kind]
        if len(chosen) < size and fault not in chosen and not longer and _fits(fault, chosen):
            chosen.append(fault)
            bag.remove(fault)
    return chosen


def _fits(fault: Fault, others: Sequence[Fault]) -> bool:
    one = NATURES[fault]
    for other in (NATURES[name] for name in others):
        if (one.group and one.group == other.group) or (one.base and other.base and one.base is not other.base):
            return False
    return True


def _round(number: int, chosen: Sequence[Fault], dice: random.Random) -> Round:
    base = next((NATURES[fault].base for fault in chosen if NATURES[fault].base), None) or Base.FILE
    planned = tuple(_planned(fault, dice) for fault in chosen)
    return Round(
        number=number,
        seed=dice.randrange(1, 1_000_000),
        faults=tuple(sorted(planned, key=lambda each: each.at_s)),
        base=base,
        heal_s=round(max(each.at_s for each in planned) + dice.uniform(*_LASTS_S), 2),
        addresses=bool(ADDRESSES & set(chosen)) or dice.random() < 0.3,
        cache=bool(CACHES & set(chosen)) or dice.random() < 0.3,
    )


def _planned(fault: Fault, dice: random.Random) -> Planned:
    nature = NATURES[fault]
    number = dice.randint(nature.least, nature.most)
    if nature.signed and dice.random() < 0.5:
        number = -number
    at_s = dice.uniform(0, _LATEST_S) + (_LATEST_S if nature.group == ENGINE else 0)
    return Planned(fault, round(at_s, 2), number)


def digest(rounds: Iterable[Round]) -> str:
    """sha256 (hex) of a schedule: equal for equal seeds."""
    return hashlib.sha256(json.dumps([asdict(each) for each in rounds], sort_keys=True).encode()).hexdigest()


_COST: Final = {Base.FILE: 1, Base.SERVER: 1, Base.CLUSTER: 3}


def shared_out(rounds: Sequence[Round], workers: int) -> list[list[Round]]:
    """Who plays what: all rounds on three nodes go to one worker, since two clusters are too much for one machine."""
    parts: list[list[Round]] = [[] for _ in range(workers)]
    costs = [0] * workers
    for one in sorted(rounds, key=lambda each: each.base is not Base.CLUSTER):
        worker = 0 if one.base is Base.CLUSTER else costs.index(min(costs))
        parts[worker].append(one)
        costs[worker] += _COST[one.base]
    return parts
