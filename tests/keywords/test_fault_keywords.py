"""Arguments of fault keywords, and that a fault which never happens makes its test red."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from robot.api import ExecutionResult

from libraries.common.errors import WrongArgument
from libraries.fault_keywords.types import PHRASES, Request, Times, to_request, to_times
from libraries.mock_exchange.shell.operations import operation_of

REPOSITORY = Path(__file__).resolve().parents[2]
SUITE = """*** Settings ***
Resource       {root}/resources/faults.resource
Suite Setup    Open The Venue    BTCUSDT
Test Setup     Open A Raw Account    USDT:100
Test Tags      AC6.1

*** Test Cases ***
Armed And Never Met
    Lose The Answer    symbol=ETHUSDT

Armed And Not Needed
    Arm The Fault    {{point: event, action: drop}}    optional=True

Armed Before And Gone
    Get Fault Hits    ==    0    timeout=1s
"""


@pytest.mark.parametrize(
    ("written", "match"),
    [
        ("order placement", {"operation": ["order.place", "orderList.place*"]}),
        ("any request", {}),
        ("order.amend.keepPriority", {"operation": ["order.amend.keepPriority"]}),
        ("POST /api/v3/order", {"method": "POST", "path": "/api/v3/order"}),
    ],
)
def test_a_request_is_a_phrase_an_operation_or_method_and_path(written: str, match: dict[str, object]) -> None:
    assert to_request(written).match() == match


@pytest.mark.parametrize("written", ["order placment", "POST", "post /x", "", None, 7])
def test_another_request_is_refused_with_those_that_there_are(written: object) -> None:
    with pytest.raises(WrongArgument, match=r"unknown request .*known: .*order placement"):
        to_request(written)


def test_every_phrase_names_requests_that_rest_has_too() -> None:
    assert operation_of("POST", "/api/v3/order") in PHRASES["order placement"]
    assert operation_of("POST", "/sapi/v3/order") == ""
    assert Request("cancellation").match()["operation"][0] == operation_of("DELETE", "/api/v3/order")


def test_times_is_a_number_or_always() -> None:
    assert (to_times("3").as_rule(), to_times(1).as_rule(), to_times("always").as_rule()) == (3, 1, None)
    for wrong in ("0", "-1", "1.5", "often", None, True, 0):
        with pytest.raises(WrongArgument, match="times must be a whole number from 1, or always"):
            to_times(wrong)
    assert Times(2).as_rule() == 2


def test_a_fault_that_never_happens_makes_its_test_red(tmp_path: Path) -> None:
    suite = tmp_path / "unmet.robot"
    suite.write_text(SUITE.format(root=REPOSITORY), encoding="utf-8")
    command = [sys.executable, "-m", "robot", "--outputdir", str(tmp_path / "results"), str(suite)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, cwd=tmp_path)
    tests = {test.name: test for test in ExecutionResult(tmp_path / "results" / "output.xml").suite.all_tests}
    assert [test.status for test in tests.values()] == ["FAIL", "PASS", "PASS"], done.stdout
    assert "every fault that was armed should happen, 1 did not" in tests["Armed And Never Met"].message
    assert "drop at after_match for" in tests["Armed And Never Met"].message
    assert "it matched 0 times and fired 0 times" in tests["Armed And Never Met"].message
