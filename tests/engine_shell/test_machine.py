"""What the machine does to the engine's process: signals, standard descriptors, open files, full disks, another engine on a copy."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from genesis import process
from genesis.core.errors import DatabaseError, MachineError
from genesis.data.ending import previous_ending
from genesis.data.lock import DatabaseLock, InstanceLock
from genesis.data.recovery import recover
from tests.engine_shell.test_process import PATIENCE_S, configuration, environment

LEFT_BEHIND = {"engine.db", "engine.db.anchor", "engine.db.lock", "engine.toml", "engine.log"}


def heeds_hangups() -> None:
    """As a process that nobody protects (nohup) from the end of its terminal."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Run:
    """An engine process whose venue is not there, from the outside."""

    def __init__(
        self,
        directory: Path,
        config: Path,
        *,
        before: Callable[[], object] | None = None,
        output: Any = subprocess.PIPE,
        log: Any = None,
    ) -> None:
        self.directory = directory
        self._log = (directory / "engine.log").open("ab")
        command = [sys.executable, "-P", "-m", "genesis", "run", "--config", str(config)]
        self.process = subprocess.Popen(
            command,
            stdout=output,
            stderr=log or self._log,
            env=environment(),
            cwd=directory,
            preexec_fn=before or heeds_hangups,  # noqa: PLW1509 - system calls only
        )

    def ready(self) -> None:
        assert self.process.stdout is not None
        assert json.loads(self.process.stdout.readline())["pid"] == self.process.pid

    def booted(self) -> None:
        """The first facts are on disk."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{self.directory}/engine.db?mode=ro", uri=True)) as reader:
                if reader.execute("SELECT count(*) FROM events WHERE kind = 'EngineStateChanged'").fetchone()[0]:
                    return
            assert self.process.poll() is None, self.said()
        raise AssertionError(self.said())

    def end(self, *numbers: int) -> int:
        for number in numbers:
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._log.close()
        return code

    def said(self) -> str:
        return (self.directory / "engine.log").read_text()


def shut(descriptors: tuple[int, ...]) -> None:
    for number in descriptors:
        os.close(number)


def limited(kind: int, most: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))


# -- signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_each_stop_signal_ends_it_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    engine = Run(tmp_path, configuration(tmp_path))
    engine.ready()
    engine.booted()
    assert engine.end(number) == 0
    assert {path.name for path in tmp_path.iterdir()} == LEFT_BEHIND
    with closing(sqlite3.connect(tmp_path / "engine.db")) as database:
        assert previous_ending(database) == "clean"


def test_who_wants_it_to_outlive_its_terminal_is_obeyed(tmp_path: Path) -> None:
    engine = Run(tmp_path, configuration(tmp_path), before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    engine.ready()
    engine.process.send_signal(signal.SIGHUP)
    engine.booted()
    assert engine.end(signal.SIGTERM) == 0
    assert '"reason":"SIGTERM"' in engine.said()


def test_a_reader_that_is_gone_is_no_reason_to_end(tmp_path: Path) -> None:
    engine = Run(tmp_path, configuration(tmp_path))
    engine.ready()
    engine.process.send_signal(signal.SIGPIPE)
    engine.booted()
    assert engine.end(signal.SIGTERM) == 0


def test_a_signal_while_it_starts_ends_it_before_anything_is_begun(tmp_path: Path) -> None:
    database = tmp_path / "engine.db"
    rival = recover(database, tmp_path / "engine.db.anchor").connection
    rival.execute("PRAGMA locking_mode=EXCLUSIVE")
    rival.execute("BEGIN EXCLUSIVE")  # the start waits for this
    engine = Run(tmp_path, configuration(tmp_path))
    lock = tmp_path / "engine.db.lock"
    end = time.monotonic() + PATIENCE_S
    while not lock.exists() and time.monotonic() < end:
        assert engine.process.poll() is None, engine.said()
    assert engine.end(signal.SIGTERM) == 0
    assert engine.said() == ""
    rival.close()


def test_signals_between_recovery_and_the_loop_are_kept_for_it() -> None:
    """Raised within the start they would leave it half done."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    heeds_hangups()
    try:
        kept = process.until_the_loop_listens()
        for number in before:
            signal.raise_signal(number)
        assert kept == ["SIGTERM", "SIGINT", "SIGHUP"]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# -- standard descriptors


@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)])
def test_closed_standard_descriptors_are_nobodys_file(tmp_path: Path, closed: tuple[int, ...]) -> None:
    engine = Run(tmp_path, configuration(tmp_path), before=lambda: shut(closed))
    engine.booted()
    for number in closed:
        assert Path(f"/proc/{engine.process.pid}/fd/{number}").readlink() == Path("/dev/null")
    assert engine.end(signal.SIGTERM) == 0


def test_an_output_that_takes_nothing_costs_neither_trading_nor_the_exit_code(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        engine = Run(tmp_path, configuration(tmp_path), output=full, log=full)
        engine.booted()
        assert engine.end(signal.SIGTERM) == 0


# -- what the machine allows


def test_too_few_open_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Run(tmp_path, configuration(tmp_path), before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20)))
    assert engine.end() == 12
    assert engine.said() == (
        "genesis: GENESIS-6704 expected at least 64 open files, the system allows 20; raise RLIMIT_NOFILE (ulimit -n)\n"
    )
    monkeypatch.setattr(resource, "getrlimit", lambda _: (10, 63))
    with pytest.raises(MachineError):
        process.have_descriptors()


def test_a_low_limit_of_open_files_is_raised_as_far_as_is_needed(tmp_path: Path) -> None:
    engine = Run(tmp_path, configuration(tmp_path), before=limited(resource.RLIMIT_NOFILE, 20))
    engine.booted()
    assert resource.prlimit(engine.process.pid, resource.RLIMIT_NOFILE)[0] == 64
    assert engine.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("most", [0, 1_000, 30_000])
def test_a_full_disk_at_the_start_is_named(tmp_path: Path, most: int) -> None:
    read, write = os.pipe()
    command = [sys.executable, "-P", "-m", "genesis", "run", "--config", str(configuration(tmp_path))]
    limit = limited(resource.RLIMIT_FSIZE, most)
    ended = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, env=environment(), text=True, check=False, preexec_fn=limit)
    os.close(read)
    os.close(write)
    assert ended.returncode == 4
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert "disk" in ended.stderr


# -- one engine of an identity


def test_a_copy_beside_the_original_is_told_apart(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    engine = Run(home, configuration(home))
    engine.ready()
    engine.booted()
    shutil.copytree(home, elsewhere, ignore=shutil.ignore_patterns("engine.toml", "*.log"))
    copy = Run(elsewhere, configuration(elsewhere))
    assert copy.end() == 4
    assert f"but process {engine.process.pid} runs on another file with it: one of the two is a copy" in copy.said()
    assert engine.end(signal.SIGTERM) == 0
    moved = Run(elsewhere, configuration(elsewhere))  # alone it may run: a restored backup, a moved directory
    moved.ready()
    assert moved.end(signal.SIGTERM) == 0


def test_a_name_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"test-{os.getpid()}"
    InstanceLock(name, tmp_path / "db").release()
    held = InstanceLock(name, tmp_path / "db")
    with pytest.raises(DatabaseError, match=f"process {os.getpid()} runs on another file"):
        InstanceLock(name, tmp_path / "copy")
    held.release()
    monkeypatch.setattr(sys, "platform", "another")
    InstanceLock(name, tmp_path / "db").release()


def test_a_holder_that_does_not_answer_is_unknown(tmp_path: Path) -> None:
    name = f"mute-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(f"\0genesis-engine-{name}")
        with pytest.raises(DatabaseError, match="process unknown runs"):
            InstanceLock(name, tmp_path / "db")


def test_the_lock_holds_even_where_its_holder_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    held = DatabaseLock(tmp_path / "engine.db")
    with pytest.raises(DatabaseError, match="process unknown holds"):
        DatabaseLock(tmp_path / "engine.db")
    held.release()


# -- how the last process ended


def test_how_the_last_process_ended() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, kind TEXT, payload TEXT)")
    endings = [previous_ending(connection)]
    for fact in [
        ("EngineStarted", "{}"),
        ("EngineStopped", '{"digest":"d","clean":true}'),
        ("EngineStopped", '{"digest":"d","clean":false}'),
    ]:
        connection.execute("INSERT INTO events (kind, payload) VALUES (?, ?)", fact)
        endings.append(previous_ending(connection))
    assert endings == ["first", "recovered", "clean", "recovered"]
    connection.close()
