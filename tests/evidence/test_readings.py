"""Messages are taken apart into expected and actual, findings lead to their rows, and ledger and database are compared row by row."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from libraries.common.assertions import Question, settle
from libraries.common.types import Timeout
from libraries.evidence.audit import Verdict
from libraries.evidence.differences import Difference, differences, venue_side
from libraries.evidence.failure import FailedSteps, Reading, read, what_failed
from libraries.evidence.places import Place, places


def test_what_a_getter_says_is_read_back_whole() -> None:
    question = Question(lambda: "OPEN, they say (twice)", "status of order g-1", "the journal")
    with pytest.raises(AssertionError) as raised:
        settle(question, "be FILLED", lambda _: False, Timeout(milliseconds=1))
    found = read(str(raised.value))
    assert (found.what, found.expected, found.got, found.look) == (
        "status of order g-1",
        "be FILLED",
        "OPEN, they say (twice)",
        "the journal",
    )
    assert "tr" in found.waited
    assert found.waited.endswith(" s")


@pytest.mark.parametrize(
    ("message", "reading"),
    [
        ("a.b: expected a text, got 5", Reading("a.b", "a text", "5")),
        ("expected more within 2 s, it took 3 s", Reading("", "more within 2 s", "3 s")),
        ("engine main ended.\nEnd of its log:\ngenesis: x: expected 1, got 2", Reading("engine main ended. genesis: x", "1", "2")),
        (
            "engine main (pid 7) died although no keyword announced it: exit code 1.",
            Reading("engine main (pid 7)", "no keyword announced it", "exit code 1."),
        ),
        ("the engine should accept BUY, got status 400: no", Reading("the engine", "accept BUY", "status 400: no")),
        (
            "engine main should end with exit code 11, it is exit code 0.\nEnd of its log:",
            Reading("engine main", "end with exit code 11", "exit code 0."),
        ),
        ("quantity must be text, got float 0.5", Reading("quantity", "be text", "float 0.5")),
        ("Expected error 'x should be 1, got *' but got 'x, got 2'.", Reading("error", "x should be 1, got *", "x, got 2")),
        ("a != b", Reading("", "b", "a")),
        ("Lengths: 1 != 2", Reading("Lengths", "2", "1")),
        (
            "the venue should get nothing for 1 s, g-2 came. Look at the transcript",
            Reading("the venue", "get nothing for 1 s", "g-2 came", look="the transcript"),
        ),
        ("leak: thread 'x' still runs", Reading("leak: thread 'x' still runs")),
        ("first line\nsecond line", Reading("first line")),
    ],
)
def test_expected_and_actual_are_found_in_errors(message: str, reading: Reading) -> None:
    assert read(message) == reading


def failed(steps: FailedSteps, name: str, message: str, started_ms: int) -> None:
    started = datetime(2026, 1, 1) + timedelta(milliseconds=started_ms)
    steps.add(
        SimpleNamespace(source="/x/a.robot", lineno=started_ms), SimpleNamespace(name=name, args=(), start_time=started, message=message)
    )


def test_the_way_leads_from_the_step_to_the_keyword_inside_of_it() -> None:
    steps = FailedSteps()
    failed(steps, "handled", "an error that was expected", 1)
    failed(steps, "first try", "not yet", 11)
    failed(steps, "last try, inner", "not yet", 21)
    failed(steps, "last try", "not yet", 20)
    failed(steps, "the step", "after retrying: not yet", 10)
    failed(steps, "teardown", "cannot be torn down", 30)
    assert [step.name for step in steps.way_to("after retrying: not yet\n\nAlso teardown failed")] == [
        "the step",
        "last try",
        "last try, inner",
    ]
    assert next(step.place for step in steps.way_to("after retrying: not yet")) == "a.robot:10"
    assert steps.way_to("audit: something else") == []


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("fills binance BTCUSDT 3; ledger line 65", [Place("fills", ("binance", "BTCUSDT", "3")), Place("ledger line", number=65)]),
        ("balances binance BTC", [Place("balances", ("binance", "BTC"))]),
        ("orders g1-1", [Place("orders", ("g1-1",))]),
        ("ledger binance line 77; events seq=18 (OrderChanged)", [Place("event", number=18), Place("ledger line", number=77)]),
        ("history line 4 (signal ok)", [Place("history line", number=4)]),
        ("orders", []),
        ("anchor file", []),
    ],
)
def test_what_a_finding_names_is_found(where: str, expected: list[Place]) -> None:
    assert list(places(where)) == expected


def order(seq: int, identifier: str, account: str = "me") -> dict[str, Any]:
    postings = [[account, "USDT", "free", "-10"], [account, "USDT", "locked", "10"]]
    return {"type": "order", "seq": seq, "account": account, "client_order_id": identifier, "postings": postings}


def trade(seq: int, identifier: str, number: int = 1) -> dict[str, Any]:
    own = {"account": "me", "client_order_id": identifier, "fee": "0.001", "fee_asset": "BTC", "executed": "1"}
    other = {"account": "market", "client_order_id": "x", "fee": "0", "fee_asset": "USDT", "executed": "1"}
    postings = [["me", "USDT", "locked", "-10"], ["me", "BTC", "free", "0.999"]]
    sides = {"maker": own, "taker": other, "price": "10", "quantity": "1.0", "symbol": "BTCUSDT"}
    return {"type": "trade", "seq": seq, "trade_id": number, "postings": postings} | sides


LEDGER = [
    {"type": "transfer", "seq": 1, "account": "me", "postings": [["me", "USDT", "free", "100"]]},
    order(2, "g-1"),
    trade(3, "g-1"),
    {"type": "closed", "seq": 4, "account": "me", "client_order_id": "g-1", "executed": "1", "postings": []},
    order(5, "other", account="market"),
]
ORDERS = [{"client_order_id": "g-1", "state": "FILLED", "executed": "1"}]
FILL = {"symbol": "BTCUSDT", "trade_id": 1, "client_order_id": "g-1", "price": "10", "quantity": "1", "fee": "0.001", "fee_asset": "BTC"}
BALANCES = [{"asset": "USDT", "free": "90", "locked": "0"}, {"asset": "BTC", "free": "0.999", "locked": "0.0"}]


def found(orders: Any = ORDERS, fills: Any = (FILL,), balances: Any = BALANCES, ledger: Any = LEDGER) -> list[Difference]:
    return differences(venue_side(ledger, "me"), orders, fills, balances)


def test_books_that_agree_differ_in_no_row() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("wrong", "difference"),
    [
        ({"orders": []}, Difference("order g-1", "row", "ended, executed 1", "no row", 4)),
        ({"orders": [ORDERS[0] | {"executed": "0.9"}]}, Difference("order g-1", "executed", "1", "0.9", 4)),
        ({"orders": [ORDERS[0] | {"state": "OPEN"}]}, Difference("order g-1", "state", "ended", "OPEN", 4)),
        (
            {"orders": [*ORDERS, {"client_order_id": "g-2", "state": "OPEN", "executed": "0"}]},
            Difference("order g-2", "row", "no row", "OPEN, executed 0"),
        ),
        ({"fills": []}, Difference("fill BTCUSDT 1", "row", "1.0 x 10, order g-1", "no row", 3)),
        ({"fills": [FILL, FILL | {"trade_id": 2}]}, Difference("fill BTCUSDT 2", "row", "no row", "1 x 10, order g-1")),
        ({"fills": [FILL | {"fee": "0.002"}]}, Difference("fill BTCUSDT 1", "fee", "0.001", "0.002", 3)),
        ({"balances": BALANCES[1:]}, Difference("balance USDT", "free", "90", "no row")),
        ({"balances": [BALANCES[0] | {"locked": "1"}, BALANCES[1]]}, Difference("balance USDT", "locked", "0", "1")),
    ],
)
def test_each_row_that_differs_is_named_with_its_ledger_line(wrong: dict[str, Any], difference: Difference) -> None:
    assert found(**wrong) == [difference]


def test_an_order_that_the_venue_never_accepted_is_no_difference() -> None:
    assert found(orders=[*ORDERS, {"client_order_id": "g-3", "state": "REJECTED", "executed": "0"}]) == []


FINDING = {"what": "balance", "expected": "1.0", "got": "0.9", "where": "balances binance BTC"}
VIOLATED = {"I02": {"status": "violated", "objects": 1, "violations": [FINDING]}}


def test_findings_of_the_audit_stand_beside_what_the_test_said() -> None:
    verdict = Verdict(failures=["audit: I02 violated (...), 1 finding(s): ..."], invariants=VIOLATED)
    shown = what_failed("a != b", [], verdict.failures, verdict, 1.0)
    assert shown.count("<tr>") == 3, "the head, the assertion, the finding"
    assert "<b>1.0</b></td><td><b>0.9</b>" in shown


def test_a_violation_that_was_announced_is_not_what_failed() -> None:
    shown = what_failed("a != b", [], [], Verdict(invariants=VIOLATED), 1.0)
    assert "I02" not in shown
    assert shown.count("<tr>") == 2


def test_of_very_many_findings_the_first_are_shown_and_the_others_counted() -> None:
    many = {"I02": {"status": "violated", "objects": 1, "violations": [FINDING] * 40}}
    verdict = Verdict(failures=["audit: I02 violated"], invariants=many)
    shown = what_failed("", [], verdict.failures, verdict, 1.0)
    assert "... and 28 more findings" in shown
    assert shown.count("I02") == 12
