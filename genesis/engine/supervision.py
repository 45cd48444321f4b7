"""Who watches the strategies while they run: a port of the pure core. The shell's `Watchdog` fulfils it with real clocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class CycleInterrupted(BaseException):
    """A cycle was not over within its budget. Raised in the midst of a strategy's code, and nowhere else."""


class Supervisor(Protocol):
    """Runs what is a strategy's own code."""

    def watch(self, strategy: str, budget_ns: int, cycle: Callable[[], None]) -> int:
        """Run a cycle; the processor time that it took, in ns. One that is not over within `budget_ns` is interrupted: it took
        more than that, and nothing that it had come to by then counts."""


class Unsupervised:
    """No clock at all: every cycle takes no time. For replays and for what is pure."""

    def watch(self, strategy: str, budget_ns: int, cycle: Callable[[], None]) -> int:
        cycle()
        return 0
