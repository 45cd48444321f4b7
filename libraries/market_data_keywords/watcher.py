"""An independent observer of the venue's streams: websocket-client in a reader thread that buffers what it reads.

Robot Framework drops log messages of other threads, so the thread only buffers; the keyword that asks writes the log.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from libraries.world.errors import WorldError

_CONNECT_S = 5.0
_KEPT = 20_000


class StreamWatcher:
    """Reads one combined stream connection until it is closed. Frames keep their order; answers to control messages are kept apart."""

    def __init__(self, stream_url: str, streams: tuple[str, ...], *, microseconds: bool = False, ca_file: Path | None = None) -> None:
        """Connect and start to read; `ca_file`: the authority that signs the venue's certificate.

        Raises:
            WorldError: the venue refused the connection or did not answer.
        """
        import websocket  # noqa: PLC0415 (0.1 s, only when a stream is watched)

        self.streams = streams
        self.frames: list[dict[str, Any]] = []
        self.replies: list[dict[str, Any]] = []
        self.ended: str | None = None
        self._arrived = threading.Condition()
        self._closing = False
        url = f"{stream_url}/stream?streams={'/'.join(streams)}{'&timeUnit=MICROSECOND' if microseconds else ''}"
        try:
            self._socket = websocket.create_connection(url, timeout=_CONNECT_S, sslopt={"ca_certs": str(ca_file)} if ca_file else None)
        except (OSError, websocket.WebSocketException) as wrong:
            raise WorldError(
                f"the venue refused the streams {', '.join(streams)}: {wrong}; check the names, such as btcusdt@trade"
            ) from None
        self._socket.settimeout(None)
        self._address: tuple[str, int] = self._socket.sock.getsockname()[:2]
        self._failures = (OSError, websocket.WebSocketException, ValueError)
        self._thread = threading.Thread(target=self._read, name=f"stream watcher of {streams[0]}", daemon=True)
        self._thread.start()

    @property
    def peer(self) -> str:
        """Our end of the connection as the venue lists it, "127.0.0.1:40001"."""
        host, port = self._address
        return f"{host}:{port}"

    def wait(self, seconds: float) -> None:
        """Until another frame arrives or the time is over.

        Raises:
            AssertionError: none will ever arrive, the connection has ended.
        """
        with self._arrived:
            seen = len(self.frames)
            self._arrived.wait_for(lambda: len(self.frames) > seen or self.ended is not None, timeout=seconds)
            if self.ended is not None and len(self.frames) == seen:
                streams = ", ".join(self.streams)
                raise AssertionError(f"the observer of {streams} should read on, its connection ended after {seen} frames: {self.ended}")

    def ask(self, message: str) -> dict[str, Any]:
        """Send a control message; the next answer of the venue.

        Raises:
            AssertionError: none came in time, or the connection has ended.
        """
        with self._arrived:
            known = len(self.replies)
            self._socket.send(message)
            self._arrived.wait_for(lambda: len(self.replies) > known or self.ended is not None, timeout=_CONNECT_S)
            if len(self.replies) == known:
                state = self.ended or "open"
                raise AssertionError(f"the venue should answer {message}, got nothing in {_CONNECT_S:g} s; connection: {state}")
            return self.replies[known]

    def seen(self) -> list[dict[str, Any]]:
        """All frames so far, each `{"stream": ..., "data": ...}`."""
        with self._arrived:
            return list(self.frames)

    def close(self) -> None:
        """Close the connection and wait for the thread's end."""
        self._closing = True
        self._socket.abort()  # wakes the reader, which a plain close would not
        self._thread.join(timeout=5)
        self._socket.shutdown()

    def _read(self) -> None:
        why = "closed by the venue"
        try:
            while text := self._socket.recv():
                self._keep(json.loads(text))
        except self._failures as wrong:
            why = "closed by this test" if self._closing else f"{type(wrong).__name__}: {wrong}"
        with self._arrived:
            self.ended = why
            self._arrived.notify_all()

    def _keep(self, frame: dict[str, Any]) -> None:
        with self._arrived:
            if len(self.frames) >= _KEPT:
                raise ValueError(f"more than {_KEPT} frames; watch for a shorter time")
            if "result" in frame or "code" in frame:
                self.replies.append(frame)
            else:
                self.frames += _messages(frame)
            self._arrived.notify_all()


def _messages(frame: dict[str, Any]) -> list[dict[str, Any]]:
    """One frame a message: an array stream carries several in one. A raw frame, without the wrapper, has no stream name."""
    stream, data = (frame["stream"], frame["data"]) if "data" in frame else ("", frame)
    return [{"stream": stream, "data": each} for each in (data if isinstance(data, list) else [data])]
