"""What the loop watches beside its work: how long the disk takes, and whether the wall clock was moved (I22)."""

from __future__ import annotations

from typing import Final

from genesis.core.events import Now
from genesis.core.facts import ConditionChanged, Fact

LATE_COMMIT_MS: Final = 2_000
WALL_JUMP_MS: Final = 1_000
_NS_PER_MS: Final = 1_000_000


class Vigil:
    """Asked ten times a second. `trouble` says why the database is late or lost, "" = it is neither."""

    def __init__(self, now: Now) -> None:
        self.trouble = ""
        self.log_trouble = ""
        self._snapshots = ""
        self._cut_ns = now.mono_ns
        self._since_ns = now.mono_ns
        self._seen = now

    def cut(self, now: Now) -> None:
        """A batch was handed to the disk."""
        self._cut_ns = now.mono_ns

    def late(self, reason: str, now: Now) -> bool:
        """A batch is being written; `reason` is the journal's own word on a delay. True when this is news."""
        waited_ms = (now.mono_ns - self._cut_ns) // _NS_PER_MS
        trouble = reason or (f"no answer from the disk for {waited_ms} ms" if waited_ms > LATE_COMMIT_MS else "")
        news = bool(trouble) and not self.trouble
        if news:
            self._since_ns = self._cut_ns
        self.trouble = trouble or self.trouble
        return news

    def over(self, now: Now) -> list[Fact]:
        """A batch is durable: what can be told now of a trouble that lasted until here."""
        if not self.trouble:
            return []
        lasted_ms = (now.mono_ns - self._since_ns) // _NS_PER_MS
        facts: list[Fact] = [_condition("database", "DOWN", self.trouble), _condition("database", "UP", f"after {lasted_ms} ms")]
        self.trouble = ""
        return facts

    def snapshots(self, failure: str) -> list[Fact]:
        """A snapshot or an anchor was written, or not: `failure` says why. Told when that changes."""
        news, self._snapshots = bool(failure) is not bool(self._snapshots), failure
        return [_condition("snapshots", "DOWN" if failure else "UP", failure)] if news else []

    def log(self, trouble: str) -> list[Fact]:
        """The database's log is too large, or it is not: `trouble` says why. Told when that changes."""
        news, self.log_trouble = bool(trouble) is not bool(self.log_trouble), trouble
        return [_condition("database-log", "DOWN" if trouble else "UP", trouble)] if news else []

    def wall_moved(self, now: Now) -> list[Fact]:
        """The wall clock went another way than the monotonic one since the last look: that is recorded."""
        monotonic_ms = (now.mono_ns - self._seen.mono_ns) // _NS_PER_MS
        moved_ms = now.wall_ms - self._seen.wall_ms - monotonic_ms
        self._seen = now
        if abs(moved_ms) < WALL_JUMP_MS:
            return []
        return [_condition("wall-clock", "MOVED", f"by {moved_ms:+d} ms")]


def _condition(name: str, state: str, detail: str) -> Fact:
    return ConditionChanged(name=name, state=state, detail=detail, correlation_id=name)
