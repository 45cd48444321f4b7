"""What processes use while something is done: processor seconds, and instructions where `perf` counts them."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping

import msgspec
import psutil


class Cost(msgspec.Struct):
    """Of one process: processor seconds, instructions in user mode (None = not counted), resident bytes at the end."""

    cpu_s: float = 0.0
    instructions: int | None = None
    resident: int = 0


class Counter:
    """Counts one process from its beginning to `end`."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._perf = _perf(pid)
        self._before_s = self._used_s()

    def _used_s(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def end(self) -> Cost:
        """What was used since the beginning."""
        used_s, resident = self._used_s() - self._before_s, int(self._process.memory_info().rss)
        return Cost(cpu_s=used_s, instructions=_counted(self._perf), resident=resident)


@contextlib.contextmanager
def counted(pids: Mapping[str, int]) -> Iterator[dict[str, Cost]]:
    """Count what the processes use within; the costs by name are there afterwards."""
    costs: dict[str, Cost] = {}
    counters = {name: Counter(pid) for name, pid in pids.items()}
    yield costs
    costs.update({name: counter.end() for name, counter in counters.items()})


def _perf(pid: int) -> subprocess.Popen[str] | None:
    program = shutil.which("perf")
    if program is None:
        return None
    return subprocess.Popen([program, "stat", "-x,", "-e", "instructions:u", "-p", str(pid)], stderr=subprocess.PIPE, text=True)


def _counted(perf: subprocess.Popen[str] | None) -> int | None:
    """`perf` is where counters are not: in many virtual machines, and where the kernel forbids them."""
    if perf is None:
        return None
    perf.send_signal(signal.SIGINT)
    _, said = perf.communicate()
    number = said.strip().partition(",")[0]
    return int(number) if number.isdigit() else None
