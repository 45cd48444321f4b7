"""What a test left behind although its world is closed: processes, threads, listening ports, temporary files.

Asked after each test, so that the test in which a leak appeared is named; what was reported once is not reported again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from libraries.world.deadlines import Deadline, poll
from libraries.world.processes import WORLD_TOKEN, WORLD_VARIABLE, Child

_SETTLE_S = 0.5
"""Threads and dying processes get this long to be gone."""
_NEEDLE = f"{WORLD_VARIABLE}={WORLD_TOKEN}".encode()


@dataclass(frozen=True)
class Baseline:
    """The threads and processes there were before a test."""

    threads: frozenset[int | None]
    processes: frozenset[int]


class LeakCheck:
    """Remembers what it reported."""

    def __init__(self) -> None:
        self._reported: set[str] = set()

    def baseline(self) -> Baseline:
        return Baseline(frozenset(_thread_ids()), frozenset(own_processes()))

    def leaks(self, before: Baseline, living: Iterable[Child], ended: Iterable[Child]) -> list[str]:
        """Each leak as a sentence; leaked processes are killed once named, so that they disturb no later test.

        `living`: children that rightly go on (the suite's); `ended`: children of the scope just closed.
        """
        living, ended = list(living), list(ended)
        deadline = Deadline(_SETTLE_S)
        if poll(lambda: None if self._found(before, living, ended) else True, deadline, threading.Event().wait):
            return []
        new = [leak for leak in self._found(before, living, ended) if leak not in self._reported]
        self._reported.update(new)
        for pid in set(own_processes()) - before.processes - _with_descendants(living):
            with suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()
        return new

    def _found(self, before: Baseline, living: list[Child], ended: list[Child]) -> list[str]:
        return [*_processes(before, living), *_threads(before, living), *_temporary_files(ended)]


def own_processes() -> list[int]:
    """Living descendants of this process, and whatever else carries this robot's token (it changed its parent)."""
    found = {child.pid for child in psutil.Process().children(recursive=True) if _lives(child)}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) not in found and int(entry.name) != os.getpid():
            try:
                environment = Path(entry.path, "environ").read_bytes()
            except OSError:  # gone, or another user's
                continue
            if _NEEDLE in environment.split(b"\0"):
                found.add(int(entry.name))
    return sorted(found)


def _with_descendants(living: list[Child]) -> set[int]:
    """Children that live on, and what they started themselves (the addresses of an exchange): that ends with them."""
    found = {child.pid for child in living if child.alive}
    for pid in list(found):
        with suppress(psutil.NoSuchProcess):
            found |= {process.pid for process in psutil.Process(pid).children(recursive=True)}
    return found


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _processes(before: Baseline, living: list[Child]) -> list[str]:
    expected = before.processes | _with_descendants(living)
    found = []
    for pid in own_processes():
        if pid in expected:
            continue
        try:
            process = psutil.Process(pid)
            ports = sorted({connection.laddr.port for connection in process.net_connections("inet") if connection.status == "LISTEN"})
            words = " ".join(process.cmdline()[:4]) or process.name()
        except psutil.Error:  # it ended meanwhile
            continue
        listening = f", listening on port {', '.join(map(str, ports))}" if ports else ""
        found.append(f"process {pid} still runs ({words}){listening}")
    return found


def _thread_ids() -> list[int]:
    return [thread.ident for thread in threading.enumerate() if thread.ident is not None]


def _threads(before: Baseline, living: list[Child]) -> list[str]:
    expected = before.threads | {child.reader_thread.ident for child in living}
    return [f"thread {thread.name!r} still runs" for thread in threading.enumerate() if thread.ident not in expected]


def _temporary_files(ended: list[Child]) -> list[str]:
    """Only of children that ended in good order: a killed one cannot clean up."""
    left = []
    for child in ended:
        if child.exit_code == 0 and child.temp_path.is_dir():
            left += [f"{child.name} left the temporary file {file.name}" for file in sorted(child.temp_path.iterdir())]
    return left
