"""What processes use while they are watched: processor seconds, resident memory, open descriptors, and the size of files."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import psutil

EVERY_S = 0.5


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """At `at_s` (since the watch began): processor seconds so far, bytes resident, open descriptors, bytes of the watched file."""

    at_s: float
    cpu_s: float
    rss: int
    descriptors: int
    file_bytes: int = 0


class Watch:
    """Samples processes (name -> pid) and one file each until it ends. A process that ends keeps its samples."""

    def __init__(self, pids: Mapping[str, int], files: Mapping[str, Path] | None = None, every_s: float = EVERY_S) -> None:
        """
        Raises:
            ValueError: a process that does not run.
        """
        self.samples: dict[str, list[Sample]] = {name: [] for name in pids}
        self._files = dict(files or {})
        self._every_s = every_s
        self._stop = threading.Event()
        self._begun = time.monotonic()
        try:
            self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        except psutil.NoSuchProcess as gone:
            raise ValueError(f"process {gone.pid} does not run; start it before it is watched") from None
        self.look()
        self._thread = threading.Thread(target=self._run, name="load: resources", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.look()

    def look(self) -> None:
        """One more sample of each."""
        for name, process in self._processes.items():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                self.samples[name].append(self._sample(name, process))

    def _sample(self, name: str, process: psutil.Process) -> Sample:
        with process.oneshot():
            times = process.cpu_times()
            return Sample(
                at_s=time.monotonic() - self._begun,
                cpu_s=times.user + times.system,
                rss=process.memory_info().rss,
                descriptors=process.num_fds(),
                file_bytes=_size(self._files.get(name)),
            )

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self.look()

    def cpu_share(self, name: str) -> float:
        """Processor time over time; 1.0 = one core, all the time."""
        first, last = self.samples[name][0], self.samples[name][-1]
        return (last.cpu_s - first.cpu_s) / max(last.at_s - first.at_s, 1e-9)

    def series(self, name: str, of: Callable[[Sample], float]) -> list[tuple[float, float]]:
        """(seconds, value) of one process."""
        return [(sample.at_s, of(sample)) for sample in self.samples[name]]


def _size(path: Path | None) -> int:
    if path is None:
        return 0
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0
