"""REST answers on the wire: kept and closed connections, old clients, HEAD, pipelines."""

from __future__ import annotations

import email.utils
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.mock_exchange.venue_client import Process

DEADLINE_S = 30.0


class Wire:
    """One TCP connection to the venue."""

    def __init__(self, exchange: Process) -> None:
        parts = urlsplit(exchange.ready["rest_url"])
        self.socket = socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=DEADLINE_S)
        self._file = self.socket.makefile("rb")

    def send(self, *heads: str) -> None:
        self.socket.sendall("".join(f"{head}\r\n\r\n" for head in heads).encode())

    def answer(self, *, body: bool = True) -> tuple[str, dict[str, str], bytes]:
        """Status line, headers, body."""
        status = self._file.readline().decode().rstrip()
        headers = dict(line.decode().rstrip().split(": ", 1) for line in iter(self._file.readline, b"\r\n"))
        return status, headers, self._file.read(int(headers["Content-Length"]) if body else 0)

    def ended(self) -> bool:
        """The venue closed the connection, and sent nothing more."""
        return self._file.read() == b""

    def close(self) -> None:
        self._file.close()
        self.socket.close()


@pytest.fixture
def wire(exchange: Process) -> Iterator[Wire]:
    made = Wire(exchange)
    yield made
    made.close()


def test_a_connection_is_kept_and_pipelined_requests_are_answered_in_order(wire: Wire) -> None:
    wire.send("GET /api/v3/ping HTTP/1.1\r\nHost: x", "GET /api/v3/time HTTP/1.1\r\nHost: x", "GET /api/v3/nothing HTTP/1.1\r\nHost: x")
    first, second, third = wire.answer(), wire.answer(), wire.answer()
    assert (first[0], first[2]) == ("HTTP/1.1 200 OK", b"{}")
    assert second[2].startswith(b'{"serverTime":')
    assert third[0] == "HTTP/1.1 404 Not Found"
    assert not any("Connection" in headers for _, headers, _ in (first, second, third))
    assert first[1]["Content-Type"] == "application/json;charset=UTF-8"
    assert abs(email.utils.parsedate_to_datetime(first[1]["Date"]).timestamp() - time.time()) < DEADLINE_S


@pytest.mark.parametrize(
    ("head", "connection", "ends"),
    [
        ("GET /api/v3/ping HTTP/1.1\r\nHost: x\r\nConnection: close", "close", True),
        ("GET /api/v3/ping HTTP/1.0", "close", True),
        ("GET /api/v3/ping HTTP/1.0\r\nConnection: keep-alive", "keep-alive", False),
    ],
)
def test_a_connection_ends_where_the_client_asked_for_it(wire: Wire, head: str, connection: str, ends: bool) -> None:
    wire.send(head)
    assert wire.answer()[1]["Connection"] == connection
    if ends:
        assert wire.ended()
    else:
        wire.send(head)
        assert wire.answer()[0] == "HTTP/1.1 200 OK"


def test_head_is_answered_without_a_body_and_with_its_size(wire: Wire) -> None:
    wire.send("HEAD /api/v3/ping HTTP/1.1\r\nHost: x", "GET /api/v3/ping HTTP/1.1\r\nHost: x")
    status, headers, _ = wire.answer(body=False)
    assert int(headers["Content-Length"]) > 0
    assert wire.answer()[0] == "HTTP/1.1 200 OK", f"a body followed the answer to HEAD ({status})"
