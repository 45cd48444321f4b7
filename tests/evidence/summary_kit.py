"""A small run of a real robot, and what lies beside it."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import msgspec

from libraries.evidence.figures import Figure, record_figure
from libraries.evidence.happenings import Happenings, record_happenings

SUITE = """*** Test Cases ***
Green
    [Tags]    AC1.1    P1    R1    L2
    No Operation
Also Green
    [Tags]    AC1.2    R2
    No Operation
{more}
Too Long For A Run
    [Tags]    AC7.1    L8    campaign
    No Operation
"""
RED = """Red <b>
    [Tags]    AC4.1    R6
    Fail    <script>alert(1)</script> signature=abcdef0123456789\\nsecond line
"""
SKIPPED = """Skipped
    [Tags]    AC8.3    R20
    Skip    no server here
"""


def run(place: Path, more: str = "") -> Path:
    """A run of the suite, as if it had been made below `place`; the results directory. One robot for all tests that want the same."""
    shutil.copytree(_made(more), place, dirs_exist_ok=True)
    return place / "results"


@cache
def _made(more: str) -> Path:
    place = Path(tempfile.mkdtemp(prefix="summary-"))
    atexit.register(shutil.rmtree, place)
    (place / "suites" / "flow").mkdir(parents=True)
    (place / "suites" / "flow" / "small.robot").write_text(SUITE.format(more=more), "utf-8")
    run_robot(place)
    return place


def run_robot(place: Path) -> None:
    """Run whatever lies in `suites` there."""
    command = [sys.executable, "-m", "robot", "--exclude", "campaign", "--outputdir", "results", "suites"]
    subprocess.run(command, cwd=place, capture_output=True, check=False, timeout=120)


def happened(results: Path, **values: object) -> None:
    record_happenings(results, "Suites.Flow.Small", "Green", msgspec.convert(values, Happenings))


def measured(results: Path, **values: object) -> None:
    told = {"name": "execution, p50", "unit": "ms", "value": 2.5, "required": 50, "suite": "Suites.Flow.Small", "test": "Green"}
    record_figure(results, msgspec.convert(told | values, Figure))
