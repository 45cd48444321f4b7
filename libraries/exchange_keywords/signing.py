"""Signatures of requests that a suite writes itself: HMAC by a secret, Ed25519 or RSA by a private key in PEM."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_PEM = "-----BEGIN"


def signature(secret: str, payload: str) -> str:
    """`secret` is an HMAC secret or a private key in PEM.

    Raises:
        ValueError: a PEM text that is neither an Ed25519 nor an RSA key.
    """
    if not secret.startswith(_PEM):
        return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
    key = load_pem_private_key(secret.encode(), None)
    if isinstance(key, Ed25519PrivateKey):
        return base64.b64encode(key.sign(payload.encode())).decode()
    if isinstance(key, RSAPrivateKey):
        return base64.b64encode(key.sign(payload.encode(), PKCS1v15(), hashes.SHA256())).decode()
    raise ValueError("expected an Ed25519 or an RSA key, got another kind")


def signed_query(secret: str, parameters: dict[str, str]) -> str:
    """A query, percent-encoded before it is signed; so is the signature."""
    query = "&".join(f"{quote(name, safe='')}={quote(str(value), safe='')}" for name, value in parameters.items())
    return f"{query}&signature={quote(signature(secret, query), safe='')}"


def signed_parameters(secret: str, parameters: dict[str, str]) -> dict[str, str]:
    """Parameters of a WebSocket API request, sorted for the signature."""
    payload = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    return parameters | {"signature": signature(secret, payload)}
