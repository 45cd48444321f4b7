"""Parameters as they came over the wire, and the exact bytes that their sender signed."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_plus

import msgspec

from ..core.errors import VenueError, duplicate_parameter

INVALID_JSON = "Invalid JSON Request"
_string = msgspec.json.Decoder(str)


def rest_params(query: str, body: str) -> dict[str, str]:
    """Query string and form body together; where both name a parameter the query string wins.

    Raises:
        VenueError: -1101, one of them names a parameter twice.
    """
    return _pairs(body) | _pairs(query) if body else _pairs(query)


def rest_payload(query: str, body: str) -> bytes:
    """Query string concatenated with the body, without separator and without the signature parameter wherever it stood."""
    return (_unsigned(query) + _unsigned(body)).encode("utf-8", "surrogateescape")


def ws_params(raw: Mapping[str, msgspec.Raw]) -> dict[str, str]:
    """The literals as sent: `1.0` stays "1.0", `false` "false"; strings without their quotes; null is as if not sent.

    Raises:
        VenueError: -1135, a string that is none.
    """
    params: dict[str, str] = {}
    for name, literal in raw.items():
        try:
            text = bytes(literal).decode()
        except UnicodeDecodeError:
            raise VenueError(-1135, INVALID_JSON) from None
        if text == "null":
            continue
        params[name] = _unquoted(text) if text.startswith('"') else text
    return params


def ws_payload(params: Mapping[str, str]) -> bytes:
    """`k=v` of every parameter but `signature`, sorted by name, joined with `&`."""
    return "&".join([f"{name}={params[name]}" for name in sorted(params) if name != "signature"]).encode("utf-8", "surrogateescape")


def _pairs(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    if not text:
        return pairs
    for part in text.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        name = _decoded(name)
        if name in pairs:
            raise duplicate_parameter()
        pairs[name] = _decoded(value)
    return pairs


def _decoded(text: str) -> str:
    if not text.isascii():
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return unquote_plus(text) if "%" in text or "+" in text else text


def _unsigned(text: str) -> str:
    if "signature=" not in text:
        return text
    return "&".join(part for part in text.split("&") if not part.startswith("signature="))


def _unquoted(text: str) -> str:
    if "\\" not in text:
        return text[1:-1]
    try:
        return _string.decode(text)
    except msgspec.DecodeError:
        raise VenueError(-1135, INVALID_JSON) from None
