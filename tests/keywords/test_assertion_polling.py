"""Getter is assertion: what is asked again, what is not, and what a failure tells."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from assertionengine import AssertionOperator

from libraries.common.amounts import Money, Quantity
from libraries.common.assertions import Question, ask, ask_fields, settle
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import OrderStatus, Timeout

SHORT = Timeout(milliseconds=40)
LONG = Timeout(seconds=30)


def sequence(*values: Any) -> Callable[[], Any]:
    """Reads one after the other; the last one for ever. An exception is raised."""
    rest = list(values)

    def read() -> Any:
        value = rest.pop(0) if len(rest) > 1 else rest[0]
        if isinstance(value, Exception):
            raise value
        return value

    return read


def question(*values: Any) -> Question[Any]:
    return Question(sequence(*values), "position of BTCUSDT", "the evidence below", lambda seconds: None)


def test_it_asks_until_the_assertion_holds() -> None:
    seen = ask(question(Quantity(0), NotYet("none"), Quantity("0.4"), Quantity("0.5")), AssertionOperator["=="], Quantity("0.50"), LONG)
    assert seen == Decimal("0.5")


def test_without_an_operator_it_asks_until_it_is_there() -> None:
    assert ask(question(NotYet("none"), "x"), None, None, LONG) == "x"


def test_a_failure_tells_expected_last_seen_tries_elapsed_and_where_to_look() -> None:
    with pytest.raises(AssertionError) as failure:
        ask(question(Quantity("0.40")), AssertionOperator[">="], Quantity("0.50"), SHORT)
    assert str(failure.value).startswith("position of BTCUSDT should be at least 0.5, last seen: 0.4 (")
    assert " tries in 0.0" in str(failure.value)
    assert str(failure.value).endswith(" s). Look at: the evidence below")


def test_what_is_not_there_is_said_in_the_failure() -> None:
    with pytest.raises(AssertionError, match="should be FILLED, last seen: the engine knows no order x"):
        ask(question(NotYet("the engine knows no order x")), AssertionOperator["=="], OrderStatus.FILLED, SHORT)


def test_a_wrong_argument_is_never_asked_again() -> None:
    calls: list[int] = []

    def read() -> Any:
        calls.append(1)
        raise WrongArgument("no such column")

    with pytest.raises(WrongArgument):
        ask(Question(read, "x", "y", lambda seconds: None), AssertionOperator["=="], "1", LONG)
    assert len(calls) == 1


@pytest.mark.parametrize("operator", ["contains", "matches", "validate", "then", "starts"])
def test_money_is_only_compared(operator: str) -> None:
    reads: list[int] = []
    with pytest.raises(WrongArgument, match="cannot be used here; use one of ==, !=, <, <=, >, >="):
        ask(Question(lambda: reads.append(1), "x", "y"), AssertionOperator[operator], Money(1), LONG)  # type: ignore[func-returns-value]
    assert reads == []


@pytest.mark.parametrize("operator", ["validate", "then", "<"])
def test_text_is_never_evaluated(operator: str) -> None:
    with pytest.raises(WrongArgument, match="cannot be used here"):
        ask(question("text"), AssertionOperator[operator], "__import__('os')", LONG)


@pytest.mark.parametrize(("operator", "expected"), [("==", None), ("!=", None)])
def test_an_operator_needs_an_expected_value(operator: str, expected: None) -> None:
    with pytest.raises(WrongArgument, match=r"operator .= needs an expected value after it"):
        ask(question(Quantity(1)), AssertionOperator[operator], expected, LONG)


def test_an_expected_value_needs_an_operator() -> None:
    with pytest.raises(WrongArgument, match="without an operator; write =="):
        ask(question(Quantity(1)), None, Quantity(1), LONG)


@pytest.mark.parametrize(
    ("operator", "expected", "value"),
    [
        ("==", "ab", "ab"),
        ("!=", "a", "b"),
        ("contains", "b", "abc"),
        ("not contains", "x", "abc"),
        ("matches", "^a.c$", "abc"),
        ("ends", "c", "abc"),
    ],
)
def test_text_operators(operator: str, expected: str, value: str) -> None:
    assert ask(question(value), AssertionOperator[operator], expected, SHORT) == value


def test_zero_with_places_is_zero() -> None:
    assert ask(question(Money("0E-8")), AssertionOperator["=="], Money("0.00"), SHORT) == 0


def test_fields_must_hold_at_the_same_moment() -> None:
    rows = (
        {"status": "OPEN", "filled": Decimal("1")},
        {"status": "FILLED", "filled": Decimal(0)},
        {"status": "FILLED", "filled": Decimal("1.0")},
    )
    seen = ask_fields(question(*rows), {"status": OrderStatus.FILLED, "filled": Quantity(1), "reason": None}, LONG)
    assert seen == {"status": "FILLED", "filled": Decimal(1)}


def test_fields_of_two_moments_are_never_mixed() -> None:
    states = (("OPEN", 0), ("FILLED", 0), ("OPEN", 1), ("OPEN", 0))
    rows = [{"status": status, "filled": Decimal(filled)} for status, filled in states]
    with pytest.raises(AssertionError, match="should have status=FILLED, filled=1, last seen: status=OPEN, filled=0"):
        ask_fields(question(*rows), {"status": OrderStatus.FILLED, "filled": Quantity(1)}, SHORT)


def test_fields_need_something_to_expect() -> None:
    with pytest.raises(WrongArgument, match="say what to expect, one or more of status, filled"):
        ask_fields(question({}), {"status": None, "filled": None}, LONG)


def test_an_error_of_the_world_is_not_swallowed() -> None:
    with pytest.raises(ConnectionError):
        settle(question(ConnectionError("the engine does not answer")), "be", lambda _: True, LONG)


def test_the_pause_never_passes_the_deadline() -> None:
    pauses: list[float] = []
    with pytest.raises(AssertionError):
        settle(Question(lambda: 1, "x", "y", pauses.append), "be 2", lambda value: value == 2, SHORT)
    assert max(pauses) <= SHORT.total_seconds() + 0.001
