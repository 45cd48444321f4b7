"""Child processes of a world: started with a random token, ready when they echo it, never outliving the robot process, missed when dead.

A death that no keyword announced is red whatever the test asserts: `Children.unannounced_deaths()` is asked after every test.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libraries.evidence.redaction import redact
from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.listening import open_to_others, with_children

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START", "SYSTEMROOT")

WORLD_VARIABLE = "GENESIS_WORLD"
WORLD_TOKEN = secrets.token_hex(16)
"""In the environment of every child of this robot process, so that the leak check finds even those that changed their parent."""

PRIVATE_UMASK = 0o077
"""What a world's processes write is for the user who runs it alone: databases, keys, ledgers, logs (A6.8)."""

_END = None  # end of a child's stdout


@dataclass(frozen=True)
class Finished:
    """A process that ran to its end. `stdout` and `stderr` are redacted."""

    exit_code: int
    stdout: str
    stderr: str
    seconds: float


@dataclass(frozen=True)
class Death:
    """A child that died although no keyword announced it."""

    name: str
    pid: int
    exit: str
    log_tail: str

    def text(self) -> str:
        return f"{self.name} (pid {self.pid}) died although no keyword announced it: {self.exit}.\nEnd of its log:\n{self.log_tail}"


def child_environment(extra: Mapping[str, str], python_path: Path | None = None) -> dict[str, str]:
    """The little of our environment that a child gets (no secret of ours, no PYTHONPATH of ours), and `extra`."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment[WORLD_VARIABLE] = WORLD_TOKEN
    if python_path is not None:
        environment["PYTHONPATH"] = str(python_path)
    return environment | dict(extra)


def python_command(module: str, *arguments: str) -> list[str]:
    """`python -P -m module`: PYTHONPATH is the only source, neither the working directory nor our own `sys.path` leaks in."""
    return [sys.executable, "-P", "-m", module, *arguments]


def private(path: str, flags: int) -> int:
    """For `open(opener=...)`: a new file is its owner's alone."""
    return os.open(path, flags, 0o600)


def bind_to_parent(parent: int) -> None:
    """In the child, before exec: die with the robot process, even if that is killed; and heed SIGHUP, also where nohup runs the robot."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)


class Child:
    """One child process. `name` is what messages call it, for example "engine main"."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        log_name: str,
        token: str = "",
        deaf: bool = False,
        log_file: Path | None = None,
    ) -> None:
        """Start it. `directory` is its working directory and gets `<log_name>.log` (stderr) and `<log_name>.out` (stdout), appended.

        `deaf`: its stdout is closed once it has said its first line. `log_file`: where stderr goes instead.
        """
        self.name = name
        self.token = token
        self.deaf = deaf
        self.log_path = log_file or directory / f"{log_name}.log"
        self.out_path = directory / f"{log_name}.out"
        self.temp_path = directory / f"{log_name}.tmp"
        self.temp_path.mkdir(mode=0o700, exist_ok=True)
        self.announced: str | None = None
        self.ready: dict[str, Any] = {}
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        parent = os.getpid()
        with open(self.log_path, "ab", opener=private) as log:
            self.log_start = log.tell()
            self._process = subprocess.Popen(
                list(command),
                cwd=directory,
                env={**environment, "TMPDIR": str(self.temp_path)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                umask=PRIVATE_UMASK,
                process_group=0,  # Ctrl-C on the console is handled by robot, which then takes the world down in order
                preexec_fn=lambda: bind_to_parent(parent),  # noqa: PLW1509 - only prctl, no lock is taken
            )
        self._reader = threading.Thread(target=self._copy_stdout, name=f"world: stdout of {name}", daemon=True)
        self._reader.start()

    def _copy_stdout(self) -> None:
        """Keeps the pipe empty, so that a talkative child never blocks; the keyword reads the lines from a queue."""
        stdout = self._process.stdout
        assert stdout is not None
        with stdout, open(self.out_path, "ab", opener=private) as copy:
            for line in stdout:
                copy.write(line)
                copy.flush()
                self._lines.put(line)
                if self.deaf:
                    break
        self._lines.put(_END)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative = ended by that signal."""
        return self._process.poll()

    @property
    def reader_thread(self) -> threading.Thread:
        return self._reader

    def exit_text(self) -> str:
        """How it ended, in words: "exit code 3", "killed by SIGKILL", "still running"."""
        return exit_words(self.exit_code)

    def log_tail(self, lines: int = 30) -> str:
        """The end of this run's log (stderr), redacted."""
        return tail(self.log_path, lines, self.log_start)

    def wait_ready(self, deadline: Deadline) -> dict[str, Any]:
        """The one JSON line it prints when it listens; must echo our token and its own process id.

        Raises:
            WorldError: it died, said nothing in time, another process answered, or other machines could reach it; its log's end is in
                the text. It is dead then.
        """
        try:
            line = self._lines.get(timeout=max(deadline.remaining(), 0.001))
        except queue.Empty:
            self._fail_start(f"said nothing within {deadline.seconds:g} s; expected one JSON line on stdout when it listens")
        if line is _END:
            self.wait(1)
            self._fail_start("ended before it was ready; expected one JSON line on stdout when it listens")
        assert line is not None
        try:
            ready = json.loads(line)
            matches = ready["instance"] == self.token and ready["pid"] == self.pid
        except (ValueError, TypeError, KeyError):
            self._fail_start(f"printed something else than its ready line (JSON with instance and pid): {line[:200]!r}")
        if not matches:
            self._fail_start(
                f"is not the process that was started: the ready line names instance {ready['instance']!r} and pid {ready['pid']!r}, "
                f"expected the token of this world and pid {self.pid}"
            )
        reachable = open_to_others(lambda: with_children(self.pid))
        if reachable:
            self._fail_start(f"is open to other machines: {'; '.join(reachable)}")
        self.ready = ready
        return self.ready

    def _fail_start(self, what: str) -> Any:
        reason = "failed to start; the keyword reported it"
        self.announce_death(reason)
        self.kill_quietly(reason)
        raise WorldError(f"{self.name} {what} ({self.exit_text()}).\nEnd of its log {self.log_path.name}:\n{self.log_tail()}")

    def announce_death(self, reason: str) -> None:
        """From now on its death is expected: a keyword caused it or is about to."""
        if self.announced is None:
            self.announced = reason

    def wait(self, seconds: float) -> int | None:
        """Its exit code, or None if it still runs after `seconds`."""
        try:
            code = self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        self._reader.join(timeout=1)
        return code

    def kill(self, reason: str) -> None:
        """SIGKILL, announced.

        Raises:
            WorldError: it was dead already, so that this is not the death the test is about.
        """
        self._must_live("kill")
        self.kill_quietly(reason)

    def kill_quietly(self, reason: str) -> None:
        """SIGKILL whatever state it is in; a death that happened before stays unannounced."""
        if self.alive:
            self.announce_death(reason)
            self._process.kill()
        if self.wait(5) is None:
            raise WorldError(f"{self.name} (pid {self.pid}) survived SIGKILL for 5 s; the machine is overloaded or it hangs in the kernel")

    def terminate(self, reason: str, deadline: Deadline) -> int:
        """SIGTERM, announced; returns the exit code.

        Raises:
            WorldError: it was dead already, or did not end in time (it is killed then).
        """
        self._must_live("stop")
        self.announce_death(reason)
        self._process.terminate()
        code = self.wait(deadline.remaining())
        if code is None:
            self._process.kill()
            self.wait(5)
            raise WorldError(
                f"{self.name} did not end within {deadline.seconds:g} s after SIGTERM and was killed.\n"
                f"End of its log {self.log_path.name}:\n{self.log_tail()}"
            )
        return code

    def send_signal(self, number: int) -> None:
        """SIGSTOP, SIGCONT and the like; for deadly ones announce the death first."""
        self._must_live("signal")
        self._process.send_signal(number)

    def _must_live(self, verb: str) -> None:
        if not self.alive:
            raise WorldError(
                f"cannot {verb} {self.name}: it is not running ({self.exit_text()}"
                f"{', ' + self.announced if self.announced else ', not announced by any keyword'}).\nEnd of its log:\n{self.log_tail()}"
            )


class Children:
    """Every child of a scope (a test or a suite)."""

    def __init__(self) -> None:
        self.all: list[Child] = []

    def spawn(
        self,
        name: str,
        command: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        log_name: str,
        echo_variable: str,
        deaf: bool = False,
        log_file: Path | None = None,
    ) -> Child:
        """Start a child with a fresh token in `echo_variable`; see `Child`."""
        token = secrets.token_hex(16)
        told = {**environment, echo_variable: token}
        child = Child(name, command, directory=directory, environment=told, log_name=log_name, token=token, deaf=deaf, log_file=log_file)
        self.all.append(child)
        return child

    def unannounced_deaths(self) -> list[Death]:
        return [
            Death(child.name, child.pid, child.exit_text(), child.log_tail())
            for child in self.all
            if not child.alive and child.announced is None
        ]

    def kill_all(self, reason: str) -> None:
        """SIGKILL to all, then one wait for each."""
        for child in self.all:
            if child.alive:
                child.announce_death(reason)
                child.send_signal(signal.SIGKILL)
        for child in self.all:
            child.kill_quietly(reason)


def run_to_end(name: str, command: Sequence[str], *, directory: Path, environment: Mapping[str, str], deadline: Deadline) -> Finished:
    """Run a short command and wait for its end.

    Raises:
        WorldError: it did not end in time (it is killed then).
    """
    parent = os.getpid()
    started = time.monotonic()
    with subprocess.Popen(
        list(command),
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        umask=PRIVATE_UMASK,
        process_group=0,
        preexec_fn=lambda: bind_to_parent(parent),  # noqa: PLW1509 - only prctl, no lock is taken
    ) as process:
        try:
            out, err = process.communicate(timeout=max(deadline.remaining(), 0.001))
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            end = err.decode(errors="replace")[-2000:]
            raise WorldError(f"{name} did not end within {deadline.seconds:g} s and was killed.\nEnd of its stderr:\n{end}") from None
    return Finished(
        process.returncode, redact(out.decode(errors="replace")), redact(err.decode(errors="replace")), time.monotonic() - started
    )


def exit_words(code: int | None) -> str:
    """An exit code in words; None = still running."""
    if code is None:
        return "still running"
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def tail(path: Path, lines: int, start: int = 0) -> str:
    """The last `lines` lines of a text file from byte `start` on, redacted; says so if there is nothing."""
    if path.is_char_device():
        return f"(none: it goes to {path})"
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(start, size - 64 * 1024))
            text = file.read().decode(errors="replace")
    except OSError as error:
        return f"(cannot read {path.name}: {error.strerror})"
    return redact("\n".join(text.splitlines()[-lines:])) or "(empty)"
