"""The robot's handle of a machine in miniature: start a command on it, kill, freeze and thaw everything on it."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from libraries.world.deadlines import Deadline, poll
from libraries.world.errors import WorldError
from libraries.world.exchange import REPOSITORY
from libraries.world.processes import Child, Children, child_environment, python_command
from libraries.world.servers.identity import Identity
from libraries.world.servers.machine_process import INSTANCE

_GONE_S = 5.0


class Machine:
    """One machine, which may be started again after its end. `name` is what messages call it, such as "database node 2"."""

    def __init__(self, name: str, children: Children, directory: Path, log_name: str) -> None:
        self.name = name
        self.child: Child | None = None
        self.frozen = False
        self._children = children
        self._directory = directory
        self._log_name = log_name

    def boot(self, command: Sequence[str], identity: Identity, *, remove: Path, environment: Mapping[str, str] | None = None) -> int:
        """Start `command`; its process id. `remove` goes when the robot process dies.

        Raises:
            WorldError: the machine runs already, or the command cannot be started; the log's end is in the text.
        """
        if self.alive:
            raise WorldError(f"{self.name} is running already; stop or kill it first")
        options = ["--robot", str(os.getpid()), "--remove", str(remove)]
        options += ["--user", identity.user] if identity.user else []
        self._directory.mkdir(parents=True, exist_ok=True)
        self.frozen = False
        self.child = self._children.spawn(
            self.name,
            python_command("libraries.world.servers.machine_process", *options, "--", *identity.command(command)),
            directory=self._directory,
            environment=child_environment(environment or {}, REPOSITORY),
            log_name=self._log_name,
            echo_variable=INSTANCE,
        )
        return int(self.child.wait_ready(Deadline(15))["command"])

    def children(self) -> list[Child]:
        """Its process, of every life it had."""
        return [child for child in self._children.all if child.name == self.name]

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.alive

    def running(self) -> Child:
        """Its process, which must run.

        Raises:
            WorldError: it does not.
        """
        if self.child is None or not self.child.alive:
            how = self.child.exit_text() if self.child is not None else "never started"
            raise WorldError(f"{self.name} is not running ({how}); start it first")
        return self.child

    def processes(self) -> list[psutil.Process]:
        """All that runs on it, the first started first."""
        try:
            return psutil.Process(self.running().pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def log_tail(self) -> str:
        return self.child.log_tail() if self.child is not None else "(never started)"

    def kill(self, reason: str) -> None:
        """SIGKILL to everything on it at once, as when its power is cut: nothing on it sees anything else die. Announced.

        Raises:
            WorldError: it is not running, so that this is not the death the test is about.
        """
        child = self.running()
        child.announce_death(reason)
        self._halt()

        def dead() -> bool | None:
            if child.alive:
                send(self.processes(), signal.SIGKILL)
            return None if child.alive else True

        if poll(dead, Deadline(_GONE_S), child.wait) is None:
            raise WorldError(f"{self.name} survived SIGKILL for {_GONE_S:g} s; the computer is overloaded or a process hangs in the kernel")
        child.wait(_GONE_S)
        self.frozen = False

    def freeze(self) -> None:
        """SIGSTOP to everything on it: connections stay, no answer comes."""
        if self.frozen:
            raise WorldError(f"{self.name} is frozen already; thaw it first")
        self._halt()
        self.frozen = True

    def _halt(self) -> None:
        """SIGSTOP to everything on it, until nobody is left that could fork."""
        stopped: set[int] = set()
        while new := [process for process in self.processes() if process.pid not in stopped]:
            send(new, signal.SIGSTOP)
            stopped |= {process.pid for process in new}

    def thaw(self) -> None:
        """SIGCONT to everything on it."""
        if not self.frozen:
            raise WorldError(f"{self.name} is not frozen; freeze it first")
        send(self.processes(), signal.SIGCONT)
        self.frozen = False

    def end(self, number: int, process: int, reason: str, deadline: Deadline) -> int:
        """Signal one process on it, announced, and wait until nothing runs any more; the exit code.

        Raises:
            WorldError: it is not running, or not in time (everything is killed then).
        """
        child = self.running()
        child.announce_death(reason)
        with suppress(ProcessLookupError):
            os.kill(process, number)
        code = child.wait(deadline.remaining())
        if code is None:
            tail = child.log_tail()
            self.kill(reason)
            raise WorldError(f"{self.name} did not end within {deadline.seconds:g} s and was killed.\nEnd of its log:\n{tail}")
        return code

    def close(self, reason: str) -> None:
        """Kill whatever runs, whatever state it is in; a death that happened before stays unannounced."""
        if self.alive:
            self.kill(reason)


def send(processes: Sequence[psutil.Process], number: int) -> None:
    """Signal each that still is."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
