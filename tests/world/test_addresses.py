"""Address processes of an exchange in the world: deaths that nobody announced, leaks, ports that are kept, secrets that stay."""

from __future__ import annotations

import os
import signal
import socket
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from libraries.world.deadlines import Deadline, poll
from libraries.world.directories import pack
from libraries.world.errors import WorldError
from libraries.world.exchange import Exchange, ExchangeOptions
from libraries.world.leaks import LeakCheck
from libraries.world.ports import ReservedPorts
from libraries.world.scope import Scope

START_S = 60.0


@pytest.fixture
def scope(tmp_path: Path) -> Iterator[Scope]:
    opened = Scope("test", "addresses", tmp_path)
    yield opened
    opened.close()


def opened(scope: Scope, alias: str = "venue", **options: object) -> Exchange:
    exchange = Exchange(alias, scope.directory / alias, ExchangeOptions(**options))  # type: ignore[arg-type]
    exchange.start(scope.children, Deadline(START_S))
    scope.exchanges[alias] = exchange
    return exchange


def test_an_address_that_dies_unannounced_is_missed_once(scope: Scope) -> None:
    exchange = opened(scope, addresses=2)
    address = exchange.address("api2")
    assert scope.unannounced_deaths() == []
    os.kill(address.pid, signal.SIGKILL)
    poll(lambda: True if not address.alive else None, Deadline(10), threading.Event().wait)
    (death,) = scope.unannounced_deaths()
    assert (death.name, death.pid) == ("address api2 of exchange venue", address.pid)
    scope.announce_deaths("reported")
    assert scope.unannounced_deaths() == []


def test_an_address_that_a_keyword_kills_is_not_missed_and_comes_back(scope: Scope) -> None:
    exchange = opened(scope, addresses=2)
    before = exchange.address("api1")
    before.kill("keyword")
    assert scope.unannounced_deaths() == []
    with pytest.raises(WorldError, match="address api1 is not running \\(keyword\\); restart it first"):
        before.kill("again")
    after = exchange.restart_address("api1")
    assert (after.alive, after.rest_url, exchange.address("api1")) == (True, before.rest_url, after)
    with pytest.raises(WorldError, match="has no address 'api7'; it has: api1, api2"):
        exchange.address("api7")


def test_addresses_of_a_living_venue_are_no_leak_and_gone_with_it(scope: Scope) -> None:
    check = LeakCheck()
    at_first = check.baseline()
    exchange = opened(scope, addresses=2)
    before = check.baseline()
    exchange.address("api2").kill("keyword")
    again = exchange.restart_address("api2")
    assert again.pid not in before.processes
    assert check.leaks(before, scope.children.all, []) == []
    assert again.alive
    assert len(exchange.address_pids) == 3
    scope.children.kill_all("end")
    exchange.close()
    assert check.leaks(at_first, [], []) == []


def test_a_leaked_address_is_named(scope: Scope) -> None:
    check = LeakCheck()
    before = check.baseline()
    exchange = opened(scope, addresses=1)
    leaks = check.leaks(before, [], [])
    assert any(f"process {exchange.address('api1').pid} still runs" in leak and "listening on port" in leak for leak in leaks), leaks


def test_a_restart_finds_its_ports_its_keys_and_its_addresses(scope: Scope) -> None:
    exchange = opened(scope, addresses=1)
    account = exchange.admin.create_account("alice", {"USDT": "5"})
    urls = (exchange.rest_url, exchange.address("api1").rest_url)
    exchange.kill("keyword")
    port = int(urls[0].rpartition(":")[2])
    with socket.socket() as thief, pytest.raises(OSError, match="in use"):
        thief.bind(("127.0.0.1", port))
    exchange.restart(Deadline(START_S))
    assert (exchange.rest_url, exchange.address("api1").rest_url) == urls
    assert exchange.admin.account(account.name)["balances"]["USDT"]["free"] == "5"
    exchange.kill("keyword")
    exchange.restart(Deadline(START_S), same_ports=False)
    assert exchange.rest_url != urls[0]


def test_reserved_ports_are_free_once_released() -> None:
    ports = ReservedPorts(2)
    assert len(set(ports.numbers)) == 2
    ports.release()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports.numbers[0]))


def test_keys_of_a_kept_world_stay_out_of_it(scope: Scope, tmp_path: Path) -> None:
    exchange = opened(scope, certificate="valid")
    secret = exchange.admin.create_account("alice", {}).api_secret
    assert secret in (exchange.directory / "ledger.jsonl.keys").read_text()
    archive = pack(tmp_path / "kept.tar.gz", {"world": exchange.directory})
    with tarfile.open(archive) as kept:
        names = kept.getnames()
        contents = b"".join(file.read() for file in map(kept.extractfile, names) if file is not None)
    assert "world/ledger.jsonl" in names
    assert not [name for name in names if name.endswith((".keys", ".key"))]
    assert secret.encode() not in contents
    assert b"PRIVATE KEY" not in contents
