"""Which process runs on which core while something is measured: the exchange on one, the engine or client on another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_CORES = sorted(os.sched_getaffinity(0))
VENUE_CORE, ENGINE_CORE = _CORES[0], _CORES[-1]
"""The same one where there is only one."""


def pin(pid: int, core: int) -> None:
    """The process `pid`, with its threads and those to come, runs on that core alone: threads that hand one interpreter to each other from
    core to core lose tens of milliseconds at it."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):  # it has ended meanwhile
            os.sched_setaffinity(int(thread.name), {core})


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """This process runs on that core meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
