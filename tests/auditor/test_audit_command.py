"""The command line and the witnesses: every failure names what is wrong, and has its exit code."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from libraries.auditor import cli
from libraries.auditor.examination import Examination
from tests.auditor.audit_kit import ACCOUNT, VENUE, Files
from tests.auditor.audit_scenario import consistent_world, with_history

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return with_history(consistent_world()).write(tmp_path)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "libraries.auditor", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)


def refused(files: Files, capsys: pytest.CaptureFixture[str], *said: str, engine: str = "quiesced", offset: str = "all") -> None:
    outcome = files.audit(engine=engine, offset=offset)
    assert (outcome.code, outcome.report["verdict"]) == (3, "error")
    for text in said:
        assert text in outcome.report["error"]
    assert capsys.readouterr().err == f"auditor: {outcome.report['error']}\n"


def test_the_process_prints_json_and_ends_with_the_verdict(files: Files) -> None:
    done = run(*files.arguments())
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == json.loads(files.report.read_text())


def test_a_violation_is_said_in_one_line(files: Files) -> None:
    files.sql("UPDATE balances SET total = '5', free = '5' WHERE asset = 'BTC'")
    done = run(*files.arguments())
    assert done.returncode == 1
    assert "auditor: I03: total BTC = opening + fills - fees + transfers: expected 1.24935, got 5 at balances binance BTC" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_needs_nothing_but_the_standard_library() -> None:
    code = "import sys; before = set(sys.modules); import libraries.auditor.cli; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=280, check=True)
    loaded = done.stdout.split()
    own = {name for name in loaded if name.split(".")[0] not in sys.stdlib_module_names}
    assert own - {"libraries"} == {name for name in loaded if name.startswith("libraries.auditor")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--frobnicate"], "unrecognized arguments: --frobnicate"),
        (["--engine", "asleep"], "invalid choice: 'asleep'"),
        (["--expect", "I99"], f"{', '.join(cli.INVARIANTS)}), got 'I99'"),
        (["--venue", "nonsense"], "expected NAME=LEDGER:OFFSET:ACCOUNT, got 'nonsense'"),
        (["--venue", "x=ledger:-3:me"], "expected OFFSET to be a number of bytes or all, got '-3'"),
        (["--venue", f"{VENUE}=ledger:all:me"], "expected each name once"),
        (["--report", "/proc/no/such/file"], "argument --report"),
    ],
)
def test_a_wrong_command_line_is_2(files: Files, arguments: list[str], said: str) -> None:
    done = run(*files.arguments(), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_option_is_2() -> None:
    done = run("--database", "x")
    assert done.returncode == 2
    assert "--anchor, --venue" in done.stderr


def test_a_ledger_path_may_hold_colons() -> None:
    option = cli.venue_option("binance=/tmp/a:b/ledger.jsonl:120:engine-1")
    assert (str(option.ledger), option.offset, option.account) == ("/tmp/a:b/ledger.jsonl", 120, "engine-1")


@pytest.mark.parametrize("witness", ["database", "anchor", "ledger", "history"])
@pytest.mark.parametrize("engine", ["quiesced", "dead"])
def test_a_missing_witness_is_named(files: Files, capsys: pytest.CaptureFixture[str], witness: str, engine: str) -> None:
    path: Path = getattr(files, witness)
    path.unlink()
    refused(files, capsys, f"{witness} {path}", "o such file", engine=engine)


@pytest.mark.parametrize("witness", ["database", "anchor", "ledger", "history"])
def test_a_directory_is_no_witness(files: Files, capsys: pytest.CaptureFixture[str], witness: str) -> None:
    path: Path = getattr(files, witness)
    path.unlink()
    path.mkdir()
    refused(files, capsys, f"{witness} {path}")


def test_a_zero_byte_database(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files.database.write_bytes(b"")
    refused(files, capsys, "expected the engine's tables, missing: events, commits")


def test_not_a_database(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files.database.write_text("this is not a database, however long it may be " * 50)
    refused(files, capsys, "file is not a database")


def test_a_damaged_page(files: Files) -> None:
    """Either SQLite cannot read it (3), or it can and the damage is seen (1): never held."""
    with files.database.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096))
    assert files.audit().code in (1, 3)


def test_a_database_without_a_column(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files.sql("ALTER TABLE positions DROP COLUMN opened_ms")
    refused(files, capsys, "missing: 'opened_ms'")


def test_a_locked_database(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(files.database, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        refused(files, capsys, f"database {files.database}", "database is locked")


def test_a_writer_in_mid_transaction_does_not_disturb(files: Files) -> None:
    with closing(sqlite3.connect(files.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM balances")
        assert files.audit().code == 0


def test_a_truncated_ledger_line(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files.ledger.write_bytes(files.ledger.read_bytes()[:-5])
    refused(files, capsys, f"ledger {files.ledger}", "ends inside a line")


def test_an_offset_inside_a_line(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    refused(files, capsys, "ends inside a line", offset=str(files.ledger.stat().st_size - 5))


def test_an_offset_beyond_the_ledger(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    refused(files, capsys, "expected at least 99999999 bytes", offset="99999999")


def test_the_ledger_is_read_up_to_the_offset_only(files: Files) -> None:
    size = files.ledger.stat().st_size
    with files.ledger.open("a") as file:
        file.write("the venue writes on\n")
    assert files.audit(offset=str(size)).code == 0


def test_a_ledger_line_that_is_no_json(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    lines = files.ledger.read_text().splitlines()
    files.ledger.write_text("\n".join([*lines[:3], "{oops", *lines[4:]]) + "\n")
    refused(files, capsys, "line 4: expected a ledger entry")


def test_a_ledger_line_without_its_fields(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.loads(line) for line in files.ledger.read_text().splitlines()]
    del next(line for line in lines if line["type"] == "trade")["maker"]
    files.ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))
    refused(files, capsys, "(trade): expected the fields", "maker")


def test_an_empty_ledger(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files.ledger.write_text("")
    refused(files, capsys, "expected a first line of type venue, got no line")


def test_a_ledger_without_the_account(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [text.replace(f":{ACCOUNT}", ":nobody") for text in files.arguments()]
    assert cli.main(arguments) == 3
    assert "expected an account nobody, it has none" in capsys.readouterr().err


def test_a_history_that_is_none(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files.history.write_text('{"op": "perhaps", "id": "h1", "action": "signal", "mono_ns": 1}\n')
    refused(files, capsys, "line 1: expected op to be one of invoke, ok, fail, info, got 'perhaps'")
    files.history.write_text('{"op": "signal"}\n')
    refused(files, capsys, "line 1: expected op, id, action and mono_ns")


def test_a_check_that_cannot_be_evaluated_violates(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(world: object) -> Examination:
        raise KeyError("a field that everybody relied on")

    monkeypatch.setitem(cli.INVARIANTS, "I13", broken)
    outcome = files.audit()
    assert (outcome.code, outcome.violated) == (1, {"I13"})
    assert "a field that everybody relied on" in outcome.said("I13")


def test_the_copy_of_a_dead_engine_leaves_nothing_behind(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    assert files.audit(engine="dead").code == 0
    assert list(scratch.iterdir()) == []
    shutil.rmtree(scratch)
