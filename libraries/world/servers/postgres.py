"""One PostgreSQL server of a test or a suite: start, databases, and every way of losing it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from libraries.common.canary import canary
from libraries.evidence.redaction import register_secret
from libraries.world.deadlines import Deadline, poll
from libraries.world.errors import WorldError
from libraries.world.locks import lock_directory
from libraries.world.ports import HOST, ReservedPorts
from libraries.world.processes import Child, Children
from libraries.world.servers import database, discovery
from libraries.world.servers.database import Address, Connection, Database
from libraries.world.servers.identity import Identity, identity, reachable
from libraries.world.servers.machine import Machine

SUPERUSER = "postgres"
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "dynamic_shared_memory_type": "mmap",  # in its directory, where a killed server leaves nothing behind
    "log_line_prefix": "%m [%p] %a ",
}
_LOCK_LINE, _STATE_LINE = 7, 8


class PostgresServer:
    """A server with a directory of its own. It keeps port, data and password over its restarts until `close`."""

    def __init__(self, name: str, children: Children, directory: Path, *, who: Identity | None = None) -> None:
        """`directory` gets its log; `who`: as whom it runs, other than usual."""
        self.name = name
        self.who = who or identity()
        found = discovery.postgres()
        self.binaries = reachable(found.directory, found.beside, self.who, "postgres")
        self.why = f"{found.why}; {self.who.why}"
        self.home = Path(tempfile.mkdtemp(prefix="genesis-postgres-"))
        self.data = self.home / "data"
        self.machine = Machine(f"database server {name}", children, directory, f"postgres-{name}")
        self._ports = ReservedPorts(1)
        self._password = ""
        self._pid = 0
        self._databases = 0

    @property
    def addresses(self) -> tuple[Address, ...]:
        return ((HOST, self._ports.numbers[0]),)

    def children(self) -> list[Child]:
        return self.machine.children()

    @property
    def alive(self) -> bool:
        return self.machine.alive

    def start(self, deadline: Deadline) -> None:
        """Start it (again, on the same data) and wait until it takes connections.

        Raises:
            WorldError: it runs already, ended, or was not ready in time; with its log's end.
        """
        fresh = not self.data.exists()
        if fresh:
            password = copy_template(self.home, self.who, self.binaries)
        options = [word for name, value in (SETTINGS | {"port": str(self.addresses[0][1])}).items() for word in ("-c", f"{name}={value}")]
        command = [str(self.binaries / "postgres"), "-D", str(self.data), *options]
        self._pid = self.machine.boot(command, self.who, remove=self.home)
        self._wait_ready(deadline)
        if fresh:
            self._password = register_secret(canary())
            with database.connect(self.addresses, SUPERUSER, SUPERUSER, password) as admin:
                admin.execute(psycopg.sql.SQL("ALTER ROLE {} PASSWORD {}").format(psycopg.sql.Identifier(SUPERUSER), self._password))

    def _wait_ready(self, deadline: Deadline) -> None:
        child = self.machine.child
        assert child is not None, "it was booted"

        def ready() -> bool | None:
            return True if not child.alive or self._state() == "ready" else None

        if poll(ready, deadline, child.wait) is None or not child.alive:
            how, tail = child.exit_text(), child.log_tail()
            child.announce_death("failed to start; the keyword reported it")
            self.machine.close("failed to start; the keyword reported it")
            raise WorldError(f"{self.machine.name} was not ready within {deadline.seconds:g} s ({how}).\nEnd of its log:\n{tail}")

    def _state(self) -> str:
        """What its own process says of itself; a killed server's file still says "ready"."""
        lines = _lines(self.data / "postmaster.pid")
        return lines[_STATE_LINE - 1].strip() if len(lines) >= _STATE_LINE and lines[0].strip() == str(self._pid) else ""

    def connect(self, name: str = SUPERUSER) -> Connection:
        """A superuser's connection to that database; each statement commits."""
        self.machine.running()
        return database.connect(self.addresses, name, SUPERUSER, self._password)

    def create_database(self, label: str) -> Database:
        """A fresh database with an owner of its own; its name begins with `label`."""
        self._databases += 1
        with self.connect() as admin:
            return database.create(admin, self.addresses, label, self._databases)

    def stop(self, reason: str, deadline: Deadline) -> int:
        """A fast shutdown, announced: open transactions are rolled back. The exit code."""
        return self.machine.end(signal.SIGINT, self._pid, reason, deadline)

    def kill(self, reason: str) -> None:
        """SIGKILL to every process of it, announced."""
        self.machine.kill(reason)

    def freeze(self) -> None:
        self.machine.freeze()

    def thaw(self) -> None:
        self.machine.thaw()

    def close(self) -> None:
        """Whatever state it is in: no process, no directory, no reserved port is left."""
        self.machine.close("its world closes")
        release_lock(self.data)
        self._ports.release()
        shutil.rmtree(self.home, ignore_errors=True)


def copy_template(home: Path, who: Identity, binaries: Path) -> str:
    """`home`/data as initdb makes it, in a third of the time; the superuser's password in it."""
    template = _template(who, binaries)
    shutil.copytree(template / "data", home / "data", symlinks=True)
    who.own(home)
    return (template / "password").read_text(encoding="ascii")


def _template(who: Identity, binaries: Path) -> Path:
    """Made once per user, version and place of the binaries; whoever comes second uses that of the first."""
    version = who.run([str(binaries / "postgres"), "--version"]).stdout.split()[-1]
    target = lock_directory() / f"postgres-{version}"
    if target.is_dir():
        return target
    made = Path(tempfile.mkdtemp(prefix="genesis-template-"))
    try:
        return _make_template(made, target, who, binaries)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _make_template(made: Path, target: Path, who: Identity, binaries: Path) -> Path:
    password = canary()
    (made / "password").write_text(password, encoding="ascii")
    who.own(made)
    initialised = who.run(
        [
            *(str(binaries / "initdb"), "-D", str(made / "data"), "-U", SUPERUSER, "--no-locale", "-E", "UTF8", "--no-sync"),
            *("--data-checksums", "--auth=scram-sha-256", f"--pwfile={made / 'password'}"),
        ]
    )
    if initialised.returncode:
        raise WorldError(f"initdb failed with exit code {initialised.returncode}: {initialised.stderr or initialised.stdout}")
    ours = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(made, ours, symlinks=True)  # owned by us again, on the file system where it stays
    try:
        ours.rename(target)
    except OSError:  # another run was faster
        shutil.rmtree(ours)
    return target


def release_lock(data: Path) -> None:
    """A killed server leaves a segment of shared memory by which it would know that others still run; it is of no more use."""
    lines = _lines(data / "postmaster.pid")
    words = lines[_LOCK_LINE - 1].split() if len(lines) >= _LOCK_LINE else []
    if len(words) == 2 and shutil.which("ipcrm"):
        subprocess.run(["ipcrm", "--shmem-id", words[1]], capture_output=True, check=False)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
