"""Parameters as they came over the wire, and the exact bytes that their sender signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from ..core.errors import VenueError, duplicate_parameter

INVALID_JSON = "Invalid JSON Request"
NULL = msgspec.Raw(b"null")
_FORMS_KEPT = 512
_string = msgspec.json.Decoder(str)


class PlainRequest(msgspec.Struct):
    """A request whose parameters are texts and whole numbers, as nearly all are: one decoding gives all of them."""

    method: str
    id: msgspec.Raw = NULL
    params: dict[str, Any] = msgspec.field(default_factory=dict)


class _Typed(msgspec.Struct):
    method: str
    id: msgspec.Raw = NULL
    params: dict[str, str | int | float] = msgspec.field(default_factory=dict)


class LiteralRequest(msgspec.Struct):
    """A request whose parameters must be looked at as they were written (`1.0`, `false`, `-0`): its signature covers the literals."""

    method: str
    id: msgspec.Raw = NULL
    params: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)


_typed = msgspec.json.Decoder(_Typed).decode
_literal = msgspec.json.Decoder(LiteralRequest).decode


def ws_request(data: str | bytes) -> PlainRequest | LiteralRequest:
    """Raises msgspec.DecodeError or UnicodeDecodeError: no JSON, or no request."""
    try:
        request = _typed(data)
    except msgspec.ValidationError:
        return _literal(data)
    params: dict[str, Any] = request.params
    for name, value in params.items():
        kind = value.__class__
        if kind is int and value:
            params[name] = str(value)
        elif kind is not str:  # 0 may have been written -0
            return _literal(data)
    return PlainRequest(request.method, request.id, params)


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
    template, values_of = _signed_form(tuple(params))
    return (template % values_of(params)).encode("utf-8", "surrogateescape")


@lru_cache(maxsize=_FORMS_KEPT)
def _signed_form(names: tuple[str, ...]) -> tuple[str, Callable[[Mapping[str, str]], Any]]:
    """The payload with a gap for each value, and what fills the gaps: a client sends the same names again and again."""
    signed = sorted(name for name in names if name != "signature")
    template = "&".join(f"{name.replace('%', '%%')}=%s" for name in signed)
    return template, itemgetter(*signed) if signed else lambda _params: ()


def _pairs(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    if not text:
        return pairs
    plain = text.isascii() and "%" not in text and "+" not in text
    for part in text.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        if not plain:
            name, value = _decoded(name), _decoded(value)
        if name in pairs:
            raise duplicate_parameter()
        pairs[name] = value
    return pairs


def _decoded(text: str) -> str:
    if not text.isascii():
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return unquote_plus(text) if "%" in text or "+" in text else text


def _unsigned(text: str) -> str:
    before, found, signature = text.partition("&signature=")
    if found and "&" not in signature:  # last, as nearly everywhere
        return before if not before.startswith("signature=") else before.partition("&")[2]
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
