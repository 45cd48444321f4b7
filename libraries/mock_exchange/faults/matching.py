"""When a rule fires: the thing that passes is compared, counted and, where the rule says so, drawn for."""

from __future__ import annotations

from fnmatch import fnmatchcase
from random import Random

import msgspec

from .rules import Point, Rule, Texts

_TEXTS = (
    "api",
    "method",
    "path",
    "operation",
    "stream",
    "event",
    "execution",
    "account",
    "symbol",
    "side",
    "type",
    "client_order_id",
)


class Subject(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What passes a point. Empty = not known there, or has none."""

    api: str = ""
    address: str = ""
    local: str = ""
    """The venue's end of the connection, host:port; `address` is its name."""
    connection: str = ""
    peer: str = ""
    method: str = ""
    path: str = ""
    operation: str = ""
    stream: str = ""
    event: str = ""
    execution: str = ""
    account: str = ""
    symbol: str = ""
    side: str = ""
    type: str = ""
    client_order_id: str = ""
    order_id: int = 0


class ArmedRule:
    """A rule and what it has met so far: `seen` = matched before counting, `hits` = fired."""

    def __init__(self, rule_id: str, rule: Rule) -> None:
        self.id = rule_id
        self.rule = rule
        self.seen = 0
        self.hits = 0
        self.random = Random(f"fault {rule.seed}")  # noqa: S311 - repeatable on purpose
        self._wanted = [(name, _listed(getattr(rule.match, name))) for name in _TEXTS if getattr(rule.match, name) is not None]

    @property
    def spent(self) -> bool:
        """It can never fire again by count."""
        times, nth = self.rule.times, self.rule.match.nth
        return (times is not None and self.hits >= times) or (nth is not None and self.seen >= nth)

    def takes(self, subject: Subject, now_ms: int) -> bool:
        """Whether it fires for this subject; counts it."""
        if self.spent or not self._in_time(now_ms) or not self._matches(subject):
            return False
        self.seen += 1
        match = self.rule.match
        if match.nth is not None and self.seen != match.nth:
            return False
        if match.every is not None and self.seen % match.every:
            return False
        if match.probability is not None and self.random.random() >= match.probability:
            return False
        self.hits += 1
        return True

    def _in_time(self, now_ms: int) -> bool:
        after, until = self.rule.match.after, self.rule.match.until
        return (after is None or now_ms >= after) and (until is None or now_ms < until)

    def _matches(self, subject: Subject) -> bool:
        match = self.rule.match
        for wanted, names in ((match.connection, (subject.connection, subject.peer)), (match.address, (subject.address, subject.local))):
            if wanted is not None and not any(_any_of(_listed(wanted), name) for name in names):
                return False
        if match.order_id is not None:
            ids = match.order_id if isinstance(match.order_id, list) else [match.order_id]
            if subject.order_id not in ids:
                return False
        return all(_any_of(patterns, getattr(subject, name)) for name, patterns in self._wanted)


class Armory:
    """All rules, in the order of their arming, which is the order of their effects."""

    def __init__(self) -> None:
        self.rules: dict[str, ArmedRule] = {}
        self._active: dict[Point, list[ArmedRule]] = {}
        self._number = 0

    def arm(self, rule: Rule) -> ArmedRule:
        """Raises ValueError: a rule of that id is armed."""
        rule_id = rule.id or self._free_id()
        if rule_id in self.rules and self.is_active(self.rules[rule_id]):
            raise ValueError(f"id: expected one that no armed rule bears, got {rule_id!r}")
        armed = self.rules[rule_id] = ArmedRule(rule_id, rule)
        self._active.setdefault(rule.point, []).append(armed)
        return armed

    def disarm(self, rule_id: str) -> bool:
        """False: no rule of that id is armed. What it met stays on record."""
        armed = self.rules.get(rule_id)
        if armed is None or not self.is_active(armed):
            return False
        self._active[armed.rule.point].remove(armed)
        return True

    def is_active(self, armed: ArmedRule) -> bool:
        return armed in self._active.get(armed.rule.point, ())

    def is_waiting_at(self, *points: Point) -> bool:
        return any(self._active.get(point) for point in points)

    @property
    def is_empty(self) -> bool:
        return not any(self._active.values())

    def take(self, point: Point, subject: Subject, now_ms: int) -> list[ArmedRule]:
        """The rules that fire here, in order. Those that are spent leave."""
        active = self._active.get(point)
        if not active:
            return []
        fired = [armed for armed in active if armed.takes(subject, now_ms)]
        self._active[point] = [armed for armed in active if not armed.spent]
        return fired

    def forget_oldest(self, room: int) -> None:
        """Records of rules that are not armed any more go, oldest first, until at most `room` rules are left."""
        for armed in list(self.rules.values()):
            if len(self.rules) <= room:
                return
            if not self.is_active(armed):
                del self.rules[armed.id]

    def _free_id(self) -> str:
        while True:
            self._number += 1
            if f"f{self._number}" not in self.rules:
                return f"f{self._number}"


def _listed(texts: Texts) -> list[str]:
    return texts if isinstance(texts, list) else [] if texts is None else [texts]


def _any_of(patterns: list[str], text: str) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)
