"""A client's process: `python -m conformance.<driver>` in the client's own environment, spoken to over a loopback socket.

The language is described in `conformance/driver.py`. Answers keep their numbers exactly: JSON numbers become decimals.
"""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from libraries.client_keywords.environments import REPOSITORY, environment_for
from libraries.client_keywords.values import shortened
from libraries.common.errors import WrongArgument
from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.processes import Child, Children, child_environment

INSTANCE_VARIABLE = "CLIENT_INSTANCE"
START_S = 60.0
"""A client's first import compiles all of it, beside other busy processes."""


@dataclass(frozen=True)
class Public:
    """A public client: the file that pins it, and the module that drives it."""

    requirements: Path
    module: str


CLIENTS = {
    "ccxt": Public(REPOSITORY / "conformance" / "ccxt.txt", "conformance.ccxt_client"),
    "ccxt.pro": Public(REPOSITORY / "conformance" / "ccxt.txt", "conformance.ccxt_pro_client"),
    "binance-sdk-spot": Public(REPOSITORY / "conformance" / "binance_sdk_spot.txt", "conformance.binance_sdk_client"),
}


@dataclass(frozen=True)
class Outcome:
    """What came of a call: a value, or the class and text of the error that the client raised."""

    what: str
    value: Any = None
    error: str | None = None
    message: str = ""

    def in_words(self) -> str:
        """What came, as an error tells it."""
        return f"it raised {self.error}: {shortened(self.message)}" if self.error else f"it answered {shortened(self.value)}"


class ClientProcess:
    """One running client. Not thread-safe: one request at a time."""

    def __init__(self, name: str, children: Children, directory: Path) -> None:
        """Install it if need be, start it, connect.

        Raises:
            ClientMissing: it cannot be installed here.
            WorldError: it did not start; the end of its log is in the text.
        """
        self.name = name
        public = CLIENTS[name]
        python = environment_for(public.requirements)
        directory.mkdir(parents=True, exist_ok=True)
        self._child: Child = children.spawn(
            f"client {name}",
            [str(python), "-P", "-m", public.module],
            directory=directory,
            environment=child_environment({}, REPOSITORY),
            log_name="client",
            echo_variable=INSTANCE_VARIABLE,
        )
        ready = self._child.wait_ready(Deadline(START_S))
        self._socket = socket.create_connection(("127.0.0.1", int(ready["port"])), timeout=START_S)
        self._lines = self._socket.makefile("rb")
        self._socket.sendall(self._child.token.encode() + b"\n")

    def open(self, settings: dict[str, Any], seconds: float) -> None:
        """A fresh client object with these addresses and keys."""
        self._ask({"do": "open", "settings": settings}, seconds)

    def call(self, method: str, arguments: list[Any], named: dict[str, Any], seconds: float) -> Outcome:
        """Call the client's own method."""
        answer = self._ask({"do": "call", "method": method, "arguments": arguments, "named": named}, seconds)
        what = f"{self.name}: {method}({', '.join([*map(str, arguments), *(f'{key}={value}' for key, value in named.items())])})"
        if "refused" in answer:
            return Outcome(what, error=answer["refused"]["error"], message=answer["refused"]["message"])
        return Outcome(what, answer["value"])

    def watch(self, name: str, method: str, arguments: list[Any], named: dict[str, Any], seconds: float) -> None:
        """From now on keep what the client's own method brings."""
        self._ask({"do": "watch", "name": name, "method": method, "arguments": arguments, "named": named}, seconds)

    def seen(self, name: str, seconds: float) -> list[Any]:
        """What a watch brought so far, oldest first."""
        seen: list[Any] = self._ask({"do": "seen", "name": name}, seconds)["value"]
        return seen

    def close_client(self) -> None:
        """The client object goes (its connections with it); the process stays for the next one."""
        self._ask({"do": "close"}, START_S)

    def end(self) -> None:
        """Hang up; the process ends by itself."""
        self._child.announce_death("the client was closed")
        self._lines.close()
        self._socket.close()
        self._child.wait(START_S)

    def _ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        self._socket.settimeout(seconds)
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            line = self._lines.readline()
        except TimeoutError:
            raise AssertionError(f"{self.name} did not answer {request['do']} {request.get('method', '')} within {seconds:g} s") from None
        if not line:
            raise WorldError(f"client {self.name} hung up ({self._child.exit_text()}).\nEnd of its log:\n{self._child.log_tail()}")
        answer: dict[str, Any] = json.loads(line, parse_float=Decimal)
        if "wrong" in answer:
            raise WrongArgument(f"{self.name}: {answer['wrong']}")
        return answer
