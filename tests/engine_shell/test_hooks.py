"""Crash points: inert unless switched on, counted from when they are armed, and what happens there."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from genesis import hooks

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "text", ["CP-O4", "CP-O4:0:kill", "CP-O4:1:explode", "CP-Z9:1:kill", "CP-O4:1:raise:ENOENT", "CP-O4:1:delay:soon", ""]
)
def test_what_is_no_crash_is_refused_with_what_is_one(text: str) -> None:
    with pytest.raises(hooks.NotACrash, match="expected"):
        hooks.parse(text)


def test_a_crash_is_read_as_it_is_written() -> None:
    assert hooks.parse("CP-O3b:2+:raise:SQLITE_FULL") == hooks.Crash(point="CP-O3b", nth=2, onward=True, mode="raise", detail="SQLITE_FULL")
    assert hooks.parse("CP-O4:1:raise").detail == "EIO"


def run(code: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: points belong to a process, and some end it."""
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), hooks.LOG_VARIABLE: str(directory / "points")}
    return subprocess.run(
        [sys.executable, "-c", f"import os\nfrom genesis import hooks\n{code}"],
        env=variables | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_nothing_happens_in_a_process_that_was_not_switched_on(tmp_path: Path) -> None:
    done = run("hooks.reached('CP-O4'); print('alive')", tmp_path, GENESIS_CRASH="CP-O4:1:kill")
    assert done.stdout == "alive\n"
    assert not (tmp_path / "points").exists()


def test_the_second_time_kills_and_both_are_noted(tmp_path: Path) -> None:
    code = "hooks.switch_on(os.environ); hooks.reached('CP-O4'); hooks.reached('CP-O6'); hooks.reached('CP-O4'); print('alive')"
    done = run(code, tmp_path, GENESIS_CRASH="CP-O4:2:kill")
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "points").read_text().split() == ["CP-O4", "CP-O6", "CP-O4:kill"]


def test_armed_onward_it_fails_until_it_is_disarmed(tmp_path: Path) -> None:
    code = """
hooks.switch_on(os.environ)
hooks.arm(hooks.parse('CP-O3b:2+:raise:SQLITE_FULL'))
for time in range(5):
    if time == 3:
        hooks.disarm()
    try:
        hooks.reached('CP-O3b')
        print('passed')
    except Exception as error:
        print(type(error).__name__, error, error.sqlite_errorcode)
"""
    full = f"OperationalError database or disk is full {sqlite3.SQLITE_FULL}"
    assert run(code, tmp_path).stdout.splitlines() == ["passed", full, full, "passed", "passed"]
