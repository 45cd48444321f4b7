"""Databases, keys, anchors, ledgers and logs are for the user who runs the suites alone: files 0600, directories 0700 (A6.8)."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from libraries.authoring.new_suite import create
from libraries.world.deadlines import Deadline
from libraries.world.directories import fresh_directory
from libraries.world.processes import Children, child_environment, run_to_end

ROOT = Path(__file__).parents[2]
WRITES = "import json,os,sys; open('made','w').close(); os.mkdir('deep'); print('said'); print('told', file=sys.stderr)"


@pytest.fixture(autouse=True)
def everybody_may_read_what_is_made() -> Iterator[None]:
    """The usual umask, so that nothing is private by luck."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_else_enters_the_directory_of_a_world(tmp_path: Path) -> None:
    assert [mode(fresh_directory(tmp_path / "suite", "test")) for _ in range(2)] == [0o700, 0o700]


def test_what_a_child_writes_and_says_is_private(tmp_path: Path) -> None:
    child = Children().spawn(
        "writer",
        [sys.executable, "-c", WRITES],
        directory=tmp_path,
        environment=child_environment({}),
        log_name="writer",
        echo_variable="T",
    )
    assert child.wait(10) == 0
    child.reader_thread.join(5)
    found = {path.name: mode(path) for path in tmp_path.iterdir()}
    assert found == {"made": 0o600, "deep": 0o700, "writer.log": 0o600, "writer.out": 0o600, "writer.tmp": 0o700}


def test_so_is_what_a_short_command_writes(tmp_path: Path) -> None:
    run_to_end("writer", [sys.executable, "-c", WRITES], directory=tmp_path, environment=child_environment({}), deadline=Deadline(10))
    assert {path.name: mode(path) for path in tmp_path.iterdir()} == {"made": 0o600, "deep": 0o700}


def test_databases_anchors_ledgers_and_logs_of_a_real_world_are_private(tmp_path: Path) -> None:
    """The kept world of a red test shows the modes that its files had."""
    (tmp_path / "suites" / "flow").mkdir(parents=True)
    for name in ("resources", "libraries"):
        (tmp_path / name).symlink_to(ROOT / name)
    suite = create(tmp_path, "flow/red")
    suite.write_text(suite.read_text() + "    Fail    so that its world is kept\n")
    command = [sys.executable, "-m", "robot", "--outputdir", str(tmp_path / "results"), str(suite)]
    subprocess.run(command, check=False, capture_output=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    (kept,) = (tmp_path / "results" / "worlds").glob("*.tar.gz")
    with tarfile.open(kept) as archive:
        modes = {Path(member.name).name: member.mode & 0o777 for member in archive}
    processes_wrote = {"engine.db", "engine.db-wal", "engine.db.anchor", "engine.db.lock", "engine.log", "exchange.log", "ledger.jsonl"}
    assert {name: modes.get(name) for name in processes_wrote} == dict.fromkeys(processes_wrote, 0o600)
