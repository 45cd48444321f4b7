"""One mock exchange process: `python -m libraries.mock_exchange`, belonging to a suite file (or, if a test opens it, to that test)."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from libraries.evidence.redaction import register_secret
from libraries.world.admin import AdminClient
from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.processes import Child, Children, child_environment, python_command

REPOSITORY = Path(__file__).resolve().parents[2]
MARKET_ACCOUNT = "market"


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

    def arguments(self, ledger: Path) -> list[str]:
        arguments = ["--port", "0", "--admin-port", "0", "--ledger", str(ledger), "--seed", str(self.seed)]
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
        self.ledger_path = directory / "ledger.jsonl"
        self.child: Child | None = None
        self._children: Children | None = None
        self._admin: AdminClient | None = None
        self.rest_url = self.stream_url = self.ws_api_url = ""

    def start(self, children: Children, deadline: Deadline) -> None:
        """Start it on its ledger and wait until it listens.

        Raises:
            WorldError: it died or was not ready in time; its log's end is in the text.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        self._children = children
        self.child = children.spawn(
            f"exchange {self.alias}",
            python_command(self.options.module, *self.options.arguments(self.ledger_path)),
            directory=self.directory,
            environment=child_environment({}, self.options.source),
            log_name="exchange",
            echo_variable="MOCK_EXCHANGE_INSTANCE",
        )
        ready = self.child.wait_ready(deadline)
        self.rest_url, self.stream_url, self.ws_api_url = ready["rest_url"], ready["stream_url"], ready["ws_api_url"]
        for secret in ("admin_token", "api_key", "api_secret"):
            if secret in ready:
                register_secret(ready[secret])
        self._admin = AdminClient(f"exchange {self.alias}", ready["admin_url"], ready["admin_token"])

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

    def kill(self, reason: str) -> None:
        """SIGKILL, announced. The ledger file stays."""
        self._process().kill(reason)
        self._forget()

    def stop(self, reason: str, deadline: Deadline) -> int:
        """SIGTERM, announced; the exit code (0 = clean)."""
        code = self._process().terminate(reason, deadline)
        self._forget()
        return code

    def restart(self, deadline: Deadline) -> None:
        """Start again on the same ledger, on new ports. Keys survive only with `--accounts`."""
        if self.alive:
            raise WorldError(f"exchange {self.alias} is still running; stop or kill it before it can be restarted")
        assert self._children is not None
        self.start(self._children, deadline)

    def remove(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def close_client(self) -> None:
        if self._admin is not None:
            self._admin.close()

    def _process(self) -> Child:
        if self.child is None:
            raise WorldError(f"exchange {self.alias} was never started")
        return self.child

    def _forget(self) -> None:
        self.close_client()
        self._admin = None
