"""Faults of the machine an engine runs on: a full disk, too few descriptors, an output that nobody reads, files that cannot be written."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
from robot.api import SkipExecution
from robot.api.deco import keyword

from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.engine_keywords.configuration import must_end, must_say
from libraries.fault_keywords.types import Output
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine
from libraries.world.processes import Child, child_environment, run_to_end
from libraries.world.session import session

_DISK, _DESCRIPTORS = "full disk", "lack of descriptors"
_HEALERS = {_DISK: "Free The Engines Disk", _DESCRIPTORS: "Give The Engines Descriptors Back"}
_FULL = 1
"""Bytes a file may have: no write to any file passes any more, sockets and pipes go on."""
_WHILE_ROOT = ("unshare", "--user", "--map-user=65534", "--")
_REFUSAL = Timeout(seconds=30)


class MachineFaultKeywords(Component):
    """Every fault is real, made by limits of the operating system on the running process. Each heals itself at the end of the test."""

    @keyword
    def fill_the_engines_disk(self, *, engine: str = NOT_GIVEN) -> None:
        """From now on no file of the engine takes another byte: database, anchor, log (EFBIG, as of a full quota). Sockets go on.

        Args:
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: it is full already, or the engine is not running.

        Example:
            ```robotframework
            Fill The Engines Disk
            Get Health    database.ok    ==    false
            Free The Engines Disk
            ```
        """
        self._limit(_DISK, engine, resource.RLIMIT_FSIZE, _FULL)

    @keyword
    def free_the_engines_disk(self, *, engine: str = NOT_GIVEN) -> None:
        """There is room again.

        Args:
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: the disk is not full.

        Example:
            ```robotframework
            Free The Engines Disk
            Get Health    database.ok    ==    true
            ```
        """
        self._heal(_DISK, engine, "fill it first (keyword: Fill The Engines Disk)")

    @keyword
    def exhaust_the_engines_descriptors(self, *, spare: int = 0, engine: str = NOT_GIVEN) -> int:
        """From now on the engine can open no file and no socket more than it has open, but `spare` ones (EMFILE).

        Args:
            spare: How many more it may open.
            engine: Alias; default: the first engine.

        Returns:
            How many it had open.

        Raises:
            WrongArgument: it is exhausted already, or the engine is not running.

        Example:
            ```robotframework
            Exhaust The Engines Descriptors
            Disconnect The Engine
            Give The Engines Descriptors Back
            ```
        """
        child = _running(self.engine(engine))
        process = psutil.Process(child.pid)
        highest = max(int(path.name) for path in _descriptors(child.pid))  # the limit is on numbers, which may have gaps
        self._limit(_DESCRIPTORS, engine, resource.RLIMIT_NOFILE, highest + 1 + spare)
        return int(process.num_fds())

    @keyword
    def give_the_engines_descriptors_back(self, *, engine: str = NOT_GIVEN) -> None:
        """The engine may open files and sockets again.

        Args:
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: its descriptors are not exhausted.

        Example:
            ```robotframework
            Give The Engines Descriptors Back
            ```
        """
        self._heal(_DESCRIPTORS, engine, "exhaust them first (keyword: Exhaust The Engines Descriptors)")

    @keyword
    def close_the_engines_output(self, output: Output = Output.BOTH, *, engine: str = NOT_GIVEN) -> None:
        """From its next start on nobody reads what the engine says: stdout is closed after its ready line, the log's disk is full.

        Args:
            output: `STDOUT` (closed pipe), `LOG` (stderr is /dev/full) or `BOTH` (default).
            engine: Alias; default: the first engine.

        Example:
            ```robotframework
            Stop The Engine
            Close The Engines Output
            Restart The Engine
            ```
        """
        used = self.engine(engine)
        used.deaf_stdout = output in (Output.STDOUT, Output.BOTH)
        used.full_log = output in (Output.LOG, Output.BOTH)
        self.note("output closed", engine=used.alias, output=output.value)

    @keyword
    def the_engine_may_not_write(
        self, *names: str, exit_code: int, message: str, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> str:
        """A stopped engine is started as a user who may only read these, and refuses in words; afterwards they may be written again.

        Args:
            names: Files beside its database such as `engine.db`, or `.` for the directory itself.
            exit_code: The exit code it must end with.
            message: A part of what it must say on stderr.
            timeout: How long it may take to end; default 30 seconds.
            engine: Alias; default: the first engine.

        Returns:
            What it said.

        Raises:
            AssertionError: it ended otherwise, said something else, or showed a traceback.
            SkipExecution: this machine cannot start a process with fewer rights (no user namespaces).

        Example:
            ```robotframework
            Stop The Engine
            The Engine May Not Write    engine.db    exit_code=4    message=engine.db
            ```
        """
        used = self.engine(engine)
        paths = [used.directory / name for name in names]
        missing = [path.name for path in paths if not path.exists()]
        if missing or not paths:
            raise WrongArgument(f"expected files of the engine's directory such as engine.db, or a dot, got {', '.join(missing) or 'none'}")
        _must_have_namespaces(used)
        modes = [(path, path.stat().st_mode & 0o777) for path in paths]
        try:
            for path, mode in modes:
                path.chmod(mode & 0o555)
            self.note("may not write", engine=used.alias, names=list(names))
            result = used.run_command("run", "--config", str(used.config_path), deadline=Deadline(timeout or _REFUSAL), through=_WHILE_ROOT)
        finally:
            for path, mode in modes:
                path.chmod(mode)
        must_end(result, exit_code, "run")
        must_say(result.stderr, message)
        return result.stderr

    def _limit(self, fault: str, alias: str | None, kind: int, most: int) -> None:
        used = self.engine(alias)
        pid = _running(used).pid
        if (fault, pid) in self.notes.limited:
            raise WrongArgument(f"engine {used.alias} has a {fault} already; heal it first (keyword: {_HEALERS[fault]})")
        before = resource.prlimit(pid, kind)
        resource.prlimit(pid, kind, (most, before[1]))
        heal = partial(_restore, used, pid, kind, before)
        self.notes.limited[(fault, pid)] = heal
        session.scope.cleanups.append(heal)
        self.note(fault, engine=used.alias, most=most)

    def _heal(self, fault: str, alias: str | None, hint: str) -> None:
        used = self.engine(alias)
        heal: Callable[[], None] | None = self.notes.limited.pop((fault, _running(used).pid), None)
        if heal is None:
            raise WrongArgument(f"engine {used.alias} has no {fault}; {hint}")
        heal()
        self.note(f"{fault} healed", engine=used.alias)


def _running(used: Engine) -> Child:
    if used.child is None or not used.alive:
        raise WrongArgument(f"engine {used.alias} is not running; start it first (keyword: Start A Fresh Engine)")
    return used.child


def _restore(used: Engine, pid: int, kind: int, before: tuple[int, int]) -> None:
    """The limit as it was, if that process still lives."""
    if used.child is not None and used.child.pid == pid and used.alive:
        resource.prlimit(pid, kind, before)


def _descriptors(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/fd").iterdir())


def _must_have_namespaces(used: Engine) -> None:
    """Raises:
    SkipExecution: a process without root's rights cannot be made here.
    """
    if shutil.which(_WHILE_ROOT[0]) is None:
        raise SkipExecution("this machine has no `unshare`: a process with fewer rights than root cannot be started")
    tried = run_to_end("unshare", [*_WHILE_ROOT, "true"], directory=used.directory, environment=child_environment({}), deadline=Deadline(5))
    if tried.exit_code != 0:
        raise SkipExecution(f"this machine allows no user namespaces: {tried.stderr.strip()[:200]}")
