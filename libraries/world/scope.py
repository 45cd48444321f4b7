"""What lives for a test or for a suite file: exchanges, engines, child processes, a directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from libraries.world.deadlines import Deadline
from libraries.world.directories import remove
from libraries.world.engine import Engine
from libraries.world.errors import WorldError
from libraries.world.exchange import Exchange
from libraries.world.history import History
from libraries.world.processes import Child, Children, Death

STOP_S = 5.0


class Server(Protocol):
    """A database server, a cluster, a cache: the engines' state lies there, so it stays until they were audited."""

    def children(self) -> list[Child]:
        """Its processes that are children of the scope."""

    def close(self) -> None:
        """Whatever state it is in: no process and no directory is left."""


class Scope:
    """`kind`: "test" or "suite". Its directory is created with it."""

    def __init__(self, kind: str, name: str, directory: Path) -> None:
        self.kind = kind
        self.name = name
        self.directory = directory
        self.children = Children()
        self.exchanges: dict[str, Exchange] = {}
        self.engines: dict[str, Engine] = {}
        self.servers: dict[str, Server] = {}
        """By alias; servers that engines keep their state in."""
        self.receivers: dict[str, Path] = {}
        """Of alerts: address -> the record of what came there."""
        self.history = History(directory / "history.jsonl")
        self.seed = 1
        self.cleanups: list[Callable[[], object]] = []
        """What keywords opened in this process (stream readers and the like): `finish` closes it, last one first."""

    def unannounced_deaths(self) -> list[Death]:
        """Of children and of the address processes of exchanges."""
        return self.children.unannounced_deaths() + [death for each in self.exchanges.values() for death in each.unannounced_deaths()]

    def announce_deaths(self, reason: str) -> None:
        """What is dead now is known: it is reported once."""
        for child in self.children.all:
            if not child.alive:
                child.announce_death(reason)
        for exchange in self.exchanges.values():
            exchange.announce_deaths(reason)

    def finish(self) -> list[str]:
        """Before the audit: run the cleanups (what is frozen thaws), end helpers such as lock holders. Returns errors, as sentences."""
        errors = []
        while self.cleanups:
            try:
                self.cleanups.pop()()
            except Exception as error:  # noqa: BLE001 - of any library's making, and the others must run; the listener makes it the test's failure
                errors.append(f"closing at the end of the {self.kind} failed: {type(error).__name__}: {error}")
        stay = [*(engine.child for engine in self.engines.values()), *(exchange.child for exchange in self.exchanges.values())]
        stay += [child for server in self.servers.values() for child in server.children()]
        for child in self.children.all:
            if child not in stay:
                child.kill_quietly(f"helpers end with the {self.kind}")
        return errors

    def close(self) -> list[str]:
        """End every process of this scope, at once, and every client; the directory stays. Returns errors, as sentences.

        The engines of a test are killed, not stopped: their state was audited, and a graceful stop has tests of its own.
        """
        errors = self._close_servers()
        self.children.kill_all(f"end of the {self.kind}")
        for engine in self.engines.values():
            engine.close_client()
            errors += self._withdraw_orders(engine)
        for exchange in self.exchanges.values():
            try:
                exchange.close()
            except WorldError as error:
                errors.append(str(error))
        self.history.close()
        return errors

    def _close_servers(self) -> list[str]:
        """After the engines, which would only complain."""
        if self.servers:
            for engine in self.engines.values():
                if engine.child is not None:
                    engine.child.kill_quietly(f"end of the {self.kind}")
        errors = []
        for server in self.servers.values():
            try:
                server.close()
            except WorldError as error:
                errors.append(str(error))
        return errors

    def _withdraw_orders(self, engine: Engine) -> list[str]:
        """What a dead engine left open would trade with the next test: its venue lives on, so its orders go."""
        errors = []
        for link in engine.links:
            if link.exchange.alive:
                try:
                    link.exchange.admin.cancel_orders(link.account.name)
                except WorldError as error:
                    errors.append(f"open orders of engine {engine.alias} could not be withdrawn: {error}")
        return errors

    def stop_exchanges(self) -> list[str]:
        """SIGTERM to every exchange that runs; returns what went wrong."""
        problems = []
        for exchange in self.exchanges.values():
            if exchange.alive:
                try:
                    code = exchange.stop(f"end of the {self.kind}", Deadline(STOP_S))
                except WorldError as error:
                    problems.append(str(error))
                else:
                    problems += [f"exchange {exchange.alias} ended with exit code {code} after SIGTERM, expected 0"] if code else []
        return problems

    def remove(self) -> None:
        remove(self.directory)
