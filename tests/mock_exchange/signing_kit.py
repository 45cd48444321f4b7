"""Clients whose keys are not HMAC: they sign with the private key that the venue made, or with one of their own."""

from __future__ import annotations

import base64
import itertools
import time
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.mock_exchange.venue_client import Client, Process

_names = itertools.count(1)


def sign(private_pem: str, payload: bytes) -> str:
    key = load_pem_private_key(private_pem.encode(), None)
    if isinstance(key, Ed25519PrivateKey):
        return base64.b64encode(key.sign(payload)).decode()
    assert isinstance(key, RSAPrivateKey)
    return base64.b64encode(key.sign(payload, PKCS1v15(), hashes.SHA256())).decode()


class PairClient(Client):
    """Signs with a private key; on REST the signature is percent-encoded."""

    def sign(self, payload: str) -> str:
        return sign(self.secret, payload.encode())

    def rest(self, method: str, path: str, **params: Any) -> Any:
        params.setdefault("timestamp", time.time_ns() // 1_000_000)
        query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in params.items())
        return self.raw(method, path, f"{query}&signature={quote(self.sign(query), safe='')}")


def pair_account(process: Process, kind: str, key: dict[str, Any] | None = None, **balances: str) -> PairClient:
    """An account whose key pair the venue made."""
    name = f"{kind.lower()}-{next(_names)}"
    body = {"name": name, "balances": balances, "key": {"kind": kind} | (key or {})}
    answer = process.admin("POST", "accounts", body)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    return PairClient(process, name, made["api_key"], made["private_key"])
