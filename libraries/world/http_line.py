"""One kept-open HTTP/1.1 connection to a server of our own on this machine.

The suites ask many thousands of small questions, and a general HTTP library spends more processor time on each than the server that is
under test: on a machine that both share, that is the larger part of a run. What the servers here do is all that this knows: a length or
chunks, no redirects, no compression, no proxy.
"""

from __future__ import annotations

import http
import select
import socket
import ssl
from io import BufferedReader
from pathlib import Path
from urllib.parse import urlsplit

_LONGEST_LINE = 65_536
_MOST_HEADERS = 200
_NO_BODY = frozenset({http.HTTPStatus.NO_CONTENT, http.HTTPStatus.NOT_MODIFIED})


class HttpLine:
    """Connects with the first request, and again where the server has hung up. For one thread.

    Raises (every request):
        OSError: the server cannot be reached, hung up, or was silent for the time allowed.
        ValueError: what came is no HTTP.
    """

    def __init__(self, base_url: str, ca_file: Path | None = None) -> None:
        """`ca_file`: the authority that an https server must be signed by."""
        address = urlsplit(base_url)
        if address.scheme not in ("http", "https") or address.hostname is None or address.port is None:
            raise ValueError(f"expected an address such as http://127.0.0.1:8080, got {base_url!r}")
        self._address = (address.hostname, address.port)
        self._trust = ssl.create_default_context(cafile=ca_file) if address.scheme == "https" else None
        self._host = address.netloc
        self._socket: socket.socket | None = None
        self._reader: BufferedReader | None = None

    def ask(self, method: str, target: str, headers: dict[str, str], body: bytes, silence_s: float) -> tuple[int, bytes]:
        """Status and body of the answer. `silence_s`: seconds that the server may be silent at a time."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._host}", *(f"{name}: {value}" for name, value in headers.items())]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError(f"a line break in the head of {method} {target!r}")
        if body or method not in ("GET", "HEAD", "DELETE"):
            lines.append(f"Content-Length: {len(body)}")
        request = "\r\n".join([*lines, "\r\n"]).encode("latin-1") + body
        answered = False
        try:
            connection, reader = self._open(silence_s)
            connection.sendall(request)
            status, data, stays_open = _answer(reader, method)
            answered = stays_open
            return status, data
        finally:
            if not answered:  # a half read answer (a keyword's timeout comes from outside, at any point) must not be the next one's
                self.close()

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
        if self._socket is not None:
            self._socket.close()
        self._socket = self._reader = None

    def _open(self, silence_s: float) -> tuple[socket.socket, BufferedReader]:
        if self._socket is not None and _has_hung_up(self._socket):
            self.close()
        if self._socket is None or self._reader is None:
            self._socket = socket.create_connection(self._address, silence_s)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._trust is not None:
                self._socket = self._trust.wrap_socket(self._socket, server_hostname=self._address[0])
            self._reader = self._socket.makefile("rb")
        self._socket.settimeout(silence_s)
        return self._socket, self._reader


def _has_hung_up(idle: socket.socket) -> bool:
    """Nothing is owed to us, so what can be read is the end (or an error)."""
    look = select.poll()
    look.register(idle, select.POLLIN)
    return bool(look.poll(0))


def _answer(reader: BufferedReader, method: str) -> tuple[int, bytes, bool]:
    """Status, body, and whether the connection stays open."""
    status, headers = _head(reader)
    while 100 <= status < 200:
        status, headers = _head(reader)
    stays_open = headers.get("connection", "").lower() != "close"
    if method == "HEAD" or status in _NO_BODY:
        return status, b"", stays_open
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return status, _chunks(reader), stays_open
    if "content-length" not in headers:
        return status, reader.read(), False
    return status, _exactly(reader, int(headers["content-length"])), stays_open


def _head(reader: BufferedReader) -> tuple[int, dict[str, str]]:
    version, _, rest = _line(reader).partition(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError(f"expected an HTTP answer, got {version[:100]!r}")
    headers: dict[str, str] = {}
    while line := _line(reader):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
        if len(headers) > _MOST_HEADERS:
            raise ValueError(f"an answer with more than {_MOST_HEADERS} headers")
    return int(rest[:3]), headers


def _line(reader: BufferedReader) -> str:
    line = reader.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise ConnectionResetError("the server hung up in the middle of its answer" if line else "the server hung up without an answer")
    return line.rstrip(b"\r\n").decode("latin-1")


def _exactly(reader: BufferedReader, length: int) -> bytes:
    body = reader.read(length)
    if len(body) < length:
        raise ConnectionResetError(f"the server hung up after {len(body)} of {length} bytes of its answer")
    return body


def _chunks(reader: BufferedReader) -> bytes:
    body = b""
    while length := int(_line(reader).partition(";")[0], 16):
        body += _exactly(reader, length)
        _line(reader)
    while _line(reader):
        pass
    return body
