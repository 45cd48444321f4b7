"""Getter is assertion: read, compare, ask again until it holds or the deadline has passed.

Comparison is exact: for amounts the expected value goes through the same converter as every other amount, so `0.50`
equals `0.5`. Nothing is ever evaluated as Python. A wrong argument fails at once; an assertion that does not hold yet and
a thing that is not there yet are asked for again.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeVar

from assertionengine import AssertionOperator, verify_assertion

from libraries.common.amounts import plain
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import DEFAULT_TIMEOUT, Timeout
from libraries.world.deadlines import Deadline

Value = TypeVar("Value")

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_TEXT_TESTS = ("==", "!=", "contains", "not contains", "starts", "ends", "matches")
_IDENTITY = ("==", "!=")
_WORDS = {
    "==": "be",
    "!=": "not be",
    "<": "be less than",
    "<=": "be at most",
    ">": "be greater than",
    ">=": "be at least",
    "*=": "contain",
    "not contains": "not contain",
    "^=": "start with",
    "$=": "end with",
    "$": "match",
}
_SPELLED = {"*=": "contains", "^=": "starts", "$=": "ends", "$": "matches"}
FIRST_PAUSE_S = 0.005
ONCE = Timeout(milliseconds=1)
"""For what has passed and changes no more: it is asked once."""
LONGEST_PAUSE_S = 0.05


@dataclass(frozen=True)
class Question(Generic[Value]):
    """What a getter asks: how to read the value, what to call it, and where a person would look next."""

    read: Callable[[], Value]
    subject: str
    look_at: str
    pause: Callable[[float], object] = field(default_factory=lambda: threading.Event().wait)
    """Waits between two tries; a child's `wait` ends early when asking again is pointless."""


def ask(
    question: Question[Value],
    operator: AssertionOperator | None,
    expected: Value | str | None,
    timeout: Timeout | None,
) -> Value:
    """The value, once it is there and satisfies the assertion; without an operator, once it is there.

    Raises:
        WrongArgument: an operator that does not suit the value, or an operator without expected value.
        AssertionError: the deadline passed; tells expected, last seen, tries, elapsed and where to look.
    """
    check_arguments(operator, expected, question.subject)
    if operator is None:
        return settle(question, "exist", lambda _: True, timeout)
    wish = f"{_WORDS.get(str(operator.value), _spelled(operator))} {shown(expected)}"
    return settle(question, wish, lambda value: compare(value, operator, expected), timeout)


def ask_fields(question: Question[Mapping[str, Any]], wanted: Mapping[str, Any], timeout: Timeout | None) -> Mapping[str, Any]:
    """The row, once every wanted field equals its value (amounts exactly), all at the same time.

    Raises:
        WrongArgument: no field was given.
        AssertionError: the deadline passed; names each field that differs.
    """
    given = {name: value for name, value in wanted.items() if value is not None}
    if not given:
        raise WrongArgument(f"{question.subject}: say what to expect, one or more of {', '.join(wanted)}")
    wish = "have " + ", ".join(f"{name}={shown(value)}" for name, value in given.items())

    def read() -> Mapping[str, Any]:
        row = question.read()
        return {name: row[name] for name in given}

    relevant = Question(read, question.subject, question.look_at, question.pause)
    return settle(relevant, wish, lambda row: all(_plain_value(row[name]) == _plain_value(given[name]) for name in given), timeout)


def settle(question: Question[Value], wish: str, holds: Callable[[Value], bool], timeout: Timeout | None) -> Value:
    """Read until `holds` says so. The one loop of all assertions.

    Raises:
        AssertionError: the deadline passed.
    """
    deadline = Deadline(DEFAULT_TIMEOUT if timeout is None else timeout)
    tries, pause = 0, FIRST_PAUSE_S
    while True:
        tries += 1
        try:
            value = question.read()
            if holds(value):
                return value
            seen = shown(value)
        except NotYet as absent:
            seen = str(absent)
        if deadline.expired:
            break
        question.pause(min(pause, max(deadline.remaining(), 0.001)))
        pause = min(pause * 2, LONGEST_PAUSE_S)
    times = "1 try" if tries == 1 else f"{tries} tries"
    raise AssertionError(
        f"{question.subject} should {wish}, last seen: {seen} ({times} in {deadline.elapsed():.3f} s). Look at: {question.look_at}"
    )


def shown(value: object) -> str:
    """A value as an error shows it."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={shown(inner)}" for name, inner in value.items())
    return repr(value) if isinstance(value, str) and (value == "" or value != value.strip()) else str(value)


def check_arguments(operator: AssertionOperator | None, expected: object, subject: str) -> None:
    """Refuse what no asking again could mend.

    Raises:
        WrongArgument: expected value without operator, operator without expected value, or an unsuitable operator.
    """
    if operator is None:
        if expected is not None:
            raise WrongArgument(f"{subject}: expected value {shown(expected)} without an operator; write ==    {shown(expected)}")
        return
    if expected is None:
        raise WrongArgument(f"{subject}: operator {_spelled(operator)} needs an expected value after it, got nothing (or ${{NONE}})")
    allowed = _allowed(expected)
    if operator not in {AssertionOperator[name] for name in allowed}:
        raise WrongArgument(f"{subject}: operator {_spelled(operator)!r} cannot be used here; use one of {', '.join(allowed)}")
    if operator is AssertionOperator["matches"]:
        try:
            re.compile(str(expected))
        except re.error as wrong:
            raise WrongArgument(f"{subject}: {expected!r} is no regular expression: {wrong}") from None


def _spelled(operator: AssertionOperator) -> str:
    """An operator as suites write it; the enum's own name may be another alias of it."""
    return _SPELLED.get(str(operator.value), str(operator.value))


def _allowed(expected: object) -> tuple[str, ...]:
    if isinstance(expected, Enum):
        return _IDENTITY
    return _COMPARISONS if isinstance(expected, (Decimal, int)) else _TEXT_TESTS


def compare(value: object, operator: AssertionOperator, expected: object) -> bool:
    """Whether the value satisfies the assertion."""
    try:
        verify_assertion(_plain_value(value), operator, _plain_value(expected))
    except AssertionError:
        return False
    return True


def _plain_value(value: object) -> object:
    return value.value if isinstance(value, Enum) else value
