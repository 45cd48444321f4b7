"""Who watches the strategies while they run: a port of the pure core. The shell's `Watchdog` fulfils it with real clocks."""

from __future__ import annotations

from typing import Protocol


class Supervisor(Protocol):
    """Told when a strategy begins a cycle and when it has ended it."""

    def begin(self, strategy: str) -> None: ...

    def end(self) -> int:
        """The processor time that the cycle took, in ns."""


class Unsupervised:
    """No clock at all: every cycle takes no time. For replays and for what is pure."""

    def begin(self, strategy: str) -> None:
        """Nobody watches."""

    def end(self) -> int:
        return 0
