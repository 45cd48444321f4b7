"""The database cluster: who leads it, what each way of breaking it does, and that nothing of it stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from libraries.world.deadlines import Deadline, poll
from libraries.world.errors import WorldError
from libraries.world.processes import Children
from libraries.world.servers.cluster import NODES, Cluster, Replication
from libraries.world.servers.database import Connection, Database

WHOLE = 60


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    children = Children()
    cluster = Cluster("main", children, tmp_path_factory.mktemp("cluster"))
    cluster.start(Deadline(WHOLE))
    yield cluster
    pids = [process.pid for node in cluster.nodes for process in node.machine.processes()]
    cluster.close()
    assert not children.unannounced_deaths()
    assert not cluster.home.exists()
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
    assert not [child.name for child in children.all if child.alive]


@pytest.fixture
def cluster(shared: Cluster) -> Iterator[Cluster]:
    yield shared
    shared.heal()
    shared.wait_whole(Deadline(WHOLE))


@pytest.fixture
def counted(cluster: Cluster) -> Database:
    made = cluster.create_database("counted")
    with made.connect() as connection:
        connection.execute("CREATE TABLE kept (x int)")
    return made


def numbers(database: Database) -> list[int]:
    with database.connect() as connection:
        return [row[0] for row in connection.execute("SELECT x FROM kept ORDER BY x")]


def commits(connection: Connection, number: int, seconds: float = 1.0) -> bool:
    """Whether a row is acknowledged in time; the thread that waits longer is left to the end of its connection."""
    acknowledged = threading.Event()

    def write() -> None:
        try:
            connection.execute("INSERT INTO kept VALUES (%s)", (number,))
        except psycopg.Error:
            return
        acknowledged.set()

    threading.Thread(target=write, daemon=True).start()
    return acknowledged.wait(seconds)


def reconnected(database: Database) -> Connection:
    """As soon as a primary takes connections."""

    def attempt() -> Connection | None:
        try:
            return database.connect()
        except psycopg.OperationalError:
            return None

    connection = poll(attempt, Deadline(WHOLE), time.sleep)
    assert connection is not None
    return connection


def test_it_has_one_primary_one_synchronous_standby_and_all_on_loopback(cluster: Cluster) -> None:
    assert cluster.primary() is not None
    assert len(cluster.synchronous_standbys()) == 1
    assert len(cluster.standbys()) == NODES - 1
    for child in cluster.children():
        for process in [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]:
            for connection in process.net_connections("inet"):
                assert connection.status != psutil.CONN_LISTEN or connection.laddr.ip == "127.0.0.1", process


def test_a_killed_database_is_followed_by_the_synchronous_standby_and_rejoins(cluster: Cluster, counted: Database) -> None:
    old, standby, timeline = cluster.leader(), cluster.synchronous_standbys()[0], cluster.timeline()
    with counted.connect() as connection:
        connection.execute("INSERT INTO kept VALUES (1)")
    old.kill_postgres()
    assert cluster.wait_primary(Deadline(20), other_than=old) is standby
    with reconnected(counted) as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
    assert numbers(counted) == [1, 2]
    cluster.wait_whole(Deadline(WHOLE))
    assert cluster.timeline() == timeline + 1
    assert old in cluster.standbys()


def test_what_reaches_no_standby_is_not_acknowledged_and_is_gone_with_the_primary(cluster: Cluster, counted: Database) -> None:
    old = cluster.leader()
    connection = counted.connect()
    connection.execute("INSERT INTO kept VALUES (1)")
    cluster.stall_standbys()
    assert not commits(connection, 2)
    old.kill_postgres()
    cluster.wait_primary(Deadline(20), other_than=old)
    reconnected(counted).close()
    assert numbers(counted) == [1]


def test_without_a_standby_commits_stop_until_the_operator_goes_on_alone(cluster: Cluster, counted: Database) -> None:
    connection = counted.connect()
    for node in cluster.standbys():
        node.kill("the test kills it")
    assert not commits(connection, 1)
    with counted.connect() as second:
        cluster.go_on_alone()
        assert commits(second, 2, seconds=20)
    cluster.restore_rules()


def test_a_cluster_without_etcd_goes_on(cluster: Cluster, counted: Database) -> None:
    leader = cluster.leader()
    cluster.lose_etcd("the test kills it")
    with counted.connect() as connection:
        until = Deadline(6)
        number = 0
        while not until.expired:
            number += 1
            assert commits(connection, number)
            time.sleep(0.2)
    assert cluster.leader() is leader
    assert "etcd dead" in cluster.described()


def test_what_cannot_be_broken_is_refused(cluster: Cluster) -> None:
    node = cluster.leader()
    with pytest.raises(WorldError, match="is running already"):
        cluster.start_node(node)
    with pytest.raises(WorldError, match=r"the cluster should have a new primary within 0\.2 s: .*node1"):
        cluster.wait_primary(Deadline(0.2), other_than=node)


@pytest.mark.parametrize("how", ["frozen", "cut"])
def test_a_node_that_is_lost_is_deposed_and_acknowledges_nothing_when_it_is_back(cluster: Cluster, counted: Database, how: str) -> None:
    old = cluster.leader()
    stale = counted.connect()
    stale.execute("INSERT INTO kept VALUES (1)")
    {"frozen": old.freeze, "cut": lambda: cluster.cut(old)}[how]()
    cluster.wait_primary(Deadline(40), other_than=old)
    with reconnected(counted) as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
    cluster.heal()
    assert not commits(stale, 3)
    cluster.wait_whole(Deadline(WHOLE))
    assert numbers(counted) == [1, 2]
    assert old in cluster.standbys()


def test_an_asynchronous_pair_loses_what_it_acknowledged(tmp_path: Path) -> None:
    cluster = Cluster("loose", Children(), tmp_path, replication=Replication.ASYNCHRONOUS)
    try:
        cluster.start(Deadline(WHOLE))
        made = cluster.create_database("counted")
        connection = made.connect()
        connection.execute("CREATE TABLE kept (x int)")
        cluster.wait_whole(Deadline(WHOLE))
        cluster.stall_standbys()
        assert all(commits(connection, number) for number in range(20))
        old = cluster.leader()
        old.kill_postgres()
        cluster.wait_primary(Deadline(20), other_than=old)
        reconnected(made).close()
        assert len(numbers(made)) < 20
    finally:
        cluster.close()
