"""How fields become plain values: what has to be changed is known from the types, so nothing is searched for amounts.

The result is what `to_plain` gives, for a part of its price: facts are written so, and snapshots.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from genesis.core.codec import to_plain
from genesis.core.money import text

Change = Callable[[Any], Any]
"""From the value that msgspec built, amounts still decimals, to the plain one."""
_SCALARS = (str, int, bool, type(None))


def plain_fields(kind: type[msgspec.Struct]) -> Callable[[msgspec.Struct], dict[str, Any]]:
    """A function that gives the fields of a struct of that kind as plain values, as `to_plain` does."""
    change = _of_struct(kind)

    def plain(struct: msgspec.Struct) -> dict[str, Any]:
        built: dict[str, Any] = msgspec.to_builtins(struct, builtin_types=(Decimal,))
        return change(built) if change is not None else built

    return plain


def _of_struct(kind: type[msgspec.Struct]) -> Change | None:
    """Changes the fields that hold amounts, in place; None = there are none."""
    named = [(field.encode_name, _of_type(field.type)) for field in msgspec.structs.fields(kind)]
    changes = [(name, change) for name, change in named if change is not None]
    if not changes:
        return None

    def changed(built: dict[str, Any]) -> dict[str, Any]:
        for name, change in changes:
            value = built[name]
            if value is not None:
                built[name] = change(value)
        return built

    return changed


def _of_type(kind: Any) -> Change | None:
    if isinstance(kind, type) and issubclass(kind, _SCALARS):
        return None
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _of_struct(kind)
    return text if kind is Decimal else _of_parts(kind)


def _of_parts(kind: Any) -> Change | None:
    """Of what holds other types."""
    if get_origin(kind) in (Union, UnionType):
        (one, *others) = [part for part in get_args(kind) if part is not type(None)]
        return _of_type(one) if not others else to_plain
    parts = [part for part in get_args(kind) if part is not Ellipsis]
    if parts and not any(_of_type(part) for part in parts):
        return list if get_origin(kind) is tuple else None
    if len(set(parts)) == 1 and get_origin(kind) in (list, tuple):
        return _each(_of_type(parts[0]))
    return _each_value(_of_type(parts[1])) if get_origin(kind) is dict else to_plain


def _each(change: Change | None) -> Change:
    assert change is not None
    return lambda values: [change(value) for value in values]


def _each_value(change: Change | None) -> Change | None:
    return (lambda values: {key: change(value) for key, value in values.items()}) if change is not None else None
