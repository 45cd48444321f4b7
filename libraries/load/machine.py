"""What the machine was worth while something was measured: how fast it computes, and how often it stood still.

A time that was measured on a busy machine says nothing without this. So every message about a time carries it.
"""

from __future__ import annotations

import os
import threading
import time
from types import TracebackType

import msgspec

STALL_S = 0.005
_NAP_S = 0.001
REFERENCE_MS = 7.5
"""What `calibrate` takes on the quiet machine on which the budgets of docs/load.md were set."""
_ROUNDS = 5
_WORK = 200_000
_PACE_PART = 10
"""What `Pace` does at a time is so small a part of `work`."""
_PACE_EVERY_S = 0.25
MOST_STALLED = 0.02
"""Above this share of stalls a measurement is repeated (DESIGN, Budgets)."""
MOST_SLOW = 1.15
"""Beyond this many times the reference's time, too: a processor that others use computes slower without standing still."""


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """`factor`: how much longer a fixed piece of work took than on the reference machine, on the wall; `stalled`: share of the time in
    which a nap ended more than 5 ms late; `load`: the system's load average over its cores."""

    factor: float
    stalled: float
    load: float

    @property
    def quiet(self) -> bool:
        return self.stalled <= MOST_STALLED and self.factor <= MOST_SLOW

    def text(self) -> str:
        """One clause for a message."""
        state = (
            "quiet" if self.quiet else f"NOT quiet: above {MOST_SLOW:g}x or {MOST_STALLED:.0%} the time is the machine's, not the engine's"
        )
        return f"machine: {self.factor:.1f}x the reference's time, stood still {self.stalled:.1%}, load {self.load:.1f} per core ({state})"


def work(rounds: int = _WORK) -> int:
    """A fixed piece of the interpreter's work; the number keeps it from being left out."""
    total = 0
    for number in range(rounds):
        total += number & 7
    return total


def calibrate() -> float:
    """How many times longer `work` takes now than on the reference: the median of some rounds, on the wall."""
    took = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        work()
        took.append((time.perf_counter() - begun) * 1_000)
    return sorted(took)[_ROUNDS // 2] / REFERENCE_MS


class Pace:
    """Beside a load: how many times longer than on the reference the core that is measured takes for a piece of work, again and again, by
    the processor time of the thread that does it. So the load's own use of the core does not count, and what others do to its speed does:
    on a shared machine a core computes at half its speed for seconds, and no clock of the system says so.
    """

    def __init__(self, core: int) -> None:
        self._core = core
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="load: pace probe", daemon=True)
        self._took_ms: list[float] = []

    def start(self) -> None:
        self._thread.start()

    def end(self) -> float:
        """The mean over the load."""
        self._stop.set()
        self._thread.join()
        return sum(self._took_ms) / len(self._took_ms) * _PACE_PART / REFERENCE_MS

    def _watch(self) -> None:
        os.sched_setaffinity(0, {self._core})  # this thread alone
        while True:
            begun = time.thread_time_ns()
            work(_WORK // _PACE_PART)
            self._took_ms.append((time.thread_time_ns() - begun) / 1e6)
            if self._stop.wait(_PACE_EVERY_S):
                return


class Hiccups:
    """A probe beside a measurement, in a thread of its own: naps of a millisecond (or `nap_s`, where the probe must cost less), and how
    late they ended, where that is more than five."""

    def __init__(self, nap_s: float = _NAP_S) -> None:
        self._nap_s = nap_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="load: hiccup probe", daemon=True)
        self._stalled = 0.0
        self._watched = 0.0
        self.longest_s = 0.0

    @property
    def stalled(self) -> float:
        """Share of the time."""
        return self._stalled / self._watched if self._watched else 0.0

    def moment(self) -> tuple[float, float]:
        """Monotonic seconds, and how many of them the machine stood still until now."""
        return time.monotonic(), self._stalled

    def share_since(self, moment: tuple[float, float]) -> float:
        """Share of the time since then."""
        at, stalled = moment
        passed = time.monotonic() - at
        return (self._stalled - stalled) / passed if passed > 0 else 0.0

    def __enter__(self) -> Hiccups:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def speed(self, factor: float) -> Speed:
        """What the machine was worth, with a calibration of the same run."""
        return Speed(factor=factor, stalled=self.stalled, load=os.getloadavg()[0] / (os.cpu_count() or 1))

    def _watch(self) -> None:
        before = time.perf_counter()
        while not self._stop.is_set():
            time.sleep(self._nap_s)
            now = time.perf_counter()
            late = now - before - self._nap_s
            self._watched += now - before
            self._stalled += late if late > STALL_S else 0.0
            self.longest_s = max(self.longest_s, late)
            before = now
