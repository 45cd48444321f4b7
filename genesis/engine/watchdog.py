"""The watchdog: cycles of strategies are interrupted at their budget; a thread ends the process when one does not end for all
that, and says which one it was.

The record is a small file beside the database, written and synced before the process ends; the next start makes a fact of it
(the strategy is in ERROR) and removes it. Time is processor time of the loop's thread: a stopped or starved process is not
an endless loop. What runs outside of the interpreter without ever giving it back cannot be seen from here.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import structlog

from genesis.core.errors import EXIT_STRATEGY, STRATEGY_FAILED
from genesis.engine.cycle_timer import CycleTimer

LOOK_S: Final = 0.1
_NS_PER_MS: Final = 1_000_000


class Stuck(msgspec.Struct, frozen=True):
    """What the file says."""

    strategy: str
    spent_ms: int


class Watchdog:
    """Fulfils `genesis.engine.supervision.Supervisor`; made, started and used in the loop's thread, which is the main one.
    `leave` ends the process with an exit code."""

    def __init__(self, path: Path, limit_ms: int, leave: Callable[[int], object] = os._exit) -> None:
        self._path = path
        self._limit_ns = limit_ms * _NS_PER_MS
        self._leave = leave
        self._timer = CycleTimer()
        self._running: tuple[str, int] | None = None  # (strategy, processor time at its begin); replaced, never changed
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watchdog", daemon=True)

    def start(self) -> None:
        self._timer.install()
        self._thread.start()

    def stop(self) -> None:
        self._timer.remove()
        self._ended.set()
        self._thread.join(timeout=1)

    def watch(self, strategy: str, budget_ns: int, cycle: Callable[[], None]) -> int:
        """Run a cycle, at most for its budget; the processor time that it took, in ns."""
        self._running = (strategy, time.clock_gettime_ns(self._timer.clock))
        try:
            return self._timer.run(budget_ns, cycle)
        finally:
            self._running = None

    def _look(self) -> None:
        while not self._ended.wait(LOOK_S):
            running = self._running
            if running is None:
                continue
            spent_ns = time.clock_gettime_ns(self._timer.clock) - running[1]
            if spent_ns > self._limit_ns and self._running is running:
                self._bite(Stuck(running[0], spent_ns // _NS_PER_MS))
                return

    def _bite(self, stuck: Stuck) -> None:
        structlog.get_logger("watchdog").critical(
            "a strategy does not end its cycle: ending the process", code=STRATEGY_FAILED, strategy=stuck.strategy, spent_ms=stuck.spent_ms
        )
        with contextlib.suppress(OSError):  # a full disk must not keep the process in its endless loop
            _write(self._path, msgspec.json.encode(stuck))
        self._leave(EXIT_STRATEGY)


def _write(path: Path, content: bytes) -> None:
    """Write and sync a file and its directory entry."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def stuck_before(path: Path) -> tuple[str, ...]:
    """The strategy for which the process before this one was ended; () if none was. A torn file names nobody, and is told of."""
    try:
        return (msgspec.json.decode(path.read_bytes(), type=Stuck).strategy,)
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        structlog.get_logger("watchdog").error("the record of a stuck strategy cannot be read", code=STRATEGY_FAILED, error=str(error))
        return ()


def forget(path: Path) -> None:
    """The fact is durable: the file has served."""
    path.unlink(missing_ok=True)
