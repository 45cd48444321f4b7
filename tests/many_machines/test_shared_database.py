"""Robots of several processes (as of several machines) on one PostgreSQL server that none of them started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.exchange import REPOSITORY
from libraries.world.processes import Children
from libraries.world.servers.elsewhere import PASSWORD_VARIABLE, ServerElsewhere
from libraries.world.servers.postgres import PostgresServer

SUITE = f"""*** Settings ***
Resource         {REPOSITORY}/resources/trading.resource
Suite Setup      Open The Venue    BTCUSDT
Test Setup       A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
Test Timeout     120 seconds
Test Tags        AC1.1

*** Test Cases ***
An Order Is Filled
    The Engine Places    BUY    BTCUSDT    qty=1.0    price=100.00
    Someone Sells    BTCUSDT    qty=1.0    price=100.00
    The Order    status=FILLED    filled=1.0
"""
ROBOTS = 2
_OF_ROBOTS = "SELECT datname FROM pg_database WHERE datname LIKE 'main\\_%'"
_OWNERS = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'main\\_%'"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    children = Children()
    running = PostgresServer("shared", children, tmp_path)
    running.start(Deadline(60))
    yield running
    running.close()
    children.kill_all("end of the test")


def _url(server: PostgresServer) -> str:
    ((host, port),) = server.addresses
    return f"postgresql://postgres@{host}:{port}"


def test_two_robots_use_one_server_and_leave_nothing_there(server: PostgresServer, tmp_path: Path) -> None:
    (tmp_path / "suite.robot").write_text(SUITE, "utf-8")
    robots = [_robot(server, tmp_path, number) for number in range(ROBOTS)]
    try:
        seen, left = _watched(server, robots)
    finally:
        for robot in robots:
            robot.kill()
    said = [(tmp_path / f"robot-{number}.log").read_text("utf-8") for number in range(ROBOTS)]
    assert [robot.returncode for robot in robots] == [0] * ROBOTS, said
    assert len(seen) == ROBOTS, f"each engine has a database of its own there: {seen}"
    assert left == []


def _watched(server: PostgresServer, robots: list[subprocess.Popen[str]]) -> tuple[set[str], list[Any]]:
    """Databases that were there while the robots ran, and what is left there once they have ended."""
    seen: set[str] = set()
    deadline = Deadline(150)
    with server.connect() as admin:
        while any(robot.poll() is None for robot in robots):
            assert not deadline.expired, "the robots did not end"
            seen |= {name for (name,) in admin.execute(_OF_ROBOTS).fetchall()}
            time.sleep(0.05)
        return seen, [*admin.execute(_OF_ROBOTS).fetchall(), *admin.execute(_OWNERS).fetchall()]


def _robot(server: PostgresServer, place: Path, number: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "robot", "--outputdir", str(place / f"robot-{number}"), "--variable", f"DATABASE:{_url(server)}"]
    return subprocess.Popen(
        [*command, str(place / "suite.robot")],
        cwd=REPOSITORY,
        env=os.environ | {PASSWORD_VARIABLE: server._password},
        stdout=(place / f"robot-{number}.log").open("w"),
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize(
    ("url", "password", "said"),
    [
        ("postgresql://postgres@127.0.0.1:5432", "", "expected the password of postgres in GENESIS_SERVER_PASSWORD, got none"),
        ("postgresql://127.0.0.1:5432", "secret-word", "expected postgresql://user@host:port"),
        ("postgresql://a:secret-word@127.0.0.1", "secret-word", "without password and name"),
        ("postgresql://a@127.0.0.1:port", "secret-word", "expected an address such as postgresql://user@host:5432"),
    ],
)
def test_what_is_wrong_with_an_address_is_named(monkeypatch: pytest.MonkeyPatch, url: str, password: str, said: str) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, password)
    with pytest.raises(WorldError, match="GENESIS_SERVER_PASSWORD") as refused:
        ServerElsewhere(url)
    assert said in str(refused.value)


def test_a_server_that_is_away_or_refuses_is_named(monkeypatch: pytest.MonkeyPatch, server: PostgresServer) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "another password")
    with pytest.raises(WorldError, match=r"no database could be created on postgresql://postgres@.*password authentication failed"):
        ServerElsewhere(_url(server)).create_database("main")
