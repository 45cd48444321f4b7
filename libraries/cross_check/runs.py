"""One run: `inv acceptance` in an order of its own, and what its output says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from robot.api import ExecutionResult
from robot.errors import DataError
from robot.result import TestSuite

from libraries.cross_check.burden import burden
from libraries.cross_check.records import Record, RedTest

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = "load"
"""Beside the campaigns: these tests need the machine for themselves, and would say nothing of the others."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`seed` + number of the run = its order; the others as the command line says."""

    seed: int
    at_once: int
    burden: int
    suites: str
    commit: str


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What runs that were made at the same time took together."""

    seconds: float
    load: float
    beside: int


def run_all(folder: Path, numbers: Sequence[int], plan: Plan) -> list[Record]:
    """These runs at the same time; what came of each, when all have ended. What a green one left is removed."""
    started = time.monotonic()
    with burden(plan.burden):
        processes = [(number, _begin(folder, number, plan)) for number in numbers]
        codes = [(number, process.wait()) for number, process in processes]
    spent = Spent(seconds=round(time.monotonic() - started, 1), load=round(os.getloadavg()[0], 1), beside=len(numbers) - 1)
    return [_record(folder, number, code, plan, spent) for number, code in codes]


def place_of(folder: Path, number: int) -> Path:
    """Where the output of a run goes."""
    return folder / "cross-check" / f"run-{number:02}"


def _begin(folder: Path, number: int, plan: Plan) -> subprocess.Popen[bytes]:
    place = place_of(folder, number)
    shutil.rmtree(place, ignore_errors=True)  # of a sitting that was broken off in the midst of it
    place.mkdir(parents=True)
    command = [sys.executable, "-m", "invoke", "acceptance", "--suites", plan.suites, "--results", str(place)]
    command += ["--exclude", LEFT_OUT, "--randomize", f"all:{plan.seed + number}"]
    with (place / "console.txt").open("wb") as console:
        return subprocess.Popen(command, cwd=ROOT, stdout=console, stderr=subprocess.STDOUT)


def _record(folder: Path, number: int, code: int, plan: Plan, spent: Spent) -> Record:
    place = place_of(folder, number)
    tests, red = _read(place / "output.xml")
    if code == 0:
        shutil.rmtree(place)
    return Record(
        number=number,
        order=plan.seed + number,
        commit=plan.commit,
        beside=spent.beside,
        burden=plan.burden,
        passed=code == 0,
        tests=tests,
        red=red,
        seconds=spent.seconds,
        load=spent.load,
    )


def _read(output: Path) -> tuple[int, list[RedTest]]:
    """(number of tests, the red ones); (0, []) where there is no readable output: the run has not passed then."""
    try:
        result = ExecutionResult(output, include_keywords=False)
    except DataError:
        return 0, []
    red: list[RedTest] = []
    return _gather(result.suite, red), red


def _gather(suite: TestSuite, red: list[RedTest]) -> int:
    red += [RedTest(str(test.full_name), (test.message.splitlines() or [""])[0]) for test in suite.tests if test.failed]
    return len(suite.tests) + sum(_gather(child, red) for child in suite.suites)
