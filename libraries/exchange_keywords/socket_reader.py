"""One WebSocket API connection of a suite's own: websocket-client, and a reader thread that buffers frames in their order."""

from __future__ import annotations

import json
import threading
from typing import Any

from libraries.world.errors import WorldError

_CONNECT_S = 5.0
_KEPT = 20_000


class SocketReader:
    """`frames` are parsed JSON, or the text where it is none."""

    def __init__(self, url: str) -> None:
        """Connect and start to read.

        Raises:
            WorldError: the venue refused the connection or did not answer.
        """
        import websocket  # noqa: PLC0415 (0.1 s, only when a socket is opened)

        self.ended: str | None = None
        self._frames: list[Any] = []
        self._arrived = threading.Condition()
        self._closing = False
        self._failures = (OSError, websocket.WebSocketException)
        try:
            self._socket = websocket.create_connection(url, timeout=_CONNECT_S)
        except self._failures as wrong:
            raise WorldError(f"the venue should accept a connection to its WebSocket API, got: {type(wrong).__name__}: {wrong}") from None
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, name="raw socket", daemon=True)
        self._thread.start()

    def send(self, document: dict[str, Any]) -> None:
        self._socket.send(json.dumps(document))

    def seen(self) -> list[Any]:
        with self._arrived:
            return list(self._frames)

    def wait(self, seconds: float) -> None:
        """Until another frame arrives, the connection ends, or the time is over."""
        with self._arrived:
            known = len(self._frames)
            self._arrived.wait_for(lambda: len(self._frames) > known or self.ended is not None, timeout=seconds)

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
                self._keep(_parsed(text))
        except self._failures as wrong:
            why = "closed by this test" if self._closing else f"{type(wrong).__name__}: {wrong}"
        with self._arrived:
            self.ended = why
            self._arrived.notify_all()

    def _keep(self, frame: Any) -> None:
        with self._arrived:
            if len(self._frames) < _KEPT:
                self._frames.append(frame)
            self._arrived.notify_all()


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
