"""The kept-open connection to our own servers: what comes is read whole or not at all, and a half read answer is never the next one's."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from libraries.world.errors import WorldError
from libraries.world.http import JsonClient
from libraries.world.http_line import HttpLine

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Server(threading.Thread):
    """Each inner list is a connection: so many requests are read, each is answered with these bytes; then the server hangs up."""

    def __init__(self, connections: list[list[bytes]]) -> None:
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.connections = connections
        self.requests: list[bytes] = []
        self.hung_up = threading.Semaphore(0)

    def run(self) -> None:
        for answers in self.connections:
            connection, _ = self.listening.accept()
            with connection, suppress(OSError):  # a client may leave before it has its answer
                for answer in answers:
                    self.requests.append(connection.recv(65_536))
                    connection.sendall(answer)
            self.hung_up.release()


@pytest.fixture
def serve() -> Iterator[Callable[[list[list[bytes]]], tuple[Server, HttpLine]]]:
    opened: list[tuple[Server, HttpLine]] = []

    def start(connections: list[list[bytes]]) -> tuple[Server, HttpLine]:
        server = Server(connections)
        server.start()
        line = HttpLine(f"http://127.0.0.1:{server.listening.getsockname()[1]}")
        opened.append((server, line))
        return server, line

    yield start
    for server, line in opened:
        line.close()
        server.listening.close()


Serve = Callable[[list[list[bytes]]], tuple[Server, HttpLine]]


def ask(line: HttpLine, body: bytes = b"", silence_s: float = 5) -> tuple[int, bytes]:
    return line.ask("POST", "/x?a=1", {"Authorization": "Bearer t"}, body, silence_s)


def test_two_questions_go_over_one_connection(serve: Serve) -> None:
    server, line = serve([[OK, OK]])
    assert [ask(line, b"[1]"), ask(line)] == [(200, b"{}"), (200, b"{}")]
    assert server.requests[0].startswith(b"POST /x?a=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert server.requests[0].endswith(b"Authorization: Bearer t\r\nContent-Length: 3\r\n\r\n[1]")


def test_a_server_that_hung_up_meanwhile_is_connected_again(serve: Serve) -> None:
    server, line = serve([[OK], [OK]])
    ask(line)
    assert server.hung_up.acquire(timeout=5)
    assert ask(line) == (200, b"{}")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 422 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", (422, b"abcde")),
        (b"HTTP/1.1 200 OK\r\n\r\nto the end", (200, b"to the end")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, (200, b"{}")),
    ],
    ids=["chunks", "no length", "no body", "continue"],
)
def test_forms_of_a_body(serve: Serve, answer: bytes, expected: tuple[int, bytes]) -> None:
    _, line = serve([[answer]])
    assert ask(line) == expected


def test_an_announced_end_is_believed(serve: Serve) -> None:
    _, line = serve([[OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")], [OK]])
    assert [ask(line), ask(line)] == [(200, b"{}"), (200, b"{}")]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (OK[:-1], "hung up after 1 of 2 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-", "in the middle"),
        (b"", "without an answer"),
        (b"hello\r\n\r\n", "expected an HTTP answer"),
    ],
    ids=["body cut", "head cut", "nothing", "no HTTP"],
)
def test_half_an_answer_is_an_error_and_the_next_question_begins_anew(serve: Serve, answer: bytes, error: str) -> None:
    _, line = serve([[answer], [OK]])
    with pytest.raises((OSError, ValueError), match=error):
        ask(line)
    assert ask(line) == (200, b"{}")


def test_an_answer_that_comes_too_late_is_not_that_of_the_next_question(serve: Serve) -> None:
    """The first connection gives no answer before a second question came over it: it never does, a new one is opened."""
    _, line = serve([[OK[:-1], OK], [OK.replace(b"{}", b"[]")]])
    with pytest.raises(TimeoutError):
        ask(line, silence_s=0.05)
    assert ask(line) == (200, b"[]")


def test_a_line_break_cannot_add_a_header(serve: Serve) -> None:
    _, line = serve([])
    with pytest.raises(ValueError, match="line break"):
        line.ask("GET", "/x", {"Authorization": "Bearer a\r\nHost: b"}, b"", 1)


def test_a_client_says_whom_it_asked_and_what_happened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(WorldError, match=r"engine main did not answer GET /health within 1 s: ConnectionRefusedError"):
        JsonClient("engine main", f"http://127.0.0.1:{port}", "t").request("GET", "/health", timeout=1)
