"""Coverage over processes: what ran is counted wherever it ran, what did not run is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from libraries.evidence.coverage import MONEY, ROOT, begin, main

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


def test_what_nothing_ran_is_named_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configuration = begin(tmp_path)
    run(configuration, whole=False)
    assert main(["report", "--directory", str(tmp_path)]) == 1
    table = capsys.readouterr().out
    assert "| genesis/engine/state_machine.py | not covered: " in table
    assert (tmp_path / "coverage.md").read_text().strip() == table.strip()
    assert (tmp_path / "index.html").exists()


def test_several_processes_are_one_measurement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gaps = []
    for runs in ((False,), (False, True)):
        configuration = begin(tmp_path)
        for whole in runs:
            run(configuration, whole=whole)
        main(["report", "--directory", str(tmp_path)])
        found = next(line for line in capsys.readouterr().out.splitlines() if "state_machine" in line and "order" not in line)
        gaps.append(found.count(","))
    assert gaps[1] < gaps[0]


def test_nothing_measured_is_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin(tmp_path)
    assert main(["report", "--directory", str(tmp_path)]) == 2
    assert "run something with COVERAGE_PROCESS_START=" in capsys.readouterr().err


@pytest.mark.parametrize("name", MONEY)
def test_what_must_be_covered_exists(name: str) -> None:
    assert (ROOT / name).exists()
