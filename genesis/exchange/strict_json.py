"""The venue's JSON, read in one way only. RFC 8259 leaves open what a key means that comes twice, and parsers differ: whoever puts
`"executedQty"` into a message a second time would be heard by one and overheard by another. Such a message is not read at all.

msgspec checks only what it keeps. Here the rest is looked at as well: text that is no UTF-8, numbers beyond all bounds and nesting
without end are refused wherever they are, and so is the character NUL, which a database need not be able to keep.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from genesis.exchange.errors import MalformedMessage

_anything = msgspec.json.Decoder()
_encode = msgspec.json.Encoder().encode
_NESTED = (dict, list)
_NUL = b"\\u0000"
T = TypeVar("T")


def read(payload: memoryview | bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The message by `decoder`.

    Raises:
        MalformedMessage: an object has a key twice, or a text a NUL.
        UNREADABLE: it is no JSON, or does not follow the protocol.
    """
    text = bytes(payload)
    message = decoder.decode(text)
    whole = _anything.decode(text)
    if _encode(whole) != text and text.count(b":") != _pairs(whole):  # written again as it came, it has no key twice; else they are counted
        _look_closely(text.decode())  # only where a text holds a colon, or a key comes twice
    if _NUL in text:
        raise MalformedMessage("expected text without NUL, got \\u0000")
    return message


def _pairs(document: Any) -> int:
    """How many keys the objects of a document have, together."""
    total, left = 0, [document]
    while left:
        value = left.pop()
        if type(value) is dict:
            total += len(value)
            value = value.values()
        elif type(value) is not list:
            continue
        left += [inner for inner in value if type(inner) in _NESTED]
    return total


def _look_closely(text: str) -> None:
    import json  # noqa: PLC0415 - of all messages few have a colon in a text

    json.loads(text, object_pairs_hook=_unique, parse_int=str)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    keys: set[str] = set()
    for key, _ in pairs:
        if key in keys:
            raise MalformedMessage(f"expected each key of an object once, got {key[:40]!r} twice")
        keys.add(key)
