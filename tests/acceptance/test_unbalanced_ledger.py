"""A venue whose ledger does not balance turns a test red although no engine runs: real robot runs over a real venue."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from robot.api import ExecutionResult
from robot.result import TestCase as Test

ROOT = Path(__file__).resolve().parents[2]
SUITE = f"""*** Settings ***
Resource         {ROOT / "resources" / "raw_orders.resource"}
Library          falsifier.py
Test Setup       Open The Venue    BTCUSDT    venue=binance
Test Tags        X13

*** Test Cases ***
A Ledger That Balances
    A Quiet Market At 100

A Posting Is Changed
    A Quiet Market At 100
    Change The Last Posting

A Posting Is Changed As Announced
    Expect Violation    I01    I05
    A Quiet Market At 100
    Change The Last Posting

A Violation Is Announced That Does Not Come
    Expect Violation    I01
    A Quiet Market At 100

The Ledger Is Gone
    A Quiet Market At 100
    Remove The Ledger
"""
FALSIFIER = '''import json
from decimal import Decimal

from libraries.world.session import session


def change_the_last_posting():
    """A locked amount of the last line with one becomes 1 more; every line but that one stays as the venue wrote it."""
    session.exchange().admin.quiesce()
    path = session.exchange().ledger_path
    lines = path.read_text().splitlines()
    number = max(i for i, line in enumerate(lines) if any(row[2] == "locked" for row in json.loads(line).get("postings") or ()))
    line = json.loads(lines[number])
    row = next(row for row in line["postings"] if row[2] == "locked")
    row[3] = str(Decimal(row[3]) + 1)
    lines[number] = json.dumps(line, separators=(",", ":"))
    text = "".join(line + "\\n" for line in lines)
    size = path.stat().st_size
    if len(text) > size:
        raise AssertionError(f"expected at most {size} bytes, got {len(text)}")
    path.write_text(text[:-1] + " " * (size - len(text)) + "\\n")


def remove_the_ledger():
    session.exchange().ledger_path.unlink()
'''


@pytest.fixture(scope="module")
def tests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Test]:
    place = tmp_path_factory.mktemp("ledger")
    (place / "unbalanced.robot").write_text(SUITE, encoding="utf-8")
    (place / "falsifier.py").write_text(FALSIFIER, encoding="utf-8")
    command = [sys.executable, "-m", "robot", "--outputdir", str(place / "results"), str(place / "unbalanced.robot")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=place, env=environment, capture_output=True, timeout=280, check=False)
    return {test.name: test for test in ExecutionResult(place / "results" / "output.xml").suite.all_tests}


def test_a_ledger_that_balances_is_green_and_was_audited(tests: dict[str, Test]) -> None:
    test = tests["A Ledger That Balances"]
    assert (test.status, test.message) == ("PASS", "")
    assert test.metadata["Audit"] == "held 4, not exercised 0, violated 0"


def test_a_changed_posting_is_red(tests: dict[str, Test]) -> None:
    test = tests["A Posting Is Changed"]
    assert test.status == "FAIL"
    assert "audit: I01 violated" in test.message
    assert "sum of the entry's postings in" in test.message


def test_an_announced_violation_is_green(tests: dict[str, Test]) -> None:
    test = tests["A Posting Is Changed As Announced"]
    assert (test.status, test.message) == ("PASS", "")


def test_an_announced_violation_that_does_not_come_is_red(tests: dict[str, Test]) -> None:
    test = tests["A Violation Is Announced That Does Not Come"]
    assert test.status == "FAIL"
    assert "expected a violation of I01" in test.message


def test_a_ledger_that_is_gone_is_red(tests: dict[str, Test]) -> None:
    test = tests["The Ledger Is Gone"]
    assert test.status == "FAIL"
    assert "audit of the ledger of venue binance gave no verdict" in test.message
