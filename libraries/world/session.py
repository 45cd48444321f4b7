"""The session of this robot process: the suite's exchanges, the test's engines, accounts, directories, history, and the machine lock.

Keyword libraries use the module's one `session`. The listener of EvidenceLibrary begins and ends its scopes; keywords only open things:

    exchange = session.open_exchange("venue", market=path)              # in Suite Setup: belongs to the suite file
    account = session.new_account(exchange, {"USDT": "1000"})           # unique name per test
    engine = session.new_engine("main", [VenueLink(exchange, account, ("BTCUSDT",))], {"risk": {"min_confidence": "0.7"}})
    engine.start(Deadline(10))
    session.engine().control.signal({...})
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from libraries.world import progress
from libraries.world.admin import Account
from libraries.world.deadlines import Deadline
from libraries.world.directories import fresh_directory, slug
from libraries.world.engine import Engine, VenueLink
from libraries.world.errors import WorldError
from libraries.world.exchange import REPOSITORY, Exchange, ExchangeOptions
from libraries.world.history import History
from libraries.world.locks import MachineLock, Mode, claim_output_directory, hold_machine, release_output_directory
from libraries.world.output import results_directory, run_owner, under_pabot
from libraries.world.scope import Scope, Server
from libraries.world.servers.cluster import Cluster, Replication
from libraries.world.servers.database import Database
from libraries.world.servers.elsewhere import SCHEME, ServerElsewhere
from libraries.world.servers.postgres import PostgresServer
from libraries.world.servers.valkey import CacheServer

START_S = 15.0
"""Default deadline for a process to be ready; generous, since other worlds may share the cores."""
LOCK_S = 3600.0
SEED = 1
DATABASES = ("sqlite", "postgresql")
SHARED_SERVER = "shared"

T = TypeVar("T")


class Session:
    """One per robot process. Creating it touches nothing; the first use of a scope does."""

    def __init__(self) -> None:
        self.suite: Scope | None = None
        self.test: Scope | None = None
        self.suite_name = ""
        self.test_name = ""
        self.expected_violations: set[str] = set()
        self.demanded_situations: set[str] = set()
        self.last_engines: list[Engine] = []
        """The engines of the test that ended last."""
        self._output: Path | None = None
        self._lock: MachineLock | None = None
        self._accounts = 0

    # ---- where ----

    @property
    def output_directory(self) -> Path:
        """Robot's ${OUTPUT DIR} (of this process: under pabot `pabot_results/<n>`)."""
        if self._output is None:
            self._output = Path(str(robot_variable("${OUTPUT DIR}", ".")))
            claim_output_directory(self.results_directory, run_owner(self._output))
        return self._output

    @property
    def results_directory(self) -> Path:
        """The directory in which a reader finds this run's report."""
        assert self._output is not None or self.output_directory
        return results_directory(self._output or self.output_directory)

    @property
    def engine_root(self) -> Path:
        """${ENGINE_ROOT} if given, else the repository: the only source of the engine process.

        Raises:
            WorldError: it holds no package `genesis`.
        """
        root = Path(str(robot_variable("${ENGINE_ROOT}", REPOSITORY))).absolute()
        if not (root / "genesis" / "__main__.py").is_file():
            raise WorldError(
                f"ENGINE_ROOT must be a directory that holds genesis/__main__.py, got {root}; check --variable ENGINE_ROOT:DIR"
            )
        return root

    @property
    def seed(self) -> int:
        """${SEED} if given, else 1: of every exchange for which a test names none.

        Raises:
            WorldError: it is no whole number from 0 on.
        """
        wanted = str(robot_variable("${SEED}", SEED))
        if not (wanted.isascii() and wanted.isdigit()):
            raise WorldError(f"SEED must be a whole number from 0 on, got {wanted!r}; check --variable SEED:NUMBER")
        return int(wanted)

    @property
    def directory(self) -> Path:
        """The directory of the running test's world (of the suite's, outside of a test)."""
        return self.scope.directory

    @property
    def history(self) -> History:
        """The running test's history; the suite's outside of a test, and where a suite shares an engine (the audit needs all of it)."""
        return self.suite.history if self.suite is not None and self.suite.engines else self.scope.history

    @property
    def scope(self) -> Scope:
        """What is opened now belongs to the running test, or, in Suite Setup, to the suite."""
        return self.test or self.suite_scope()

    def suite_scope(self) -> Scope:
        if self.suite is None:
            self.suite_name = self.suite_name or str(robot_variable("${SUITE NAME}", "no suite"))
            self.suite = Scope("suite", self.suite_name, fresh_directory(self._worlds() / slug(self.suite_name), "suite"))
        return self.suite

    def _worlds(self) -> Path:
        output = self.output_directory
        return (output if under_pabot(output) else self.results_directory) / "worlds"

    # ---- exchanges ----

    def open_exchange(
        self,
        alias: str = "venue",
        *,
        market: Path | str | None = None,
        accounts: Path | None = None,
        recording: Path | None = None,
        seed: int | None = None,
        deadline: Deadline | None = None,
    ) -> Exchange:
        """Start an exchange under `alias`; in Suite Setup it belongs to the suite file, in a test to that test. `seed`: None = the run's.

        Raises:
            WorldError: the alias is taken, or the exchange did not get ready (its log's end is in the text); SEED is no number.
        """
        return self.open_exchange_with(alias, ExchangeOptions(market, accounts, recording, self.seed if seed is None else seed), deadline)

    def open_exchange_with(self, alias: str, options: ExchangeOptions, deadline: Deadline | None = None) -> Exchange:
        """As `open_exchange`."""
        scope = self.scope
        if alias in self._exchanges():
            raise WorldError(f"an exchange {alias!r} is open already; use another alias, or the open one")
        exchange = Exchange(alias, scope.directory / f"exchange-{slug(alias)}", options)
        with self._machine_for_start():
            exchange.start(scope.children, deadline or Deadline(START_S))
        scope.seed = options.seed
        scope.exchanges[alias] = exchange
        scope.history.note("exchange opened", alias=alias, pid=exchange.child.pid if exchange.child else None, seed=options.seed)
        return exchange

    def exchange(self, alias: str | None = None) -> Exchange:
        """The exchange of that alias; without one the only (or first) exchange.

        Raises:
            WorldError: there is none; lists those that there are.
        """
        return _pick("exchange", self._exchanges(), alias, "open one first (keyword: Open The Venue)")

    def _exchanges(self) -> dict[str, Exchange]:
        return {**(self.test.exchanges if self.test else {}), **(self.suite.exchanges if self.suite else {})}

    def new_account(self, exchange: Exchange, balances: Mapping[str, str], label: str = "engine", key_kind: str = "HMAC") -> Account:
        """A new account with deposits (asset -> amount as text). Its name is unique: no test sees another's orders."""
        self._accounts += 1
        name = f"{slug(label, 20)}-{self._accounts}-{secrets.token_hex(3)}".lower()
        return exchange.admin.create_account(name, balances, key_kind)

    # ---- database servers ----

    def database_server(self) -> PostgresServer | ServerElsewhere:
        """The one PostgreSQL server of the suite file, started when it is first asked for, or the one whose address DATABASE is. Every
        engine has a database of its own there.

        Raises:
            WorldError: there are no PostgreSQL programs here, or it did not start; the address cannot be used.
        """
        suite = self.suite_scope()
        server = suite.servers.get(SHARED_SERVER)
        if self._database_wanted.startswith(SCHEME):
            server = server or suite.servers.setdefault(SHARED_SERVER, ServerElsewhere(self._database_wanted))
            assert isinstance(server, ServerElsewhere)
            return server
        if not isinstance(server, PostgresServer):
            server = PostgresServer(SHARED_SERVER, suite.children, suite.directory / "database")
            self._start_server(SHARED_SERVER, server, suite, Deadline(START_S))
        return server

    def open_database(self, alias: str, deadline: Deadline) -> PostgresServer:
        """Start a PostgreSQL server; engines that start from now on have their databases there. It belongs to the test or to the suite.

        Raises:
            WorldError: the alias is taken, or it did not start.
        """
        self._free(alias)
        scope = self.scope
        server = PostgresServer(slug(alias), scope.children, scope.directory / f"database-{slug(alias)}")
        self._start_server(alias, server, scope, deadline)
        return server

    def open_cluster(self, alias: str, deadline: Deadline, replication: Replication) -> Cluster:
        """Start three nodes and etcd; engines that start from now on have their databases there. It belongs to the test or to the suite.

        Raises:
            WorldError: the alias is taken, or it was not whole in time.
        """
        self._free(alias)
        scope = self.scope
        cluster = Cluster(slug(alias), scope.children, scope.directory / f"database-{slug(alias)}", replication=replication)
        self._start_server(alias, cluster, scope, deadline)
        return cluster

    def open_cache(self, alias: str, deadline: Deadline) -> CacheServer:
        """Start a cache server; engines that start from now on use it. It belongs to the test or to the suite.

        Raises:
            WorldError: the alias is taken, or it did not start.
        """
        self._free(alias)
        scope = self.scope
        server = CacheServer(slug(alias), scope.children, scope.directory / f"cache-{slug(alias)}")
        self._start_server(alias, server, scope, deadline)
        return server

    def cache(self, alias: str | None = None) -> CacheServer:
        """The cache of that alias; without one the first.

        Raises:
            WorldError: there is none; lists those that there are.
        """
        return _pick("cache", self._caches(), alias, "start one first (keyword: Start A Cache)")

    def _caches(self) -> dict[str, CacheServer]:
        return {name: server for name, server in self._servers().items() if isinstance(server, CacheServer)}

    @property
    def cache_of_new_engines(self) -> CacheServer | None:
        """The cache that was started last, None = there is none."""
        return next(reversed(self._caches().values()), None)

    def _free(self, alias: str) -> None:
        if alias in self._servers():
            raise WorldError(f"a server {alias!r} is open already; use another alias, or the open one")

    def _start_server(self, alias: str, server: PostgresServer | Cluster | CacheServer, scope: Scope, deadline: Deadline) -> None:
        scope.servers[alias] = server
        with self._machine_for_start():
            server.start(deadline)
        scope.history.note("server started", alias=alias, why=server.why)

    def _servers(self) -> dict[str, Server]:
        return {**(self.test.servers if self.test else {}), **(self.suite.servers if self.suite else {})}

    def database(self, alias: str | None = None) -> PostgresServer:
        """The single PostgreSQL server of that alias; without one the first.

        Raises:
            WorldError: there is none; lists those that there are.
        """
        known = {name: server for name, server in self._servers().items() if isinstance(server, PostgresServer)}
        return _pick("database server", known, alias, "start one first (keyword: Start A Database)")

    def cluster(self, alias: str | None = None) -> Cluster:
        """The database cluster of that alias; without one the first.

        Raises:
            WorldError: there is none; lists those that there are.
        """
        known = {name: server for name, server in self._servers().items() if isinstance(server, Cluster)}
        return _pick("database cluster", known, alias, "start one first (keyword: Start A Database Cluster)")

    def _fresh_database(self, label: str) -> Database | None:
        """In what a keyword opened; else, if the suites run on PostgreSQL, in the shared server; None = SQLite."""
        for server in self._servers().values():
            if isinstance(server, PostgresServer | Cluster):
                return server.create_database(label)
        return self.database_server().create_database(label) if self.postgresql else None

    @property
    def postgresql(self) -> bool:
        """Whether engines keep their state in PostgreSQL (`--variable DATABASE:postgresql`, or the address of a server that runs).

        Raises:
            WorldError: DATABASE names something else than a database that the engine knows.
        """
        wanted = self._database_wanted
        if wanted not in DATABASES and not wanted.startswith(SCHEME):
            known = f"{', '.join(DATABASES)} or {SCHEME}user@host:port"
            raise WorldError(f"DATABASE must be {known}, got {wanted!r}; check --variable DATABASE:NAME")
        return wanted != DATABASES[0]

    @property
    def _database_wanted(self) -> str:
        return str(robot_variable("${DATABASE}", DATABASES[0]))

    @property
    def given_variables(self) -> dict[str, str]:
        """Robot variables that a command needs which runs the same again: those that are not as they are by default."""
        database, root = self._database_wanted, Path(str(robot_variable("${ENGINE_ROOT}", REPOSITORY))).absolute()
        given = {"ENGINE_ROOT": (str(root), str(REPOSITORY)), "DATABASE": (database, DATABASES[0]), "SEED": (str(self.seed), str(SEED))}
        return {name: value for name, (value, usual) in given.items() if value != usual}

    # ---- engines ----

    def new_engine(
        self,
        alias: str,
        links: Sequence[VenueLink],
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        database: Database | None = None,
    ) -> Engine:
        """An engine, configured but not started: `engine.start(Deadline(...))` does that. `database`: another engine's; default: a fresh
        one.

        Raises:
            WorldError: the alias is taken, or ENGINE_ROOT holds no engine.
        """
        if alias in self._engines():
            raise WorldError(f"an engine {alias!r} exists already in this test; restart that one, or use another alias")
        scope = self.scope
        engine = Engine(
            alias,
            directory=scope.directory / f"engine-{slug(alias)}",
            root=self.engine_root,
            links=tuple(links),
            children=scope.children,
            settings=settings,
            database=database or self._fresh_database(alias),
        )
        engine.receivers = scope.receivers
        scope.engines[alias] = engine
        return engine

    def engine(self, alias: str | None = None) -> Engine:
        """The engine of that alias; without one the only (or first) engine.

        Raises:
            WorldError: there is none; lists those that there are.
        """
        return _pick("engine", self._engines(), alias, "start one first (keyword: Start A Fresh Engine)")

    def _engines(self) -> dict[str, Engine]:
        return {**(self.test.engines if self.test else {}), **(self.suite.engines if self.suite else {})}

    def prefer_engine(self, alias: str) -> None:
        """From now on the engine of that alias is the first one of its scope."""
        for scope in (self.test, self.suite):
            if scope is not None and alias in scope.engines:
                scope.engines = {alias: scope.engines[alias], **scope.engines}

    def engines(self) -> list[Engine]:
        """All engines a test can see: its own and those that its suite shares."""
        return list(self._engines().values())

    def exchanges(self) -> list[Exchange]:
        return list(self._exchanges().values())

    # ---- scopes: called by the listener only ----

    def begin_test(self, name: str) -> None:
        """The test's own directory and history."""
        suite = self.suite_scope()
        self.test_name = name
        self.expected_violations = set()
        self.demanded_situations = set()
        self.test = Scope("test", name, fresh_directory(suite.directory.parent, slug(name)))

    def end_test(self) -> list[str]:
        """Close the test's world (its directory stays); returns what went wrong, as sentences."""
        scope, self.test = self.test, None
        if scope is None:
            return []
        self.last_engines = list(scope.engines.values())
        return scope.close()

    def end_suite(self) -> list[str]:
        """Close the suite's world (its directory stays); returns what went wrong, as sentences."""
        scope, self.suite = self.suite, None
        problems = scope.close() if scope is not None else []
        self.suite_name = ""
        self.release_machine()
        return problems

    def close(self) -> None:
        """The end of this robot process: nothing stays, whatever happened before."""
        self.end_test()
        self.end_suite()
        if self._output is not None:
            release_output_directory(self.results_directory, os.getpid())
            self._output = None

    # ---- the machine ----

    def hold_machine(self, mode: Mode, on_wait: Callable[[float], None]) -> float:
        """Share the machine (or, for a load test, have it alone); returns the seconds waited."""
        if self._lock is not None and self._lock.mode is mode:
            return 0.0
        self.release_machine()
        deadline = Deadline(LOCK_S)
        self._lock = hold_machine(mode, deadline, on_wait)
        return deadline.elapsed()

    @property
    def shares_the_machine(self) -> bool:
        """Whether others may use it beside the running test; a load has it alone."""
        return self._lock is None or self._lock.mode is Mode.SHARED

    def release_machine(self) -> None:
        """Unless the suite shares an engine, nothing of ours runs between tests."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _machine_for_start(self) -> _Held:
        """Starting an exchange in Suite Setup takes processor time that a load test must not see."""
        if self._lock is not None:
            return _Held(None)
        return _Held(hold_machine(Mode.SHARED, Deadline(LOCK_S), self.show_waiting))

    def show_waiting(self, seconds: float) -> None:
        """On the console, and for the full run in progress.jsonl."""
        from robot.api import logger  # noqa: PLC0415 - the world also works without robot

        logger.console(f"\n... waiting for the machine: another run or a load test holds it ({seconds:.0f} s)")
        progress.report(self.results_directory, "waiting", self.suite_name, self.test_name, seconds=round(seconds, 1))


class _Held:
    """A machine lock (or none) as a context."""

    def __init__(self, lock: MachineLock | None) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.release()


def robot_variable(name: str, default: object) -> object:
    """A variable of the running robot; `default` outside of robot or if it is not set."""
    from robot.libraries.BuiltIn import BuiltIn, RobotNotRunningError  # noqa: PLC0415 - the world also works without robot

    try:
        value = BuiltIn().get_variable_value(name)
    except RobotNotRunningError:
        return default
    return default if value is None else value


def _pick(kind: str, known: Mapping[str, T], alias: str | None, remedy: str) -> T:
    if not known:
        raise WorldError(f"there is no {kind} in this test; {remedy}")
    if alias is None:
        return next(iter(known.values()))
    if alias not in known:
        raise WorldError(f"unknown {kind} {alias!r}; there are: {', '.join(sorted(known))}")
    return known[alias]


session = Session()
