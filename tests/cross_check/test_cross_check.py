"""`inv cross-check`: whole runs, again and again in other orders. A test that is red now and then is named with its orders."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from libraries.cross_check import records, table
from libraries.cross_check.__main__ import main
from libraries.cross_check.burden import burden
from libraries.cross_check.records import Record, RedTest
from libraries.evidence.summary.counts import read_campaigns
from libraries.world.deadlines import Deadline, poll

FLAKY = """*** Settings ***
Documentation    Red in the second run and in no other.
Library    OperatingSystem
Resource    {resources}/trading.resource
Suite Setup      Open The Venue    BTCUSDT
Test Setup       A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
Test Tags    AC1

*** Test Cases ***
Now And Then
    Append To File    {marks}    x
    ${{seen}} =    Get File    {marks}
    Should Not Be Equal    ${{seen}}    xx    this was the second time

Needs The Machine For Itself
    [Tags]    load
    Fail    never run
"""
RESOURCES = Path(__file__).resolve().parents[2] / "resources"


def record(number: int, *red: str, **changes: object) -> Record:
    kept = {"number": number, "order": 7 + number, "commit": "abc", "beside": 0, "burden": 0, "passed": not red, "tests": 3, "seconds": 1.5}
    return Record(**(kept | {"load": 0.5, "red": [RedTest(name, "no") for name in red]} | changes))  # type: ignore[arg-type]


def test_a_flaky_test_is_found_with_its_orders_and_the_rest_is_made_in_the_next_sitting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Real runs through pabot, completeness and secrets included."""
    suites, results = tmp_path / "suites", tmp_path / "results"
    suites.mkdir()
    (suites / "flaky.robot").write_text(FLAKY.format(marks=tmp_path / "marks.txt", resources=RESOURCES), "utf-8")
    words = ["--suites", str(suites), "--seed", "40", "--results", str(results)]
    assert main([*words, "--runs", "1"]) == 0
    assert main([*words, "--runs", "3"]) == 1
    told = (results / "cross-check.md").read_text("utf-8")
    assert "2 of 3 runs passed" in told
    assert "Now And Then**: 1 of 3 runs (flaky; orders 42). this was the second time" in told
    assert [(made.number, made.tests, made.passed) for made in records.read(results)] == [(1, 1, True), (2, 1, False), (3, 1, True)]
    assert [path.name for path in sorted(results.glob("cross-check/run-*"))] == ["run-02"], "only the output of what did not pass is kept"
    (shown,) = read_campaigns(results)
    assert dict(shown.rows)["runs passed / made / asked for"] == "2 / 3 / 3"
    assert "orders 42" in shown.failures[0]
    assert (tmp_path / "marks.txt").read_text("utf-8") == "xxx", "no run was made twice"
    assert "run 2: 1 tests, 1 red, NOT passed" in capsys.readouterr().out


def test_what_is_always_red_is_not_called_flaky() -> None:
    told = table.rendered([record(1, "A", "B"), record(2, "A")], 2)
    assert "**A**: 2 of 2 runs (always; orders 8, 9). no" in told
    assert "**B**: 1 of 2 runs (flaky; orders 8). no" in told


def test_a_run_that_broke_off_without_a_red_test_is_no_success() -> None:
    """A suite process that died leaves no red test: the exit code decides."""
    assert not table.good([record(1, passed=False)], 1)
    assert table.red_tests([record(1, passed=False)]) == ["run 1 did not pass, and no test of it is red: see its console.txt"]
    assert not table.good([record(1)], 2), "one is missing"
    assert not table.good([record(2), record(3)], 2), "the first is missing"
    assert table.good([record(1), record(2)], 2)


def test_what_stood_beside_a_run_is_told() -> None:
    told = table.rendered([record(1, beside=1, burden=4)], 1)
    assert "| 1 | 8 | 1 more runs, 4 computing processes per core | 3 | 0 | yes |" in told


def test_the_newest_record_of_a_run_counts(tmp_path: Path) -> None:
    for made in (record(1, "A"), record(2), record(1)):
        records.keep(tmp_path, made)
    assert [made.passed for made in records.read(tmp_path)] == [True, True]
    assert records.missing(4, records.read(tmp_path)) == [3, 4]


def test_a_line_that_is_no_record_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records.keep(tmp_path, record(1))
    with (tmp_path / records.NAME).open("a", encoding="utf-8") as file:
        file.write('{"number": 2\n')
    assert main(["--runs", "2", "--results", str(tmp_path)]) == 2
    assert "cross-check.jsonl, line 2: expected the record of a run" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--runs", "0"], ["--at-once", "0"], ["--burden", "-1"]])
def test_numbers_that_make_no_sense_are_refused(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--results", str(tmp_path)])
    assert ended.value.code == 2
    assert "expected --runs and --at-once of 1 or more" in capsys.readouterr().err


def test_the_burden_ends_with_its_block_and_with_who_began_it() -> None:
    code = "from libraries.cross_check.burden import burden\nimport os, sys\nwith burden(1): print('on', flush=True); sys.stdin.read()"
    owner = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "on\n"
    children = psutil.Process(owner.pid).children()
    assert len(children) == os.cpu_count()
    owner.kill()
    owner.wait()
    assert poll(lambda: not any(map(computes, children)) or None, Deadline(20.0), time.sleep)
    with burden(1):
        begun = psutil.Process().children()
        assert len([child for child in begun if computes(child)]) == os.cpu_count()
    assert not any(map(computes, begun))


def computes(process: psutil.Process) -> bool:
    """Whether it is a live one of the burden's."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and any("sum(range(" in word for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False
