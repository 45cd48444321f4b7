"""What a round is played in: a venue, an engine or two, a database, and of proxy, addresses, cache and alert receiver what it needs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from libraries.campaign.faults.kinds import PROXIED, Base, Fault
from libraries.campaign.faults.plan import Round
from libraries.exchange_keywords.markets import write_market
from libraries.world.alert_sink import AlertReceiver
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine, VenueLink
from libraries.world.errors import WorldError
from libraries.world.exchange import Exchange, ExchangeOptions
from libraries.world.history import History
from libraries.world.http import JsonClient
from libraries.world.processes import Children
from libraries.world.proxies import Proxy
from libraries.world.servers.cluster import Cluster
from libraries.world.servers.database import Database
from libraries.world.servers.postgres import PostgresServer
from libraries.world.servers.valkey import CacheServer

SYMBOLS: Final = ("BTCUSDT", "ETHUSDT")
FUNDS: Final = {"USDT": "20000"}
FEE: Final = Decimal("0.001")
START_S: Final = 40.0
CLUSTER_S: Final = 120.0
_LOOK_S: Final = 1.0
_WAITS: Final = ("STANDBY", "STARTING", "RECOVERING")

SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "timing": {"answer_timeout_ms": 2_000, "recv_window_ms": 1_500, "read_lag_ms": 300, "book_stale_ms": 6_000},
    "risk": {"trades_a_day": 100_000},
    "breaker": {"open_ms": 3_000},
    "failover": {"probe_ms": 1_000},
    "alerts": {"retry_ms": 500, "cooldown_ms": 2_000},
}
"""What is not at its default: a round is short, its market moves, and a circuit breaker's minute (R24) is no failure to come back."""
LEASE: Final = {"lease_ms": 2_500}


class Shared:
    """The database servers of a worker, which outlive a round: each is started when it is first asked for."""

    def __init__(self, directory: Path) -> None:
        self.children = Children()
        self._directory = directory
        self._server: PostgresServer | None = None
        self._cluster: Cluster | None = None

    def server(self) -> PostgresServer:
        """It runs, whatever became of it in the round before."""
        if self._server is None:
            self._server = PostgresServer("campaign", self.children, self._directory)
        if self._server.machine.frozen and self._server.alive:
            self._server.thaw()
        if not self._server.alive:
            self._server.start(Deadline(START_S))
        return self._server

    def cluster(self) -> Cluster:
        """It is whole, whatever became of it in the round before."""
        if self._cluster is None:
            self._cluster = Cluster("campaign", self.children, self._directory)
            self._cluster.start(Deadline(CLUSTER_S))
        else:
            self._cluster.heal()
            self._cluster.wait_whole(Deadline(CLUSTER_S))
        return self._cluster

    def close(self) -> None:
        """No process, no directory is left."""
        for each in (self._server, self._cluster):
            if each is not None:
                each.close()
        self.children.kill_all("end of the campaign")


class House:
    """Everything of one round; `house` makes and ends it. `engines`: the one that trades at first, then its standby or its twin."""

    def __init__(self, plan: Round, shared: Shared, root: Path, directory: Path, children: Children) -> None:
        self.plan = plan
        self.root = root
        self.directory = directory
        self.shared = shared
        self.children = children
        self.history = History(directory / "history.jsonl")
        self.exchange = self._venue()
        self.proxy = self._proxy() if plan.classes & PROXIED else None
        self.server = shared.server() if plan.base is Base.SERVER else None
        self.cluster = shared.cluster() if plan.base is Base.CLUSTER else None
        self.cache = self._cache() if plan.cache else None
        self.receiver = self._receiver() if Fault.RECEIVER_GONE in plan.classes else None
        self.account = self.exchange.admin.create_account(f"round-{plan.number}", FUNDS)
        self.engines = [self._engine("main", self._link(self.account), self._database("main"))]
        if plan.standby:
            self.engines.append(self._standby())
        if plan.twin:
            self.engines.append(self._twin())
        self._trading = self.engines[0]

    # ---- parts ----

    def _venue(self) -> Exchange:
        market = write_market(self.directory / "market.toml", SYMBOLS, FEE, FEE)
        certificate = "valid" if self.plan.tls else None
        options = ExchangeOptions(market=market, addresses=2 if self.plan.addresses else 0, certificate=certificate)
        exchange = Exchange("binance", self.directory / "exchange", options)
        exchange.start(self.children, Deadline(START_S))
        return exchange

    def _proxy(self) -> Proxy:
        way = self.exchange.address("api1") if self.plan.addresses else self.exchange
        proxy = Proxy("venue", self.directory, f"127.0.0.1:{urlsplit(way.rest_url).port}")
        proxy.start(self.children, Deadline(START_S))
        return proxy

    def _cache(self) -> CacheServer:
        cache = CacheServer("cache", self.children, self.directory)
        cache.start(Deadline(START_S))
        return cache

    def _receiver(self) -> AlertReceiver:
        receiver = AlertReceiver("receiver", self.directory / "receiver", self.children)
        receiver.start(Deadline(START_S))
        return receiver

    def _database(self, label: str) -> Database | None:
        servers = self.server or self.cluster
        return servers.create_database(f"r{self.plan.number} {label}") if servers is not None else None

    def _link(self, account: Any) -> VenueLink:
        address, fallback = ("api1", ("api2",)) if self.plan.addresses else (None, ())
        return VenueLink(self.exchange, account, SYMBOLS, name=self.exchange.alias, address=address, fallback=fallback, proxy=self.proxy)

    def _engine(self, alias: str, link: VenueLink, database: Database | None, **standby: Any) -> Engine:
        settings = {name: dict(section) for name, section in SETTINGS.items()}
        if self.receiver is not None:
            settings["alerts"] |= {"webhooks": [{"url": f"{self.receiver.url}/alerts"}]}
        if self.plan.standby:
            settings["standby"] = LEASE | standby
        engine = Engine(
            alias,
            directory=self.directory / alias,
            root=self.root,
            links=(link,),
            children=self.children,
            settings=settings,
            database=database,
        )
        engine.cache = self.cache
        return engine

    def _standby(self) -> Engine:
        first = self.engines[0]
        return self._engine("standby", first.links[0], first.database, role="standby")

    def _twin(self) -> Engine:
        account = self.exchange.admin.create_account(f"round-{self.plan.number}-twin", FUNDS)
        bare = self._engine("bare", self._link(account), self._database("bare"))
        bare.cache = None
        self.engines[0].twin = bare
        return bare

    # ---- its life ----

    def open(self) -> None:
        """The market is quoted, the engines run.

        Raises:
            WorldError: one of them did not come up.
        """
        first, *others = self.engines
        first.start(Deadline(START_S))
        for each in others:
            each.start(Deadline(START_S), until="STANDBY" if self.plan.standby else "RUNNING", books=not self.plan.standby)

    def trading(self) -> Engine:
        """The engine that takes signals: of two on one database the one that is not waiting. As known; `look` asks."""
        return self._trading

    def look(self) -> Engine:
        """Ask the engines of the first one's database which of them trades."""
        found = [(engine, self.health(engine)) for engine in self.engines[: 2 if self.plan.standby else 1]]
        trading = [(int(health["epoch"]), engine) for engine, health in found if health and health["state"] not in _WAITS]
        if trading:  # one that was superseded may not know it yet
            self._trading = max(trading, key=lambda each: each[0])[1]
        return self._trading

    def health(self, engine: Engine) -> dict[str, Any] | None:
        """What it says of itself; None while it does not answer. On a connection of its own."""
        try:
            client = client_of(engine)
        except WorldError:
            return None
        try:
            answer = client.request("GET", "/health", timeout=_LOOK_S)
        except WorldError:
            return None
        finally:
            client.close()
        return dict(answer.body) if answer.ok else None

    def close(self) -> None:
        """However the round went: nothing of it runs any more."""
        if self.cache is not None:
            with contextlib.suppress(WorldError):
                self.cache.close()
        self.children.kill_all("end of the round")  # before the exchange's ports are given back
        for engine in self.engines:
            engine.close_client()
        if self.receiver is not None:
            self.receiver.close()
        self.exchange.close()
        self.history.close()


def client_of(engine: Engine) -> JsonClient:
    """A connection to an engine's control API for one thread.

    Raises:
        WorldError: it does not run.
    """
    known = engine.control.client
    return JsonClient(known.owner, known.base_url, known.token)


@contextlib.contextmanager
def house(plan: Round, shared: Shared, root: Path, directory: Path) -> Iterator[House]:
    """A house for a round, not open yet."""
    children = Children()
    try:
        made = House(plan, shared, root, directory, children)
        try:
            yield made
        finally:
            made.close()
    finally:
        children.kill_all("end of the round")
