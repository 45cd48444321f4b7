"""What the process takes over from the system before anything else runs: standard descriptors, open files, signals."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Final

from genesis.core.errors import MachineError

LEAST_DESCRIPTORS: Final = 64
"""With fewer open files the event loop, the database and the connections of a venue have no room."""
_STANDARD: Final = (0, 1, 2)


def keep_standard_descriptors() -> None:
    """Standard descriptors that are closed become /dev/null: else the next file that is opened (a lock, a socket) would be what somebody's
    `print` writes to."""
    for number in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - for as long as the process lives
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115


def let_go_of_output() -> None:
    """What stdout and stderr could not take is not tried again at the end of the process: it would cost the exit code (Python ends
    with 120)."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def have_descriptors() -> None:
    """Make sure that the process may open enough files, as far as the system lets it.

    Raises:
        MachineError: it does not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < LEAST_DESCRIPTORS <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (LEAST_DESCRIPTORS, hard))
    elif soft != resource.RLIM_INFINITY and soft < LEAST_DESCRIPTORS:
        raise MachineError(f"expected at least {LEAST_DESCRIPTORS} open files, the system allows {hard}; raise RLIMIT_NOFILE (ulimit -n)")


def stop_signals() -> tuple[signal.Signals, ...]:
    """What asks for the shutdown: SIGTERM, SIGINT, and SIGHUP (the terminal is gone) unless who started us has it ignored (nohup)."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return (signal.SIGTERM, signal.SIGINT) if ignored else (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def until_it_begins(stop: Callable[..., object]) -> None:
    """Let the stop signals end a process that has not begun anything."""
    for number in stop_signals():
        signal.signal(number, stop)


def until_the_loop_listens() -> list[str]:
    """From now on stop signals interrupt nothing: their names are kept in this list for the loop, which listens to later ones itself."""
    kept: list[str] = []
    for number in stop_signals():
        signal.signal(number, lambda number, _frame: kept.append(signal.Signals(number).name))
    return kept


def be_deaf() -> None:
    """Everything is done: a signal that comes now must not change the exit code any more. Called in the main thread."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
