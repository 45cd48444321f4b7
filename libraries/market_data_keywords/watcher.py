"""An independent observer of the venue's streams: websocket-client in a reader thread that buffers what it reads.

Robot Framework drops log messages of other threads, so the thread only buffers; the keyword that asks writes the log.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from libraries.world.errors import WorldError

_CONNECT_S = 5.0
_KEPT = 20_000


class StreamWatcher:
    """Reads one combined stream connection until it is closed. Frames keep their order."""

    def __init__(self, stream_url: str, streams: tuple[str, ...]) -> None:
        """Connect and start to read.

        Raises:
            WorldError: the venue refused the connection or did not answer.
        """
        import websocket  # noqa: PLC0415 (0.1 s, only when a stream is watched)

        self.streams = streams
        self.frames: list[dict[str, Any]] = []
        self.ended: str | None = None
        self._arrived = threading.Condition()
        self._closing = False
        url = f"{stream_url}/stream?streams={'/'.join(streams)}"
        try:
            self._socket = websocket.create_connection(url, timeout=_CONNECT_S)
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
            self.frames.append(frame)
            self._arrived.notify_all()
