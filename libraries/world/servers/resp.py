"""The cache's protocol (RESP2) as the suites speak it: not by the engine's client, which is not its own witness."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import BinaryIO, Self

from libraries.world.errors import WorldError

Word = str | bytes | int
Reply = bytes | int | list["Reply"] | None


class CacheRefused(WorldError):
    """The server answered with an error, such as NOAUTH or OOM."""


class Resp:
    """One connection; a context. Every answer is waited for `timeout` seconds at most."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout=timeout)
        except OSError as error:
            raise WorldError(f"the cache at {host}:{port} takes no connection: {error}") from error
        self._stream: BinaryIO = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stream.close()
        self._socket.close()

    def ask(self, *words: Word) -> Reply:
        """One command and its answer.

        Raises:
            CacheRefused: the answer is an error.
            WorldError: no answer came.
        """
        encoded = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        parts = [b"*%d\r\n" % len(encoded), *(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)]
        try:
            self._socket.sendall(b"".join(parts))
            return self._read()
        except OSError as error:
            raise WorldError(f"the cache gave no answer to {encoded[0].decode()}: {error}") from error

    def _read(self) -> Reply:
        line = self._stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionResetError("it closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise CacheRefused(f"the cache refused: {rest.decode(errors='replace')}")
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return self._bulk(int(rest))
        if kind == b"*":
            return [self._read() for _ in range(int(rest))] if int(rest) >= 0 else None
        raise WorldError(f"this is no cache: it answered {line[:40]!r}")

    def _bulk(self, size: int) -> bytes | None:
        if size < 0:
            return None
        body = self._stream.read(size + 2)
        if len(body) != size + 2:
            raise ConnectionResetError("it closed the connection")
        return body[:-2]
