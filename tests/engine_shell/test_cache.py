"""The cache on a real server: what is written, what is believed, and that it comes back by itself after every way of losing it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genesis.core.models import CircuitState
from genesis.core.secret import Secret
from genesis.data.cache import CACHE, MEMORY, Answer, Breaker, Cache, NotBelieved, packed, unpacked
from genesis.data.cache_settings import CacheSettings
from libraries.world.deadlines import Deadline
from libraries.world.processes import Children
from libraries.world.servers.valkey import CacheServer, one_bit_flipped
from tests.engine_shell.support import until

IN_TIME = 30
KEY = "genesis:db:position:binance/BTCUSDT"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CacheServer]:
    children = Children()
    running = CacheServer("main", children, tmp_path)
    running.start(Deadline(IN_TIME))
    yield running
    running.close()
    children.kill_all("end of the test")


@pytest.fixture
def cache(server: CacheServer) -> Iterator[Cache]:
    made = Cache(settings(server), "db", epoch=1)
    made.start()
    yield made
    made.close()


def settings(server: CacheServer, **more: Any) -> CacheSettings:
    return CacheSettings(url=server.url, password=Secret(server.password), **{"cooldown_ms": 100, **more})


def asked(cache: Cache, key: str) -> Answer:
    answer = cache.ask(key).result(IN_TIME)
    assert answer is not None
    return answer


def put(cache: Cache, key: str, document: Any) -> None:
    cache.put(key, document)
    until(lambda: cache.status()["waiting"] == 0 and cache.counts.written)


# ---- a value ----


def test_a_value_is_given_back_with_its_version() -> None:
    assert unpacked(KEY, packed(KEY, (2, 7), b'{"a":1}')) == ((2, 7), b'{"a":1}')


@pytest.mark.parametrize("at", range(len(packed(KEY, (2, 7), b'{"a":1}'))))
@pytest.mark.parametrize("bit", [1, 64])
def test_no_flipped_bit_is_believed(at: int, bit: int) -> None:
    value = packed(KEY, (2, 7), b'{"a":1}')
    with pytest.raises(NotBelieved):
        unpacked(KEY, value[:at] + bytes([value[at] ^ bit]) + value[at + 1 :])


@pytest.mark.parametrize("value", [b"", b"1 2 7", b"1 2 7 x\n", b"2" + packed(KEY, (2, 7), b"{}")[1:], packed(KEY, (2, 7), b"{}")[:-1]])
def test_a_value_of_another_form_is_not_believed(value: bytes) -> None:
    with pytest.raises(NotBelieved):
        unpacked(KEY, value)


def test_the_value_of_another_key_is_not_believed() -> None:
    with pytest.raises(NotBelieved, match="checksum"):
        unpacked(KEY, packed("genesis:db:position:binance/ETHUSDT", (2, 7), b"{}"))


# ---- the breaker ----


def test_the_breaker_opens_after_failures_in_a_row_and_lets_one_call_through_after_the_cooldown() -> None:
    breaker = Breaker(3, 1.0)
    assert [breaker.failed(0), breaker.failed(0)] == [False, False]
    breaker.answered()
    assert [breaker.failed(0), breaker.failed(0), breaker.failed(0)] == [False, False, True]
    assert (breaker.allows(0.99), breaker.allows(1.0)) == (False, True)
    assert breaker.state is CircuitState.HALF_OPEN
    assert (breaker.failed(1.0), breaker.allows(1.5), breaker.allows(2.0)) == (False, False, True)
    assert (breaker.answered(), breaker.state, breaker.opened) == (True, CircuitState.CLOSED, 1)


# ---- with a server ----


def test_what_is_put_is_in_the_server_under_the_instances_name_and_does_not_live_for_ever(cache: Cache, server: CacheServer) -> None:
    put(cache, "heartbeat", {"seq": 1})
    assert server.keys() == ["genesis:db:heartbeat"]
    assert asked(cache, "heartbeat") == Answer(CACHE, (1, 1), {"seq": 1})
    with server.connect() as connection:
        left = connection.ask("PTTL", "genesis:db:heartbeat")
    assert isinstance(left, int)
    assert 0 < left <= CacheSettings(url="").ttl_ms


def test_of_many_values_of_a_key_the_newest_stays(cache: Cache) -> None:
    for number in range(500):
        cache.put("heartbeat", {"seq": number})
    until(lambda: cache.status()["waiting"] == 0)
    assert asked(cache, "heartbeat").value == {"seq": 499}


def test_nothing_is_known_of_a_key_that_was_never_put(cache: Cache) -> None:
    assert cache.ask("order:none").result(IN_TIME) is None
    assert cache.counts.misses == 1


def test_a_killed_server_opens_the_breaker_and_gets_everything_when_it_is_back(cache: Cache, server: CacheServer) -> None:
    put(cache, "engine", {"state": "RUNNING"})
    server.kill("the test")
    cache.put("heartbeat", {"seq": 2})
    until(lambda: cache.status()["breaker"] == "OPEN")
    assert not cache.status()["ok"]
    answer = asked(cache, "heartbeat")
    assert (answer.source, answer.value) == (MEMORY, {"seq": 2})
    server.start(Deadline(IN_TIME))
    until(lambda: cache.status()["ok"] and cache.status()["waiting"] == 0 and len(server.keys()) == 3)
    assert asked(cache, "engine").source == CACHE
    assert cache.counts.rewritten == 1


def test_a_frozen_server_costs_the_thread_its_limit_and_the_caller_nothing(cache: Cache, server: CacheServer) -> None:
    put(cache, "engine", {"state": "RUNNING"})
    server.freeze()
    began = time.monotonic()
    for number in range(1_000):
        cache.put("heartbeat", {"seq": number})
    assert time.monotonic() - began < 1
    until(lambda: cache.status()["breaker"] == "OPEN")
    assert time.monotonic() - began < 5  # three calls of a quarter of a second
    assert "Timeout" in cache.status()["detail"]
    server.thaw()
    until(lambda: cache.status()["ok"])
    until(lambda: asked(cache, "heartbeat") == Answer(CACHE, (1, 1_001), {"seq": 999}))


def test_a_full_server_opens_the_breaker_though_it_answers_questions(cache: Cache, server: CacheServer) -> None:
    put(cache, "engine", {"state": "RUNNING"})
    server.fill_up()
    cache.put("heartbeat", {"seq": 1})
    until(lambda: cache.status()["breaker"] == "OPEN")
    assert "OutOfMemory" in cache.status()["detail"]
    server.make_room()
    until(lambda: cache.status()["ok"] and asked(cache, "heartbeat").source == CACHE)


def test_an_emptied_server_is_written_again(cache: Cache, server: CacheServer) -> None:
    put(cache, "engine", {"state": "RUNNING"})
    server.empty()
    until(lambda: server.keys() == ["genesis:db:engine"])
    assert cache.status()["breaker"] == "CLOSED"


def test_a_wrong_password_opens_the_breaker_and_is_in_no_message(cache: Cache, server: CacheServer) -> None:
    put(cache, "engine", {"state": "RUNNING"})
    old = server.password
    server.change_password("another-password")
    cache.put("heartbeat", {"seq": 1})
    until(lambda: cache.status()["breaker"] == "OPEN")
    assert "Authentication" in cache.status()["detail"]
    assert old not in str(cache.status())
    server.change_password(old)
    until(lambda: cache.status()["ok"] and asked(cache, "heartbeat").source == CACHE)


@pytest.mark.parametrize("change", [one_bit_flipped, lambda _: b"", lambda value: value[:-3], None])
def test_a_spoiled_value_is_counted_not_believed_and_written_again(cache: Cache, server: CacheServer, change: Any) -> None:
    put(cache, "engine", {"state": "RUNNING"})
    assert server.spoil(change) == ["genesis:db:engine"]
    until(lambda: cache.counts.corrupt >= 1)
    until(lambda: asked(cache, "engine") == Answer(CACHE, (1, 1), {"state": "RUNNING"}))
    assert cache.status()["breaker"] == "CLOSED"


def test_an_older_value_is_not_believed(cache: Cache, server: CacheServer) -> None:
    put(cache, "engine", {"state": "STARTING"})
    older = server.read("genesis:db:engine")
    cache.put("engine", {"state": "RUNNING"})
    until(lambda: server.read("genesis:db:engine") != older)
    server.spoil(lambda _: older or b"")
    assert asked(cache, "engine").value == {"state": "RUNNING"}
    until(lambda: cache.counts.stale >= 1)
    until(lambda: asked(cache, "engine").source == CACHE)
    assert asked(cache, "engine").value == {"state": "RUNNING"}


def test_of_too_many_keys_the_oldest_are_dropped_and_counted(server: CacheServer) -> None:
    cache = Cache(settings(server, most_keys=100), "db", epoch=1)
    for number in range(150):
        cache.put(f"order:{number}", {}, keep=False)
    assert (cache.status()["waiting"], cache.counts.dropped) == (100, 50)
    cache.start()
    until(lambda: cache.counts.written == 100)
    there = server.keys()
    assert ("genesis:db:order:49" in there, "genesis:db:order:50" in there) == (False, True)
    cache.close()


def test_two_engines_on_one_server_do_not_see_each_other(cache: Cache, server: CacheServer) -> None:
    put(cache, "engine", {"state": "RUNNING"})
    other = Cache(settings(server), "another", epoch=1)
    other.start()
    assert other.ask("engine").result(IN_TIME) is None
    other.close()


def test_after_the_end_every_question_is_answered_from_memory(cache: Cache) -> None:
    put(cache, "engine", {"state": "RUNNING"})
    cache.close()
    assert asked(cache, "engine").source == MEMORY
