"""Three nodes of PostgreSQL under Patroni, which agree over etcd on who leads: one primary, one synchronous standby, one more standby.

Nothing here probes, fences, promotes or rejoins: that is Patroni's. Here it is started, asked, and broken.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

import requests

from libraries.common.canary import canary
from libraries.evidence.redaction import register_secret
from libraries.world.deadlines import Deadline, poll
from libraries.world.errors import WorldError
from libraries.world.ports import HOST, ReservedPorts
from libraries.world.processes import Child, Children
from libraries.world.servers import database, discovery
from libraries.world.servers.database import Address, Connection, Database
from libraries.world.servers.identity import Identity, identity, reachable
from libraries.world.servers.machine import Machine
from libraries.world.servers.node import ASK_S, Node, Passwords, Wire
from libraries.world.servers.postgres import SETTINGS, SUPERUSER, release_lock

NODES = 3
TTL_S = 20
"""After which a leader that says nothing is deposed: Patroni's least."""
_LOOP_S, _RETRY_S = 1, 3
_LAG_BYTES = 64 * 1024 * 1024
_POLL_S = 0.05
_NOT_DECIDED = "not_decided"


class Replication(Enum):
    """Whether a commit waits for a standby."""

    SYNCHRONOUS = "synchronous"
    ASYNCHRONOUS = "asynchronous"


def version_is_decided(port: int) -> bool:
    """Whether the etcd at this port has agreed with itself on its version: a Patroni that asks before ends with a ValueError."""
    try:
        said = requests.get(f"http://{HOST}:{port}/version", timeout=ASK_S).json()
    except requests.RequestException:
        return False
    return said.get("etcdcluster", _NOT_DECIDED) != _NOT_DECIDED


class Cluster:
    """`replication`: asynchronous only to show that a test of losses can fail."""

    def __init__(
        self,
        name: str,
        children: Children,
        directory: Path,
        *,
        replication: Replication = Replication.SYNCHRONOUS,
        who: Identity | None = None,
    ) -> None:
        self.name = name
        self.replication = replication
        self.who = who or identity()
        found = discovery.postgres()
        self.binaries = reachable(found.directory, found.beside, self.who, "postgres")
        self.etcd_program = discovery.etcd()
        discovery.patroni()
        self.why = f"{found.why}; etcd in {self.etcd_program}; {self.who.why}"
        self.home = Path(tempfile.mkdtemp(prefix="genesis-cluster-"))
        self.nodes = [Node(number + 1, children, directory, self.home) for number in range(NODES)]
        self.etcd = Machine("etcd", children, directory, "etcd")
        self._etcd_ports = ReservedPorts(2)
        pairs = [(node.peer_rest, node.rest) for node in self.nodes]
        self._talk = Wire("cable by which Patronis ask each other", children, directory, "talk", pairs)
        self._passwords = Passwords(*(register_secret(canary()) for _ in range(3)))
        self._databases = 0
        self._alone = False

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Of all nodes, as clients reach them."""
        return tuple((HOST, node.client) for node in self.nodes)

    def children(self) -> list[Child]:
        talk = [self._talk.child] if self._talk.child is not None else []
        return [*talk, *self.etcd.children(), *(child for node in self.nodes for child in node.children())]

    # ---- start ----

    def start(self, deadline: Deadline) -> None:
        """Start etcd and all nodes; wait for a primary, a synchronous standby and one more standby.

        Raises:
            WorldError: not in time; with who was there and the logs' ends.
        """
        for node in self.nodes:
            node.install(self._etcd_ports.numbers[0], self.settings(node))
        self.who.own(self.home)
        self.start_etcd()
        self._wait(lambda: version_is_decided(self._etcd_ports.numbers[0]) or None, "have an etcd that knows its version", deadline)
        self._talk.lay()
        for node in self.nodes:
            node.start(self.who, self.home)
        self.wait_whole(deadline)

    def start_etcd(self) -> None:
        """Start it (again, on what it has)."""
        client, peer = (f"http://{HOST}:{port}" for port in self._etcd_ports.numbers)
        words = {
            "name": "etcd",
            "data-dir": str(self.home / "etcd"),
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"etcd={peer}",
            "log-level": "warn",
        }
        command = [str(self.etcd_program), *(word for name, value in words.items() for word in (f"--{name}", value))]
        self.etcd.boot(command, self.who, remove=self.home)

    def settings(self, node: Node) -> dict[str, Any]:
        """Of a node's Patroni; docs/production.md has the same for three machines."""
        synchronous = self.replication is Replication.SYNCHRONOUS
        parameters = {name: value for name, value in SETTINGS.items() if name != "listen_addresses"}
        return {
            "scope": "genesis",
            "restapi": {
                "listen": f"{HOST}:{node.rest}",
                "connect_address": f"{HOST}:{node.peer_rest}",
                "authentication": {"username": "genesis", "password": self._passwords.rest},
            },
            "etcd3": {"hosts": [f"{HOST}:{node.etcd}"], "use_proxies": True},  # by its own cable only
            "bootstrap": {
                "dcs": {
                    "ttl": TTL_S,
                    "loop_wait": _LOOP_S,
                    "retry_timeout": _RETRY_S,
                    "maximum_lag_on_failover": _LAG_BYTES,
                    "primary_start_timeout": 0,
                    "failsafe_mode": True,
                    "synchronous_mode": synchronous,
                    "synchronous_mode_strict": synchronous,
                    "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": {"wal_keep_size": "128MB"}},
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums", "no-sync"],
            },
            "postgresql": {
                "listen": f"{HOST}:{node.sql}",
                "connect_address": f"{HOST}:{node.peer}",
                "data_dir": str(node.home / "data"),
                "bin_dir": str(self.binaries),
                "pgpass": str(node.home / "pgpass"),
                "authentication": {
                    "superuser": {"username": SUPERUSER, "password": self._passwords.superuser},
                    "replication": {"username": "replicator", "password": self._passwords.replication},
                },
                "basebackup": {"checkpoint": "fast"},
                "parameters": parameters | {"wal_retrieve_retry_interval": "100ms"},
                "pg_hba": [f"host all all {HOST}/32 scram-sha-256", f"host replication replicator {HOST}/32 scram-sha-256"],
            },
            "watchdog": {"mode": "off"},
        }

    # ---- who is who ----

    def primary(self) -> Node | None:
        """The node that leads and takes writes, as Patroni says; None if there is none."""
        found = [
            node
            for node in self.nodes
            if (said := node.ask()) and said.get("role") in ("primary", "master") and said.get("state") == "running"
        ]
        return found[0] if len(found) == 1 else None

    def leader(self) -> Node:
        """As `primary`.

        Raises:
            WorldError: there is none; with what each node says.
        """
        node = self.primary()
        if node is None:
            raise WorldError(f"the cluster has no primary now: {self.described()}")
        return node

    def synchronous_standbys(self) -> list[Node]:
        """Those whose receipt a commit waits for, as Patroni says."""
        return [node for node in self.nodes if (said := node.ask()) and said.get("sync_standby")]

    def standbys(self) -> list[Node]:
        """Nodes that stream from the primary, on its timeline."""
        primary = self.primary()
        timeline = ((primary.ask() if primary else None) or {}).get("timeline")
        streaming = {"role": "replica", "replication_state": "streaming", "timeline": timeline}
        return [node for node in self.nodes if (said := node.ask()) and streaming.items() <= said.items()]

    def timeline(self) -> int:
        """The primary's; every promotion adds one."""
        said = self.leader().ask() or {}
        return int(said["timeline"])

    def whole(self) -> bool:
        """One primary, everyone else streams, and, if commits wait for a standby, there is one."""
        synchronous = self.replication is Replication.ASYNCHRONOUS or bool(self.synchronous_standbys())
        return self.primary() is not None and len(self.standbys()) == NODES - 1 and synchronous

    def wait_whole(self, deadline: Deadline) -> None:
        """Raises WorldError: not whole in time; with who was there and the logs' ends."""
        self._wait(lambda: True if self.whole() else None, "be whole (a primary, and two standbys that stream)", deadline)

    def wait_primary(self, deadline: Deadline, other_than: Node | None = None) -> Node:
        """Wait for a primary. `other_than`: who was it before."""

        def found() -> Node | None:
            node = self.primary()
            return node if node is not None and node is not other_than else None

        return self._wait(found, "have a new primary" if other_than else "have a primary", deadline)

    def _wait(self, probe: Callable[[], Any], wish: str, deadline: Deadline) -> Any:
        seen = poll(probe, deadline, threading.Event().wait, _POLL_S)
        if seen is None:
            tails = "\n".join(f"--- {node.name}\n{node.machine.log_tail()}" for node in self.nodes)
            raise WorldError(f"the cluster should {wish} within {deadline.seconds:g} s: {self.described()}.\nEnds of the logs:\n{tails}")
        return seen

    def described(self) -> str:
        """Each node in a few words."""
        words = []
        for node in self.nodes:
            said = node.ask()
            state = "silent" if node.machine.alive else "dead"
            words.append(f"{node.name} {said.get('role')} {said.get('state')}" if said else f"{node.name} {state}")
        return ", ".join([*words, f"etcd {'runs' if self.etcd.alive else 'dead'}"])

    def connect(self, name: str = SUPERUSER) -> Connection:
        """A superuser's connection to the primary; each statement commits."""
        return database.connect(self.addresses, name, SUPERUSER, self._passwords.superuser)

    def create_database(self, label: str) -> Database:
        """A fresh database with an owner of its own, reached by the addresses of all nodes."""
        self._databases += 1
        with self.connect() as admin:
            return database.create(admin, self.addresses, label, self._databases)

    # ---- breaking it ----

    def stall_standbys(self) -> None:
        """What the primary writes reaches no standby any more; nobody is told."""
        self.leader().inner.cut()

    def cut(self, node: Node) -> None:
        """Neither clients nor peers nor etcd reach it, nor it them; nobody is told. Meanwhile no Patroni can ask another one.

        Their connections do not tell who asks. The others agree by etcd; but the lost one could still say that it lives.
        """
        node.cut()
        self._talk.cut()

    def lose_etcd(self, reason: str) -> None:
        """SIGKILL, announced."""
        self.etcd.kill(reason)

    def go_on_alone(self) -> None:
        """The operator's word: commits need not wait for a standby while there is none."""
        self._alone = True
        self.leader().change({"synchronous_mode_strict": False}, self._passwords.rest)

    def restore_rules(self) -> None:
        """The operator's word, if it was given, is taken back."""
        if self._alone:
            self.leader().change({"synchronous_mode_strict": True}, self._passwords.rest)
            self._alone = False

    def start_node(self, node: Node) -> None:
        """Start a dead node on what it has; it rejoins by itself."""
        node.start(self.who, self.home)

    def heal(self) -> None:
        """What is frozen thaws, what is cut is mended, what is dead starts. Nothing waits here (`wait_whole`)."""
        if not self.etcd.alive:
            self.start_etcd()
        elif self.etcd.frozen:
            self.etcd.thaw()
        self._talk.mend()
        for node in self.nodes:
            node.heal()
            if not node.machine.alive:
                self.start_node(node)

    def close(self) -> None:
        """Whatever state it is in: no process, no directory, no reserved port is left."""
        for node in self.nodes:
            node.close()
        self._talk.tear("its world closes")
        self.etcd.close("its world closes")
        for node in self.nodes:
            release_lock(node.home / "data")
        self._etcd_ports.release()
        shutil.rmtree(self.home, ignore_errors=True)
