"""An independent observer of the venue's streams: one combined connection, messages apart from answers to control messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from libraries.common.socket_reader import CONNECT_S, SocketReader


class StreamWatcher(SocketReader):
    """Reads one combined stream connection until it is closed. Frames keep their order, each `{"stream": ..., "data": ...}`."""

    def __init__(self, stream_url: str, streams: tuple[str, ...], *, microseconds: bool = False, ca_file: Path | None = None) -> None:
        """Connect and start to read; `ca_file`: the authority that signs the venue's certificate.

        Raises:
            WorldError: the venue refused the connection or did not answer.
        """
        self.streams = streams
        self._replies: list[dict[str, Any]] = []
        url = f"{stream_url}/stream?streams={'/'.join(streams)}{'&timeUnit=MICROSECOND' if microseconds else ''}"
        super().__init__(url, f"the streams {', '.join(streams)} (named such as btcusdt@trade)", ca_file=ca_file)

    def wait(self, seconds: float) -> None:
        """Until another frame arrives or the time is over.

        Raises:
            AssertionError: none will ever arrive, the connection has ended.
        """
        known = len(self.seen())
        super().wait(seconds)
        if self.ended is not None and len(self.seen()) == known:
            streams = ", ".join(self.streams)
            raise AssertionError(f"the observer of {streams} should read on, its connection ended after {known} frames: {self.ended}")

    def ask(self, message: str) -> dict[str, Any]:
        """Send a control message; the next answer of the venue.

        Raises:
            AssertionError: none came in time, or the connection has ended.
        """
        with self._arrived:
            known = len(self._replies)
            self.send(message)
            self._arrived.wait_for(lambda: len(self._replies) > known or self.ended is not None, timeout=CONNECT_S)
            if len(self._replies) == known:
                state = self.ended or "open"
                raise AssertionError(f"the venue should answer {message}, got nothing in {CONNECT_S:g} s; connection: {state}")
            return self._replies[known]

    def _keep(self, frame: Any) -> None:
        if not isinstance(frame, dict):
            raise ValueError(f"a stream carries JSON objects, got {str(frame)[:200]!r}")
        if "result" in frame or "code" in frame:
            self._replies.append(frame)
        else:
            self._frames += _messages(frame)


def _messages(frame: dict[str, Any]) -> list[dict[str, Any]]:
    """One frame a message: an array stream carries several in one. A raw frame, without the wrapper, has no stream name."""
    stream, data = (frame["stream"], frame["data"]) if "data" in frame else ("", frame)
    return [{"stream": stream, "data": each} for each in (data if isinstance(data, list) else [data])]
