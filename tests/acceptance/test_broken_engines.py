"""A broken engine turns a named test red: copies of the engine with one deliberate defect run through the real suites (ENGINE_ROOT).

The whole path is real: robot, the suite, the exchange, the broken engine, the audit. An unbroken copy must stay green, so that
a red one is red for its defect.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from robot.api import ExecutionResult

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Defect:
    """`old` stands once in `file` and is replaced by `new`; then `test` of `suite` must fail and say `words`."""

    name: str
    file: str
    old: str
    new: str
    suite: str
    test: str
    words: str


DEFECTS = [
    Defect(
        "sends before it commits",
        "engine/loop.py",
        "            else:\n                self._waiting.append(command)",
        "            elif type(command).__name__ == 'PlaceOrder':\n                self._outbox.release([command])\n"
        "            else:\n                self._waiting.append(command)",
        "order_states.robot",
        "Nothing Leaves While The Journal Cannot Commit",
        "I16 violated",
    ),
    Defect(
        "forgets the fee of a buy",
        "core/portfolio.py",
        "    base_fee = fill.fee if fill.fee_asset == base else ZERO",
        "    base_fee = ZERO",
        "position_tracking.robot",
        "Two Symbols Are Two Positions",
        "0.999",
    ),
    Defect(
        "has stops that never fire",
        "core/portfolio.py",
        "        return bid if bid <= stop else None",
        "        return None",
        "critical_paths.robot",
        "P3 A Position Opens, Its Stop Fires, It Is Closed",
        "state=CLOSED",
    ),
]


def run_suite(suite: str, test: str, engine_root: Path, results: Path) -> tuple[str, str, str]:
    """Run one test against the engine in `engine_root`; its status, its message, and the text of log.html."""
    command = [sys.executable, "-m", "robot", "--outputdir", str(results), "--variable", f"ENGINE_ROOT:{engine_root}"]
    subprocess.run(
        [*command, "--test", test, str(ROOT / "suites" / "flow" / suite)], cwd=results.parent, check=False, capture_output=True, timeout=280
    )
    tests = list(ExecutionResult(results / "output.xml").suite.all_tests)
    assert [found.name for found in tests] == [test]
    return tests[0].status, tests[0].message, (results / "log.html").read_text(encoding="utf-8")


def copy_of_the_engine(target: Path) -> Path:
    shutil.copytree(ROOT / "genesis", target / "genesis", ignore=shutil.ignore_patterns("__pycache__"))
    return target


def test_an_unbroken_copy_stays_green(tmp_path: Path) -> None:
    engine = copy_of_the_engine(tmp_path / "engine")
    status, message, _ = run_suite("critical_paths.robot", "P1 An External Signal Becomes A Durable Fill", engine, tmp_path / "results")
    assert status == "PASS", message


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_broken_engine_turns_the_named_test_red(defect: Defect, tmp_path: Path) -> None:
    engine = copy_of_the_engine(tmp_path / "engine")
    source = engine / "genesis" / defect.file
    text = source.read_text(encoding="utf-8")
    assert text.count(defect.old) == 1, f"{defect.file} no longer holds the place that this defect breaks"
    source.write_text(text.replace(defect.old, defect.new), encoding="utf-8")
    status, message, _ = run_suite(defect.suite, defect.test, engine, tmp_path / "results")
    assert status == "FAIL"
    assert defect.words in message


def test_an_engine_that_dies_unannounced_is_red_with_its_log(tmp_path: Path) -> None:
    """Killed by nobody's keyword: the test that asserts nothing about it is red and shows the end of the engine's log."""
    suite = tmp_path / "dies.robot"
    suite.write_text(
        f"""*** Settings ***
Resource          {ROOT}/resources/trading.resource
Library           Process
Suite Setup       Open The Venue    BTCUSDT

*** Test Cases ***
The Engine Dies
    [Tags]    AC1
    Set The Book    BTCUSDT    bid=99.99    ask=100.00
    Start A Fresh Engine    tier=HUNTER
    ${{pid}} =    Get Health    pid
    Run Process    kill    -9    ${{pid}}
""",
        encoding="utf-8",
    )
    results = tmp_path / "results"
    subprocess.run(
        [sys.executable, "-m", "robot", "--outputdir", str(results), str(suite)],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        timeout=280,
    )
    test = next(iter(ExecutionResult(results / "output.xml").suite.all_tests))
    assert test.status == "FAIL"
    assert "killed by SIGKILL" in test.message
    assert '"event":"connected"' in str(test.message) + "".join(str(message.message) for message in test.body.filter(messages=True))
