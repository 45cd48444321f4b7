"""Secrets that can be found: every key, token and password that a world makes begins with one marker, then is random.

Whoever looks for leaks needs to know no secret: one marker, in all its forms, stands for those of every process of every run
(`python -m libraries.evidence.leaks`). The marker is computed, so that these sources do not hold it.
"""

from __future__ import annotations

import hashlib
import secrets

MARKER = hashlib.sha256(b"canary of a Genesis world").hexdigest()[:20]
"""Twenty hexadecimal digits: 80 bits, so nothing carries it by chance."""
_LENGTH = 64


def canary() -> str:
    """A new secret of 64 hexadecimal digits (as the venue's keys look): the marker, then 176 random bits."""
    return MARKER + secrets.token_hex((_LENGTH - len(MARKER)) // 2)


def is_canary(secret: str) -> bool:
    """Whether a leak of `secret` would be found."""
    return MARKER in secret
