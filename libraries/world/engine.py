"""One engine process of a test: configuration, start, readiness, kill, stop, restart on the same database.

The engine under test is replaceable: it is started as `python -P -m genesis` with ENGINE_ROOT as its only source, and a world refuses
an engine whose `/health` names a package outside of ENGINE_ROOT.
"""

from __future__ import annotations

import os
import re
import signal
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import tomli_w

from libraries.common.canary import canary
from libraries.evidence.redaction import register_secret
from libraries.world.addresses import Address
from libraries.world.admin import Account
from libraries.world.control import ControlClient
from libraries.world.deadlines import Deadline, poll
from libraries.world.errors import WorldError
from libraries.world.exchange import REPOSITORY, Exchange
from libraries.world.http import Json
from libraries.world.processes import Child, Children, Finished, child_environment, python_command, run_to_end
from libraries.world.proxies import Proxy
from libraries.world.servers.copy import copy_of
from libraries.world.servers.database import Database
from libraries.world.servers.valkey import CacheServer

PROFILE = REPOSITORY / "profiles" / "acceptance.toml"
"""What every engine of a test gets, under the test's own settings."""
FULL = Path("/dev/full")
SHORTEST_SECRET = 8
"""A shorter one is a test's wrong key, and would be found anywhere by chance."""
CRASH_VARIABLE = "GENESIS_CRASH"
"""Arms crash points of its process (docs/crash-points.md)."""
CACHE_PASSWORD_VARIABLE = "GENESIS_CACHE_PASSWORD"  # noqa: S105 - a name
"""Where an engine with a cache finds its password."""
PASSWORD_VARIABLE = "GENESIS_DATABASE_PASSWORD"  # noqa: S105 - a name
"""Where an engine on PostgreSQL finds its password."""
EXIT_SUPERSEDED = 13
"""How an engine ends that finds another one in its place (docs/engine.md, Exit codes)."""
_NEVER_RUNNING = ("HALTED", "STOPPING", "STOPPED")


@dataclass(frozen=True)
class VenueLink:
    """One `[[venue]]` of the engine's configuration: which exchange, under which account."""

    exchange: Exchange
    account: Account
    symbols: tuple[str, ...]
    name: str = "binance"
    targets: Mapping[str, str] = field(default_factory=dict)
    maker_fee: str = "0.001"
    taker_fee: str = "0.001"
    dialect: Mapping[str, str] = field(default_factory=dict)
    """How its market streams speak: `stream_format`, `time_unit`, `trade_stream`."""
    address: str | None = None
    """By which address process the engine comes, such as "api2"; None = directly."""
    reserve_for: str = ""
    """The venue for which it is the last resort."""
    fallback: tuple[str, ...] = ()
    """Address processes that take over in this order."""
    proxy: Proxy | None = None
    """Stands before its way in, but for the fallbacks; None = what stands before the exchange, if anything does."""

    @property
    def key_variable(self) -> str:
        return f"GENESIS_API_KEY_{_variable(self.name)}"

    @property
    def secret_variable(self) -> str:
        return f"GENESIS_API_SECRET_{_variable(self.name)}"

    def section(self) -> Json:
        way = self.exchange if self.address is None else self.exchange.address(self.address)
        others = [_urls(self.exchange.address(name)) for name in self.fallback]
        trusted = {"ca_file": str(self.exchange.ca_file)} if self.exchange.ca_file is not None else {}
        return (
            trusted
            | ({"fallback": others} if others else {})
            | ({"reserve_for": self.reserve_for} if self.reserve_for else {})
            | dict(self.dialect)
            | _urls(way, self.proxy)
            | {
                "name": self.name,
                "api_key_env": self.key_variable,
                "api_secret_env": self.secret_variable,
                "symbols": list(self.symbols),
                "targets": dict(self.targets),
                "maker_fee": self.maker_fee,
                "taker_fee": self.taker_fee,
            }
        )


class Engine:
    """An engine and its database. `settings` adds or overrides sections, for example {"risk": {"min_confidence": "0.7"}}."""

    def __init__(
        self,
        alias: str,
        *,
        directory: Path,
        root: Path,
        links: tuple[VenueLink, ...],
        children: Children,
        settings: Mapping[str, Any] | None = None,
        database: Database | None = None,
    ) -> None:
        """`database`: where it keeps its state; None = a file in its directory."""
        self.alias = alias
        self.directory = directory
        self.root = root
        self.links = links
        self.settings: dict[str, Any] = {name: dict(section) for name, section in (settings or {}).items()}
        self.strategies: list[Json] = []
        """Its `[[strategy]]` tables."""
        self.database = database
        self.database_path = directory / "engine.db"
        self.anchor_path = directory / "engine.db.anchor"
        self.config_path = directory / "engine.toml"
        self.cache: CacheServer | None = None
        """The cache that it uses from its next start on."""
        self.receivers: Mapping[str, Path] = {}
        """Where the receivers of alerts that the test started keep what came, by their addresses."""
        self.twin: Engine | None = None
        """Another engine whose decisions must be the same (I26)."""
        self.child: Child | None = None
        self.ending: str | None = None
        """How the current process ended: "dead" (killed), "stopped" (SIGTERM, exit code 0), None while it runs."""
        self.test_hooks = False
        """Whether its process lets tests move its clock."""
        self.clock_ahead_ms = 0
        """How far its clock was moved ahead, over all its processes."""
        self.deaf_stdout = False
        """Whether nobody reads its stdout once it is ready."""
        self.full_log = False
        """Whether its log goes to a full disk."""
        self.variables: dict[str, str] = {}
        """More of its environment, from the next start on."""
        self.starts = 0
        self.up_s = 0.0
        """Seconds from the first start to readiness."""
        self.last_up_s = 0.0
        """Seconds from the last start to readiness."""
        self.recoveries_s: list[float] = []
        """Seconds to RUNNING of each start on what an earlier process left."""
        self._children = children
        self._token = register_secret(canary())
        self._control: ControlClient | None = None
        directory.mkdir(parents=True, exist_ok=True)
        self.write_config()

    def config(self) -> Json:
        """The configuration as it will be written; addresses are those of the exchanges now."""
        document: Json = {
            "database": self._database_section(),
            "control": {"port": 0},
            "venue": [link.section() for link in self.links],
        }
        if self.cache is not None:
            document["cache"] = {"url": self.cache.url, "password_env": CACHE_PASSWORD_VARIABLE}
        for settings in (tomllib.loads(PROFILE.read_text(encoding="utf-8")), self.settings):
            for name, section in settings.items():
                document[name] = document.get(name, {}) | section
        if self.strategies:
            document["strategy"] = self.strategies
        return document

    def _database_section(self) -> Json:
        if self.database is None:
            return {"url": f"sqlite:///{self.database_path}", "anchor": str(self.anchor_path)}
        trusted = {"ca_file": self.database.ca_file} if self.database.ca_file else {}
        return {"url": self.database.url, "password_env": PASSWORD_VARIABLE, "anchor": str(self.anchor_path)} | trusted

    @property
    def database_url(self) -> str:
        """As its own commands take it; the password is in its environment."""
        return self.database.url if self.database is not None else f"sqlite:///{self.database_path}"

    def database_file(self) -> Path:
        """A file that holds its database: its own, or a copy of now of one on a server.

        Raises:
            WorldError: the server does not answer.
        """
        if self.database is not None:
            try:
                copy_of(self.database, self.database_path)
            except psycopg.Error as error:
                raise WorldError(f"the database of engine {self.alias} cannot be copied: {error}") from error
        return self.database_path

    def change_settings(self, sections: Mapping[str, Mapping[str, Any]]) -> None:
        """Settings that the configuration has from the next start on."""
        for name, section in sections.items():
            self.settings[name] = self.settings.get(name, {}) | dict(section)
        self.write_config()

    def write_config(self) -> Path:
        document = self.config()
        _refuse_floats(document, "")
        self.config_path.write_text(tomli_w.dumps(document), encoding="utf-8")
        return self.config_path

    def environment(self) -> dict[str, str]:
        """What the engine process gets: ENGINE_ROOT as its only source, and the secrets of its venues."""
        extra = {"GENESIS_CONTROL_TOKEN": self._token, "SSL_CERT_FILE": os.devnull}  # no public authority: a tenth of a second to read
        if self.test_hooks:
            extra |= {"GENESIS_TEST_HOOKS": "1", "GENESIS_CLOCK_AHEAD_MS": str(self.clock_ahead_ms)}
        for link in self.links:
            extra |= {link.key_variable: link.account.api_key, link.secret_variable: link.account.api_secret}
        if self.database is not None:
            extra[PASSWORD_VARIABLE] = self.database.password
        if self.cache is not None:
            extra[CACHE_PASSWORD_VARIABLE] = self.cache.password
        return child_environment(extra | self.variables, self.root)

    def secrets(self) -> dict[str, str]:
        """What its process was told and must write nowhere (I35), by name."""
        told = {"GENESIS_CONTROL_TOKEN": self._token}
        for link in self.links:
            told |= {link.key_variable: link.account.api_key, link.secret_variable: link.account.api_secret}
        if self.database is not None:
            told[PASSWORD_VARIABLE] = self.database.password
        if self.cache is not None:
            told[CACHE_PASSWORD_VARIABLE] = self.cache.password
        return {name: value for name, value in told.items() if len(value) >= SHORTEST_SECRET}

    def start(self, deadline: Deadline, *, until: str | None = "RUNNING", books: bool = True) -> Json:
        """Start (or restart on the same database) and wait for /health to say `until` (None: only until it listens).

        `books`: also wait until every configured book is in step with its venue. Returns /health (or the ready line).

        Raises:
            WorldError: it runs already, died, came from another directory, or was not there in time; with its log's end.
        """
        began = time.monotonic()
        child = self._spawn()
        ready = child.wait_ready(deadline)
        self._control = ControlClient(
            f"engine {self.alias}", ready["control_url"], register_secret(ready["token"]), metrics_url=ready["metrics_url"]
        )
        self._check_source(self._control.health())
        seen = ready if until is None else self.wait_state(until, deadline, books=books)
        self.last_up_s = time.monotonic() - began
        self.up_s = self.up_s or self.last_up_s
        if self.starts > 1 and until == "RUNNING":
            self.recoveries_s.append(self.last_up_s)
        return seen

    def start_and_kill(self, after_s: float, reason: str) -> None:
        """Start on the same database and SIGKILL so much later, wherever it is by then; announced.

        Raises:
            WorldError: it runs already, or ended by itself before that; with its log's end.
        """
        child = self._spawn()
        if child.wait(after_s) is not None:
            raise WorldError(f"engine {self.alias} ended by itself, {child.exit_text()}, before it was killed.\n{child.log_tail()}")
        self.kill(reason)

    def start_and_die(self, crash: str, deadline: Deadline, reason: str) -> None:
        """Start on the same database with a crash point armed (`CP-R1:1:kill`), and die there; announced.

        Raises:
            WorldError: it runs already, ended by itself, or did not come to that point in time; with its log's end.
        """
        hooks, variables = self.test_hooks, self.variables
        self.test_hooks, self.variables = True, variables | {CRASH_VARIABLE: crash}
        try:
            child = self._spawn()
        finally:
            self.test_hooks, self.variables = hooks, variables
        child.announce_death(reason)
        code = child.wait(deadline.remaining())
        if code != -signal.SIGKILL:
            child.kill_quietly(reason)
            raise WorldError(
                f"engine {self.alias} should have died at {crash} within {deadline.seconds:g} s: {child.exit_text()}.\n{child.log_tail()}"
            )
        self.forget()

    def _spawn(self) -> Child:
        """Raises WorldError: it runs already."""
        if self.alive:
            raise WorldError(f"engine {self.alias} is already running (pid {self._process().pid}); stop or kill it first")
        self.starts += 1
        self.ending = None
        self.write_config()
        self.child = self._children.spawn(
            f"engine {self.alias}",
            python_command("genesis", "run", "--config", str(self.config_path)),
            directory=self.directory,
            environment=self.environment(),
            log_name="engine",
            echo_variable="GENESIS_INSTANCE",
            deaf=self.deaf_stdout,
            log_file=FULL if self.full_log else None,
        )
        return self.child

    def wait_state(self, state: str, deadline: Deadline, *, books: bool = False) -> Json:
        """Wait until /health names `state` (and, with `books`, every book is in step); returns /health.

        Raises:
            WorldError: not in time, or it died or reached a final state instead; with what was last seen and its log's end.
        """
        child = self._process()
        last: Json = {}

        def probe() -> Json | None:
            nonlocal last
            if not child.alive:
                return last
            last = self.control.health()
            there = last["state"] == state and (not books or all(last["books"].values()))
            return last if there or (last["state"] in _NEVER_RUNNING and last["state"] != state) else None

        seen = poll(probe, deadline, child.wait)
        if seen is None or not child.alive or seen["state"] != state:
            missing = [name for name, in_step in last.get("books", {}).items() if not in_step] if books else []
            raise WorldError(
                f"engine {self.alias} did not become {state} within {deadline.seconds:g} s: {child.exit_text()}, last seen "
                f"{last.get('state', 'nothing')}, venues {last.get('venues', {})}"
                f"{', no book yet of ' + ', '.join(missing) if missing else ''}.\nEnd of its log:\n{child.log_tail()}"
            )
        return seen

    def _check_source(self, health: Json) -> None:
        """Refuse an engine that was not loaded from ENGINE_ROOT."""
        package = Path(health["package_path"]).resolve()
        if not package.is_relative_to(self.root.resolve()):
            assert self.child is not None
            self.child.kill_quietly("came from another directory; the keyword reported it")
            raise WorldError(
                f"engine {self.alias} was loaded from {package}, expected a package inside ENGINE_ROOT {self.root}; "
                "check --variable ENGINE_ROOT:DIR and that DIR holds genesis/"
            )

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.alive

    @property
    def control(self) -> ControlClient:
        if self._control is None:
            raise WorldError(f"engine {self.alias} is not running; start it first (keyword: Start A Fresh Engine)")
        return self._control

    @property
    def log_path(self) -> Path:
        return self.directory / "engine.log"

    def kill(self, reason: str) -> None:
        """SIGKILL, announced; the database stays for a restart."""
        self._process().kill(reason)
        self.forget()

    def stop(self, reason: str, deadline: Deadline, expected_exit: int = 0) -> int:
        """SIGTERM, announced; the exit code.

        Raises:
            WorldError: it did not end in time, or with another exit code than expected.
        """
        child = self._process()
        code = child.terminate(reason, deadline)
        self.forget()
        if code != expected_exit:
            raise WorldError(
                f"engine {self.alias} ended with {child.exit_text()} after SIGTERM, expected exit code {expected_exit}.\n"
                f"End of its log:\n{child.log_tail()}"
            )
        return code

    def end_by_itself(self, reason: str, deadline: Deadline, expected_exit: int) -> None:
        """Wait for an end that the engine decides on itself; it counts as announced.

        Raises:
            AssertionError: it still runs when the time is over, or ended with another exit code.
        """
        child = self._process()
        code = child.wait(deadline.remaining())
        if code is None:
            raise AssertionError(f"engine {self.alias} should have ended by itself within {deadline.seconds:g} s ({reason}); it still runs")
        child.announce_death(reason)
        self.forget()
        if code != expected_exit:
            raise AssertionError(
                f"engine {self.alias} should have ended with exit code {expected_exit} ({reason}), it ended with {child.exit_text()}.\n"
                f"End of its log:\n{child.log_tail()}"
            )

    def restart(self, deadline: Deadline, *, until: str | None = "RUNNING", books: bool = True) -> Json:
        """Start again on the same database; it must have ended before (`kill` or `stop`)."""
        if self.starts == 0:
            raise WorldError(f"engine {self.alias} was never started; there is nothing to restart")
        return self.start(deadline, until=until, books=books)

    def run_command(self, *arguments: str, deadline: Deadline, through: tuple[str, ...] = ()) -> Finished:
        """`python -m genesis ARGUMENTS` to its end, with this engine's environment (check-config, audit, a start that must fail).

        `through`: a command that starts it, such as `unshare ... --`.
        """
        name = f"genesis {arguments[0] if arguments else ''}".strip()
        command = [*through, *python_command("genesis", *arguments)]
        return run_to_end(name, command, directory=self.directory, environment=self.environment(), deadline=deadline)

    def move_clock(self, by_ms: int) -> None:
        """Move its clock ahead; while no process runs, for the next one: so much time has passed meanwhile.

        Raises:
            WorldError: its processes have no test hooks, or by more than they allow.
        """
        if self.alive:
            answer = self.control.move_clock(by_ms)
            if not answer.ok:
                raise WorldError(str(answer.error.get("message", answer.body)))
        elif not self.test_hooks:
            raise WorldError("the clock moves in processes with test hooks only (GENESIS_TEST_HOOKS=1)")
        self.clock_ahead_ms += by_ms

    def close_client(self) -> None:
        if self._control is not None:
            self._control.close()

    def alert_sinks(self) -> dict[str, Path]:
        """What the auditor reads of the sinks of its alerts: the name that the engine gives each -> the file with what came there."""
        settings = self.settings.get("alerts", {})
        found = {"file": Path(settings.get("file", self.directory / "engine.db.alerts"))}
        for number, webhook in enumerate(settings.get("webhooks", ()), 1):
            if webhook["url"] in self.receivers:
                found[f"webhook-{number}"] = self.receivers[webhook["url"]]
        return found

    def how_it_stands(self) -> str:
        """For the auditor: "quiesced" (it runs), "stopped" (clean end) or "dead"."""
        if self.alive:
            return "quiesced"
        return self.ending or "dead"

    def _process(self) -> Child:
        if self.child is None:
            raise WorldError(f"engine {self.alias} was never started; start it first (keyword: Start A Fresh Engine)")
        return self.child

    def forget(self) -> None:
        """Its process has ended, and that was announced: from now on it is known as stopped (exit code 0) or dead."""
        self.ending = "stopped" if self._process().exit_code == 0 else "dead"
        self.close_client()
        self._control = None


def _urls(way: Exchange | Address, before: Proxy | None = None) -> Json:
    urls = {"rest_url": way.rest_url, "stream_url": way.stream_url, "ws_api_url": way.ws_api_url}
    proxy = before or (way.proxy if isinstance(way, Exchange) else None)
    return urls if proxy is None else {name: proxy.instead_of(url) for name, url in urls.items()}


def _variable(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def _refuse_floats(value: Any, where: str) -> None:
    """Amounts are text; a float in the configuration is a mistake of the keyword's caller."""
    if isinstance(value, float):
        raise WorldError(f"engine setting {where} must be text such as '0.01', got the float {value!r}; write 0.01 without ${{}}")
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_floats(inner, f"{where}.{key}".lstrip("."))
    if isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _refuse_floats(inner, f"{where}[{index}]")
