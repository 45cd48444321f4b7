"""One node of a cluster: Patroni with its PostgreSQL on a machine of its own, and the two cables that lead to it."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests
import yaml

from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.exchange import REPOSITORY
from libraries.world.ports import HOST, ReservedPorts
from libraries.world.processes import Child, Children, child_environment, python_command
from libraries.world.servers import discovery
from libraries.world.servers.identity import Identity
from libraries.world.servers.machine import Machine, send
from libraries.world.servers.wire import INSTANCE

ASK_S = 1.0
_POSTGRES = "postgres"


@dataclass(frozen=True)
class Passwords:
    """Of a cluster."""

    superuser: str = field(repr=False)
    replication: str = field(repr=False)
    rest: str = field(repr=False)


class Wire:
    """Keeps its ports while it is broken. `pairs`: (port that it listens on, port that it leads to)."""

    def __init__(self, name: str, children: Children, directory: Path, log_name: str, pairs: list[tuple[int, int]]) -> None:
        self.name = name
        self.cut_off = False
        self._children = children
        self._directory = directory
        self._log_name = log_name
        self._pairs = pairs
        self.child: Child | None = None

    def lay(self) -> None:
        """Connections can be made from now on."""
        self.cut_off = False
        self.child = self._children.spawn(
            self.name,
            python_command("libraries.world.servers.wire", *(f"{listen}:{target}" for listen, target in self._pairs)),
            directory=self._directory,
            environment=child_environment({}, REPOSITORY),
            log_name=self._log_name,
            echo_variable=INSTANCE,
        )
        self.child.wait_ready(Deadline(15))

    def cut(self) -> None:
        """Nothing passes any more, and nobody is told."""
        if self.child is not None and not self.cut_off:
            self.child.send_signal(signal.SIGSTOP)
            self.cut_off = True

    def mend(self) -> None:
        """What waited passes, and whatever comes."""
        if self.child is not None and self.cut_off:
            self.child.send_signal(signal.SIGCONT)
            self.cut_off = False

    def tear(self, reason: str) -> None:
        """Every connection is closed, and what it had not passed on is lost."""
        if self.child is not None:
            self.child.kill_quietly(reason)
            self.child = None


class Node:
    """A node keeps ports, data and name over its restarts. `number` from 1."""

    def __init__(self, number: int, children: Children, directory: Path, home: Path) -> None:
        self.number = number
        self.name = f"node{number}"
        self.home = home / self.name
        self.machine = Machine(f"database {self.name}", children, directory, self.name)
        self._ports = ReservedPorts(6)
        self.sql, self.rest, self.client, self.peer, self.peer_rest, self.etcd = self._ports.numbers
        self._children = children
        self._directory = directory
        self._to_etcd = 0
        self.outer = Wire(f"cable of database {self.name} to clients and etcd", children, directory, f"{self.name}-outer", [])
        self.inner = Wire(f"cable of database {self.name} to its peers", children, directory, f"{self.name}-inner", [])

    def install(self, etcd: int, settings: Mapping[str, Any]) -> None:
        """Write its configuration. `settings`: those of the cluster."""
        self.home.mkdir(mode=0o700)
        outer = [(self.client, self.sql), (self.etcd, etcd)]
        inner = [(self.peer, self.sql)]
        self.outer = Wire(self.outer.name, self._children, self._directory, f"{self.name}-outer", outer)
        self.inner = Wire(self.inner.name, self._children, self._directory, f"{self.name}-inner", inner)
        file = self.home / "patroni.yml"
        file.write_text(yaml.safe_dump({**settings, "name": self.name}, sort_keys=False), encoding="utf-8")
        file.chmod(0o600)

    def start(self, who: Identity, remove: Path) -> None:
        """Start it (again, on what it has)."""
        if self.machine.alive:
            raise WorldError(f"database {self.name} is running already")
        for wire in (self.outer, self.inner):
            wire.tear("it is laid anew")
            wire.lay()
        self.machine.boot([*discovery.patroni(), str(self.home / "patroni.yml")], who, remove=remove)

    def children(self) -> list[Child]:
        names = {self.machine.name, self.outer.name, self.inner.name}
        return [child for child in self._children.all if child.name in names]

    def postgres(self) -> list[psutil.Process]:
        """The processes of its PostgreSQL."""
        found = []
        for process in self.machine.processes() if self.machine.alive else []:
            try:
                if process.name() == _POSTGRES:
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def kill_postgres(self) -> None:
        """SIGKILL to PostgreSQL alone; Patroni lives, and what was on the cable is lost."""
        processes = self.postgres()
        if not processes:
            raise WorldError(f"no PostgreSQL runs on database {self.name}; look at its log:\n{self.machine.log_tail()}")
        for number in (signal.SIGSTOP, signal.SIGKILL):  # at once: nothing of it sees anything else die, or starts anew
            send(processes, number)
        psutil.wait_procs(processes, timeout=5)
        if self.inner.cut_off:
            self.inner.tear("its server was killed")
            self.inner.lay()

    def kill(self, reason: str) -> None:
        """The whole node, with its cables."""
        self.machine.kill(reason)
        for wire in (self.outer, self.inner):
            wire.tear(reason)

    def freeze(self) -> None:
        self.machine.freeze()

    def cut(self) -> None:
        """Neither clients nor peers nor etcd reach it, nor it them."""
        for wire in (self.outer, self.inner):
            wire.cut()

    def heal(self) -> None:
        """Thaw and mend; a dead node stays dead."""
        if self.machine.alive and self.machine.frozen:
            self.machine.thaw()
        for wire in (self.outer, self.inner):
            wire.mend()

    def ask(self, path: str = "patroni") -> dict[str, Any] | None:
        """What its Patroni says; None if it does not answer."""
        if not self.machine.alive or self.machine.frozen:
            return None
        try:
            answer = requests.get(f"http://{HOST}:{self.rest}/{path}", timeout=ASK_S)
            said = answer.json()
        except (requests.RequestException, ValueError):
            return None
        return said if isinstance(said, dict) else None

    def change(self, settings: Mapping[str, Any], password: str) -> None:
        """Change the cluster's dynamic settings, as an operator does.

        Raises:
            WorldError: Patroni refuses.
        """
        answer = requests.patch(f"http://{HOST}:{self.rest}/config", json=dict(settings), auth=("genesis", password), timeout=5)
        if answer.status_code != 200:
            raise WorldError(f"database {self.name} should take {dict(settings)}, it answered {answer.status_code}: {answer.text}")

    def close(self) -> None:
        self.heal()
        self.machine.close("its world closes")
        for wire in (self.outer, self.inner):
            wire.tear("its world closes")
        self._ports.release()
