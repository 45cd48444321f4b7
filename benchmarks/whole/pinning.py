"""Which process runs on which core: the exchange on one, the engine or client that is measured on another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_CORES = sorted(os.sched_getaffinity(0))
VENUE_CORE, ENGINE_CORE = _CORES[0], _CORES[-1]
"""The same one where there is only one."""


def pin(pid: int, core: int) -> None:
    """`pid`, with its threads to come, runs on that core alone."""
    os.sched_setaffinity(pid, {core})


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """This process runs on that core meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
