"""docs/switches.md names exactly the variables that suites and keywords read without setting them themselves."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON_READS = re.compile(r"robot_variable\(\s*\"\$\{([A-Z_]+)\}\"")
MARKED = re.compile(r"^\$\{([A-Z_]+)\} .*# switch", re.MULTILINE)
ROBOT_READS = re.compile(r"Get Variable Value {2,}\$\{([A-Z_]+)\}")


def read_by_libraries() -> set[str]:
    return {name for file in (ROOT / "libraries").rglob("*.py") for name in PYTHON_READS.findall(file.read_text("utf-8"))}


def read_by_robot_files() -> set[str]:
    """Variables whose line in a Variables section says `# switch`, the others are data of tests; or that a keyword asks for."""
    files = [*(ROOT / "suites").rglob("*.robot"), *(ROOT / "resources").rglob("*.resource")]
    text = "\n".join(file.read_text("utf-8") for file in files)
    return {*MARKED.findall(text), *ROBOT_READS.findall(text)}


def described() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "switches.md").read_text("utf-8"), re.MULTILINE))


def test_the_table_lists_what_is_read() -> None:
    assert described() == read_by_libraries() | read_by_robot_files()


SUITE = f"""*** Settings ***
Resource    {ROOT / "resources" / "trading.resource"}

*** Test Cases ***
Red
    [Tags]    AC3
    Open The Demo Venue{{more}}
    Fail    so that its evidence tells the seed
"""


@pytest.mark.parametrize(
    ("more", "switch", "told", "repeated"),
    [
        ("", "7", "seed of exchange binance: 7", True),
        ("    seed=3", "7", "seed of exchange binance: 3", True),
        ("", "1", "seed of exchange binance: 1", False),
        ("", "-1", "SEED must be a whole number from 0 on, got '-1'; check --variable SEED:NUMBER", False),
    ],
)
def test_the_seed_of_a_run_is_that_of_every_venue_without_one(tmp_path: Path, more: str, switch: str, told: str, repeated: bool) -> None:
    (tmp_path / "red.robot").write_text(SUITE.format(more=more), "utf-8")
    command = [sys.executable, "-m", "robot", "--outputdir", str(tmp_path), "--variable", f"SEED:{switch}", str(tmp_path / "red.robot")]
    subprocess.run(command, check=False, capture_output=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    said = (tmp_path / "output.xml").read_text("utf-8")
    assert told in said
    assert (f"--variable SEED:{switch} " in said) is repeated
