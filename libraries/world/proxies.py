"""A fault proxy of a world: its process, and what it can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from libraries.evidence.redaction import register_secret
from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.http import Answer, JsonClient
from libraries.world.processes import Child, Children, child_environment, python_command

_REPOSITORY = Path(__file__).resolve().parents[2]
_ECHO = "FAULT_PROXY_INSTANCE"


class Proxy:
    """Stands before one server: `target` "127.0.0.1:PORT". Whoever connects to `port` comes through to it."""

    def __init__(self, alias: str, directory: Path, target: str) -> None:
        self.alias = alias
        self.target = target
        self.port = 0
        self.child: Child | None = None
        self._directory = directory
        self._client: JsonClient | None = None

    def start(self, children: Children, deadline: Deadline) -> None:
        """Start it and wait until it listens.

        Raises:
            WorldError: it died or was not ready in time.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        self.child = children.spawn(
            f"proxy {self.alias}",
            python_command("libraries.fault_proxy", "--to", self.target),
            directory=self._directory,
            environment=child_environment({}, _REPOSITORY),
            log_name=f"proxy-{self.alias}",
            echo_variable=_ECHO,
        )
        ready = self.child.wait_ready(deadline)
        self.port = ready["port"]
        self._client = JsonClient(f"proxy {self.alias}", ready["control_url"], register_secret(ready["token"]))

    def ask_weather(self, fields: Mapping[str, Any]) -> Answer:
        """Replace the weather (fields of `libraries.fault_proxy.weather.Weather`); what is left out is fair. 400 says what is wrong."""
        return self._running().request("PUT", "/weather", json=dict(fields))

    def weather(self, **fields: Any) -> None:
        """As `ask_weather`.

        Raises:
            WorldError: it was refused.
        """
        self._running().expect("PUT", "/weather", json=fields)

    def reset(self) -> int:
        """RST to all connections; how many."""
        return int(self._running().expect("POST", "/reset")["reset"])

    def cut(self) -> int:
        """Connections are reset and new ones refused until `heal`; how many were reset."""
        return int(self._running().expect("POST", "/cut")["reset"])

    def heal(self) -> None:
        """Fair weather; connections are accepted."""
        self._running().expect("POST", "/heal")

    def counters(self) -> dict[str, Any]:
        """{"connections", "open", "refused", "to_server", "to_client", "swallowed", "dropped", "corrupted", "reset", "cut"}."""
        return dict(self._running().expect("GET", "/counters"))

    def instead_of(self, url: str) -> str:
        """The same URL, through the proxy."""
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=f"{parts.hostname}:{self.port}"))

    def children(self) -> list[Child]:
        """Its process: it stays until those that come through it were audited."""
        return [self.child] if self.child is not None else []

    def close(self) -> None:
        """Whatever state it is in: it ends."""
        if self.child is not None:
            self.child.kill_quietly("the proxy is not needed any more")
        if self._client is not None:
            self._client.close()

    def _running(self) -> JsonClient:
        if self._client is None:
            raise WorldError(f"proxy {self.alias} does not run; start it first (keyword: Put A Proxy Before The Venue)")
        return self._client
