"""A piece of work in a fork: what it says and how it ends comes back, whatever happens to it; it never outlives its deadline."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import psutil
import pytest

from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.fork import run_in_fork

FOREVER = threading.Event()


def speaks() -> int:
    sys.stdout.write("o" * 200_000)  # more than a pipe holds
    sys.stderr.write("problem\n")
    return 3


def test_exit_code_and_words_come_back() -> None:
    finished = run_in_fork("work", speaks, deadline=Deadline(20))
    assert (finished.exit_code, finished.stdout, finished.stderr) == (3, "o" * 200_000, "problem\n")


def test_nothing_of_it_stays_with_us(tmp_path: Path) -> None:
    seen: list[int] = []

    def work() -> int:
        seen.append(os.getpid())
        (tmp_path / "pid").write_text(str(os.getpid()))
        return 0

    run_in_fork("work", work, deadline=Deadline(20))
    pid = int((tmp_path / "pid").read_text())
    assert seen == []
    assert pid != os.getpid()
    assert not psutil.pid_exists(pid)


def test_an_exception_is_an_exit_code_of_one_and_a_traceback() -> None:
    finished = run_in_fork("work", lambda: 1 // 0, deadline=Deadline(20))
    assert finished.exit_code == 1
    assert "ZeroDivisionError" in finished.stderr


@pytest.mark.parametrize(("code", "expected"), [(2, 2), ("a text", 1)])
def test_an_early_exit_is_its_exit_code(code: int | str, expected: int) -> None:
    assert run_in_fork("work", lambda: sys.exit(code), deadline=Deadline(20)).exit_code == expected


def test_a_death_is_told() -> None:
    def die() -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    finished = run_in_fork("work", die, deadline=Deadline(20))
    assert finished.exit_code == -signal.SIGKILL
    assert finished.stderr == "work died without a word"


@pytest.mark.usefixtures("leaves_no_process")
def test_it_does_not_outlive_its_deadline() -> None:
    def hang() -> int:
        FOREVER.wait()
        return 0

    with pytest.raises(WorldError, match=r"work did not end within 0.2 s and was killed"):
        run_in_fork("work", hang, deadline=Deadline(0.2))
