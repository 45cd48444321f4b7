"""What a campaign does, by its seed: sessions of trading, and where in them the engine dies. Pure: the same seed, the same schedule."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

SYMBOLS: Final = ("BTCUSDT", "ETHUSDT")


class Phrase(StrEnum):
    """A small story that a session is made of."""

    BUYS = "an order is filled at once"
    FILLED_IN_PARTS = "an order rests and is filled in two parts"
    CANCELLED = "an order rests and is cancelled"
    REFUSED = "the venue refuses an order"
    UNKNOWN = "the venue does not say what became of an order"
    LATE_ANSWER = "the answer to an order comes after its fill"
    TOGETHER = "several orders are wanted at once"
    LEAVES = "a part of a position is closed"


@dataclass(frozen=True)
class Step:
    """One phrase of a session. `quantity` in base, as text."""

    phrase: Phrase
    symbol: str
    quantity: str


class When(StrEnum):
    """In which part of an engine's life a point is armed."""

    START = "at the first start"
    SESSION = "in the session"
    STOP = "in the shutdown"
    RECOVERY = "at the start after a kill"
    LEASE = "in the session of an engine with a standby"


WHEN: Final = {
    "CP-S1": When.START,
    "CP-S2": When.START,
    "CP-S3": When.START,
    "CP-S4a": When.RECOVERY,
    "CP-S4b": When.START,
    "CP-R1": When.RECOVERY,
    "CP-R2": When.RECOVERY,
    "CP-R3": When.RECOVERY,
    "CP-R4": When.RECOVERY,
    "CP-D1": When.STOP,
    "CP-D2": When.STOP,
    "CP-D3": When.STOP,
    "CP-D4": When.STOP,
    "CP-L1": When.LEASE,
    "CP-L2": When.LEASE,
}
"""Every other point is armed for the session."""
ELSEWHERE: Final = {
    "CP-O3d": "only after a commit that has failed: suites/recovery/commit_outcomes.robot",
    "CP-M1a": "migrations: suites/recovery/migrations.robot",
    "CP-M1b": "migrations: suites/recovery/migrations.robot",
    "CP-M1c": "migrations: suites/recovery/migrations.robot",
    "CP-M1d": "migrations: suites/recovery/migrations.robot",
    "CP-M2": "migrations: suites/recovery/migrations.robot",
    "CP-A2": "archives: suites/recovery/history.robot",
    "CP-A2b": "archives: suites/recovery/history.robot",
    "CP-K1": "a cache: suites/failover/cache.robot",
}
"""Points that no session comes to, and what comes to them."""
STARRED: Final = ("CP-O4", "CP-O5", "CP-O6", "CP-O7", "CP-O8", "CP-F1", "CP-C1a", "CP-C1b", "CP-R2", "CP-D2")
"""What reliability A3 marks: also frozen and failed, not only killed."""
LEASED: Final = ("CP-L1", "CP-L2")
"""On PostgreSQL, with a standby: the one that trades is also frozen until the standby has taken over."""
AGAIN: Final = {
    **dict.fromkeys(("CP-O1", "CP-O2", "CP-O3a", "CP-O3b", "CP-O3c", "CP-O4", "CP-O5", "CP-O6", "CP-O8", "CP-F2", "CP-F3"), 3),
    **dict.fromkeys(("CP-W1", "CP-A1b"), 2),
}
"""Points that every session comes to several times -> how often at least."""
_LONGEST_PAUSE_S: Final = 0.06
_LONGEST_RECOVERY_S: Final = 0.9


@dataclass(frozen=True)
class Round:
    """One engine: how it dies, and how often again while it recovers.

    `point` "" = SIGKILL `pause_s` after step `at_step` has begun; else death (or what `mode` says) at the `nth` time that it is reached.
    `again_s`: after each of these times a restarted engine is killed once more.
    """

    number: int
    seed: int
    point: str
    nth: int
    mode: str
    at_step: int
    pause_s: float
    again_s: tuple[float, ...]

    @property
    def when(self) -> When:
        return WHEN.get(self.point, When.SESSION)

    @property
    def name(self) -> str:
        return (
            f"{self.number}: {self.mode} at {self.point}, time {self.nth}" if self.point else f"{self.number}: kill in step {self.at_step}"
        )


def session(seed: int, extra: int = 2) -> tuple[Step, ...]:
    """Every phrase once, in an order of its own, and some again; a position is there before a part of it is closed."""
    dice = random.Random(f"session {seed}")  # noqa: S311 - repeatable on purpose
    phrases = [phrase for phrase in Phrase if phrase is not Phrase.BUYS] + dice.choices(list(Phrase), k=extra)
    dice.shuffle(phrases)
    steps = [_step(phrase, dice) for phrase in (Phrase.BUYS, Phrase.BUYS, *phrases)]
    both = [Step(Phrase.BUYS, symbol, step.quantity) for symbol, step in zip(SYMBOLS, steps, strict=False)]
    return (*both, *steps[2:])


def _step(phrase: Phrase, dice: random.Random) -> Step:
    return Step(phrase, dice.choice(SYMBOLS), f"0.{dice.randint(20, 40)}")


def schedule(kills: int, seed: int, points: Iterable[str]) -> list[Round]:
    """So many rounds: each point once by SIGKILL, those with a star also frozen and failed, those of a lease also frozen, the rest at
    random moments."""
    dice = random.Random(f"campaign {seed}")  # noqa: S311 - repeatable on purpose
    reachable = [point for point in points if point not in ELSEWHERE]
    named = [(point, 1, "kill") for point in reachable]
    named += [(point, 1, mode) for point in STARRED if point in reachable for mode in ("stop", "raise")]
    named += [(point, 1, "stop") for point in LEASED if point in reachable]
    named += [(point, dice.randint(2, AGAIN[point]), "kill") for point in dice.sample(reachable, len(reachable)) if point in AGAIN]
    chosen = named[:kills] + [("", 1, "kill")] * max(0, kills - len(named))
    dice.shuffle(chosen)
    return [_round(number, one, dice) for number, one in enumerate(chosen, start=1)]


def _round(number: int, one: tuple[str, int, str], dice: random.Random) -> Round:
    point, nth, mode = one
    seed = dice.randrange(1, 1_000_000)
    again = dice.choice((0, 0, 1, 1, 2, 3)) if mode == "kill" else 0
    return Round(
        number=number,
        seed=seed,
        point=point,
        nth=nth,
        mode=mode,
        at_step=dice.randrange(len(session(seed))),
        pause_s=round(dice.uniform(0, _LONGEST_PAUSE_S), 4),
        again_s=tuple(round(dice.uniform(0, _LONGEST_RECOVERY_S), 4) for _ in range(again)),
    )


def digest(rounds: Iterable[Round]) -> str:
    """sha256 (hex) of a schedule with its sessions: equal for equal seeds."""
    plain = [[asdict(one), [asdict(step) for step in session(one.seed)]] for one in rounds]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
