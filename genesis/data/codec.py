"""Facts as journal text and back, and the hash that chains them (docs/engine.md, Database).

The text is part of a contract: the auditor parses it without this package.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final, get_args

import msgspec

from genesis.core import facts
from genesis.core.codec import to_plain
from genesis.core.facts import Fact
from genesis.core.plain_fields import plain_fields

GENESIS_HASH: Final = "0" * 64
"""`prev_hash` of the first event."""

KINDS: Final[dict[str, type[Fact]]] = {kind.__name__: kind for kind in get_args(facts.AnyFact)}
_encode = msgspec.json.Encoder().encode
_readers: Final[dict[str, Callable[[str], Fact]]] = {kind: msgspec.json.Decoder(fact).decode for kind, fact in KINDS.items()}
_plain: Final = {fact: plain_fields(fact) for fact in KINDS.values()}
_set = msgspec.structs.force_setattr


class UnknownFact(ValueError):
    """The journal holds a fact that this version does not know, or a payload of another shape."""


def compact_json(value: Any) -> str:
    """Compact JSON text of a struct or container, amounts as canonical text."""
    return _encode(to_plain(value)).decode()


def payload_of(fact: Fact) -> str:
    """The fact's payload column: compact JSON of its fields without kind and correlation id."""
    fields = _plain[type(fact)](fact)
    del fields["kind"], fields["correlation_id"]
    return _encode(fields).decode()


def fact_from(kind: str, correlation_id: str, payload: str) -> Fact:
    """The fact that was journaled.

    Raises:
        UnknownFact: the kind is unknown, or the payload does not have its shape.
    """
    read = _readers.get(kind)
    if read is None:
        raise UnknownFact(f"unknown kind of fact {kind!r}")
    try:
        fact = read(payload)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise UnknownFact(f"a {kind} of another shape: {error}") from error
    _set(fact, "correlation_id", correlation_id)  # nobody has seen it yet
    return fact


EventRow = tuple[int, int, int, int, str, str, str]
"""seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload"""


def chain_hash(prev_hash: str, event: EventRow) -> str:
    """sha256 hex over the hash of the row before and everything the row says (I19)."""
    seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload = event
    said = f"{prev_hash}|{seq}|{epoch}|{wall_ms}|{mono_ns}|{kind}|{correlation_id}|{payload}"
    return hashlib.sha256(said.encode()).hexdigest()
