"""Builds and runs tiny suites with a real `robot` (or pabot) in a directory of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from robot.api import ExecutionResult
from robot.result import Result, TestCase

REPOSITORY = Path(__file__).resolve().parents[2]
FAKES = Path(__file__).resolve().parent / "fakes"


@dataclass
class Run:
    code: int
    output: str
    results: Path

    @property
    def result(self) -> Result:
        return ExecutionResult(self.results / "output.xml")

    def test(self, name: str) -> TestCase:
        return next(test for test in self.result.suite.all_tests if test.name == name)


def settings(*, audit_timeout: str = "2s", setup: str = "Open Fake Venue", tags: str = "AC1.1", extra: str = "") -> str:
    stub = f"{sys.executable} {FAKES / 'stub_auditor.py'}"
    return f"""*** Settings ***
Library    {REPOSITORY / "libraries" / "EvidenceLibrary.py"}    auditor={stub}    audit_timeout={audit_timeout}
Library    {FAKES / "FakeWorld.py"}
{"Suite Setup    " + setup if setup else ""}
{"Test Tags    " + tags if tags else ""}
{extra}

*** Test Cases ***
"""


def robot(
    suites: Path,
    results: Path,
    *options: str,
    program: tuple[str, ...] = ("robot",),
    temp: Path | None = None,
    engine_root: Path = FAKES / "engine_root",
) -> Run:
    """Run it to its end. `temp`: where machine locks and claims lie, apart from those of other runs; `engine_root`: default a stand-in."""
    command = [sys.executable, "-m", *program, "--variable", f"ENGINE_ROOT:{engine_root}", "--outputdir", str(results)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # pabot starts `robot` by name
    environment = {**os.environ, "PATH": path, "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{FAKES}"}
    if temp is not None:
        environment["TMPDIR"] = str(temp)
    done = subprocess.run(
        [*command, *options, str(suites)], env=environment, cwd=suites.parent, capture_output=True, text=True, timeout=280, check=False
    )
    return Run(done.returncode, done.stdout + done.stderr, results)
