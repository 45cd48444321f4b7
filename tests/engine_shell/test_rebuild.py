"""`genesis rebuild`: the tables come back from the journal, whatever was done to them, and a kill at any moment loses nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from genesis.core.errors import DatabaseError
from genesis.core.facts import EngineStarted
from genesis.core.money import install_context
from genesis.data import rebuild as command
from genesis.data.anchor import beside
from genesis.data.audit import audit
from genesis.data.lock import DatabaseLock
from genesis.data.rebuild import rebuild
from genesis.data.recovery import recover
from tests.engine_shell.support import Book, life_of_an_order, opening_facts, rows, tamper, zeros

ROOT = Path(__file__).resolve().parents[2]
ORDERS = 8


async def traded(directory: Path) -> str:
    """A database of two processes with a snapshot in between; the digest of its state."""
    book = Book(directory)
    await book.write(opening_facts())
    for number in range(1, ORDERS // 2 + 1):
        await book.write(life_of_an_order(number), snapshot=number == 3)
    await book.close(clean=False)
    book = Book(directory)
    await book.write([EngineStarted(epoch=2, version="test", config_digest="0" * 64, test_hooks=False)])
    for number in range(ORDERS // 2 + 1, ORDERS + 1):
        await book.write(life_of_an_order(number))
    await book.close()
    return book.state.digest()


def everything(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables but snapshots, sorted."""
    with sqlite3.connect(path) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'snapshots'")]
        found = {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}
    connection.close()
    return found


def left_over(folder: Path) -> set[str]:
    """What lies beside the database that a rebuild may have put there."""
    return {name for name in os.listdir(folder) if ".rebuild" in name or name.endswith(".quarantine")}


async def test_a_whole_database_comes_out_the_same_to_the_row(tmp_path: Path) -> None:
    digest = await traded(tmp_path)
    path = tmp_path / "engine.db"
    before = everything(path)
    report = rebuild(path, beside(path))
    assert (report.verdict, report.digest, report.differences, report.copy) == ("equal", digest, [], "")
    assert report.rows_before == report.rows_after
    assert everything(path) == before  # the epoch of each order, too
    assert rows(path, "SELECT client_order_id FROM orders ORDER BY rowid") == [(f"gtestcase-{number}",) for number in range(1, ORDERS + 1)]
    assert {epoch for (epoch,) in rows(path, "SELECT epoch FROM orders")} == {1, 2}
    assert audit(path).violations == []
    assert left_over(tmp_path) == set()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE balances SET total = '1000000' WHERE asset = 'USDT'",
        "DELETE FROM fills WHERE trade_id = 2",
        "INSERT INTO positions SELECT venue, 'ETHUSDT', state, quantity, cost, realised, stop_price, stop_order_id, 0 FROM positions",
        "DELETE FROM orders",
        "UPDATE orders SET state = 'OPEN' WHERE client_order_id = 'gtestcase-4'",
        "UPDATE snapshots SET document = replace(document, '\"total\":', '\"total \":')",
    ],
)
async def test_a_row_that_was_changed_removed_or_added_is_repaired(tmp_path: Path, statement: str) -> None:
    digest = await traded(tmp_path)
    path = tmp_path / "engine.db"
    before, events = everything(path), rows(path, "SELECT * FROM events")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(statement)
    connection.close()
    damaged = path.read_bytes()
    report = rebuild(path, beside(path))
    assert (report.verdict, report.digest) == ("repaired", digest)
    assert report.differences
    assert (Path(report.copy) / "engine.db").read_bytes() == damaged
    assert everything(path) == before
    assert rows(path, "SELECT * FROM events") == events
    assert audit(path).violations == []
    again = recover(path, beside(path))
    assert (again.state.digest(), again.notices) == (digest, ())
    again.connection.close()


async def test_tables_whose_pages_are_gone_are_written_anew(tmp_path: Path) -> None:
    digest = await traded(tmp_path)
    path = tmp_path / "engine.db"
    zeros(path, "fills")
    with pytest.raises(DatabaseError, match="damaged pages"):
        recover(path, beside(path))
    report = rebuild(path, beside(path))
    assert (report.verdict, report.rows_before, report.digest) == ("repaired", "unreadable", digest)
    assert audit(path).violations == []
    recover(path, beside(path)).connection.close()


async def test_an_engine_that_runs_is_left_alone(tmp_path: Path) -> None:
    await traded(tmp_path)
    path = tmp_path / "engine.db"
    before = path.read_bytes()
    lock = DatabaseLock(path)
    with pytest.raises(DatabaseError, match="only engine"):
        rebuild(path, beside(path))
    lock.release()
    assert path.read_bytes() == before


async def test_a_broken_journal_is_no_source(tmp_path: Path) -> None:
    await traded(tmp_path)
    path = tmp_path / "engine.db"
    tamper(path, "UPDATE events SET payload = replace(payload, '1000', '2000') WHERE seq = 2")
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match=r"chain broken at event 2: .*; a copy is in .*quarantine.*; restore a backup"):
        rebuild(path, beside(path))
    assert path.read_bytes() == before
    assert left_over(tmp_path) == {"engine.db.quarantine"}


async def test_a_cut_journal_is_taken_only_by_one_who_accepts_the_loss(tmp_path: Path) -> None:
    await traded(tmp_path)
    path = tmp_path / "engine.db"
    last = rows(path, "SELECT max(seq) FROM events")[0][0]
    tamper(path, f"DELETE FROM commits WHERE last_seq = {last}", f"DELETE FROM events WHERE seq = {last}")
    with pytest.raises(DatabaseError, match="the journal ends at event"):
        rebuild(path, beside(path))
    old = rows(path, "SELECT value FROM meta WHERE key = 'instance_id'")
    report = rebuild(path, beside(path), accept_loss=True)
    assert len(report.accepted) == 1
    assert "the journal ends at event" in report.accepted[0]
    assert report.events == last - 1
    assert rows(path, "SELECT value FROM meta WHERE key = 'instance_id'") != old  # no number is given twice
    assert rows(path, "SELECT value FROM meta WHERE key = 'former_instances'") == old
    assert json.loads(beside(path).read_text())["seq"] == last - 1
    assert (Path(report.copy) / "engine.db.anchor").exists()
    again = recover(path, beside(path))
    assert again.former == (old[0][0],)
    again.connection.close()


async def test_other_files_and_schemas_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="no such file"):
        rebuild(tmp_path / "absent.db", tmp_path / "anchor")
    foreign = tmp_path / "letter.db"
    foreign.write_bytes(b"dear aunt, " * 500)
    with pytest.raises(DatabaseError, match="a file that is none"):
        rebuild(foreign, tmp_path / "anchor")
    assert foreign.read_bytes() == b"dear aunt, " * 500
    await traded(tmp_path)
    with sqlite3.connect(tmp_path / "engine.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    with pytest.raises(DatabaseError, match="start the engine once"):
        rebuild(tmp_path / "engine.db", tmp_path / "engine.db.anchor")


_KILLED = """
import os, signal, sys
from pathlib import Path
from genesis.core.money import install_context
from genesis.data import quarantine, rebuild
install_context()
step, path = int(sys.argv[1]), Path(sys.argv[2])
count = 0
def traced(frame, event, argument):
    global count
    if event == "line" and frame.f_code.co_filename in (rebuild.__file__, quarantine.__file__):
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)
    return traced
sys.settrace(traced)
rebuild.rebuild(path, path.with_name(path.name + ".anchor"))
sys.settrace(None)
print(count)
"""


async def test_a_kill_at_any_line_leaves_a_whole_database(tmp_path: Path) -> None:
    """Killed at lines spread over the whole command, whatever is left is the old database or the new one, and the next rebuild ends."""
    install_context()
    os.mkdir(tmp_path / "original")
    digest = await traded(tmp_path / "original")
    with sqlite3.connect(tmp_path / "original" / "engine.db") as connection:
        connection.execute("UPDATE balances SET total = '7' WHERE asset = 'USDT'")
    connection.close()
    lines = int(_run_killed(tmp_path, 0).stdout)
    steps = sorted({1 + lines * k // 24 for k in range(22)} | set(range(lines - 12, lines)))
    processes = [await asyncio.to_thread(_run_killed, tmp_path, step) for step in steps]
    assert {process.returncode for process in processes} == {-signal.SIGKILL}
    for step in steps:
        path = tmp_path / str(step) / "engine.db"
        assert len(rows(path, "SELECT seq FROM events")) == 6 + 4 * ORDERS - 1
        report = await asyncio.to_thread(rebuild, path, beside(path))
        assert report.digest == digest
        assert audit(path).violations == []
        assert left_over(path.parent) <= {"engine.db.quarantine"}


def _run_killed(tmp_path: Path, step: int) -> subprocess.CompletedProcess[str]:
    folder = tmp_path / str(step)
    folder.mkdir()
    for name in ("engine.db", "engine.db.anchor"):
        (folder / name).write_bytes((tmp_path / "original" / name).read_bytes())
    command = [sys.executable, "-c", _KILLED, str(step), str(folder / "engine.db")]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})


async def test_the_command_prints_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digest = await traded(tmp_path)
    assert command.main(f"sqlite:///{tmp_path}/engine.db", None, accept_loss=False) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["digest"] == digest
    assert report["rows_before"] == report["rows_after"]
