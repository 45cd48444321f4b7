"""The journal on real files: chain, atomicity, witnesses, doubtful commits, locks, snapshots, restarts."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from genesis.core.errors import DatabaseError
from genesis.core.events import Now
from genesis.data import anchor, writer
from genesis.data.audit import audit
from genesis.data.codec import chain_hash, fact_from, payload_of
from genesis.data.lock import DatabaseLock
from genesis.data.recovery import recover
from genesis.data.statements import INSERT_EVENT
from genesis.engine.ports import Head
from tests.engine_shell.support import Book, life_of_an_order, opening_facts, rows, tamper

ROOT = Path(__file__).resolve().parents[2]


async def test_events_are_chained_as_the_contract_says(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    await book.write(life_of_an_order(1))
    await book.close()
    previous = "0" * 64
    question = "SELECT seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload, prev_hash, hash FROM events ORDER BY seq"
    found = rows(book.path, question)
    for number, (*event, prev_hash, digest) in enumerate(found, start=1):
        assert event[0] == number
        assert prev_hash == previous
        assert digest == hashlib.sha256("|".join([previous, *map(str, event)]).encode()).hexdigest()
        previous = digest
    assert len(found) == 8


async def test_payload_is_canonical_and_comes_back_equal(tmp_path: Path) -> None:
    for fact in [*opening_facts(), *life_of_an_order(3)]:
        text = payload_of(fact)
        assert "kind" not in json.loads(text)
        assert "correlation_id" not in json.loads(text) or type(fact).__name__ == "OrderIntended"
        again = fact_from(type(fact).__name__, fact.correlation_id, text)
        assert payload_of(again) == text
    assert payload_of(opening_facts()[1]) == '{"venue":"binance","asset":"USDT","amount":"1000","target":"0"}'


async def test_tables_and_events_share_a_transaction_and_audit_finds_them_equal(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    for number in range(1, 6):
        await book.write(life_of_an_order(number))
    await book.close()
    report = audit(book.path)
    assert report.violations == []
    assert report.rows_journal == report.rows_tables
    assert report.digest_journal == book.state.digest()
    assert report.counts == {"orders": 5, "fills": 5, "positions": 1, "balances": 2, "multi_leg_trades": 0, "strategies": 0}


async def test_a_commit_is_witnessed_by_the_next_transaction(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    assert rows(book.path, "SELECT * FROM commits") == []
    await book.write(life_of_an_order(1))
    assert [row[0] for row in rows(book.path, "SELECT last_seq FROM commits ORDER BY 1")] == [4]
    await book.close()
    assert [row[0] for row in rows(book.path, "SELECT last_seq FROM commits ORDER BY 1")] == [4, 8]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET payload = '{}' WHERE seq = 1",
        "DELETE FROM events WHERE seq = 4",
        "INSERT INTO events SELECT 6, epoch, 1, 1, kind, '', payload, hash, hash FROM events WHERE seq = 4",
        "INSERT INTO events SELECT 5, epoch, 1, 1, kind, '', payload, prev_hash, hash FROM events WHERE seq = 4",
        "INSERT INTO events SELECT 5, 0, 1, 1, kind, '', payload, hash, hash FROM events WHERE seq = 4",
        "INSERT INTO balances VALUES ('v', 'a', 1.5, 'x', 'x', 'x', x'00')",
    ],
)
async def test_the_store_itself_refuses(tmp_path: Path, statement: str) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    await book.close()
    connection = sqlite3.connect(book.path)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    connection.close()


async def test_connections_are_durable(tmp_path: Path) -> None:
    book = Book(tmp_path)
    connection = book.recovered.connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    await book.close()


async def test_restart_from_the_journal_gives_the_same_state(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    await book.write(life_of_an_order(1))
    await book.close()
    again = recover(book.path, book.anchor)
    assert again.state.digest() == book.state.digest()
    assert again.state.document() == book.state.document()
    assert again.epoch == 1
    assert again.instance_id == book.recovered.instance_id
    assert again.head.seq == 8
    again.connection.close()


async def test_restart_from_a_snapshot_and_later_facts_gives_the_same_state(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    assert (await book.write(life_of_an_order(1), snapshot=True)).snapshot_failure == ""
    await book.write(life_of_an_order(2))
    await book.close()
    assert [row[0] for row in rows(book.path, "SELECT seq FROM snapshots")] == [8]
    again = recover(book.path, book.anchor)
    assert again.state.document() == book.state.document()
    again.connection.close()
    reasons = [json.loads(line)["reason"] for line in book.anchor.read_text().splitlines()]
    assert reasons == ["start", "snapshot", "stop"]


async def test_old_snapshots_are_dropped(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts(), snapshot=True)
    for number in range(1, 5):
        await book.write(life_of_an_order(number), snapshot=True)
    await book.close()
    assert [row[0] for row in rows(book.path, "SELECT seq FROM snapshots ORDER BY 1")] == [12, 16, 20]


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE events SET payload = replace(payload, '1000', '9000') WHERE seq = 2", "chain broken at event 2"),
        ("DELETE FROM events WHERE seq = 3", "chain broken at event 4"),
        ("DELETE FROM events WHERE seq > 6", "anchored hash"),
        ("UPDATE events SET kind = 'Nonsense' WHERE seq = 8", "chain broken at event 8"),
    ],
)
async def test_a_changed_journal_is_refused_at_start_and_named_by_the_audit(tmp_path: Path, statement: str, complaint: str) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    await book.write(life_of_an_order(1))
    await book.close()
    tamper(book.path, statement)
    with pytest.raises(DatabaseError, match=complaint):
        recover(book.path, book.anchor)
    assert any(complaint in violation for violation in audit(book.path).violations)


async def test_audit_finds_one_flipped_byte_of_a_balance_that_sqlite_calls_ok(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    await book.write(life_of_an_order(1))
    await book.close()
    content = book.path.read_bytes()
    position = content.index(b"1000990990")  # opening, total, free of USDT stand side by side in the row
    book.path.write_bytes(content[: position + 4] + b"8" + content[position + 5 :])
    assert rows(book.path, "PRAGMA integrity_check") == [("ok",)]
    violations = audit(book.path).violations
    assert any("table balances" in violation and "890" in violation for violation in violations)


async def test_a_removed_anchor_is_noticed_and_a_torn_line_is_not(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    await book.close()
    with book.anchor.open("a") as file:
        file.write('{"seq":4,"ha')
    recover(book.path, book.anchor).connection.close()
    again = Book(tmp_path)
    await again.write(opening_facts(epoch=2)[:1])
    await again.close()
    assert [json.loads(line)["reason"] for line in book.anchor.read_text().splitlines()] == ["start", "stop", "start", "stop"]
    book.anchor.unlink()
    with pytest.raises(DatabaseError, match="expected the anchor file"):
        recover(book.path, book.anchor)


async def test_an_anchor_that_cannot_be_written_does_not_cost_the_wal(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    book.anchor.unlink()
    book.anchor.mkdir()
    await book.close()
    assert book.journal.trouble == f"{book.anchor}: Is a directory"
    assert not book.path.with_name("engine.db-wal").exists()


def test_an_anchor_that_cannot_be_created_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(anchor, "create", full)
    with pytest.raises(DatabaseError, match="No space left on device; free or repair the disk"):
        recover(tmp_path / "engine.db", tmp_path / "engine.db.anchor")


async def test_two_engines_cannot_share_a_database(tmp_path: Path) -> None:
    lock = DatabaseLock(tmp_path / "engine.db")
    with pytest.raises(DatabaseError, match=f"process {os.getpid()} holds"):
        DatabaseLock(tmp_path / "engine.db")
    lock.release()
    DatabaseLock(tmp_path / "engine.db").release()


async def test_a_locked_database_delays_and_loses_nothing(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    rival = sqlite3.connect(book.path, isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    pending = asyncio.ensure_future(book.write(life_of_an_order(1)))
    async with asyncio.timeout(10):
        while not book.journal.trouble:  # noqa: ASYNC110 - the journal has no event for it, and needs none
            await asyncio.sleep(0)
    assert book.journal.trouble.startswith("locked")
    assert not pending.done()
    assert book.journal.head.seq == 4
    rival.execute("ROLLBACK")
    rival.close()
    outcome = await asyncio.wait_for(pending, 10)
    assert (outcome.head.seq, outcome.failure) == (8, "")
    await book.close()
    assert audit(book.path).violations == []


async def test_hurry_ends_the_wait_for_a_lock_and_nothing_was_written(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    rival = sqlite3.connect(book.path, isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    pending = asyncio.ensure_future(book.write(life_of_an_order(1)))
    await asyncio.sleep(0)
    book.journal.hurry()
    outcome = await asyncio.wait_for(pending, 10)
    assert "asked to stop while waiting: locked" in outcome.failure
    rival.close()
    await book.close(clean=False)
    assert rows(book.path, "SELECT max(seq) FROM events") == [(4,)]


class DoubtfulConnection:
    """A real connection whose next COMMIT fails: after it took effect, or before."""

    def __init__(self, real: sqlite3.Connection, *, commits: bool) -> None:
        self._real = real
        self._commits = commits

    def execute(self, statement: str, *parameters: object) -> sqlite3.Cursor:
        if statement == "COMMIT":
            if self._commits:
                self._real.execute("COMMIT")
            raise sqlite3.OperationalError("disk I/O error")
        return self._real.execute(statement, *parameters)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


@pytest.mark.parametrize("commits", [True, False])
async def test_a_commit_of_unknown_outcome_is_decided_by_the_head_of_the_chain(tmp_path: Path, commits: bool) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    thread = book.journal._writer
    thread._store.connection = DoubtfulConnection(thread._store.connection, commits=commits)  # type: ignore[attr-defined]
    outcome = await book.write(life_of_an_order(1))
    assert (outcome.head.seq, outcome.failure) == (8, "")
    await book.close()
    assert rows(book.path, "SELECT count(*), max(seq) FROM events") == [(8, 8)]
    assert audit(book.path).violations == []


async def test_bytes_that_are_there_already_are_committed(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    thread = book.journal._writer
    real, once = thread._outcome, []

    def unreadable_once(head: Head) -> bool:
        found = real(head)
        once.append(found)
        return found and len(once) > 1

    thread._outcome = unreadable_once  # type: ignore[method-assign]
    thread._store.connection = DoubtfulConnection(thread._store.connection, commits=True)  # type: ignore[attr-defined]
    outcome = await book.write(life_of_an_order(1))
    assert (outcome.head.seq, outcome.failure, once) == (8, "", [True])
    await book.close()
    assert audit(book.path).violations == []


async def test_a_chain_that_somebody_else_continued_ends_the_journal(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    rival = recover(book.path, book.anchor)
    assert rival.head.seq == 4
    event = (5, 2, 1, 1, "ErrorRecorded", "", "{}")
    digest = chain_hash(rival.head.hash, event)
    rival.connection.execute(INSERT_EVENT, (*event, rival.head.hash, digest))
    rival.connection.close()
    outcome = await book.write(life_of_an_order(1))
    assert "events is a chain" in outcome.failure
    thread = book.journal._writer
    thread._store.connection = DoubtfulConnection(thread._store.connection, commits=False)  # type: ignore[attr-defined]
    with pytest.raises(writer.JournalLost, match="another process wrote"):
        thread._outcome(Head(9, "x"))
    await book.close(clean=False)


async def test_a_full_disk_is_waited_for_and_the_batch_goes_through_when_there_is_room(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    connection = book.recovered.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")  # of this connection only: the fresh one has room again
    outcome = await book.write([fact for number in range(1, 200) for fact in life_of_an_order(number)])
    assert (outcome.head.seq, outcome.failure) == (4 + 4 * 199, "")
    await book.close()
    assert audit(book.path).violations == []


async def test_last_words_drop_what_was_filling(tmp_path: Path) -> None:
    book = Book(tmp_path)
    await book.write(opening_facts())
    book.record(life_of_an_order(1))
    done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    book.journal.record_last_words(opening_facts(epoch=1)[:1], Now(1, 1), done.set_result)
    await done
    await book.close(clean=False)
    assert rows(book.path, "SELECT seq, kind FROM events WHERE seq > 4") == [(5, "EngineStarted")]
    assert rows(book.path, "SELECT count(*) FROM orders") == [(0,)]


CHILD = """
import asyncio, sys
from pathlib import Path
from tests.engine_shell.support import Book, life_of_an_order, opening_facts, rows, tamper

async def main():
    book = Book(Path(sys.argv[1]))
    await book.write(opening_facts())
    number = 0
    while True:
        facts = []
        for _ in range(5):
            number += 1
            facts += life_of_an_order(number)
        await book.write(facts)
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("commits", [1, 7, 23])
def test_kill_9_while_committing_leaves_no_half_transaction(tmp_path: Path, commits: int) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout is not None
    acknowledged = 0
    for _ in range(commits):
        acknowledged = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    again = recover(tmp_path / "engine.db", tmp_path / "engine.db.anchor")
    orders = len(again.state.orders)
    again.connection.close()
    assert orders >= acknowledged
    assert orders % 5 == 0
    assert audit(tmp_path / "engine.db").violations == []
