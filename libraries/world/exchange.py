"""One mock exchange process: `python -m libraries.mock_exchange`, belonging to a suite file (or, if a test opens it, to that test)."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from libraries.evidence.redaction import register_secret
from libraries.world.addresses import Address, wait_gone
from libraries.world.admin import AdminClient
from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.http import JsonClient
from libraries.world.ports import ReservedPorts
from libraries.world.processes import Child, Children, Death, child_environment, python_command
from libraries.world.proxies import Proxy

REPOSITORY = Path(__file__).resolve().parents[2]
MARKET_ACCOUNT = "market"
LEDGER = "ledger.jsonl"


@dataclass(frozen=True)
class ExchangeOptions:
    """What the command line of the exchange takes. `market`: a TOML file, or "demo"."""

    market: Path | str | None = None
    accounts: Path | None = None
    recording: Path | None = None
    seed: int = 1
    module: str = "libraries.mock_exchange"
    source: Path = REPOSITORY
    """Where `module` is found; both differ only in tests of the world itself."""
    limits: Path | None = REPOSITORY / "profiles" / "venue_limits.toml"
    """Raised, so that tests are not throttled by accident; None = the documented ones."""

    addresses: int = 0
    """Address processes in front of the exchange."""
    certificate: str | None = None
    """Kind of the certificate ("valid", "expired", "wrong-host", "unknown-authority"); None = plain text."""

    history: int | None = None
    """Closed orders, lists, fills and prevented matches that memory keeps of each account, each; None = the exchange's default."""

    def arguments(self, directory: Path, ports: list[int]) -> list[str]:
        """`ports`: the direct one, the admin API's, then one for each address."""
        arguments = ["--port", str(ports[0]), "--admin-port", str(ports[1]), "--ledger", str(directory / LEDGER), "--seed", str(self.seed)]
        if self.addresses:
            arguments += ["--address-ports", ",".join(map(str, ports[2:]))]
        if self.certificate is not None:
            arguments += ["--tls", str(directory / "tls"), "--certificate", self.certificate]
        if self.history is not None:
            arguments += ["--history", str(self.history)]
        files = (("--market", self.market), ("--accounts", self.accounts), ("--recording", self.recording), ("--limits", self.limits))
        for option, value in files:
            if value is not None:
                arguments += [option, str(value)]
        return arguments


class Exchange:
    """A running exchange. Addresses end where the protocol's paths begin (`rest_url` before /api/v3, `stream_url` before /ws)."""

    def __init__(self, alias: str, directory: Path, options: ExchangeOptions) -> None:
        self.alias = alias
        self.directory = directory
        self.options = options
        self.ledger_path = directory / LEDGER
        self.child: Child | None = None
        self._children: Children | None = None
        self._admin: AdminClient | None = None
        self._public: JsonClient | None = None
        self.rest_url = self.stream_url = self.ws_api_url = ""
        self.ca_file: Path | None = None
        """The authority that signs its certificate; None = plain text."""
        self.addresses: list[Address] = []
        """Its address processes, api1 first."""
        self.address_pids: set[int] = set()
        """Of all address processes that it ever had."""
        self.proxy: Proxy | None = None
        """Stands before it: engines come through it (keyword: Put A Proxy Before The Venue)."""
        self._ports: ReservedPorts | None = None

    def start(self, children: Children, deadline: Deadline) -> None:
        """Start it on its ledger and wait until it listens.

        Raises:
            WorldError: it died or was not ready in time; its log's end is in the text.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        self._children = children
        self._ports = self._ports or ReservedPorts(2 + self.options.addresses)
        self.child = children.spawn(
            f"exchange {self.alias}",
            python_command(self.options.module, *self.options.arguments(self.directory, self._ports.numbers)),
            directory=self.directory,
            environment=child_environment({}, self.options.source),
            log_name="exchange",
            echo_variable="MOCK_EXCHANGE_INSTANCE",
        )
        ready = self.child.wait_ready(deadline)
        self.rest_url, self.stream_url, self.ws_api_url = ready["rest_url"], ready["stream_url"], ready["ws_api_url"]
        self.ca_file = Path(ready["ca_file"]) if "ca_file" in ready else None
        self.addresses = [Address(entry) for entry in ready.get("addresses", ())[1:]]
        self.address_pids |= {address.pid for address in self.addresses}
        for secret in ("admin_token", "api_key", "api_secret"):
            if secret in ready:
                register_secret(ready[secret])
        self._admin = AdminClient(f"exchange {self.alias}", ready["admin_url"], ready["admin_token"])
        self._public = JsonClient(f"exchange {self.alias}", self.rest_url, ca_file=self.ca_file)

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.alive

    def running_child(self) -> Child:
        """Its process; it must run.

        Raises:
            WorldError: it does not.
        """
        if self.child is None or not self.alive:
            raise WorldError(f"exchange {self.alias} is not running; open it first (keyword: Open The Venue)")
        return self.child

    @property
    def admin(self) -> AdminClient:
        if self._admin is None:
            raise WorldError(f"exchange {self.alias} is not running; open it first (keyword: Open The Venue)")
        return self._admin

    @property
    def public(self) -> JsonClient:
        """What it tells everybody: /api/v3/..., without a key."""
        if self._public is None:
            raise WorldError(f"exchange {self.alias} is not running; open it first (keyword: Open The Venue)")
        return self._public

    def kill(self, reason: str) -> None:
        """SIGKILL, announced; its address processes end with it. The ledger file stays."""
        self._process().kill(reason)
        self._forget(reason)

    def stop(self, reason: str, deadline: Deadline) -> int:
        """SIGTERM, announced; the exit code (0 = clean)."""
        code = self._process().terminate(reason, deadline)
        self._forget(reason)
        return code

    def restart(self, deadline: Deadline, *, same_ports: bool = True) -> None:
        """Start again on the same ledger, with the accounts, keys and orders it had; on the same ports unless told otherwise."""
        if self.alive:
            raise WorldError(f"exchange {self.alias} is still running; stop or kill it before it can be restarted")
        if self._children is None:
            raise WorldError(f"exchange {self.alias} was never started; open it first (keyword: Open The Venue)")
        if not same_ports:
            self._release_ports()
        self.start(self._children, deadline)

    def address(self, name: str) -> Address:
        """The address process of that name, such as "api2".

        Raises:
            WorldError: there is none; lists those that there are.
        """
        for address in self.addresses:
            if address.name == name:
                return address
        known = ", ".join(address.name for address in self.addresses) or "none; open it with addresses=N (keyword: Open The Venue)"
        raise WorldError(f"exchange {self.alias} has no address {name!r}; it has: {known}")

    def restart_address(self, name: str) -> Address:
        """Start an address that has ended, on its port."""
        old = self.address(name)
        new = Address(self.admin.restart_address(name))
        self.addresses[self.addresses.index(old)] = new
        self.address_pids.add(new.pid)
        return new

    def unannounced_deaths(self) -> list[Death]:
        """Address processes that died while the exchange lives although no keyword announced it."""
        if self.child is None or not self.alive:
            return []
        tail = self.child.log_tail()
        dead = [each for each in self.addresses if each.announced is None and not each.alive]
        return [Death(f"address {each.name} of exchange {self.alias}", each.pid, "it is gone", tail) for each in dead]

    def announce_deaths(self, reason: str) -> None:
        """What is dead now is known."""
        for address in self.addresses:
            if not address.alive:
                address.announced = address.announced or reason

    def remove(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def close(self) -> None:
        """Its process has ended: wait for the end of its address processes, release its ports."""
        self.close_client()
        self._release_ports()
        wait_gone(self.addresses)

    def close_client(self) -> None:
        for client in (self._admin, self._public):
            if client is not None:
                client.close()

    def _release_ports(self) -> None:
        if self._ports is not None:
            self._ports.release()
            self._ports = None

    def _process(self) -> Child:
        if self.child is None:
            raise WorldError(f"exchange {self.alias} was never started")
        return self.child

    def _forget(self, reason: str) -> None:
        self.close_client()
        self._admin = self._public = None
        for address in self.addresses:
            address.announced = address.announced or reason
        wait_gone(self.addresses)
