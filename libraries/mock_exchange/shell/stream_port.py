"""The seam to the market streams server (`/ws`, `/stream`).

`libraries.mock_exchange.streams` provides:

    def build(venue: Venue, clock: Clock) -> StreamServer

which listens to the venue by itself (`venue.listen`). The application hands it every request whose path is `/ws`, `/ws/...`,
`/stream` or `/stream/...`; the request is an aiohttp `BaseRequest` of a low-level `web.Server`, raw target in `request.raw_path`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from aiohttp import web

from ..core.time_unit import TimeUnit


class StreamServer(Protocol):
    """Market streams. All methods run on the event loop's thread."""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one connection until it ends (or answer 400 where it is no WebSocket request)."""

    def connections(self) -> list[dict[str, object]]:
        """Each `{"id": str, "kind": "stream", "account": None, "streams": [..], "since_ns": int, "peer": "host:port", "address": str}`.

        Ids start with "s".
        """

    def abort(self, connection_id: str) -> bool:
        """Cut that TCP connection (RST); False if there is none of that id."""

    def tap(self, tap: Callable[[str, bytes, Any], None] | None) -> None:
        """Hand every message (stream, message, connection) to `tap` instead of its connection; None = no more."""

    async def flush(self) -> None:
        """Return when every event known so far (also the depth diff being aggregated) is handed to its socket."""

    def emit(self, name: str, build: Callable[[int, TimeUnit], bytes]) -> None:
        """Send a message to the subscribers of the stream of that name (a listenKey is one); `build` gets event time (us) and unit."""

    def look(self, now_ms: int) -> None:
        """The venue's clock says `now_ms`: end connections that are 24 hours old, announce the end of those that soon will be."""

    def shut_down(self, after_s: float) -> int:
        """Announce the server's shutdown on every connection and end it `after_s` later. How many were told."""

    async def close(self) -> None: ...
