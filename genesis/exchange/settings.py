"""Where a venue is and who we are there: what a gateway needs beside the pure engine's terms."""

from __future__ import annotations

import msgspec

from genesis.core.secret import Secret


class VenueSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses and keys of one venue, validated by `genesis.config`.

    `rest_url` is the base before `/api/v3` and `stream_url` the base before `/ws` and `/stream`, both without a
    trailing slash; `ws_api_url` is whole. Plain `http`/`ws` only where the host is loopback.
    """

    name: str
    rest_url: str
    stream_url: str
    ws_api_url: str
    api_key: Secret
    api_secret: Secret
    symbols: tuple[str, ...]
