"""The fault proxy does to the bytes what its weather says, to each connection, and nothing else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.processes import Children
from libraries.world.proxies import Proxy

PATIENCE_S = 20.0


class Echo:
    """A server that sends back what it gets, and closes when its client does."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.got = bytearray()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with closing(connection), suppress(OSError):
            while data := connection.recv(65_536):
                self.got += data
                connection.sendall(data)

    def close(self) -> None:
        with suppress(OSError):  # a second time
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listening.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def proxy(children: Children, tmp_path: Path, echo: Echo) -> Iterator[Proxy]:
    found = Proxy("line", tmp_path, f"127.0.0.1:{echo.port}")
    found.start(children, Deadline(PATIENCE_S))
    yield found
    found.close()


def connect(proxy: Proxy, patience_s: float = PATIENCE_S) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=patience_s)


def said(connection: socket.socket, data: bytes) -> bytes:
    """What comes back for `data`, as many bytes."""
    connection.sendall(data)
    return received(connection, len(data))


def received(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size and (more := connection.recv(size - len(found))):
        found += more
    return found


def test_in_fair_weather_bytes_and_ends_come_through(proxy: Proxy, echo: Echo) -> None:
    data = bytes(range(256)) * 4_000
    with connect(proxy) as connection:
        sender = threading.Thread(target=connection.sendall, args=(data,))
        sender.start()
        assert received(connection, len(data)) == data
        sender.join()
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    told = proxy.counters()
    assert (told["connections"], told["to_server"], told["to_client"], told["swallowed"]) == (1, len(data), len(data), 0)


def test_latency_is_added_each_way_and_does_not_limit_the_rate(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        proxy.weather(latency_ms=150)
        began = time.monotonic()
        for number in range(20):
            connection.sendall(b"%02d" % number)
        assert received(connection, 40) == b"".join(b"%02d" % number for number in range(20))
        took = time.monotonic() - began
    assert took >= 0.3
    assert took < 20 * 0.3, "every piece waited for the one before"


def test_bandwidth_is_limited(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        proxy.weather(bytes_per_s=20_000)
        began = time.monotonic()
        said(connection, bytes(10_000))
        assert time.monotonic() - began >= 0.5


def test_bytes_come_in_slices(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        proxy.weather(slice_bytes=1, latency_ms=1)
        assert said(connection, b"sliced to pieces") == b"sliced to pieces"


def test_half_open_swallows_everything_and_closes_nothing(proxy: Proxy, echo: Echo) -> None:
    old = connect(proxy, patience_s=0.5)
    assert said(old, b"before") == b"before"
    proxy.weather(half_open=True)
    new = connect(proxy, patience_s=0.5)
    for connection in (old, new):
        connection.sendall(b"lost")
        with pytest.raises(TimeoutError):
            connection.recv(1)
    assert bytes(echo.got) == b"before"
    proxy.heal()
    for connection in (old, new):
        connection.settimeout(PATIENCE_S)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
        connection.close()
    with connect(proxy) as connection:
        assert said(connection, b"again") == b"again"


def test_exactly_one_answer_is_dropped_and_what_was_asked_was_done(proxy: Proxy, echo: Echo) -> None:
    with connect(proxy, patience_s=0.5) as connection:
        assert said(connection, b"one") == b"one"
        proxy.weather(drop_answers=1)
        connection.sendall(b"two")
        with pytest.raises(TimeoutError):
            connection.recv(1)
    assert bytes(echo.got) == b"onetwo"
    with connect(proxy) as connection:
        assert said(connection, b"three") == b"three"
    assert proxy.counters()["dropped"] == 1


def test_one_answer_differs_in_one_bit_and_the_seed_says_which(proxy: Proxy) -> None:
    seen = []
    for _ in range(2):
        with connect(proxy) as connection:
            proxy.weather(corrupt_answers=1, seed=7)
            seen.append(said(connection, bytes(100)))
            assert said(connection, bytes(100)) == bytes(100)
    assert seen[0] == seen[1]
    assert sum(byte.bit_count() for byte in seen[0]) == 1


def test_a_reset_is_a_reset_and_who_connects_again_comes_through(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        assert said(connection, b"x") == b"x"
        assert proxy.reset() == 1
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with connect(proxy) as connection:
        assert said(connection, b"y") == b"y"


def test_a_cut_refuses_until_it_is_healed_at_the_same_port(proxy: Proxy) -> None:
    port = proxy.port
    connection = connect(proxy)
    assert said(connection, b"x") == b"x"
    assert proxy.cut() == 1
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    assert proxy.counters()["cut"] is True
    proxy.heal()
    assert proxy.port == port
    with connect(proxy) as again:
        assert said(again, b"y") == b"y"


def test_a_server_that_is_not_there_is_a_reset(proxy: Proxy, echo: Echo) -> None:
    echo.close()
    with pytest.raises(ConnectionResetError), connect(proxy) as connection:  # at connecting, where the reset is faster than this process
        connection.recv(1)


@pytest.mark.parametrize(
    ("fields", "text"),
    [({"latency_ms": -1}, "latency_ms: expected 0 to"), ({"slice_bytes": -1}, "slice_bytes: expected 0 or more"), ({"rain": 1}, "rain")],
)
def test_weather_that_there_is_not_is_refused(proxy: Proxy, fields: dict[str, int], text: str) -> None:
    with pytest.raises(WorldError, match=text):
        proxy.weather(**fields)


def test_before_it_is_started_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="Put A Proxy Before"):
        Proxy("line", tmp_path, "127.0.0.1:1").heal()
