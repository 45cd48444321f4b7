"""When a snapshot of the state is due (R28)."""

from __future__ import annotations

from genesis.core.settings import TimingSettings

NS_PER_MS = 1_000_000


class SnapshotTimes:
    """`seq` = facts recorded so far, `mono_ns` = the monotonic clock: at the start, and at each question."""

    def __init__(self, timing: TimingSettings, seq: int, mono_ns: int) -> None:
        self.wanted = False
        """Whether one is to be taken with the next batch, whatever the time."""
        self._timing = timing
        self._seq = seq
        self._ns = mono_ns

    def take(self, seq: int, mono_ns: int) -> bool:
        """Whether one is taken now; if so, the time to the next one begins."""
        due = self.wanted or self._due(seq - self._seq, (mono_ns - self._ns) // NS_PER_MS)
        self.wanted = False
        if due:
            self._seq, self._ns = seq, mono_ns
        return due

    def _due(self, facts: int, age_ms: int) -> bool:
        return facts >= self._timing.snapshot_every_facts or (facts > 0 and age_ms >= self._timing.snapshot_every_ms)
