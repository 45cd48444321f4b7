"""A fact's payload is what the general way of making plain values gives, for every kind of fact and every shape of its fields."""

from __future__ import annotations

import enum
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.core.codec import to_plain
from genesis.core.facts import Fact
from genesis.core.money import text
from genesis.data.codec import KINDS, fact_from, payload_of

AMOUNT = Decimal("1.500")


def sample(kind: Any, *, empty: bool) -> Any:
    """A value of a type; with `empty` None and nothing wherever that may be."""
    parts = [part for part in get_args(kind) if part is not Ellipsis]
    if get_origin(kind) in (Union, UnionType):
        return None if empty and type(None) in parts else sample(parts[0], empty=empty)
    if get_origin(kind) in (tuple, list):
        several = parts if Ellipsis not in get_args(kind) else [parts[0]] * 2
        return get_origin(kind)(sample(part, empty=empty) for part in (several if not empty or several is parts else ()))
    if get_origin(kind) is dict:
        return {} if empty else {sample(parts[0], empty=empty): sample(parts[1], empty=empty)}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind(**{field.name: sample(field.type, empty=empty) for field in msgspec.structs.fields(kind)})
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    return AMOUNT if kind is Decimal else kind("1")


@pytest.mark.parametrize("empty", [False, True], ids=["full", "empty"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_payload_is_the_plain_fields(kind: type[Fact], empty: bool) -> None:
    fact = sample(kind, empty=empty)
    expected = to_plain(fact)
    del expected["kind"], expected["correlation_id"]
    assert payload_of(fact) == msgspec.json.encode(expected).decode()
    assert "1.500" not in payload_of(fact)
    assert fact_from(kind.__name__, fact.correlation_id, payload_of(fact)) == fact


@given(st.decimals(allow_nan=False, allow_infinity=False, places=None))
def test_an_amount_in_canonical_text_has_no_exponent_and_no_idle_zero(amount: Decimal) -> None:
    plain = format(amount, "f")
    expected = plain.rstrip("0").rstrip(".") if "." in plain else plain
    assert text(amount) == ("0" if expected == "-0" else expected)
