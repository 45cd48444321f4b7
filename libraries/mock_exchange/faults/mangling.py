"""What actions do to bytes."""

from __future__ import annotations

import gzip
import zlib
from random import Random
from typing import Any

import msgspec

from .actions import Corrupt, Edit, Replace, Truncate

_FAST = 1
_CONTROL = 0x01
"""Not allowed anywhere in JSON, and valid UTF-8: a text frame stays a text frame."""


def corrupted(data: bytes, action: Corrupt, random: Random) -> bytes:
    if not data:
        return bytes((_CONTROL,))
    spoiled = bytearray(data)
    for _ in range(action.count):
        spoiled[random.randrange(len(spoiled))] = _CONTROL
    return _as_text(bytes(spoiled))


def truncated(data: bytes, action: Truncate) -> bytes:
    keep = len(data) // 2 if action.keep is None else action.keep
    return _as_text(data[:keep])


NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError)
"""What the decoder raises; the second is no kind of the first."""


def replaced(action: Replace) -> bytes:
    body = action.body.encode()
    if action.size is None:
        return body
    repeated = (body or b" ") * (action.size // max(1, len(body)) + 1)
    return _as_text(repeated[: action.size])


def packed(body: bytes, action: Replace) -> tuple[bytes, dict[str, str]]:
    """The body as it travels over REST, and the headers that it travels with."""
    if action.packed is None:
        return body, action.headers
    squeezed = gzip.compress(body, _FAST) if action.packed == "gzip" else zlib.compress(body, _FAST)
    return squeezed, {"Content-Encoding": action.packed, **action.headers}


def edited(data: bytes, action: Edit) -> bytes:
    """The JSON with its fields changed; what is no JSON object, or lacks the field, stays as it is."""
    try:
        document = msgspec.json.decode(data)
    except NOT_JSON:
        return data
    for path, value in action.set.items():
        _change(document, path, lambda _, value=value: value)
    for path, amount in action.add.items():
        _change(document, path, lambda old, amount=amount: old + amount if isinstance(old, int) else old)
    for first, second in action.swap:
        _exchange(document, first, second)
    return msgspec.json.encode(document)


def with_id(data: bytes, identity: Any) -> bytes:
    """An answer of the WebSocket API under another id."""
    return edited(data, Edit(set={"id": identity}))


def id_of(data: bytes) -> Any:
    """The id of an answer; None where it has none."""
    try:
        document = msgspec.json.decode(data)
    except NOT_JSON:
        return None
    return document.get("id") if isinstance(document, dict) else None


def _holder(document: Any, path: str) -> tuple[Any, str | int] | None:
    """Object and key (or list and index) at the end of a dotted path; None where there is nothing."""
    *way, last = path.split(".")
    for part in way:
        document = _inner(document, part)
    if isinstance(document, dict):
        return document, last
    if isinstance(document, list) and last.isdigit() and int(last) < len(document):
        return document, int(last)
    return None


def _inner(document: Any, part: str) -> Any:
    if isinstance(document, dict):
        return document.get(part)
    if isinstance(document, list) and part.isdigit() and int(part) < len(document):
        return document[int(part)]
    return None


def _change(document: Any, path: str, new: Any) -> None:
    found = _holder(document, path)
    if found is not None:
        holder, key = found
        old = holder.get(key) if isinstance(holder, dict) else holder[key]
        holder[key] = new(old)


def _exchange(document: Any, first: str, second: str) -> None:
    one, other = _holder(document, first), _holder(document, second)
    if one is None or other is None:
        return
    try:
        one[0][one[1]], other[0][other[1]] = other[0][other[1]], one[0][one[1]]
    except KeyError:
        return


def _as_text(data: bytes) -> bytes:
    """Without a character that was cut in half or overwritten in part."""
    return data.decode("utf-8", "ignore").encode()
