"""A long tail of the journal is verified by another process: its verdict is believed only if it is one, and is about this chain."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from genesis.core.errors import DatabaseError
from genesis.data import apart, recovery
from genesis.data.audit import audit
from genesis.data.codec import chain_hash
from genesis.data.recovery import recover
from tests.engine_shell.support import Book, life_of_an_order, opening_facts, rows, tamper

LIVES = 10
LAST = 4 + 4 * LIVES
SILENT_S = 60
"""How long a verifier says nothing; an engine that waits for it so long waits too long."""


@pytest.fixture(autouse=True)
def short_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "APART_FROM", 10)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    book = Book(tmp_path)
    await book.write(opening_facts())
    for number in range(1, LIVES + 1):
        await book.write(life_of_an_order(number))
    await book.close()
    return book.path


class Other:
    """Stands in for the other process: runs this program instead of the verifier. `asked`: how often one was begun."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, program: str | None) -> None:
        self.asked = 0
        begin = subprocess.Popen

        def begun(arguments: list[str], **options: Any) -> subprocess.Popen[str]:
            self.asked += 1
            return begin(arguments if program is None else [sys.executable, "-c", program], **options)

        monkeypatch.setattr(apart.subprocess, "Popen", begun)


def start(path: Path) -> str:
    found = recover(path, path.with_name("engine.db.anchor"))
    found.connection.close()
    assert found.head.seq == LAST
    return found.state.digest()


def alter(path: Path, seq: int) -> None:
    tamper(path, f"UPDATE events SET payload = replace(payload, '0.1', '0.2') WHERE seq = {seq}")


def verifications(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often this process verified for itself."""
    seen: list[int] = []
    verify = recovery._verify

    def told(connection: sqlite3.Connection, path: Path, head: Any) -> None:
        seen.append(head.seq)
        verify(connection, path, head)

    monkeypatch.setattr(recovery, "_verify", told)
    return seen


def test_a_whole_tail_is_verified_once_and_by_the_other_process(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, own = Other(monkeypatch, None), verifications(monkeypatch)
    assert start(path) == audit(path).digest_journal
    assert (other.asked, own) == (1, [])


@pytest.mark.parametrize("seq", [5, 20, LAST])
def test_an_altered_fact_of_the_tail_is_found_and_named(path: Path, monkeypatch: pytest.MonkeyPatch, seq: int) -> None:
    other = Other(monkeypatch, None)
    alter(path, seq)
    with pytest.raises(DatabaseError, match=f"chain broken at event {seq}:"):
        start(path)
    assert other.asked == 1


def test_a_fact_that_is_missing_is_found(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Other(monkeypatch, None)
    tamper(path, "DELETE FROM events WHERE seq = 20")
    with pytest.raises(DatabaseError, match="chain broken at event 21"):
        start(path)


def forge(path: Path, first: int, last: int, previous: str | None = None) -> None:
    """Events `first` to `last` are hashed anew, as somebody would who knows how; the first follows `previous`, or what it says."""
    with sqlite3.connect(path) as connection:
        for seq in range(first, last + 1):
            columns = "seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload, prev_hash"
            *event, said = connection.execute(f"SELECT {columns} FROM events WHERE seq = ?", (seq,)).fetchone()
            follows = previous or said
            previous = chain_hash(follows, tuple(event))
            connection.execute("UPDATE events SET prev_hash = ?, hash = ? WHERE seq = ?", (follows, previous, seq))
    connection.close()


def test_an_altered_fact_with_a_hash_of_its_own_is_found_by_the_next(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Other(monkeypatch, None)
    alter(path, 20)
    forge(path, 20, 20)
    with pytest.raises(DatabaseError, match="chain broken at event 21:"):
        start(path)
    assert other.asked == 1


def test_a_fact_that_was_cut_out_of_the_chain_is_found_by_its_number(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Other(monkeypatch, None)
    [(before,)] = rows(path, "SELECT hash FROM events WHERE seq = 19")
    tamper(path, "DELETE FROM events WHERE seq = 20")
    forge(path, 21, LAST, before)
    with pytest.raises(DatabaseError, match="chain broken at event 21: expected seq 20"):
        start(path)
    assert other.asked == 1


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit(1)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "print('0' * 64)",
        "",
        f"import time; time.sleep({SILENT_S})",
    ],
    ids=["says no", "dies", "of another chain", "says nothing", "does not answer"],
)
def test_without_a_verdict_this_process_verifies_for_itself(path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(apart, "PATIENCE_S", 2.0)
    other, own, begun = Other(monkeypatch, program), verifications(monkeypatch), time.monotonic()
    assert start(path) == audit(path).digest_journal
    assert (other.asked, own) == (1, [0])
    assert time.monotonic() - begun < SILENT_S / 2
    alter(path, 20)
    with pytest.raises(DatabaseError, match="chain broken at event 20"):
        start(path)


def test_a_verdict_of_a_process_that_failed_is_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [(end,)] = rows(path, f"SELECT hash FROM events WHERE seq = {LAST}")
    other, own = Other(monkeypatch, f"print({end!r}); raise SystemExit(1)"), verifications(monkeypatch)
    start(path)
    assert (other.asked, own) == (1, [0])


def test_without_a_process_this_one_verifies_for_itself(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any, **__: Any) -> None:
        raise OSError("no process")

    monkeypatch.setattr(apart.subprocess, "Popen", none)
    own = verifications(monkeypatch)
    start(path)
    assert own == [0]


def test_a_verifier_whose_engine_is_gone_ends(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(apart, "_LOOK_EVERY", 10)
    nobody = 2**22 + 1
    assert apart.main(path, recovery.Head(0, recovery.GENESIS_HASH), LAST, parent=nobody) == 1
    assert capsys.readouterr().out == ""


def test_a_short_tail_needs_no_process(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "APART_FROM", LAST + 1)
    other = Other(monkeypatch, None)
    start(path)
    assert other.asked == 0
    assert rows(path, "SELECT count(*) FROM events") == [(LAST,)]
