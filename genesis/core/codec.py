"""Structs to plain JSON-able values, amounts as canonical text (I06). The journal, snapshots and the API share it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from genesis.core.money import text


def to_plain(value: Any) -> Any:
    """`value` (struct, container or scalar) as dicts, lists, str, int, bool and None; every `Decimal` in canonical text."""
    return _canonical(msgspec.to_builtins(value, builtin_types=(Decimal,)))


def _canonical(value: Any) -> Any:
    """Most of a state are texts and numbers that stay as they are: they cost no call."""
    kind = type(value)
    if kind is Decimal:
        return text(value)
    if kind is dict:
        return {key: item if type(item) in _PLAIN else _canonical(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [item if type(item) in _PLAIN else _canonical(item) for item in value]
    return value


_PLAIN = frozenset({str, int, bool, type(None)})
