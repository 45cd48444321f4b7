"""Machine locks: load is alone, nobody starves; one run for each output directory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from libraries.world import locks
from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.locks import (
    MachineLock,
    Mode,
    claim_output_directory,
    hold_machine,
    hold_output_directory,
    release_output_directory,
)
from libraries.world.output import results_directory, run_owner, under_pabot


class Visitor:
    """Takes a machine lock on a thread of its own and says when it has it."""

    def __init__(self, directory: Path, mode: Mode) -> None:
        self.inside = threading.Event()
        self.waits = threading.Event()
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._visit, args=(directory, mode), daemon=True)
        self._thread.start()

    def _visit(self, directory: Path, mode: Mode) -> None:
        lock = hold_machine(mode, Deadline(20), lambda _: self.waits.set(), directory)
        self.inside.set()
        self._leave.wait(20)
        lock.release()

    def leave(self) -> None:
        self._leave.set()
        self._thread.join(10)


@pytest.fixture(autouse=True)
def _quick_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_QUIET_S", 0.02)


def shared(directory: Path) -> MachineLock:
    return hold_machine(Mode.SHARED, Deadline(5), directory=directory)


def test_worlds_share_and_load_is_alone(tmp_path: Path) -> None:
    first, second = shared(tmp_path), shared(tmp_path)
    load = Visitor(tmp_path, Mode.EXCLUSIVE)
    assert load.waits.wait(5), "waiting is shown"
    first.release()
    assert not load.inside.wait(0.1)
    second.release()
    assert load.inside.wait(5)
    world = Visitor(tmp_path, Mode.SHARED)
    assert world.waits.wait(5)
    assert not world.inside.is_set()
    load.leave()
    assert world.inside.wait(5)
    world.leave()


def test_a_waiting_load_test_is_not_overtaken_for_ever(tmp_path: Path) -> None:
    """New worlds queue behind it although the machine is only shared."""
    early = shared(tmp_path)
    load = Visitor(tmp_path, Mode.EXCLUSIVE)
    assert load.waits.wait(5)
    late = Visitor(tmp_path, Mode.SHARED)
    assert late.waits.wait(5), "a world that came later must wait at the turnstile"
    assert not late.inside.is_set()
    early.release()
    assert load.inside.wait(5)
    load.leave()
    assert late.inside.wait(5), "and worlds do not starve either"
    late.leave()


def test_giving_up_names_the_deadline_and_takes_nothing_with_it(tmp_path: Path) -> None:
    alone = hold_machine(Mode.EXCLUSIVE, Deadline(5), directory=tmp_path)
    with pytest.raises(WorldError, match=r"not free within 0\.1 s"):
        hold_machine(Mode.SHARED, Deadline(0.1), directory=tmp_path)
    alone.release()
    again = hold_machine(Mode.EXCLUSIVE, Deadline(5), directory=tmp_path)
    again.release()
    again.release()


@pytest.fixture
def other_run() -> Iterator[int]:
    """A live process that is no ancestor of ours."""
    process = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    yield process.pid
    process.kill()
    process.wait()


def test_a_second_run_in_one_output_directory_is_refused(tmp_path: Path, other_run: int) -> None:
    claim_output_directory(tmp_path, other_run)
    with pytest.raises(WorldError, match=rf"another run \(process {other_run}\).*--outputdir"), hold_output_directory(tmp_path):
        pass
    with hold_output_directory(tmp_path / "other"):
        pass
    psutil.Process(other_run).kill()
    psutil.Process(other_run).wait(5)
    with hold_output_directory(tmp_path):  # a dead run's claim is none
        pass


def test_children_of_the_claiming_process_belong_to_its_run(tmp_path: Path, other_run: int) -> None:
    with hold_output_directory(tmp_path):
        claim_output_directory(tmp_path, other_run)  # our child, as pabot is of `inv acceptance`
    claim_output_directory(tmp_path, other_run)
    release_output_directory(tmp_path, os.getpid())  # not ours: stays
    with pytest.raises(WorldError), hold_output_directory(tmp_path):
        pass
    release_output_directory(tmp_path, other_run)


def test_results_are_where_a_reader_looks(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    (root / "results").mkdir(parents=True)
    (root / "log.html").symlink_to("results/log.html")
    assert results_directory(root) == root / "results"
    assert results_directory(root / "pabot_results" / "3") == root / "results"
    assert results_directory(root / "out" / "pabot_results" / "1" / "0") == root / "out"
    assert results_directory(root / "out") == root / "out"
    assert under_pabot(root / "pabot_results" / "3")
    assert run_owner(root / "out") == os.getpid()


def test_a_pabot_run_is_owned_by_pabot_whatever_stands_between(tmp_path: Path) -> None:
    """pabot starts each suite, perhaps through a wrapper; all its children must name the same live process."""
    ask = (
        "from pathlib import Path; from libraries.world.output import run_owner; "
        "print(run_owner(Path('out/pabot_results/0')), run_owner(Path('out')), __import__('os').getpid())"
    )
    wrapper = tmp_path / "wrapper.py"
    wrapper.write_text(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {ask!r}], check=True)\n")
    pabot = tmp_path / "pabot.py"
    pabot.write_text(
        f"import os, subprocess, sys\nprint(os.getpid(), flush=True)\nsubprocess.run([sys.executable, {str(wrapper)!r}], check=True)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run([sys.executable, str(pabot)], env=environment, capture_output=True, text=True, timeout=20, check=True)
    pabot_pid, owner, owner_without_pabot, own_pid = done.stdout.split()
    assert owner == pabot_pid
    assert owner_without_pabot == own_pid
