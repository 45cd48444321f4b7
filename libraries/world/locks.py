"""Locks between the runs and worlds of one machine.

- The machine lock: a world holds it shared, a load test exclusively, so that load is alone even under plain `pabot suites/`. It is two
  flocks: who wants the room first takes the turnstile, and passes it on only once inside; a waiting load test thus stops later
  worlds at the turnstile and never starves, nor do they.
- The claim on an output directory: one live run each, since two in one directory destroy each other's reports and still return 0.

The files lie in a directory of this user under the system's temporary directory.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

import psutil

from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError

_SAY_EVERY_S = 5.0
_QUIET_S = 0.5


class Mode(Enum):
    """How a world shares the machine."""

    SHARED = fcntl.LOCK_SH
    EXCLUSIVE = fcntl.LOCK_EX


def lock_directory() -> Path:
    """`<temporary directory>/genesis-<uid>`, ours alone.

    Raises:
        WorldError: it exists and belongs to somebody else, or is a link.
    """
    path = Path(tempfile.gettempdir()) / f"genesis-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise WorldError(f"{path} must be a directory of user {os.getuid()}; remove what is there")
    return path


class MachineLock:
    """A hold on the machine; `release()` may be called twice."""

    def __init__(self, room: int, mode: Mode) -> None:
        self._room = room
        self.mode = mode

    def release(self) -> None:
        if self._room >= 0:
            os.close(self._room)
            self._room = -1


def hold_machine(
    mode: Mode, deadline: Deadline, on_wait: Callable[[float], None] | None = None, directory: Path | None = None
) -> MachineLock:
    """Wait for the machine; `on_wait(seconds so far)` is called now and then, so that waiting is shown.

    Raises:
        WorldError: not free within the deadline.
    """
    place = directory or lock_directory()
    attempt = _Attempt(place, mode)
    thread = threading.Thread(target=attempt.run, name="world: waits for the machine lock", daemon=True)
    thread.start()
    pause = _QUIET_S
    while not attempt.done.wait(min(pause, max(deadline.remaining(), 0.001))):
        if deadline.expired and attempt.abandon():
            raise WorldError(
                f"the machine was not free within {deadline.seconds:g} s ({mode.name.lower()} lock in {place}); "
                "another run holds it: wait for its end, or see who has the files open with `fuser`"
            )
        if on_wait is not None:
            on_wait(deadline.elapsed())
        pause = _SAY_EVERY_S
    thread.join()
    if attempt.error is not None:
        raise WorldError(f"cannot lock the machine in {place}: {attempt.error}")
    return MachineLock(attempt.room, mode)


class _Attempt:
    """Blocking flocks on a thread of their own: the kernel queues waiters in order, and the keyword can still give up."""

    def __init__(self, directory: Path, mode: Mode) -> None:
        self._directory = directory
        self._mode = mode
        self._decision = threading.Lock()
        self._abandoned = False
        self.done = threading.Event()
        self.room = -1
        self.error: OSError | None = None

    def run(self) -> None:
        try:
            turnstile = _locked(self._directory / "turnstile.lock", fcntl.LOCK_EX)
            try:
                self.room = _locked(self._directory / "room.lock", self._mode.value)
            finally:
                os.close(turnstile)
        except OSError as error:
            self.error = error
        with self._decision:
            if self._abandoned:
                if self.room >= 0:
                    os.close(self.room)
            else:
                self.done.set()

    def abandon(self) -> bool:
        """Give up; False if the lock came in the same moment."""
        with self._decision:
            self._abandoned = not self.done.is_set()
            return self._abandoned


def _locked(path: Path, operation: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, operation)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def claim_output_directory(path: Path, owner: int) -> None:
    """Say that the run of process `owner` writes into `path`; children of a claiming process belong to its run.

    Raises:
        WorldError: another live run writes there.
    """
    record = _claim_file(path)
    guard = _locked(lock_directory() / "claims.lock", fcntl.LOCK_EX)
    try:
        for stale in lock_directory().glob("output-*.json"):
            if _live_holder(stale) is None:
                stale.unlink()
        holder = _live_holder(record)
        if holder is not None and holder not in _line_of(owner):
            raise WorldError(
                f"another run (process {holder}) is writing into {path}; two runs in one output directory destroy each other's report: "
                "wait for its end, or give this one its own with --outputdir DIR"
            )
        if holder is None:
            record.write_text(json.dumps({"pid": owner, "started": psutil.Process(owner).create_time()}), encoding="utf-8")
    finally:
        os.close(guard)


def release_output_directory(path: Path, owner: int) -> None:
    """Give the claim back if it is `owner`'s; a claim of a dead process is no claim."""
    record = _claim_file(path)
    guard = _locked(lock_directory() / "claims.lock", fcntl.LOCK_EX)
    try:
        if _live_holder(record) == owner:
            record.unlink()
    finally:
        os.close(guard)


def _claim_file(path: Path) -> Path:
    return lock_directory() / f"output-{hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:24]}.json"


@contextmanager
def hold_output_directory(path: Path) -> Iterator[None]:
    """The claim of this process (and of all it starts) on `path`, for the length of a run.

    Raises:
        WorldError: another live run writes there.
    """
    claim_output_directory(path, os.getpid())
    try:
        yield
    finally:
        release_output_directory(path, os.getpid())


def _live_holder(record: Path) -> int | None:
    try:
        claim = json.loads(record.read_text(encoding="utf-8"))
        process = psutil.Process(int(claim["pid"]))
        return process.pid if abs(process.create_time() - float(claim["started"])) < 1 else None
    except (FileNotFoundError, ValueError, KeyError, psutil.NoSuchProcess):
        return None


def _line_of(pid: int) -> set[int]:
    """`pid` and its ancestors."""
    return {pid, *(ancestor.pid for ancestor in psutil.Process(pid).parents())}
