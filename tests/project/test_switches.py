"""docs/switches.md names exactly the variables that suites and keywords read without setting them themselves."""

from __future__ import annotations

import re
from pathlib import Path

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
