"""Looking into a client's answer: a path of names and positions, and exact comparison with what a suite wrote."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from libraries.common.errors import NotYet

_SHORTEST_ANSWER = 600


def at(value: Any, path: str) -> Any:
    """The part of `value` at `path`, such as `asks.0.0` or `info.status`; the whole for an empty path.

    Raises:
        NotYet: there is nothing at that path; says what there is.
    """
    found = value
    walked = ""
    for step in filter(None, path.split(".")):
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.lstrip("-").isdigit() and -len(found) <= int(step) < len(found):
            found = found[int(step)]
        elif step == "length" and isinstance(found, list):
            found = len(found)
        else:
            raise NotYet(f"there is no {step!r} in {walked or 'the answer'}; there is: {_what_is_there(found)}")
        walked = f"{walked}.{step}" if walked else step
    return found


def same(seen: Any, expected: str) -> bool:
    """Whether a value is what a suite wrote: numbers exactly (`0.50` is `0.5`), text letter by letter, `None`, `True`, `False` by name."""
    if seen is None or isinstance(seen, bool):
        return str(seen) == expected
    if isinstance(seen, (int, Decimal)):
        try:
            return Decimal(seen) == Decimal(expected)
        except InvalidOperation:
            return False
    return str(seen) == expected


def differences(value: Any, wanted: Mapping[str, str]) -> list[str]:
    """Each field that is not as wanted, as a sentence."""
    found = []
    for path, expected in wanted.items():
        try:
            seen = at(value, path)
        except NotYet as absent:
            found.append(f"{path} should be {expected}, but {absent}")
            continue
        if not same(seen, expected):
            found.append(f"{path} should be {expected}, got {seen}")
    return found


def shortened(value: Any) -> str:
    """A value as an error shows it."""
    text = str(value)
    return text if len(text) <= _SHORTEST_ANSWER else f"{text[:_SHORTEST_ANSWER]} ... ({len(text)} characters)"


def _what_is_there(found: Any) -> str:
    if isinstance(found, Mapping):
        return ", ".join(map(str, list(found)[:40])) or "an empty object"
    return f"a list of {len(found)}" if isinstance(found, list) else f"the value {found!r}"
