"""A WebSocket connection of the tests' own: websocket-client, and a reader thread that buffers frames in their order.

Robot Framework drops log messages of other threads, so the thread only buffers; the keyword that asks writes the log.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from libraries.world.errors import WorldError

CONNECT_S = 5.0
_KEPT = 20_000


class SocketReader:
    """Frames are parsed JSON, or the text where it is none. `ended` says how the connection ended, None while it is up."""

    def __init__(self, url: str, what: str, *, ca_file: Path | None = None) -> None:
        """Connect and start to read.

        Args:
            url: Such as `ws://127.0.0.1:40001/ws/btcusdt@trade`.
            what: What is connected to, for messages.
            ca_file: The authority that signs the venue's certificate.

        Raises:
            WorldError: the venue refused the connection (with status and answer) or did not answer.
        """
        import websocket  # noqa: PLC0415 (0.1 s, only when a socket is opened)

        self.ended: str | None = None
        self._frames: list[Any] = []
        self._arrived = threading.Condition()
        self._closing = False
        self._failures = (OSError, websocket.WebSocketException, ValueError)
        try:
            self._socket = websocket.create_connection(url, timeout=CONNECT_S, sslopt={"ca_certs": str(ca_file)} if ca_file else None)
        except websocket.WebSocketBadStatusException as no:
            body = (no.resp_body or b"").decode("utf-8", "replace")
            raise WorldError(f"the venue should accept a connection to {what}, it refused with status {no.status_code}: {body}") from None
        except self._failures as wrong:
            raise WorldError(f"the venue should accept a connection to {what}, got: {type(wrong).__name__}: {wrong}") from None
        self._socket.settimeout(None)
        host, port = self._socket.sock.getsockname()[:2]
        self.peer = f"{host}:{port}"
        """Our end of the connection as the venue lists it, "127.0.0.1:40001"."""
        self._thread = threading.Thread(target=self._read, name=f"reader of {what}", daemon=True)
        self._thread.start()

    def send(self, text: str) -> None:
        self._socket.send(text)

    def seen(self) -> list[Any]:
        """All frames so far."""
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
                self._receive(_parsed(text))
        except self._failures as wrong:
            why = "closed by this test" if self._closing else f"{type(wrong).__name__}: {wrong}"
        with self._arrived:
            self.ended = why
            self._arrived.notify_all()

    def _receive(self, frame: Any) -> None:
        with self._arrived:
            if len(self._frames) >= _KEPT:
                raise ValueError(f"more than {_KEPT} frames; read for a shorter time")
            self._keep(frame)
            self._arrived.notify_all()

    def _keep(self, frame: Any) -> None:
        """Called with the lock held."""
        self._frames.append(frame)


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
