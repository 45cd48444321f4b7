"""HMAC-SHA256 signatures of the two request forms (binance-spot 1.3).

REST signs the query string exactly as it is sent, percent-encoded. The WebSocket API signs every parameter except
`signature`, sorted by name, `name=value` joined by `&`, not percent-encoded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import quote

from genesis.core.secret import Secret

_BLOCK = 64  # bytes in a block of SHA-256
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))

Params = Mapping[str, str | int]


class Signer:
    """Signs with one secret. The states after the key's two blocks are computed once and copied: half the cost of `hmac`."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, secret: Secret) -> None:
        key = secret.reveal().encode()
        if len(key) > _BLOCK:
            key = hashlib.sha256(key).digest()
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(padded.translate(_INNER))
        self._outer = hashlib.sha256(padded.translate(_OUTER))

    def sign(self, payload: bytes) -> str:
        """The signature of `payload` in lower-case hexadecimal."""
        inner = self._inner.copy()
        inner.update(payload)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()

    def signed_query(self, params: Params) -> str:
        """The query string of a signed REST request, `signature` last."""
        query = query_string(params)
        return f"{query}&signature={self.sign(query.encode())}"

    def signed_params(self, params: Params) -> dict[str, str | int]:
        """The parameters of a signed WebSocket API request, `signature` added."""
        return {**params, "signature": self.sign(canonical(params).encode())}


def query_string(params: Params) -> str:
    """Parameters in the given order, values percent-encoded; what is signed is what is sent."""
    return "&".join(f"{name}={quote(str(value), safe='')}" for name, value in params.items())


def canonical(params: Params) -> str:
    """The text that a WebSocket API signature covers."""
    return "&".join(f"{name}={params[name]}" for name in sorted(params))
