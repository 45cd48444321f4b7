"""The timer that interrupts a cycle of a strategy when its budget of processor time is used up.

The kernel's timer counts the processor time of the whole process, the budget is the loop's thread's: a signal that comes too
early is followed by others. An interruption is an exception, so it must not hit anything but the strategy's code: it is raised
only where the frame that the signal found was called by the cycle that is running. The timer's own frame is none of those, and
neither is anything before or after it, however late a signal is. What swallows an interruption gets the next one.

Code outside of the interpreter is interrupted when it comes back.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import msgspec

from genesis.engine.supervision import CycleInterrupted

AGAIN_S: Final = 0.005
"""How soon a signal that changed nothing is followed by the next one, in processor time."""
_S_PER_NS: Final = 1e-9


class _Running(msgspec.Struct, frozen=True):
    ends_ns: int  # on the clock of the loop's thread
    frame: FrameType


class CycleTimer:
    """Made, installed and used in the main thread, which is the loop's. It takes SIGPROF for itself."""

    def __init__(self) -> None:
        self.clock = time.pthread_getcpuclockid(threading.get_ident())
        self._running: _Running | None = None
        self._before: Any = None

    def install(self) -> None:
        """Take the signal."""
        self._before = signal.signal(signal.SIGPROF, self.look)
        signal.siginterrupt(signal.SIGPROF, False)  # no system call of another thread ends early by it

    def remove(self) -> None:
        """Give the signal back."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, self._before)

    def run(self, budget_ns: int, cycle: Callable[[], None]) -> int:
        """Run a cycle; the processor time that it took, in ns: more than `budget_ns` if it was interrupted."""
        begun_ns = time.clock_gettime_ns(self.clock)
        self._running = _Running(begun_ns + budget_ns, sys._getframe())
        signal.setitimer(signal.ITIMER_PROF, budget_ns * _S_PER_NS, AGAIN_S)
        try:
            cycle()
        except CycleInterrupted:
            pass
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self._running = None
        return time.clock_gettime_ns(self.clock) - begun_ns

    def look(self, _signal: int, frame: FrameType | None) -> None:
        """The signal has found `frame`.

        Raises:
            CycleInterrupted: it belongs to the cycle that is running, and that has used up its budget.
        """
        running = self._running
        if running is None or time.clock_gettime_ns(self.clock) <= running.ends_ns or not _called_by(running.frame, frame):
            return
        raise CycleInterrupted


def _called_by(caller: FrameType, frame: FrameType | None) -> bool:
    """Whether `frame` was called by `caller`, or by what that called; nothing is called by itself. What looks at a signal was not:
    the signal may have come after the cycle, and another one while it was looked at."""
    while frame is not None:
        if frame.f_code is CycleTimer.look.__code__:
            return False
        frame = frame.f_back
        if frame is caller:
            return True
    return False
