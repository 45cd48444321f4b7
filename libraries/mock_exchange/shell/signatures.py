"""The three kinds of signatures: HMAC-SHA256 (hexadecimal), RSA PKCS#1 v1.5 with SHA-256 and Ed25519 (base64) (binance-spot 1.3)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Literal, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_public_key

KeyKind = Literal["HMAC", "ED25519", "RSA"]
SMALLEST_RSA_BITS = 2048
_BLOCK = 64


class Verifier(Protocol):
    """Says whether a signature is right. The representation shows no secret."""

    @property
    def kind(self) -> KeyKind: ...

    def verify(self, payload: bytes, signature: str) -> bool: ...


class HmacSecret:
    """The key's inner and outer states are kept and copied: half the time of a fresh HMAC, once per signed request."""

    kind: KeyKind = "HMAC"

    def __init__(self, secret: bytes) -> None:
        key = (secret if len(secret) <= _BLOCK else hashlib.sha256(secret).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))

    def verify(self, payload: bytes, signature: str) -> bool:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(payload)
        outer.update(inner.digest())
        return hmac.compare_digest(outer.hexdigest().encode(), signature.lower().encode("utf-8", "replace"))


class Ed25519Key:
    kind: KeyKind = "ED25519"

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key

    def verify(self, payload: bytes, signature: str) -> bool:
        try:
            self._key.verify(_from_base64(signature), payload)
        except (InvalidSignature, ValueError):
            return False
        return True


class RsaKey:
    kind: KeyKind = "RSA"

    def __init__(self, key: RSAPublicKey) -> None:
        self._key = key

    def verify(self, payload: bytes, signature: str) -> bool:
        try:
            self._key.verify(_from_base64(signature), payload, PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True


def public_key(pem: str) -> Verifier:
    """The verifier of a public key in PEM. Raises ValueError: no such key, or neither Ed25519 nor RSA of 2048 bits or more."""
    wanted = "expected a public key in PEM (-----BEGIN PUBLIC KEY-----), Ed25519, or RSA of at least 2048 bits"
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(f"{wanted}; got {pem[:40]!r}") from None
    if isinstance(key, Ed25519PublicKey):
        return Ed25519Key(key)
    if isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST_RSA_BITS:
        return RsaKey(key)
    raise ValueError(f"{wanted}; got a key of another kind or size")


def fresh_pair(kind: Literal["ED25519", "RSA"]) -> tuple[str, str]:
    """A new (private key, public key), both in PEM, for a client that brings none."""
    private = Ed25519PrivateKey.generate() if kind == "ED25519" else generate_private_key(65_537, SMALLEST_RSA_BITS)
    private_pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public_pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private_pem.decode(), public_pem.decode()


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("no base64") from None
