"""Coverage over processes: what ran is counted wherever it ran, what did not run is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from libraries.evidence.coverage import MONEY, ROOT, begin

PROGRAM = """
import sys
sys.path.insert(0, {root!r})
from decimal import Decimal
from genesis.core.models import EngineState
from genesis.engine import risk_engine, signals, state_machine
if {whole}:
    state_machine.check(EngineState.STARTING, EngineState.RECONCILING)
"""


def run(configuration: Path, *, whole: bool) -> None:
    environment = {**os.environ, "COVERAGE_PROCESS_START": str(configuration)}
    subprocess.run([sys.executable, "-c", PROGRAM.format(root=str(ROOT), whole=whole)], env=environment, check=True)


def report(directory: Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own: within this one it would end the measurement of the tests themselves."""
    command = [sys.executable, "-m", "libraries.evidence.coverage", "report", "--directory", str(directory)]
    environment = {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_START"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_what_nothing_ran_is_named_and_fails(tmp_path: Path) -> None:
    configuration = begin(tmp_path)
    run(configuration, whole=False)
    told = report(tmp_path)
    assert told.returncode == 1
    table = told.stdout
    assert "| genesis/engine/state_machine.py | not covered: " in table
    assert (tmp_path / "coverage.md").read_text().strip() == table.strip()
    assert (tmp_path / "index.html").exists()


def test_several_processes_are_one_measurement(tmp_path: Path) -> None:
    gaps = []
    for runs in ((False,), (False, True)):
        configuration = begin(tmp_path)
        for whole in runs:
            run(configuration, whole=whole)
        found = next(line for line in report(tmp_path).stdout.splitlines() if "state_machine" in line and "order" not in line)
        gaps.append(found.count(","))
    assert gaps[1] < gaps[0]


def test_nothing_measured_is_no_result(tmp_path: Path) -> None:
    begin(tmp_path)
    told = report(tmp_path)
    assert told.returncode == 2
    assert "run something with COVERAGE_PROCESS_START=" in told.stderr


@pytest.mark.parametrize("name", MONEY)
def test_what_must_be_covered_exists(name: str) -> None:
    assert (ROOT / name).exists()
