"""Closed days leave the journal for archive files, and nothing is lost on the way: whole, chained, found damaged, killed at each step."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from genesis import hooks
from genesis.core.errors import DatabaseError
from genesis.data import anchor, archiver, writer
from genesis.data.archive import archives_in, directory_of
from genesis.data.archiver import Archiver
from genesis.data.audit import audit
from genesis.data.backup import backup, restore
from genesis.data.rebuild import rebuild
from genesis.data.recovery import recover
from genesis.data.storage import StorageSettings
from tests.engine_shell.support import Book, life_of_an_order, opening_facts, rows, tamper

ROOT = Path(__file__).resolve().parents[2]
FIRST_DAY = 1_700_000_000_000 // 86_400_000
KEPT = StorageSettings(days=2)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archiver, "FILE_EVENTS", 10)
    monkeypatch.setattr(archiver, "STEP_EVENTS", 4)
    monkeypatch.setattr(writer, "PACE_S", 0.0)


class Told:
    """Tells the test's thread of each step of the archiver."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        step, self.running, self.stepped = Archiver.step, asyncio.get_running_loop(), asyncio.Event()

        def told(of: Archiver, connection: sqlite3.Connection) -> None:
            try:
                step(of, connection)
            finally:
                self.running.call_soon_threadsafe(self.stepped.set)

        monkeypatch.setattr(Archiver, "step", told)

    async def until_idle(self, book: Book) -> None:
        async with asyncio.timeout(20):
            while book.journal.archiving:
                self.stepped.clear()
                if book.journal.archiving:
                    await self.stepped.wait()


async def live(book: Book, days: int, orders: int = 5, first: int = 1) -> None:
    """Days of trading, each with a snapshot at its end: 4 events an order."""
    if book.journal.head.seq == 0:
        await book.write(opening_facts())
    for day in range(days):
        for number in range(orders):
            await book.write(life_of_an_order(first + day * orders + number), snapshot=number == orders - 1)
        book.day += 1


async def unarchived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """A database of five days that nobody has archived, after a clean stop."""
    with monkeypatch.context() as patched:
        patched.setattr(Archiver, "step", lambda *_: None)
        book = Book(tmp_path, KEPT)
        await live(book, 5)
        await book.close()
    return book


async def archived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with its closed days archived."""
    await unarchived(tmp_path, monkeypatch)
    told = Told(monkeypatch)
    book = Book(tmp_path, KEPT)
    await told.until_idle(book)
    await book.close()
    return book.path


async def test_closed_days_leave_the_table_and_are_one_chain_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await archived(tmp_path, monkeypatch)
    assert rows(path, "SELECT number, first_seq FROM days") == [(FIRST_DAY, 1), *((FIRST_DAY + day, 5 + day * 20) for day in range(1, 5))]
    assert rows(path, "SELECT min(seq), max(seq) FROM events") == [(64, 104)]  # the newest two days, and the event of the oldest snapshot
    assert rows(path, "SELECT min(last_seq) FROM commits") == [(64,)]
    found = rows(path, "SELECT first_seq, last_seq, file FROM archives ORDER BY last_seq")
    assert [row[:2] for row in found] == [(1, 10), (11, 20), (21, 30), (31, 40), (41, 50), (51, 60), (61, 63)]
    assert [row[2] for row in found][:2] == ["0001-1-10.jsonl.gz", "0002-11-20.jsonl.gz"]
    assert sorted(os.listdir(directory_of(path))) == [row[2] for row in found]
    report = audit(path)
    assert (report.violations, report.events, report.counts["orders"]) == ([], 104, 25)


async def test_an_archive_says_what_the_table_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = await unarchived(tmp_path, monkeypatch)
    columns = "seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload, prev_hash, hash, committed_ns"
    before = rows(book.path, f"SELECT {columns} FROM events LEFT JOIN commits ON last_seq = seq ORDER BY seq")
    told = Told(monkeypatch)
    again = Book(tmp_path, KEPT)
    await told.until_idle(again)
    await again.close()
    lines = [
        line
        for (name,) in rows(book.path, "SELECT file FROM archives ORDER BY last_seq")
        for line in gzip.decompress((directory_of(book.path) / str(name)).read_bytes()).splitlines()
    ]
    assert [tuple(json.loads(line).values()) for line in lines] == before[: len(lines)]
    assert len(lines) == 63


async def test_a_start_needs_no_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await archived(tmp_path, monkeypatch)
    digest = audit(path).digest_journal
    shutil.rmtree(directory_of(path))
    found = recover(path, anchor.beside(path))
    assert (found.state.digest(), found.head.seq, found.notices) == (digest, 104, ())
    found.connection.close()


async def test_without_a_snapshot_a_start_folds_archives_and_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await archived(tmp_path, monkeypatch)
    digest = audit(path).digest_journal
    tamper(path, "DELETE FROM snapshots")
    found = recover(path, anchor.beside(path))
    assert (found.state.digest(), found.head.seq) == (digest, 104)
    found.connection.close()


def missing(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flipped(path: Path) -> None:
    packed = bytearray(path.read_bytes())
    packed[len(packed) // 2] ^= 4
    path.write_bytes(packed)


def another(path: Path) -> None:
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"client_order_id", b"another_order_id")))


@pytest.mark.parametrize("damage", [missing, cut, flipped, another])
async def test_a_damaged_archive_is_found_by_the_audit_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    path = await archived(tmp_path, monkeypatch)
    damage(directory_of(path) / "0003-21-30.jsonl.gz")
    (said,) = [violation for violation in audit(path).violations if violation.startswith("archive ")]
    assert "0003-21-30.jsonl.gz: expected" in said


async def test_a_record_that_lies_is_found_by_the_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await archived(tmp_path, monkeypatch)
    tamper(path, "DROP TRIGGER archives_no_delete", "DELETE FROM archives WHERE first_seq = 21")
    assert any("chain broken at event 31" in violation for violation in audit(path).violations)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM events WHERE seq = 65",
        "DELETE FROM events WHERE seq > 65",
        "UPDATE archives SET sha256 = ''",
        "DELETE FROM archives",
        "UPDATE events SET payload = '' WHERE seq = 65",
    ],
)
async def test_the_database_itself_refuses_to_lose_what_is_not_archived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    path = await archived(tmp_path, monkeypatch)
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


async def test_the_newest_days_all_snapshots_and_the_last_anchor_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(monkeypatch)
    book = Book(tmp_path, StorageSettings(days=1))
    await book.write(opening_facts())
    await book.write(life_of_an_order(1), snapshot=True)
    book.day = 30
    await book.write(life_of_an_order(2))
    await told.until_idle(book)
    assert rows(book.path, "SELECT min(seq) FROM events") == [(8,)]  # the snapshot's own event
    for number in (3, 4, 5):
        await book.write(life_of_an_order(number), snapshot=True)
    await told.until_idle(book)
    assert rows(book.path, "SELECT min(seq) FROM events") == [(9,)]  # the first of the day
    await book.close()


async def test_a_clock_that_goes_back_begins_no_day(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await live(book, 1)
    book.day = -3
    await book.write(life_of_an_order(50))
    book.day = 1
    await book.write(life_of_an_order(51))
    await book.close()
    assert rows(book.path, "SELECT number, first_seq FROM days") == [(FIRST_DAY, 1), (FIRST_DAY + 1, 29)]


async def test_trading_goes_on_while_it_is_archived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two batches at most one step is taken."""
    await unarchived(tmp_path, monkeypatch)
    told = Told(monkeypatch)
    book = Book(tmp_path, KEPT)
    book.day = 5
    first = rows(book.path, "SELECT min(seq) FROM events")
    seen = []
    for number in range(100, 140):
        await book.write(life_of_an_order(number))
        seen += rows(book.path, "SELECT min(seq) FROM events")
    await told.until_idle(book)
    assert first == [(1,)]
    assert len(set(seen)) > 3  # it went on between the batches
    assert audit(book.path).violations == []
    await book.close()
    assert audit(book.path).violations == []


# -- what goes wrong


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
async def test_a_disk_that_refuses_an_archive_costs_nothing_and_it_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    monkeypatch.setattr(hooks, "_on", True)
    hooks.arm(hooks.parse(f"CP-A2:1:raise:{error}"))
    told = Told(monkeypatch)
    with structlog.testing.capture_logs() as said:
        book = Book(tmp_path, KEPT)
        await live(book, 4)
        await told.until_idle(book)
        hooks.disarm()
        await live(book, 1, first=100)
        await told.until_idle(book)
    assert [line["event"] for line in said] == ["the database was not tidied"]
    assert rows(book.path, "SELECT count(*) > 1 FROM archives") == [(1,)]
    assert not [name for name in os.listdir(directory_of(book.path)) if "partial" in name]
    await book.close()
    assert audit(book.path).violations == []


async def test_a_broken_chain_is_not_archived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = await unarchived(tmp_path, monkeypatch)
    tamper(book.path, "UPDATE events SET payload = replace(payload, '0.1', '0.2') WHERE seq = 15")
    told = Told(monkeypatch)
    with structlog.testing.capture_logs() as said:
        again = Book(tmp_path, KEPT)
        await told.until_idle(again)
        await again.close()
    assert "chain broken at event 15: it stays in the table" in said[0]["reason"]
    assert rows(book.path, "SELECT last_seq FROM archives") == [(10,)]


async def test_another_file_of_that_name_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory_of(tmp_path / "engine.db").mkdir()
    stranger = directory_of(tmp_path / "engine.db") / "0001-1-10.jsonl.gz"
    stranger.write_bytes(b"something else")
    path = await archived(tmp_path, monkeypatch)
    assert stranger.with_name(stranger.name + ".unexpected").read_bytes() == b"something else"
    assert audit(path).violations == []


_LIFE = """
import asyncio, os, sys
from pathlib import Path
from genesis import hooks
from genesis.data import archiver, writer
archiver.FILE_EVENTS, archiver.STEP_EVENTS, writer.PACE_S = 10, 4, 0.0
hooks.switch_on(os.environ)
from genesis.core.money import install_context
from tests.engine_shell.support import Book
from tests.engine_shell.test_archive import KEPT
install_context()

async def main():
    book = Book(Path(sys.argv[1]), KEPT)
    while book.journal.archiving:
        await asyncio.sleep(0.001)
    await book.close()

asyncio.run(main())
"""


def lived(folder: Path, crash: str) -> int:
    """A process that archives what there is, or dies."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GENESIS_CRASH": crash}
    done = subprocess.run([sys.executable, "-c", _LIFE, str(folder)], env=environment, cwd=ROOT, check=False, capture_output=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode


@pytest.mark.parametrize("point", ["CP-A2", "CP-A2b"])
async def test_a_kill_leaves_the_events_in_one_place_and_the_next_start_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    book = await unarchived(tmp_path, monkeypatch)
    for nth in range(1, 9):
        code = await asyncio.to_thread(lived, tmp_path, f"{point}:{nth}:kill")
        connection = sqlite3.connect(book.path)
        known = {archive.file for archive in archives_in(connection)}
        connection.close()
        there = set(os.listdir(directory_of(book.path)))
        assert known <= there
        assert audit(book.path).violations == []
        if code == 0:
            break
        if nth == 1:
            assert len(there - known) == 1  # without its name, or without its record
    assert code == 0
    assert await asyncio.to_thread(lived, tmp_path, "") == 0
    assert rows(book.path, "SELECT max(last_seq) FROM archives") == [(63,)]
    assert set(os.listdir(directory_of(book.path))) == {str(name) for (name,) in rows(book.path, "SELECT file FROM archives")}


# -- what else reads the journal


async def test_a_backup_has_the_archives_and_so_has_what_is_restored_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await archived(tmp_path, monkeypatch)
    (tmp_path / "safe").mkdir()
    copy = tmp_path / "safe" / "copy.db"
    backup(path, anchor.beside(path), copy)
    assert sorted(os.listdir(directory_of(copy))) == sorted(os.listdir(directory_of(path)))
    shutil.rmtree(directory_of(path))
    (tmp_path / "new").mkdir()
    fresh = tmp_path / "new" / "engine.db"
    assert restore(copy, fresh, anchor.beside(fresh)).events == 104
    assert audit(fresh).violations == []
    assert not [name for name in os.listdir(tmp_path / "new") if "partial" in name]


async def test_a_backup_of_a_database_whose_archive_is_damaged_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await archived(tmp_path, monkeypatch)
    flipped(directory_of(path) / "0001-1-10.jsonl.gz")
    copy = tmp_path / "copy.db"
    with pytest.raises(DatabaseError, match=re.escape("0001-1-10.jsonl.gz")):
        backup(path, anchor.beside(path), copy)
    assert not [name for name in os.listdir(tmp_path) if name.startswith("copy.db")]


async def test_tables_are_rebuilt_from_archives_and_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await archived(tmp_path, monkeypatch)
    tamper(path, "DELETE FROM fills", "DELETE FROM orders WHERE client_order_id = 'gtestcase-1'")
    report = rebuild(path, anchor.beside(path))
    assert (report.verdict, report.events, report.counts["fills"]) == ("repaired", 104, 25)
    assert rows(path, "SELECT min(seq) FROM events") == [(64,)]
    assert audit(path).violations == []
