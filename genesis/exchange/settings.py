"""Where a venue is and who we are there: what a gateway needs beside the pure engine's terms."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from genesis.core.secret import Secret


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One address of a venue: its three interfaces, as in `VenueSettings`."""

    rest_url: str
    stream_url: str
    ws_api_url: str

    @property
    def name(self) -> str:
        """Host and port, for people."""
        return urlsplit(self.rest_url).netloc

    @property
    def urls(self) -> tuple[str, str, str]:
        return self.rest_url, self.stream_url, self.ws_api_url


class VenueSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses and keys of one venue, validated by `genesis.config`.

    `rest_url` is the base before `/api/v3` and `stream_url` the base before `/ws` and `/stream`, both without a
    trailing slash; `ws_api_url` is whole. Plain `http`/`ws` only where the host is loopback. `ca_file` = the authorities (PEM)
    that may have signed the venue's certificate, None = the system's. `fallback` = further addresses, in the order in which they take
    over. The three before it choose the dialect of the market streams:
    wrapped (`/stream`) or raw (`/ws`), times in microseconds, trades as `aggTrade`; what the engine sees is the same.
    """

    name: str
    rest_url: str
    stream_url: str
    ws_api_url: str
    api_key: Secret
    api_secret: Secret
    symbols: tuple[str, ...]
    ca_file: Path | None = None
    combined: bool = True
    microseconds: bool = False
    aggregated: bool = False
    fallback: tuple[Way, ...] = ()

    @property
    def ways(self) -> tuple[Way, ...]:
        """All addresses, the first one first."""
        return Way(rest_url=self.rest_url, stream_url=self.stream_url, ws_api_url=self.ws_api_url), *self.fallback

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(url for way in self.ways for url in way.urls)
