"""A WebSocket connection that a suite speaks on itself: what it asked, the answers, and the events that came unasked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libraries.common.socket_reader import SocketReader


@dataclass(frozen=True)
class Sent:
    """A message of ours: the id it bears (None: a text of the suite's own), and how many frames had arrived before it."""

    identity: str | None
    after: int


class RawWebsocket(SocketReader):
    """Requests bear the ids raw-1, raw-2, ... of their connection."""

    def __init__(self, url: str, *, ca_file: Path | None = None) -> None:
        super().__init__(url, f"its WebSocket {url}", ca_file=ca_file)
        self.last: Sent | None = None
        self.requests: dict[str, Sent] = {}

    def request(self, method: str, parameters: dict[str, str]) -> Sent:
        """Send a request of the WebSocket API."""
        identity = f"raw-{len(self.requests) + 1}"
        self.requests[identity] = self._say(json.dumps({"id": identity, "method": method, "params": parameters}), identity)
        return self.requests[identity]

    def say(self, text: str) -> Sent:
        """Send a text as it is."""
        return self._say(text, None)

    def answer(self, sent: Sent) -> dict[str, Any] | None:
        """What answers it, as far as has arrived: by its id, or without one (a text that is no request; a session that is over)."""
        frames = [frame for frame in self.seen()[sent.after :] if isinstance(frame, dict) and _is_answer(frame)]
        return next((frame for frame in frames if sent.identity is None or frame.get("id") in (sent.identity, None)), None)

    def events(self) -> list[dict[str, Any]]:
        """What came unasked, in its order, without the wrapper."""
        return [event for event in map(event_of, self.seen()) if event is not None]

    def _say(self, text: str, identity: str | None) -> Sent:
        self.last = Sent(identity, len(self.seen()))
        self.send(text)
        return self.last


def event_of(frame: Any) -> dict[str, Any] | None:
    """The event of a frame: of the WebSocket API (`event`), of a combined stream (`data`), of a raw stream (itself)."""
    if not isinstance(frame, dict):
        return None
    inner = frame.get("event") or frame.get("data") or frame
    return inner if isinstance(inner, dict) and "e" in inner else None


def _is_answer(frame: dict[str, Any]) -> bool:
    """With `status`, or (market streams) with `result` or `code`."""
    return event_of(frame) is None and not frame.keys().isdisjoint({"status", "result", "code"})
