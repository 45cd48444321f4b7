"""What a secret looks like once somebody has written it: pure."""

from __future__ import annotations

from base64 import b32encode

from libraries.auditor.witnesses.secrets import forms
from libraries.common.canary import MARKER

PRIVATE_KEY = b"PRIVATE KEY-----"
"""The head of a private key in PEM, whatever its kind; it holds no marker."""


def needles(marker: str = MARKER) -> dict[str, bytes]:
    """Form -> bytes that stand for `marker` written in it. A name in one form is found inside longer texts too.

    What changes only signs that are neither letters nor digits (HTML, XML, JSON, URLs, shells) leaves the marker as it is; these forms are
    for writers that change everything.
    """
    raw = marker.encode()
    found = forms(marker)
    found["IN CAPITALS"] = marker.upper().encode()
    found["in a URL, every sign"] = "".join(f"%{byte:02X}" for byte in raw).encode()
    found["in a url, every sign"] = "".join(f"%{byte:02x}" for byte in raw).encode()
    found["in JSON, every sign"] = "".join(f"\\u{byte:04x}" for byte in raw).encode()
    found["in HTML, decimal"] = "".join(f"&#{byte};" for byte in raw).encode()
    found["in HTML, hexadecimal"] = "".join(f"&#x{byte:x};" for byte in raw).encode()
    found["UTF-16"] = marker.encode("utf-16-le")[:-1]  # also the other order of bytes, but for the first
    for shift in range(5):
        found[f"base32, {shift} bytes in"] = _base32(raw, shift)
    found["private key in PEM"] = PRIVATE_KEY
    return {form: body for body, form in {body: form for form, body in reversed(found.items())}.items()}


def _base32(raw: bytes, shift: int) -> bytes:
    """The digits that depend on `raw` alone when it begins `shift` bytes into a group of five."""
    first, last = -(-shift * 8 // 5), (shift + len(raw)) * 8 // 5
    return b32encode(b"\0" * shift + raw)[first:last]


def occurrences(body: bytes, wanted: dict[str, bytes]) -> dict[str, int]:
    """Form -> offset of its first occurrence in `body`, of those that occur."""
    return {form: at for form, needle in wanted.items() if (at := body.find(needle)) >= 0}
